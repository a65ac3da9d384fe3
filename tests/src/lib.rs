//! The end-to-end harness: starts the built binary, talks to it over HTTP as the
//! existing client does, and reads the packages in `tests/plugins/`.
//!
//! This crate must **not** know how Airlock works inside; it uses the binary, the
//! wire, and what stands in the documentation.

pub mod client;
pub mod expected;
pub mod package;
pub mod server;
pub mod services;
