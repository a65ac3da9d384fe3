//! What the jailed child tells its parent, and what the parent tells the child.

use std::path::PathBuf;

use airlock_model::limits::RunLimits;
use serde::{Deserialize, Serialize};

use super::meter::Counts;
use crate::jail::{Profile, Protection};
use crate::job::Job;
use crate::verdict::{self, Ending, Limit};

/// The child's orders, as its one argument.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    /// What it gives up.
    pub(super) profile: Profile,
    /// What the guest may use.
    pub(super) limits: RunLimits,
    /// The compiled interpreter.
    pub(super) compiled: PathBuf,
    /// What its memory is like once it has imported what the job needs.
    pub(super) image: PathBuf,
    /// pytest and the launcher.
    pub(super) site: PathBuf,
    /// The operator's packages.
    pub(super) extra_site: Option<PathBuf>,
    /// The packages that this plugin asks for.
    pub(super) layer: Option<PathBuf>,
    /// The run's own folder, made and removed by the parent.
    pub(super) private: PathBuf,
    /// The archive's top folder.
    pub(super) plugin: String,
    /// What is to be done with it.
    pub(super) job: Job,
    /// What its randomness begins with, if it is to be the same each time.
    pub(super) seed: Option<u64>,
}

/// Everything the child says, as one JSON value on its standard output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) ending: Ending,
    pub(super) counts: Counts,
    /// What the guest printed, the middle cut out where it is long.
    pub(super) output: String,
    /// Whether any of it was cut.
    pub(super) output_cut: bool,
    /// The frames of the launcher.
    pub(super) report: String,
    /// What the launcher's frames must carry.
    pub(super) nonce: String,
    /// What protection the child had.
    pub(super) protection: Protection,
    /// From the start of the interpreter to its end, in milliseconds.
    pub(super) guest_ms: u64,
}

impl Facts {
    /// What the judge asks for. The host grants everything itself, so it sees each limit.
    pub(super) fn judged(&self) -> verdict::Facts {
        let counts = &self.counts;
        let limits = [
            (counts.output_refused, Limit::Output),
            (counts.disk_refused, Limit::Disk),
            (counts.descriptors_refused, Limit::Descriptors),
            (counts.memory_refused, Limit::Memory),
        ];
        verdict::Facts {
            ending: self.ending.clone(),
            limits: limits.into_iter().filter_map(|(met, limit)| met.then_some(limit)).collect(),
            links_refused: counts.links > 0,
            guest_sees_limits: false,
        }
    }
}

/// The child's answer: facts, or what kept it from running.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The guest ran.
    Facts(Box<Facts>),
    /// The host has no room left for what the guest may still write.
    HostFull,
    /// We failed.
    Failed(String),
}
