//! Claims stages and carries them out.
//!
//! The database holds the backlog and is the truth; the queue only wakes. A
//! stage works under a lease that is renewed in the background, and its result is
//! recorded once, guarded by the claim's fencing token. A fault of ours is
//! retried, parked or shown to a person; it never becomes a verdict on a plugin.
//!
//! This crate must **not** know HTTP, SQL, the scanner or a sandbox's engine: a
//! stage calls the gate, then the store.

mod attempt;
mod crew;
mod decide;
mod error;
pub mod failpoint;
mod fetch;
mod insist;
mod lease;
mod meters;
mod settings;
mod stages;
mod sweeper;
mod wake;
mod work_dir;

pub use error::WorkerError;
pub use failpoint::Failpoints;
pub use settings::{Intervals, WorkerSettings};

use tokio_util::sync::CancellationToken;

use crate::crew::Crew;
use crate::work_dir::WorkDir;

/// Works until `shutdown` is cancelled; then claims nothing more, lets running stages end within the grace, and
/// gives the others back. Fails only at the start: later trouble is logged, measured and tried again.
pub async fn run(settings: WorkerSettings, shutdown: CancellationToken) -> Result<(), WorkerError> {
    if settings.stages.is_empty() || settings.concurrency == 0 {
        return Err(WorkerError::Idle);
    }
    meters::describe();
    let root = settings.work_dir.clone();
    let work_dir = tokio::task::spawn_blocking({
        let root = root.clone();
        move || WorkDir::open(&root)
    });
    let work_dir = work_dir.await.expect("opening a folder does not panic");
    let work_dir = work_dir.map_err(|source| WorkerError::WorkDir { path: root, source })?;
    if let Some(prefix) = &settings.replaces {
        settings.store.expire_leases(prefix).await?;
    }
    let stages = settings.stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join(",");
    tracing::info!(worker.name = settings.worker_name, stages, concurrency = settings.concurrency, "a worker starts");
    let name = settings.worker_name.clone();
    let crew = Crew::new(settings, work_dir, shutdown);
    tokio::join!(wake::listen(&crew), sweeper::run(&crew), crew.keep_looking());
    crew.wind_down().await;
    tracing::info!(worker.name = name, "a worker has stopped");
    Ok(())
}
