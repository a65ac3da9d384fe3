//! Bytes in, tree and findings out.
//!
//! This crate must **not** know HTTP, SQL, queues, object stores or engines. It
//! reads what it is given, holds no credentials and starts nothing. Everything in
//! it is total: any bytes give findings, never a panic.

pub mod archive;
pub mod dependencies;
pub mod files;
pub mod manifest;
pub mod names;
pub mod package;
pub mod python;
pub mod rules;
mod words;
pub mod yara;

/// The version of the rule set; raised whenever a rule is added or changes what it finds.
pub const RULE_SET: &str = "10";
