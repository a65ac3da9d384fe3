//! End to end: the built binary over HTTP, as publishers, clients, reviewers and
//! operators use it.

mod bad_input;
mod dependencies;
mod events;
mod guide;
mod journey;
mod kill;
mod names;
mod repeat;
mod review;
mod scaled;
mod secrets;
