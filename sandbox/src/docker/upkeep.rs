//! What is done for containers beside the runs: used ones are removed, and others are
//! started that will wait. The engine needs the processors for both that a run wants, so
//! both put off until none is under way, though not for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use super::container::Container;

/// How long a piece of upkeep is put off for runs. Ordinary ones end sooner, and under a
/// load that never ends containers must come and go all the same.
const PUT_OFF: Duration = Duration::from_secs(1);

/// Knows how many runs are under way, and what is still to be done for containers.
#[derive(Clone)]
pub(super) struct Upkeep {
    runs: Arc<watch::Sender<usize>>,
    tasks: TaskTracker,
    /// Containers are started one at a time, so that a run which begins meanwhile meets one start, not several.
    turn: Arc<Mutex<()>>,
    put_off: Duration,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self {
            runs: Arc::new(watch::Sender::new(0)),
            tasks: TaskTracker::new(),
            turn: Arc::default(),
            put_off: PUT_OFF,
        }
    }
}

/// A run that is under way.
pub(super) struct Underway(Arc<watch::Sender<usize>>);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.send_modify(|runs| *runs -= 1);
    }
}

impl Upkeep {
    /// Counts a run as under way until what this gives is dropped.
    pub(super) fn run(&self) -> Underway {
        self.runs.send_modify(|runs| *runs += 1);
        Underway(self.runs.clone())
    }

    /// Waits until no run is under way, and no longer than until `latest`.
    async fn quiet(&self, latest: Instant) {
        let mut runs = self.runs.subscribe();
        // The sender lives as long as this value, and being late is no failure.
        let _ = timeout_at(latest, runs.wait_for(|runs| *runs == 0)).await;
    }

    /// Removes a container that has ended.
    pub(super) fn remove(&self, container: Container) {
        let (upkeep, latest) = (self.clone(), Instant::now() + self.put_off);
        self.tasks.spawn(async move {
            upkeep.quiet(latest).await;
            let id = container.id().to_owned();
            if let Err(error) = container.remove().await {
                tracing::warn!(container.id = %id, error = %error, "a used container could not be removed");
            }
        });
    }

    /// Starts something that will wait, when its turn has come.
    pub(super) fn start(&self, work: impl Future<Output = ()> + Send + 'static) {
        let (upkeep, latest) = (self.clone(), Instant::now() + self.put_off);
        self.tasks.spawn(async move {
            let _turn = upkeep.turn.lock().await;
            upkeep.quiet(latest).await;
            work.await;
        });
    }

    /// Waits until all is done that was asked for so far.
    pub(super) async fn done(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Starts pieces of work and counts those that were begun.
    struct Started {
        upkeep: Upkeep,
        begun: Arc<AtomicUsize>,
    }

    impl Started {
        fn new(put_off: Duration, pieces: usize) -> (Self, Underway) {
            let upkeep = Upkeep { put_off, ..Upkeep::default() };
            let (run, begun) = (upkeep.run(), Arc::<AtomicUsize>::default());
            for _ in 0..pieces {
                let begun = begun.clone();
                upkeep.start(async move {
                    begun.fetch_add(1, Ordering::Relaxed);
                });
            }
            (Self { upkeep, begun }, run)
        }

        /// Lets everything else go as far as it can.
        async fn begun(&self) -> usize {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            self.begun.load(Ordering::Relaxed)
        }
    }

    fn block_on(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime").block_on(test);
    }

    #[test]
    fn it_begins_when_the_last_run_has_ended() {
        block_on(async {
            let (started, one) = Started::new(Duration::from_secs(3600), 2);
            let other = started.upkeep.run();
            assert_eq!(started.begun().await, 0);
            drop(one);
            assert_eq!(started.begun().await, 0, "another run is under way");
            drop(other);
            assert_eq!(started.begun().await, 2);
        });
    }

    #[test]
    fn a_load_that_never_ends_does_not_hold_it_up() {
        block_on(async {
            let (started, _run) = Started::new(Duration::from_millis(10), 3);
            started.upkeep.done().await;
            assert_eq!(started.begun().await, 3);
        });
    }
}
