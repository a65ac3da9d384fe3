//! Leases: what a worker that has lost its claim may still do, which is nothing.

use std::time::Duration;

use airlock_model::{StageName, StageState, ValidationState};
use airlock_store::StoreError;
use airlock_store::leases::LEASE;
use libtest_mimic::Trial;
use tokio::time::{Instant, sleep};

use crate::world::{World, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_lease_lost_in_the_middle_ends_the_work_and_writes_nothing", lost_in_the_middle),
        trial("a_worker_paused_past_its_lease_is_refused", paused_past_its_lease),
        trial("a_lease_is_renewed_while_the_work_goes_on", renewed),
    ]
}

fn inspecting(view: &airlock_store::ValidationView) -> bool {
    view.stages[0].state == StageState::Running
}

async fn lost_in_the_middle() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|settings| {
        settings.failpoints = "inspect:before-record=sleep-60000".parse().expect("a failpoint");
    });
    let accepted = world.submit_good("adds-numbers").await?;
    world.until(accepted.validation, inspecting).await?;
    world.store.withdraw(&world.publisher, accepted.validation).await?;

    let asked = Instant::now();
    worker.stop().await?;
    assert!(asked.elapsed() < Duration::from_secs(5), "the work ended with the lease, not with the sleep");
    let view = world.settled(accepted.validation).await?;
    assert_eq!(view.summary.state, ValidationState::Withdrawn);
    assert_eq!(view.stages[0].state, StageState::Cancelled);
    let recorded = world.store.inspection(accepted.validation).await;
    assert!(matches!(recorded, Err(StoreError::NotFound(_))), "{recorded:?}");
    Ok(())
}

async fn paused_past_its_lease() -> anyhow::Result<()> {
    let world = World::with_fixed_clock().await?;
    let paused = world.start(|settings| {
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
