//! The interface as clients meet it: the real router over SQLite, a local folder
//! and the memory queue.

mod access;
mod download;
mod events;
mod harness;
mod pages;
mod problems;
mod reviews;
mod service;
mod socket;
mod upload;
mod validations;
mod wire;
