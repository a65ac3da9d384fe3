//! Whole journeys, from the upload to their end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::policy::DEFAULT_POLICY;
use airlock_model::probe::ProbeReport;
use airlock_model::run::Outcome;
use airlock_model::{Engine, Policy, RunReport, StageName, StageState, ValidationState, Verdict};
use airlock_sandbox::runtime::{self, Source};
use airlock_sandbox::wasm::WasmSandbox;
use airlock_sandbox::{ProbeRequest, RunRequest, Sandbox, SandboxError};
use airlock_store::{Blobs as _, ObjectKey, Queue as _, RedisQueue, ReviewDecision};
use async_trait::async_trait;
use libtest_mimic::Trial;
use tokio::time::sleep;

use crate::world::{World, gate, good, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_good_plugin_without_tests_is_published", good_without_tests),
        trial("a_plugin_whose_tests_pass_is_published", tests_pass),
        trial("a_plugin_whose_tests_fail_is_rejected", tests_fail),
        trial("what_is_no_archive_is_rejected_and_never_run", garbage),
        trial("a_held_plugin_is_published_after_approval", held_then_approved),
        trial("a_held_plugin_is_refused_after_rejection", held_then_rejected),
        trial("the_real_sandbox_runs_the_tests", real_sandbox),
        trial("wake_ups_alone_carry_a_plugin_through", wake_ups_alone),
        trial("with_the_queue_down_workers_look_by_themselves", queue_down),
        trial("two_workers_and_repeated_wake_ups_publish_once", two_workers),
        trial("workers_of_different_kinds_hand_on_to_one_another", kinds_of_workers),
    ]
}

async fn good_without_tests() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|_| {});
    let accepted = world.submit_good("adds-numbers").await?;
    world.assert_published("adds-numbers", accepted.validation).await?;

    let view = world.settled(accepted.validation).await?;
    assert_eq!(view.summary.verdict, Some(Verdict::Approve));
    let stages: Vec<_> = view.stages.iter().map(|stage| (stage.name, stage.state, stage.attempt)).collect();
    let done = StageState::Done;
    assert_eq!(stages, [(StageName::Inspect, done, 1), (StageName::Test, done, 1), (StageName::Promote, done, 1)]);
    let report = world.store.report(&world.publisher, accepted.validation, "test").await?;
    assert_eq!(report.tests_not_run.as_deref(), Some("no sandbox is configured"));
    let views = world.bytes(&*world.quarantine, &ObjectKey::views(accepted.submission)).await?;
    let size: u64 = report.files.iter().map(|file| file.size).sum();
    assert_eq!(views.len() as u64, size);
    worker.stop().await
}

/// A sandbox that always answers the same.
#[derive(Debug)]
pub(crate) struct Answers(pub(crate) Engine, pub(crate) Outcome);

#[async_trait]
impl Sandbox for Answers {
    fn engine(&self) -> Engine {
        self.0
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        assert!(request.canonical.exists(), "the archive is there while it is run");
        assert_eq!(request.plan.plugin, "adds-numbers");
        Ok(RunReport::of(self.0, self.1.clone()))
    }

    async fn probe(&self, _: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        Ok(ProbeReport::quiet(self.engine()))
    }
}

/// A run that ended so.
pub(crate) fn report(outcome: Outcome) -> RunReport {
    RunReport::of(Engine::Wasm, outcome)
}

/// A test file that passes.
pub(crate) const TESTS: (&str, &str) =
    ("tests/test_adds.py", "from adds_numbers import Tool\n\n\ndef test_add():\n    assert Tool().add(1, 2) == 3\n");

async fn with_tests(outcome: Outcome) -> anyhow::Result<(World, airlock_store::ValidationView)> {
    let world = World::new().await?;
    let worker = world.start(|settings| {
        settings.gate = gate(|gate| gate.sandbox = Some(Arc::new(Answers(Engine::Wasm, outcome))));
    });
    let accepted = world.submit("adds-numbers", "1.0.0", good("adds-numbers", &[TESTS])).await?;
    let view = world.settled(accepted.validation).await?;
    worker.stop().await?;
    Ok((world, view))
}

async fn tests_pass() -> anyhow::Result<()> {
    let (world, view) = with_tests(Outcome::Passed).await?;
    world.assert_published("adds-numbers", view.summary.id).await?;
    let names: Vec<_> = view.stages.iter().map(|stage| stage.name).collect();
    assert_eq!(names, StageName::ALL);
    let report = world.store.report(&world.publisher, view.summary.id, "test").await?;
    assert_eq!(report.tests.expect("a run report").outcome, Outcome::Passed);
    Ok(())
}

async fn tests_fail() -> anyhow::Result<()> {
    let (world, view) = with_tests(Outcome::Failed { failed: 2 }).await?;
    assert_eq!(view.summary.state, ValidationState::Rejected);
    assert!(view.summary.reasons[0].contains("2 tests failed"), "{:?}", view.summary.reasons);
    assert_eq!(world.store.plugins_count().await?, 0);
    Ok(())
}

async fn garbage() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|_| {});
    let accepted = world.submit("adds-numbers", "1.0.0", b"<html>not an archive</html>".to_vec()).await?;
    let view = world.settled(accepted.validation).await?;
    assert_eq!(view.summary.state, ValidationState::Rejected);
    assert!(!view.summary.reasons.is_empty());
    assert_eq!(view.stages.len(), 1, "condemned code is not executed");
    assert_eq!(world.store.plugins_count().await?, 0);
    assert_eq!(world.quarantine.size(&ObjectKey::canonical(accepted.submission)).await?, None);
    worker.stop().await
}

/// The folder that the sandbox's own tests keep the runtime in.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask for the cache folder")]
fn runtime_dir() -> PathBuf {
    let var = |name| std::env::var_os(name).map(PathBuf::from);
    let base = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join(runtime::OF_TESTS)
}

async fn real_sandbox() -> anyhow::Result<()> {
    let install = || runtime::install(&runtime_dir(), &Source::Pip, &mut |_| ());
    let runtime = tokio::task::spawn_blocking(install).await??;
    let sandbox = Arc::new(WasmSandbox::new(runtime, std::env::current_exe()?, false));
    let world = World::new().await?;
    let worker = world.start(|settings| settings.gate = gate(|gate| gate.sandbox = Some(sandbox)));
    let fails =
        ("tests/test_adds.py", "from adds_more import Tool\n\n\ndef test_add():\n    assert Tool().add(1, 2) == 4\n");
    let passing = world.submit("adds-numbers", "1.0.0", good("adds-numbers", &[TESTS])).await?;
    let failing = world.submit("adds-more", "1.0.0", good("adds-more", &[fails])).await?;
    world.assert_published("adds-numbers", passing.validation).await?;
    let report = world.store.report(&world.publisher, passing.validation, "test").await?;
    assert_eq!(report.tests.expect("a run report").tests.len(), 1);
    let view = world.settled(failing.validation).await?;
    assert_eq!(view.summary.state, ValidationState::Rejected);
    assert!(view.summary.reasons[0].contains("1 test failed"), "{:?}", view.summary.reasons);
    worker.stop().await
}

async fn wake_ups_alone() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|settings| {
        settings.intervals.poll = Duration::from_secs(3600);
        settings.intervals.sweep = Duration::from_secs(3600);
    });
    for name in ["adds-one", "adds-two"] {
        // Long enough for every first look at the backlog to be over.
        sleep(Duration::from_millis(300)).await;
        let accepted = world.submit_good(name).await?;
        world.assert_published(name, accepted.validation).await?;
    }
    worker.stop().await
}

/// A policy that puts every plugin without tests before a person.
fn holds_without_tests() -> Policy {
    let first =
        "[[finding]]\nwhen.rule = [\"AL-TESTS-*\"]\naction = \"hold\"\nbecause = \"tests are asked for here\"\n";
    Policy::parse("test policy", &format!("{first}{DEFAULT_POLICY}")).expect("a policy")
}

async fn held(decision: ReviewDecision) -> anyhow::Result<(World, airlock_model::ValidationId)> {
    let world = World::new().await?;
    let worker = world.start(|settings| settings.gate = gate(|gate| gate.policy = holds_without_tests()));
    let accepted = world.submit_good("adds-numbers").await?;
    let view = world.settled(accepted.validation).await?;
    assert_eq!(view.summary.state, ValidationState::Held);
    assert!(view.summary.reasons[0].contains("test policy:1"), "{:?}", view.summary.reasons);
    assert_eq!(world.store.plugins_count().await?, 0, "what is held is not visible");
    let state = world.store.decide_review(&world.reviewer, accepted.validation, decision, "looked at it").await?;
    if state == ValidationState::Promoting {
        world.queue.wake(StageName::Promote).await?;
    }
    world.settled(accepted.validation).await?;
    worker.stop().await?;
    Ok((world, accepted.validation))
}

async fn held_then_approved() -> anyhow::Result<()> {
    let (world, id) = held(ReviewDecision::Approve).await?;
    world.assert_published("adds-numbers", id).await
}

async fn held_then_rejected() -> anyhow::Result<()> {
    let (world, id) = held(ReviewDecision::Reject).await?;
    assert_eq!(world.settled(id).await?.summary.state, ValidationState::Rejected);
    assert_eq!(world.store.plugins_count().await?, 0);
    Ok(())
}

async fn queue_down() -> anyhow::Result<()> {
    let world = World::new().await?;
    // Nobody listens on this port.
    let queue = RedisQueue::connect("redis://127.0.0.1:1/").await?;
    let worker = world.start(|settings| settings.queue = Arc::new(queue));
    let accepted = world.submit_good("adds-numbers").await?;
    world.assert_published("adds-numbers", accepted.validation).await?;
    worker.stop().await
}

async fn two_workers() -> anyhow::Result<()> {
    let world = World::new().await?;
    let names = ["adds-one", "adds-two", "adds-three", "adds-four"];
    let mut accepted = Vec::new();
    for name in names {
        accepted.push((name, world.submit_good(name).await?.validation));
        for _ in 0..10 {
            world.queue.wake(StageName::Inspect).await?;
            world.queue.wake(StageName::Promote).await?;
        }
    }
    let workers = [world.start(|_| {}), world.start(|_| {})];
    for (name, id) in accepted {
        world.assert_published(name, id).await?;
    }
    assert_eq!(world.store.plugins_count().await?, names.len() as u64);
    for worker in workers {
        worker.stop().await?;
    }
    Ok(())
}

async fn kinds_of_workers() -> anyhow::Result<()> {
    let world = World::new().await?;
    let inspects = world.start(|settings| settings.stages = vec![StageName::Inspect]);
    let accepted = world.submit_good("adds-numbers").await?;
    let view = world.until(accepted.validation, |view| view.summary.state == ValidationState::Testing).await?;
    assert_eq!(view.stages[1].state, StageState::Pending, "nobody here tests");
    let tests = world.start(|settings| settings.stages = vec![StageName::Test]);
    let view = world.until(accepted.validation, |view| view.summary.state == ValidationState::Promoting).await?;
    assert_eq!(view.stages[2].state, StageState::Pending, "nobody here promotes");
    let promotes = world.start(|settings| settings.stages = vec![StageName::Promote]);
    world.assert_published("adds-numbers", accepted.validation).await?;
    inspects.stop().await?;
    tests.stop().await?;
    promotes.stop().await
}
