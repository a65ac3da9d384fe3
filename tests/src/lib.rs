//! The end-to-end harness and its plugins.
