//! Faults of ours: retried, parked or shown to a person, and never a verdict.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use airlock_model::probe::ProbeReport;
use airlock_model::{Engine, Outcome, RunReport, StageName, StageState, ValidationState};
use airlock_sandbox::{ProbeRequest, RunRequest, Sandbox, SandboxError};
use airlock_store::{Blobs as _, ObjectKey, Queue as _};
use async_trait::async_trait;
use libtest_mimic::Trial;

use crate::journeys::{TESTS, report};
use crate::world::{World, gate, good, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_missing_upload_is_errored_and_retried_on_demand", missing_upload),
        trial("an_upload_with_other_bytes_never_reaches_the_gate", other_bytes),
        trial("an_outage_is_retried_after_a_back_off", outage),
        trial("an_outage_that_lasts_parks_the_stage", lasting_outage),
        trial("a_panic_of_ours_that_repeats_is_held_for_a_person", repeated_panic),
        trial("a_panicking_stage_costs_the_others_nothing", panicking_stage),
        trial("a_sandbox_that_fails_is_tried_again_and_decides_nothing", failing_sandbox),
    ]
}

/// Deletes the only object in the quarantine's `uploads`, and gives its bytes.
async fn lose_upload(world: &World) -> anyhow::Result<(ObjectKey, Vec<u8>)> {
    let claim = world.store.claim_stage(&[StageName::Inspect], "looks-at-the-key").await?.expect("one stage waits");
    world.store.return_claim(&claim).await?;
    let bytes = world.bytes(&*world.quarantine, &claim.upload_key).await?;
    world.quarantine.delete(&claim.upload_key).await?;
    Ok((claim.upload_key, bytes))
}

async fn put(world: &World, key: &ObjectKey, bytes: Vec<u8>) -> anyhow::Result<()> {
    let file = world.dir.path().join("object");
    tokio::fs::write(&file, bytes).await?;
    world.quarantine.put_file(key, &file).await?;
    Ok(())
}

async fn missing_upload() -> anyhow::Result<()> {
    let world = World::new().await?;
    let accepted = world.submit_good("adds-numbers").await?;
    let (key, bytes) = lose_upload(&world).await?;
    let worker = world.start(|_| {});
    let view = world.settled(accepted.validation).await?;
    assert_eq!(view.summary.state, ValidationState::Errored);
    let error = view.summary.error.expect("a reason");
    assert!(error.contains("gone from our storage") && error.contains("not of the plugin"), "{error}");
    assert!(view.stages[0].last_error.as_deref().expect("the operator's reason").contains(key.as_str()));

    put(&world, &key, bytes).await?;
    let retried = world.store.retry(&world.publisher, accepted.validation).await?;
    world.queue.wake_for(retried.stage, retried.needs).await?;
    world.assert_published("adds-numbers", accepted.validation).await?;
    worker.stop().await
}

async fn other_bytes() -> anyhow::Result<()> {
    let world = World::new().await?;
    let accepted = world.submit_good("adds-numbers").await?;
    let (key, mut bytes) = lose_upload(&world).await?;
    *bytes.last_mut().expect("not empty") ^= 1;
    put(&world, &key, bytes).await?;
    let worker = world.start(|_| {});
    let view = world.until(accepted.validation, |view| view.stages[0].attempt == 2).await?;
    assert_eq!(view.summary.state, ValidationState::Inspecting, "a fault of ours is no verdict");
    let error = view.stages[0].last_error.as_deref().expect("the operator's reason");
    assert!(error.contains("other bytes than were recorded"), "{error}");
    worker.stop().await
}

/// A worker whose jail program is at `program`, and a clock that the test moves.
async fn jailed_by(program: &Path) -> anyhow::Result<(World, airlock_model::ValidationId, crate::world::Running)> {
    let world = World::with_fixed_clock().await?;
    let program = program.to_owned();
    let worker = world.start(|settings| settings.gate = gate(|gate| gate.jail.program = program));
    let accepted = world.submit_good("adds-numbers").await?;
    Ok((world, accepted.validation, worker))
}

async fn outage() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let program = dir.path().join("not-there-yet");
    let (world, id, worker) = jailed_by(&program).await?;
    let view = world.until(id, |view| view.stages[0].attempt == 2).await?;
    assert_eq!(view.summary.state, ValidationState::Inspecting);
    assert_eq!(view.stages[0].state, StageState::Pending);
    assert!(view.stages[0].not_before.is_some(), "a back-off runs");

    symlink(std::env::current_exe()?, &program)?;
    world.clock.advance(Duration::from_secs(6));
    world.assert_published("adds-numbers", id).await?;
    worker.stop().await
}

async fn lasting_outage() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let program = dir.path().join("never-there");
    let (world, id, worker) = jailed_by(&program).await?;
    for attempt in 2..=airlock_store::results::MOST_FAILURES {
        world.until(id, |view| view.stages[0].attempt == attempt).await?;
        world.clock.advance(Duration::from_secs(601));
    }
    let view = world.settled(id).await?;
    assert_eq!(view.summary.state, ValidationState::Errored);
    assert_eq!(view.summary.verdict, None, "a fault of ours is no verdict");
    assert!(view.summary.error.expect("a reason").contains("a fault of ours"));
    worker.stop().await
}

async fn repeated_panic() -> anyhow::Result<()> {
    let (world, id, worker) = jailed_by(Path::new("/bin/false")).await?;
    let view = world.until(id, |view| view.stages[0].attempt == 2).await?;
    assert_eq!(view.summary.state, ValidationState::Inspecting, "once may be chance");
    world.clock.advance(Duration::from_secs(6));
    let view = world.settled(id).await?;
    assert_eq!(view.summary.state, ValidationState::Held);
    assert_eq!(view.summary.verdict, None);
    worker.stop().await
}

async fn panicking_stage() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|settings| {
        settings.failpoints = "inspect:after-work=panic".parse().expect("a failpoint");
    });
    let accepted = world.submit_good("adds-numbers").await?;
    let view = world.until(accepted.validation, |view| view.stages[0].attempt == 2).await?;
    let error = view.stages[0].last_error.as_deref().expect("the operator's reason");
    assert!(error.contains("failpoint inspect:after-work"), "{error}");
    let other = world.submit_good("adds-more").await?;
    world.until(other.validation, |view| view.stages[0].attempt == 2).await?;
    worker.stop().await
}

/// A sandbox whose engine is down at first.
#[derive(Debug)]
struct DownAtFirst(AtomicU32);

#[async_trait]
impl Sandbox for DownAtFirst {
    fn engine(&self) -> Engine {
        Engine::Wasm
    }

    async fn run(&self, _: RunRequest) -> Result<RunReport, SandboxError> {
        if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(SandboxError::Killed(9));
        }
        Ok(report(Outcome::Passed))
    }

    async fn probe(&self, _: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        Ok(ProbeReport::quiet(self.engine()))
    }
}

async fn failing_sandbox() -> anyhow::Result<()> {
    let world = World::with_fixed_clock().await?;
    let sandbox = Arc::new(DownAtFirst(AtomicU32::new(0)));
    let worker = world.start(|settings| settings.gate = gate(|gate| gate.sandbox = Some(sandbox)));
    let accepted = world.submit("adds-numbers", "1.0.0", good("adds-numbers", &[TESTS])).await?;
    let tested_again =
        |view: &airlock_store::ValidationView| view.stages.get(1).is_some_and(|stage| stage.attempt == 2);
    let view = world.until(accepted.validation, tested_again).await?;
    assert_eq!(view.summary.state, ValidationState::Testing);
    assert_eq!(view.summary.verdict, None, "an outage is no verdict");
    world.clock.advance(Duration::from_secs(6));
    world.assert_published("adds-numbers", accepted.validation).await?;
    worker.stop().await
}
