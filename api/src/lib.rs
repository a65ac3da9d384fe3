//! The HTTP face of Airlock.
