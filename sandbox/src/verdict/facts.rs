//! What an engine hands to the judge.

use std::collections::BTreeSet;

use airlock_model::Outcome;
use serde::{Deserialize, Serialize};

/// How the guest ended, as the host's side saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// By itself.
    Exited(i32),
    /// By the wall clock.
    TimedOut,
    /// By CPU time.
    CpuExceeded,
    /// By too much output.
    OutputExceeded,
    /// By a trap or a signal.
    Trapped(String),
    /// By doing what is forbidden.
    Violated(String),
    /// It was never started, because there is nothing to run.
    NothingToRun,
}

/// A limit that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Limit {
    /// Printed too much.
    Output,
    /// Wrote too much, or too many files.
    Disk,
    /// Opened too many files at once.
    Descriptors,
    /// Started too many processes or threads.
    Processes,
    /// Wanted too much memory.
    Memory,
}

impl Limit {
    /// The outcome that names it.
    pub(crate) const fn outcome(self) -> Outcome {
        match self {
            Self::Output => Outcome::OutputExceeded,
            Self::Disk => Outcome::DiskExceeded,
            Self::Descriptors => Outcome::DescriptorsExceeded,
            Self::Processes => Outcome::TooManyProcesses,
            Self::Memory => Outcome::OutOfMemory,
        }
    }

    /// As events write it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Disk => "disk",
            Self::Descriptors => "descriptors",
            Self::Processes => "processes",
            Self::Memory => "memory",
        }
    }
}

/// What the host knows of a run, whatever the guest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// How it ended.
    pub(crate) ending: Ending,
    /// The limits that the host saw met.
    pub(crate) limits: BTreeSet<Limit>,
    /// The host refused a link.
    pub(crate) links_refused: bool,
    /// There are limits that only the guest sees met, so that its word on a failure names the outcome.
    pub(crate) guest_sees_limits: bool,
}
