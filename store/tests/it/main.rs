//! Tests of the store against real services: each on SQLite and on PostgreSQL,
//! on a folder and on an S3 server, in memory and over Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod blobs;
mod catalogue;
mod claims;
mod earlier;
mod promotion;
mod queue;
mod reviews;
mod services;
mod signal;
mod submissions;
mod tokens;
mod workers;
