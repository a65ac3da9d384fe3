//! What a worker is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use airlock_gate::Gate;
use airlock_model::StageName;
use airlock_store::{Blobs, Queue, Store};

use crate::failpoint::Failpoints;

/// What a worker is made of. News of what it records is told by the store's own signal.
#[derive(Clone)]
pub struct WorkerSettings {
    /// The database, which holds the backlog.
    pub store: Store,
    /// Where uploads, canonical archives and views are kept before a verdict.
    pub quarantine: Arc<dyn Blobs>,
    /// Where published archives are kept.
    pub catalogue: Arc<dyn Blobs>,
    /// Wake-ups; while it is down the worker asks the database at its own pace.
    pub queue: Arc<dyn Queue>,
    /// What examines, runs and judges packages.
    pub gate: Gate,
    /// The stages this worker carries out.
    pub stages: Vec<StageName>,
    /// Stages carried out at once.
    pub concurrency: usize,
    /// Unique for each start of a process: leases are held under it.
    pub worker_name: String,
    /// Name prefix of workers that are known to be dead because this process has taken their place; what they
    /// held is taken back at the start instead of when their leases run out.
    pub replaces: Option<String>,
    /// Folder for the bytes a stage works on; several workers may share it.
    pub work_dir: PathBuf,
    /// How often things are done and how long they may take.
    pub intervals: Intervals,
    /// Where tests make the worker die; empty otherwise.
    pub failpoints: Failpoints,
}

/// How often things are done and how long they may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intervals {
    /// Between two renewals of a lease.
    pub renew: Duration,
    /// Between two looks at the backlog when nobody wakes the worker.
    pub poll: Duration,
    /// Between two sweeps, give or take a fifth.
    pub sweep: Duration,
    /// The longest a stage may take in all, fetching and recording included.
    pub stage: Duration,
    /// How long running stages may go on after the worker was told to stop.
    pub grace: Duration,
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            renew: airlock_store::leases::RENEW_EVERY,
            poll: Duration::from_secs(5),
            sweep: Duration::from_secs(15),
            stage: Duration::from_secs(15 * 60),
            grace: Duration::from_secs(20),
        }
    }
}
