//! Tests that lack a feature in one worker and are passed on to another.

use std::sync::Arc;
use std::time::Duration;

use airlock_model::event::Happening;
use airlock_model::probe::{ProbeEnding, ProbeReport};
use airlock_model::run::Inconclusive;
use airlock_model::{Engine, Outcome, RunReport, StageName, StageState, ValidationId};
use airlock_sandbox::{PassOn, ProbeRequest, RunRequest, Sandbox, SandboxError};
use airlock_store::workers::GONE_AFTER;
use async_trait::async_trait;
use libtest_mimic::Trial;
use tokio::time::{sleep, timeout};

use crate::journeys::{Answers, TESTS};
use crate::world::{PATIENCE, Running, World, changed, gate, good, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("what_wasm_lacks_is_run_by_a_worker_with_containers", to_containers),
        trial("an_import_that_wasm_cannot_make_is_made_by_a_worker_with_containers", an_import),
        trial("what_is_passed_on_wakes_only_those_who_can_take_it", wakes_who_can),
        trial("a_worker_with_both_engines_runs_it_in_a_container_at_once", to_both_engines),
        trial("what_wasm_lacks_is_recorded_where_nobody_has_more", nobody_has_more),
        trial("what_was_passed_on_comes_back_when_the_other_worker_is_gone", comes_back),
    ]
}

fn lacks_threads() -> Outcome {
    Outcome::Inconclusive(Inconclusive::MissingFeature { feature: "threads".into() })
}

/// The name of the worker that is passed on to.
const OTHER: &str = "other";

fn start(world: &World, name: &str, stages: &[StageName], sandbox: impl Sandbox + 'static) -> Running {
    world.start(|settings| {
        settings.worker_name = name.to_owned();
        settings.stages = stages.to_vec();
        settings.gate = gate(|gate| gate.sandbox = Some(Arc::new(sandbox)));
    })
}

/// Starts a worker in whose sandbox tests lack threads.
fn start_wasm(world: &World) -> Running {
    start(world, "wasm", StageName::ALL, Answers(Engine::Wasm, lacks_threads()))
}

/// Lets that worker run a package's tests while another with containers is said to be there, and waits until it has
/// passed them on.
async fn passed_on(world: &World) -> anyhow::Result<(Running, ValidationId)> {
    world.store.heartbeat(OTHER, &[StageName::Test], &[Engine::Docker]).await?;
    let wasm = start_wasm(world);
    let id = world.submit("adds-numbers", "1.0.0", good("adds-numbers", &[TESTS])).await?.validation;
    until_passed_on(world, id).await?;
    Ok((wasm, id))
}

async fn until_passed_on(world: &World, id: ValidationId) -> anyhow::Result<()> {
    let again = |what: &Happening| matches!(what, Happening::Stage { state: StageState::Pending, reason: Some(_), .. });
    timeout(PATIENCE, async {
        while !world.store.events_after(id, 0, 100).await?.iter().any(|event| again(&event.what)) {
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    })
    .await?
}

/// What the report of the published plugin says of its tests, which were run in one attempt and recorded once.
async fn recorded(world: &World, id: ValidationId) -> anyhow::Result<RunReport> {
    world.assert_published("adds-numbers", id).await?;
    assert_eq!(world.settled(id).await?.stages[1].attempt, 1, "passing on is no attempt");
    let report = world.store.report(&world.publisher, id, "test").await?;
    report.tests.ok_or_else(|| anyhow::anyhow!("the tests were not run"))
}

async fn to_containers() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (wasm, id) = passed_on(&world).await?;
    let other = start(&world, OTHER, &[StageName::Test], Answers(Engine::Docker, Outcome::Passed));
    let tests = recorded(&world, id).await?;
    assert_eq!((tests.engine.as_str(), tests.outcome), ("docker", Outcome::Passed));
    other.stop().await?;
    let there = world.store.workers().await?;
    assert_eq!(
        there.iter().map(|worker| worker.name.as_str()).collect::<Vec<_>>(),
        ["wasm"],
        "the other took its leave"
    );
    wasm.stop().await
}

/// An engine in which the entry point of a plugin without tests cannot be imported.
struct LacksAtImport;

#[async_trait]
impl Sandbox for LacksAtImport {
    fn engine(&self) -> Engine {
        Engine::Wasm
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        panic!("there are no tests to run: {request:?}")
    }

    async fn probe(&self, _: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        let ending = ProbeEnding::Lacks(Inconclusive::MissingFeature { feature: "threads".into() });
        Ok(ProbeReport { ending, ..ProbeReport::quiet(Engine::Wasm) })
    }
}

async fn an_import() -> anyhow::Result<()> {
    let world = World::new().await?;
    world.store.heartbeat(OTHER, &[StageName::Test], &[Engine::Docker]).await?;
    let wasm = start(&world, "wasm", StageName::ALL, LacksAtImport);
    let id = world.submit("adds-numbers", "1.0.0", good("adds-numbers", &[])).await?.validation;
    until_passed_on(&world, id).await?;
    let other = start(&world, OTHER, &[StageName::Test], Answers(Engine::Docker, Outcome::Passed));
    let report = recorded(&world, id).await?;
    let probe = report.probe.ok_or_else(|| anyhow::anyhow!("nothing was imported"))?;
    assert_eq!((probe.engine.as_str(), probe.ending), ("docker", ProbeEnding::Imported));
    other.stop().await?;
    wasm.stop().await
}

/// Nobody looks by himself here, so whoever takes a wake-up that he can do nothing about leaves the stage where it is.
async fn wakes_who_can() -> anyhow::Result<()> {
    let world = World::new().await?;
    let never = Duration::from_secs(24 * 60 * 60);
    let start = |name: &str, stages: &[StageName], sandbox| {
        world.start(|settings| {
            settings.worker_name = name.to_owned();
            settings.stages = stages.to_vec();
            settings.gate = gate(|gate| gate.sandbox = Some(Arc::new(sandbox)));
            (settings.intervals.poll, settings.intervals.sweep) = (never, never);
        })
    };
    let other = start(OTHER, &[StageName::Test], Answers(Engine::Docker, Outcome::Passed));
    let mut workers = vec![other];
    workers.extend(
        ["wasm-1", "wasm-2", "wasm-3"].map(|name| start(name, StageName::ALL, Answers(Engine::Wasm, lacks_threads()))),
    );
    timeout(PATIENCE, async {
        while world.store.workers().await?.len() < workers.len() {
            sleep(Duration::from_millis(10)).await;
        }
        anyhow::Ok(())
    })
    .await??;
    for version in ["1.0.0", "1.0.1", "1.0.2", "1.0.3"] {
        let id =
            world.submit("adds-numbers", version, changed("adds-numbers", version, "", &[TESTS])).await?.validation;
        world.settled(id).await?;
        let tests = world.store.report(&world.publisher, id, "test").await?.tests;
        assert_eq!(tests.map(|tests| tests.engine).as_deref(), Some("docker"), "{version}");
    }
    for worker in workers {
        worker.stop().await?;
    }
    Ok(())
}

async fn to_both_engines() -> anyhow::Result<()> {
    let world = World::new().await?;
    let (wasm, id) = passed_on(&world).await?;
    let first = Arc::new(Answers(Engine::Wasm, Outcome::Failed { failed: 1 }));
    let both = PassOn::new(first, Arc::new(Answers(Engine::Docker, Outcome::Passed)));
    let other = start(&world, OTHER, &[StageName::Test], both);
    assert_eq!(recorded(&world, id).await?.engine, "docker", "its wasm is not asked");
    other.stop().await?;
    wasm.stop().await
}

async fn nobody_has_more() -> anyhow::Result<()> {
    let world = World::new().await?;
    let wasm = start_wasm(&world);
    let id = world.submit("adds-numbers", "1.0.0", good("adds-numbers", &[TESTS])).await?.validation;
    assert_eq!(recorded(&world, id).await?.outcome, lacks_threads());
    wasm.stop().await
}

async fn comes_back() -> anyhow::Result<()> {
    let world = World::with_fixed_clock().await?;
    let (wasm, id) = passed_on(&world).await?;
    world.clock.advance(GONE_AFTER + Duration::from_secs(1));
    let tests = recorded(&world, id).await?;
    assert_eq!((tests.engine.as_str(), tests.outcome), ("wasm", lacks_threads()));
    wasm.stop().await
}
