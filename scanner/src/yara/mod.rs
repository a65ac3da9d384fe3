//! The YARA room: an operator's own rules over every file of a tree, binary ones too.
//!
//! The rules are the operator's and trusted; what they look at is not. Compiling
//! and looking happen where the rest of the examination does, in the gate inside
//! the confined child. This room must **not** know how the tree came to be.

mod compile;
mod matches;
pub mod rules;
mod sources;

pub use compile::{Rules, YaraError};
pub use sources::{SourceFile, Sources};

use std::time::{Duration, Instant};

use airlock_model::finding::{Finding, Severity};
use airlock_model::{Tree, TreePath};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::python::pool;

/// How much may be spent, and how bad a match may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Time for one file, in milliseconds.
    pub file_ms: u64,
    /// Time for all files of a tree, in milliseconds.
    pub tree_ms: u64,
    /// The worst severity that a rule may give.
    pub worst: Severity,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { file_ms: 10_000, tree_ms: 30_000, worst: Severity::Critical }
    }
}

/// Runs the rules over every file of a tree on `jobs` threads; 0 for as many as there are processors.
/// The findings are unsettled and in the order of the files.
#[must_use]
pub fn check(tree: &Tree, rules: &Rules, bounds: &Bounds, jobs: usize) -> Vec<Finding> {
    let files: Vec<(&TreePath, &[u8])> = tree.iter().collect();
    let start = Instant::now();
    let one = |(path, bytes): &(&TreePath, &[u8])| {
        let left = Duration::from_millis(bounds.tree_ms).saturating_sub(start.elapsed());
        if left.is_zero() {
            return vec![matches::unfinished(path, "the time for all files together had run out")];
        }
        let time = left.min(Duration::from_millis(bounds.file_ms));
        pool::guarded(|| matches::of(rules, path, bytes, time, bounds.worst))
            .unwrap_or_else(|fault| vec![matches::unfinished(path, &fault.0)])
    };
    match pool::threads(jobs) {
        Ok(threads) => threads.install(|| files.par_iter().map(one).collect::<Vec<_>>()).concat(),
        Err(error) => files.iter().map(|(path, _)| matches::unfinished(path, &error.to_string())).collect(),
    }
}
