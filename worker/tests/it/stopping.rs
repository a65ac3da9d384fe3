//! Stopping in good order.

use std::time::Duration;

use airlock_model::{StageState, ValidationState};
use libtest_mimic::Trial;
use tokio::time::sleep;

use crate::world::{World, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("what_ends_within_the_grace_is_recorded", within_the_grace),
        trial("what_does_not_end_within_the_grace_is_given_back", given_back),
        trial("a_stopped_worker_claims_nothing_more", claims_nothing_more),
        trial("a_worker_without_a_stage_does_not_start", nothing_to_do),
    ]
}

async fn within_the_grace() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|settings| {
        settings.failpoints = "inspect:after-work=sleep-700".parse().expect("a failpoint");
    });
    let accepted = world.submit_good("adds-numbers").await?;
    world.until(accepted.validation, |view| view.stages[0].state == StageState::Running).await?;
    worker.stop().await?;
    let view = world.until(accepted.validation, |_| true).await?;
    assert_eq!(view.stages[0].state, StageState::Done);
    assert_eq!(view.stages[1].state, StageState::Pending, "nothing more was claimed");
    Ok(())
}

async fn given_back() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|settings| {
        settings.failpoints = "inspect:after-work=sleep-60000".parse().expect("a failpoint");
        settings.intervals.grace = Duration::from_millis(100);
    });
    let accepted = world.submit_good("adds-numbers").await?;
    world.until(accepted.validation, |view| view.stages[0].state == StageState::Running).await?;
    worker.stop().await?;
    let view = world.until(accepted.validation, |_| true).await?;
    assert_eq!(view.stages[0].state, StageState::Pending);
    assert_eq!(view.stages[0].attempt, 1, "nothing is counted against it");
    let work = world.dir.path().join("work");
    let left: Vec<_> =
        std::fs::read_dir(work)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    assert_eq!(left, ["lock"], "no bytes are left behind");

    let next = world.start(|_| {});
    world.assert_published("adds-numbers", accepted.validation).await?;
    next.stop().await
}

async fn claims_nothing_more() -> anyhow::Result<()> {
    let world = World::new().await?;
    world.start(|_| {}).stop().await?;
    let accepted = world.submit_good("adds-numbers").await?;
    sleep(Duration::from_millis(500)).await;
    let view = world.until(accepted.validation, |_| true).await?;
    assert_eq!(view.summary.state, ValidationState::Queued);
    Ok(())
}

async fn nothing_to_do() -> anyhow::Result<()> {
    let world = World::new().await?;
    let error = world.start(|settings| settings.stages.clear()).stop().await.expect_err("nothing to do");
    assert!(error.to_string().contains("at least one stage"), "{error}");
    Ok(())
}
