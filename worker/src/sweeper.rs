//! The sweeper: tells that this worker is there, returns expired leases, wakes for
//! what was missed, and measures the backlog. Every worker has one; the database
//! sees to it that they do not get in each other's way.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use airlock_store::{StoreError, sweep::MOST_CRASHES};
use tokio::time::sleep;

use crate::crew::Crew;
use crate::meters;

/// Sweeps at once, then again and again until the worker stops.
pub(crate) async fn run(crew: &Crew) {
    let settings = crew.settings();
    for round in 0.. {
        if let Err(error) = heartbeat(crew).await {
            tracing::warn!(worker.name = settings.worker_name, %error, "the heartbeat could not be recorded");
        }
        if let Err(error) = sweep(crew).await {
            tracing::warn!(worker.name = settings.worker_name, %error, "the sweep could not be done");
        }
        tokio::select! {
            () = crew.stopping().cancelled() => break,
            () = sleep(jittered(settings.intervals.sweep, &settings.worker_name, round)) => {}
        }
    }
    if let Err(error) = settings.store.farewell(&settings.worker_name).await {
        tracing::warn!(worker.name = settings.worker_name, %error, "this worker seems to be there for a while yet");
    }
}

async fn heartbeat(crew: &Crew) -> Result<(), StoreError> {
    let settings = crew.settings();
    let engines = settings.gate.engines().await;
    settings.store.heartbeat(&settings.worker_name, &settings.stages, &engines).await
}

async fn sweep(crew: &Crew) -> Result<(), StoreError> {
    let store = &crew.settings().store;
    let swept = store.sweep().await?;
    for lost in &swept.requeued {
        meters::worker_lost(lost.stage);
        tracing::warn!(
            validation.id = %lost.validation, stage.name = %lost.stage, plugin.name = %lost.plugin,
            lost.worker = lost.worker, lost.crashes = lost.crashes, "a worker was lost; its stage waits again"
        );
    }
    for lost in &swept.parked {
        meters::worker_lost(lost.stage);
        meters::alert("stage_parked");
        tracing::error!(
            validation.id = %lost.validation, stage.name = %lost.stage, plugin.name = %lost.plugin,
            lost.worker = lost.worker, lost.crashes = lost.crashes, lost.most = MOST_CRASHES,
            "a stage is parked because each worker that took it was lost: find out why, then retry the validation"
        );
    }
    for name in &swept.gone {
        tracing::warn!(lost.worker = name, "a worker was not heard of for long; nothing is passed on to it any more");
    }
    for (stage, needs) in swept.wakes {
        crew.wake(stage, needs).await;
    }
    meters::backlog(&store.backlog().await?);
    Ok(())
}

/// The interval give or take a fifth, different for each worker and round, so that workers that were started
/// together do not sweep together for ever.
fn jittered(every: Duration, worker: &str, round: u64) -> Duration {
    let mut hasher = DefaultHasher::new();
    (worker, round).hash(&mut hasher);
    let thousandths = u32::try_from(hasher.finish() % 401).expect("at most 400");
    every * (800 + thousandths) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_within_a_fifth_and_differs() {
        let every = Duration::from_secs(15);
        let rounds: Vec<Duration> = (0..100).map(|round| jittered(every, "worker", round)).collect();
        assert!(rounds.iter().all(|pause| (Duration::from_secs(12)..=Duration::from_secs(18)).contains(pause)));
        assert_ne!(rounds[0], rounds[1]);
        assert_ne!(jittered(every, "a", 0), jittered(every, "b", 0));
    }
}
