//! Worker processes that die at every boundary of every stage, and what is found
//! after the next one has started.

use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use airlock_gate::Gate;
use airlock_model::{Engine, Outcome, StageName, StageState, ValidationState};
use airlock_store::sweep::MOST_CRASHES;
use airlock_store::{Clock, MemoryQueue};
use airlock_worker::failpoint::Boundary;
use airlock_worker::{Intervals, WorkerSettings};
use libtest_mimic::Trial;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::journeys::{Answers, TESTS};
use crate::world::{World, gate, good, open, trial};

/// How the names of worker processes begin.
const PREFIX: &str = "mortal-";
/// How a process ends that was not struck.
const NOT_STRUCK: u8 = 3;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("killed_at_any_boundary_of_inspect_nothing_is_lost_or_doubled", killed_in_inspect),
        trial("killed_at_any_boundary_of_test_nothing_is_lost_or_doubled", killed_in_test),
        trial("killed_at_any_boundary_of_promote_nothing_is_lost_or_doubled", killed_in_promote),
        trial("a_stage_that_kills_its_worker_three_times_is_parked", poison),
    ]
}

/// A gate with a sandbox in which all tests pass.
fn tested() -> Gate {
    gate(|gate| gate.sandbox = Some(Arc::new(Answers(Engine::Wasm, Outcome::Passed))))
}

/// A worker in a process of its own, which dies where `failpoints` say.
pub(crate) fn worker_process(dir: &Path, failpoints: &str) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let work = async {
        let (store, quarantine, catalogue) = open(dir, Clock::Database).await?;
        let settings = WorkerSettings {
            store,
            quarantine,
            catalogue,
            queue: Arc::new(MemoryQueue::new()),
            gate: tested(),
            stages: StageName::ALL.to_vec(),
            concurrency: 1,
            worker_name: format!("{PREFIX}{}", std::process::id()),
            replaces: Some(PREFIX.to_owned()),
            work_dir: dir.join("work"),
            intervals: Intervals { poll: Duration::from_millis(100), ..Intervals::default() },
            failpoints: failpoints.parse()?,
        };
        // A process that is not struck ends all the same, so that its test can say so.
        let _ = timeout(Duration::from_secs(20), airlock_worker::run(settings, CancellationToken::new())).await;
        anyhow::Ok(())
    };
    runtime.expect("a runtime").block_on(work).expect("a world to work in");
    ExitCode::from(NOT_STRUCK)
}

async fn run_process(world: &World, failpoints: &str) -> anyhow::Result<ExitStatus> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("__worker").arg(world.dir.path()).arg(failpoints).env_clear();
    Ok(tokio::task::spawn_blocking(move || command.status()).await??)
}

fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status).is_some()
}

async fn killed_in(stage: StageName) -> anyhow::Result<()> {
    for boundary in Boundary::ALL {
        let world = World::new().await?;
        let accepted = world.submit("adds-numbers", "1.0.0", good("adds-numbers", &[TESTS])).await?;
        let status = run_process(&world, &format!("{stage}:{}=abort", boundary.as_str())).await?;
        assert!(was_killed(status), "{stage}:{} did not strike: {status}", boundary.as_str());
        let recorded = boundary == Boundary::AfterRecord;
        assert_eq!(world.times_done(accepted.validation, stage).await?, usize::from(recorded));
        if stage == StageName::Promote {
            assert_eq!(world.store.plugins_count().await?, u64::from(recorded), "nothing is half-published");
        }

        let worker = world.start(|settings| {
            settings.replaces = Some(PREFIX.to_owned());
            settings.gate = tested();
        });
        world.assert_published("adds-numbers", accepted.validation).await?;
        assert_eq!(world.settled(accepted.validation).await?.stages.len(), StageName::ALL.len());
        worker.stop().await?;
    }
    Ok(())
}

async fn killed_in_inspect() -> anyhow::Result<()> {
    killed_in(StageName::Inspect).await
}

async fn killed_in_test() -> anyhow::Result<()> {
    killed_in(StageName::Test).await
}

async fn killed_in_promote() -> anyhow::Result<()> {
    killed_in(StageName::Promote).await
}

async fn poison() -> anyhow::Result<()> {
    let world = World::new().await?;
    let accepted = world.submit_good("adds-numbers").await?;
    for _ in 0..MOST_CRASHES {
        assert!(was_killed(run_process(&world, "inspect:after-fetch=abort").await?));
    }
    let worker = world.start(|settings| settings.replaces = Some(PREFIX.to_owned()));
    let other = world.submit_good("adds-more").await?;
    world.assert_published("adds-more", other.validation).await?;

    let view = world.settled(accepted.validation).await?;
    assert_eq!(view.summary.state, ValidationState::Errored);
    assert_eq!(view.stages[0].state, StageState::Errored);
    assert!(view.summary.error.expect("a reason").contains("not of the plugin"));
    let retried = world.store.retry(&world.publisher, accepted.validation).await?;
    assert_eq!(retried.stage, StageName::Inspect);
    world.assert_published("adds-numbers", accepted.validation).await?;
    worker.stop().await
}
