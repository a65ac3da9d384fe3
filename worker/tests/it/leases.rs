//! Leases: what a worker that has lost its claim may still do, which is nothing.

use std::time::Duration;

use airlock_model::{StageName, StageState, ValidationState};
use airlock_store::leases::LEASE;
use airlock_store::{Clock, StoreError};
use libtest_mimic::Trial;
use tokio::time::{Instant, sleep};

use crate::world::{World, open, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_lease_lost_in_the_middle_ends_the_work_and_writes_nothing", lost_in_the_middle),
        trial("a_withdrawal_ends_the_work_at_once", withdrawn),
        trial("a_worker_paused_past_its_lease_is_refused", paused_past_its_lease),
        trial("a_lease_is_renewed_while_the_work_goes_on", renewed),
    ]
}

fn inspecting(view: &airlock_store::ValidationView) -> bool {
    view.stages[0].state == StageState::Running
}

/// Takes the lease away from a worker in the middle of its work, and gives how long it went on after that.
async fn worked_on_for(renew: Duration) -> anyhow::Result<Duration> {
    let world = World::new().await?;
    let worker = world.start(|settings| {
        settings.failpoints = "inspect:before-record=sleep-60000".parse().expect("a failpoint");
        settings.intervals.renew = renew;
    });
    let accepted = world.submit_good("adds-numbers").await?;
    world.until(accepted.validation, inspecting).await?;
    // Without this the withdrawal may be older than the worker's own interest in news.
    sleep(Duration::from_millis(100)).await;
    world.store.withdraw(&world.publisher, accepted.validation).await?;

    let asked = Instant::now();
    worker.stop().await?;
    let took = asked.elapsed();
    let view = world.settled(accepted.validation).await?;
    assert_eq!(view.summary.state, ValidationState::Withdrawn);
    assert_eq!(view.stages[0].state, StageState::Cancelled);
    let recorded = world.store.inspection(accepted.validation).await;
    assert!(matches!(recorded, Err(StoreError::NotFound(_))), "{recorded:?}");
    Ok(took)
}

async fn lost_in_the_middle() -> anyhow::Result<()> {
    let took = worked_on_for(Duration::from_millis(50)).await?;
    assert!(took < Duration::from_secs(5), "the work ended with the lease, not with the sleep: {took:?}");
    Ok(())
}

async fn withdrawn() -> anyhow::Result<()> {
    let took = worked_on_for(Duration::from_secs(3600)).await?;
    assert!(took < Duration::from_secs(5), "the work ended with the news, not with a renewal: {took:?}");
    Ok(())
}

async fn paused_past_its_lease() -> anyhow::Result<()> {
    let world = World::with_fixed_clock().await?;
    // A store of its own, as in another process, so that it hears no news while it is paused.
    let (store, ..) = open(world.dir.path(), Clock::Fixed(world.clock.clone())).await?;
    let paused = world.start(|settings| {
        settings.store = store;
        settings.failpoints = "inspect:before-record=sleep-3000".parse().expect("a failpoint");
        settings.intervals.renew = Duration::from_secs(3600);
        settings.stages = vec![StageName::Inspect];
    });
    let accepted = world.submit_good("adds-numbers").await?;
    world.until(accepted.validation, inspecting).await?;
    world.clock.advance(LEASE + Duration::from_secs(1));
    let other = world.start(|_| {});
    world.assert_published("adds-numbers", accepted.validation).await?;
    let before = world.settled(accepted.validation).await?;
    assert_eq!(before.stages[0].attempt, 2);

    // Stopping waits for the paused one, which then tries to record and is refused.
    paused.stop().await?;
    other.stop().await?;
    assert_eq!(world.settled(accepted.validation).await?, before);
    assert_eq!(world.times_done(accepted.validation, StageName::Inspect).await?, 1);
    Ok(())
}

async fn renewed() -> anyhow::Result<()> {
    let world = World::with_fixed_clock().await?;
    let worker = world.start(|settings| {
        settings.failpoints = "inspect:after-fetch=sleep-2500".parse().expect("a failpoint");
    });
    let accepted = world.submit_good("adds-numbers").await?;
    world.until(accepted.validation, inspecting).await?;
    // Three quarters of a lease, again and again: without renewal the sweeper would take the stage away.
    for _ in 0..4 {
        sleep(Duration::from_millis(400)).await;
        world.clock.advance(LEASE * 3 / 4);
    }
    world.assert_published("adds-numbers", accepted.validation).await?;
    assert_eq!(world.settled(accepted.validation).await?.stages[0].attempt, 1);
    worker.stop().await
}
