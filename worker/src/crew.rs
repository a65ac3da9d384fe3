//! The crew: what claims stages, sets them going, and brings them to an end in
//! good order when the worker is told to stop.

use std::ops::ControlFlow;
use std::sync::Arc;

use airlock_model::{Engine, StageName};
use airlock_store::{Claim, StoreError};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attempt;
use crate::failpoint::Boundary;
use crate::settings::WorkerSettings;
use crate::work_dir::WorkDir;

/// How long returning the claims of ended stages may take, on top of the grace.
const LAST_WRITES: std::time::Duration = std::time::Duration::from_secs(15);

/// Everything the tasks of one worker share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Crew(Arc<Inner>);

struct Inner {
    settings: WorkerSettings,
    work_dir: WorkDir,
    /// One permit for each stage that may be carried out at once.
    slots: Arc<Semaphore>,
    attempts: TaskTracker,
    /// Told to look at the backlog at once.
    nudge: Notify,
    /// Nothing is claimed any more.
    stopping: CancellationToken,
    /// What still runs is ended and given back.
    ending: CancellationToken,
}

impl Crew {
    pub(crate) fn new(settings: WorkerSettings, work_dir: WorkDir, stopping: CancellationToken) -> Self {
        let slots = Arc::new(Semaphore::new(settings.concurrency));
        Self(Arc::new(Inner {
            settings,
            work_dir,
            slots,
            attempts: TaskTracker::new(),
            nudge: Notify::new(),
            stopping,
            ending: CancellationToken::new(),
        }))
    }

    pub(crate) fn settings(&self) -> &WorkerSettings {
        &self.0.settings
    }

    pub(crate) fn work_dir(&self) -> &WorkDir {
        &self.0.work_dir
    }

    /// Cancelled when nothing is to be claimed any more.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Cancelled when what still runs must be given back.
    pub(crate) fn ending(&self) -> &CancellationToken {
        &self.0.ending
    }

    /// Passes a boundary of a stage, where a failpoint may strike.
    pub(crate) async fn pass(&self, claim: &Claim, boundary: Boundary) {
        self.settings().failpoints.pass(claim.name, boundary).await;
    }

    /// Claims what waits for the stages in `names` and sets it going, until nothing waits or the worker stops. May
    /// run beside itself; together they never have more stages going than the worker's concurrency.
    pub(crate) async fn clear_backlog(&self, names: &[StageName]) -> Result<(), StoreError> {
        let inner = &self.0;
        loop {
            let slot = tokio::select! {
                biased;
                () = inner.stopping.cancelled() => return Ok(()),
                slot = inner.slots.clone().acquire_owned() => slot.expect("the slots are never closed"),
            };
            let Some(claim) = inner.settings.store.claim_stage(names, &inner.settings.worker_name).await? else {
                return Ok(());
            };
            inner.attempts.spawn(attempt::make(self.clone(), claim, slot));
        }
    }

    /// Looks at the whole backlog now, then whenever nudged or the poll interval has passed: what makes wake-ups
    /// a matter of speed and not of correctness.
    pub(crate) async fn keep_looking(&self) {
        let settings = self.settings();
        loop {
            if let Err(error) = self.clear_backlog(&settings.stages).await {
                tracing::warn!(worker.name = settings.worker_name, %error, "the backlog cannot be read");
            }
            let again = tokio::select! {
                () = self.0.stopping.cancelled() => ControlFlow::Break(()),
                () = self.0.nudge.notified() => ControlFlow::Continue(()),
                () = sleep(settings.intervals.poll) => ControlFlow::Continue(()),
            };
            if again.is_break() {
                return;
            }
        }
    }

    /// Tells workers that `stage` may have work, which may wait for an engine. Without the queue at least this worker
    /// looks.
    pub(crate) async fn wake(&self, stage: StageName, needs: Option<Engine>) {
        if let Err(error) = self.settings().queue.wake_for(stage, needs).await {
            tracing::warn!(stage.name = %stage, %error, "nobody could be woken; workers will look by themselves");
            self.0.nudge.notify_one();
        }
    }

    /// Lets running stages end within the grace, then ends the others and returns their claims.
    pub(crate) async fn wind_down(&self) {
        let inner = &self.0;
        inner.attempts.close();
        if timeout(inner.settings.intervals.grace, inner.attempts.wait()).await.is_ok() {
            return;
        }
        inner.ending.cancel();
        if timeout(LAST_WRITES, inner.attempts.wait()).await.is_err() {
            tracing::error!(
                worker.name = inner.settings.worker_name,
                stages = inner.attempts.len(),
                "some claims could not be returned; they come back when their leases run out"
            );
        }
    }
}
