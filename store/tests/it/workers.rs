//! Workers: heartbeats, and runs that are passed on from one to another.

use airlock_model::event::Happening;
use airlock_model::probe::{ProbeEnding, ProbeReport};
use airlock_model::run::Inconclusive;
use airlock_model::{Engine, Outcome, RunReport, StageName, StageState, ValidationId, ValidationState, Verdict};
use airlock_store::workers::GONE_AFTER;
use airlock_store::{Caller, Claim, Next, StoreError, Tests};

use crate::bench::{Bench, inspection, judgement, upload};

crate::on_both_databases!(
    a_worker_is_there_until_it_is_silent_for_too_long,
    a_worker_that_stops_or_is_replaced_is_forgotten_at_once,
    a_run_that_lacks_a_feature_is_passed_on,
    an_import_that_lacks_a_feature_is_passed_on,
    nothing_else_is_passed_on,
    nothing_is_passed_on_to_nobody,
    once_the_other_workers_are_gone_anyone_may_run_it,
    nothing_is_passed_on_twice,
    a_worker_that_dies_on_what_was_passed_on_counts_as_a_crash,
);

const INSPECT: &[StageName] = &[StageName::Inspect];
const TEST: &[StageName] = &[StageName::Test];

async fn with_wasm(bench: &Bench) {
    bench.store.heartbeat("wasm-1", TEST, &[Engine::Wasm]).await.unwrap();
}

async fn with_docker(bench: &Bench) {
    bench.store.heartbeat("docker-1", TEST, &[Engine::Docker]).await.unwrap();
}

fn after_silence() -> u64 {
    GONE_AFTER.as_secs() + 1
}

/// A run in wasm that lacked threads.
fn lacking() -> RunReport {
    RunReport::of(Engine::Wasm, Outcome::Inconclusive(Inconclusive::MissingFeature { feature: "threads".into() }))
}

/// What `worker` may claim of the test stage.
async fn claimed_by(bench: &Bench, worker: &str) -> Option<Claim> {
    bench.store.claim_stage(TEST, worker).await.unwrap()
}

/// An upload whose test stage the worker with wasm holds.
async fn tested_in_wasm(bench: &Bench) -> (Caller, Claim) {
    let ada = bench.publisher().await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let claim = bench.claim(StageName::Inspect).await;
    let approve = judgement(Verdict::Approve);
    bench.store.record_inspection(&claim, &inspection(&claim), &approve, Next::Test, None).await.unwrap();
    with_wasm(bench).await;
    (ada, claimed_by(bench, "wasm-1").await.unwrap())
}

async fn record(bench: &Bench, claim: &Claim, report: &RunReport) -> Result<(), StoreError> {
    bench.store.record_test(claim, Tests::Ran(report), &judgement(Verdict::Approve), Next::Promote).await
}

async fn engine_told(bench: &Bench, ada: &Caller, id: ValidationId) -> String {
    bench.store.report(ada, id, "airlock test").await.unwrap().tests.unwrap().engine
}

async fn a_worker_is_there_until_it_is_silent_for_too_long(bench: &Bench) {
    with_docker(bench).await;
    let began = bench.clock.now();
    bench.advance(GONE_AFTER.as_secs());
    bench.store.heartbeat("docker-1", StageName::ALL, &[]).await.unwrap();
    with_wasm(bench).await;
    let there = bench.store.workers().await.unwrap();
    assert_eq!(there.iter().map(|worker| worker.name.as_str()).collect::<Vec<_>>(), ["docker-1", "wasm-1"]);
    assert_eq!((there[0].started_at, there[0].expires_at), (began, bench.clock.now().plus(GONE_AFTER)));
    assert_eq!((there[0].stages.as_slice(), there[0].engines.len()), (StageName::ALL, 0), "as it told last");
    bench.advance(GONE_AFTER.as_secs());
    with_wasm(bench).await;
    assert_eq!(bench.store.sweep().await.unwrap().gone, [""; 0]);
    bench.advance(1);
    assert_eq!(bench.store.workers().await.unwrap().len(), 1, "gone before anyone sweeps");
    assert_eq!(bench.store.sweep().await.unwrap().gone, ["docker-1"]);
    assert_eq!(bench.number("SELECT COUNT(*) FROM workers").await, 1);
}

async fn a_worker_that_stops_or_is_replaced_is_forgotten_at_once(bench: &Bench) {
    with_docker(bench).await;
    with_wasm(bench).await;
    bench.store.farewell("docker-1").await.unwrap();
    assert_eq!(bench.store.workers().await.unwrap().len(), 1);
    bench.store.expire_leases("wasm-").await.unwrap();
    assert_eq!(bench.store.workers().await.unwrap(), []);
}

async fn a_run_that_lacks_a_feature_is_passed_on(bench: &Bench) {
    let (ada, first) = tested_in_wasm(bench).await;
    with_docker(bench).await;
    assert_eq!(first.needs, None);
    assert_eq!(bench.store.pass_on(&first, &lacking()).await.unwrap(), Some(Engine::Docker));

    let view = bench.store.validation(&ada, first.validation).await.unwrap();
    assert_eq!((view.summary.state, view.summary.verdict), (ValidationState::Testing, None));
    let stage = &view.stages[1];
    assert_eq!((stage.state, stage.attempt, stage.started_at), (StageState::Pending, 1, None));
    let counted = "SELECT failures + crashes FROM stages WHERE name = 'test' AND lease_owner IS NULL";
    assert_eq!(bench.number(counted).await, 0);
    let told = bench.store.events_after(first.validation, 0, 100).await.unwrap().pop().unwrap();
    let Happening::Stage { state: StageState::Pending, attempt: 1, reason: Some(reason), .. } = told.what else {
        panic!("{told:?}")
    };
    let lacks = "tests not run: the sandbox's interpreter lacks 'threads'";
    assert_eq!(reason, format!("{lacks}; passed on from wasm to a worker that has docker"));
    let audit = bench.store.list_audit(None, 1).await.unwrap().items.remove(0);
    assert_eq!((audit.action.as_str(), audit.actor.as_str()), ("stage.pass_on", "wasm-1"));
    assert_eq!(audit.detail["outcome"]["detail"]["feature"], "threads");

    let late = bench.store.pass_on(&first, &lacking()).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    assert!(matches!(record(bench, &first, &lacking()).await, Err(StoreError::LeaseLost)));
    assert_eq!(claimed_by(bench, "wasm-1").await, None, "it is not for those that lack containers");
    assert_eq!(claimed_by(bench, "never-heard-of").await, None);
    let second = claimed_by(bench, "docker-1").await.unwrap();
    assert_eq!((second.needs, second.attempt), (Some(Engine::Docker), 1));
    assert!(second.token > first.token);
    record(bench, &second, &RunReport::of(Engine::Docker, Outcome::Passed)).await.unwrap();
    assert_eq!(engine_told(bench, &ada, first.validation).await, "docker");
}

async fn nothing_else_is_passed_on(bench: &Bench) {
    let (_, claim) = tested_in_wasm(bench).await;
    with_docker(bench).await;
    let package = Inconclusive::MissingPackage { package: "numpy".into(), because: None };
    let others = [
        RunReport::of(Engine::Wasm, Outcome::Passed),
        RunReport::of(Engine::Wasm, Outcome::Failed { failed: 1 }),
        RunReport::of(Engine::Wasm, Outcome::Inconclusive(Inconclusive::AllSkipped)),
        RunReport::of(Engine::Wasm, Outcome::Inconclusive(package)),
        RunReport::of(Engine::Docker, lacking().outcome),
        // What an import lacks undoes nothing that the tests did.
        RunReport { probe: lacking_import().probe, ..RunReport::of(Engine::Wasm, Outcome::Failed { failed: 1 }) },
    ];
    for report in others {
        assert_eq!(bench.store.pass_on(&claim, &report).await.unwrap(), None, "{report:?}");
    }
    record(bench, &claim, &lacking()).await.unwrap();
}

fn lacking_import() -> RunReport {
    let ending = ProbeEnding::Lacks(Inconclusive::MissingFeature { feature: "threads".into() });
    let probe = ProbeReport { ending, ..ProbeReport::quiet(Engine::Wasm) };
    RunReport { probe: Some(Box::new(probe)), ..RunReport::of(Engine::Wasm, Outcome::NoTests) }
}

async fn an_import_that_lacks_a_feature_is_passed_on(bench: &Bench) {
    let (_, first) = tested_in_wasm(bench).await;
    with_docker(bench).await;
    assert_eq!(bench.store.pass_on(&first, &lacking_import()).await.unwrap(), Some(Engine::Docker));
    let told = bench.store.events_after(first.validation, 0, 100).await.unwrap().pop().unwrap();
    let Happening::Stage { reason: Some(reason), .. } = told.what else { panic!("{told:?}") };
    let lacks = "not imported: the sandbox's interpreter lacks 'threads'";
    assert_eq!(reason, format!("{lacks}; passed on from wasm to a worker that has docker"));
}

async fn nothing_is_passed_on_to_nobody(bench: &Bench) {
    let (_, claim) = tested_in_wasm(bench).await;
    let refused = async |why| assert_eq!(bench.store.pass_on(&claim, &lacking()).await.unwrap(), None, "{why}");
    refused("nobody else is there").await;
    bench.store.heartbeat("docker-1", INSPECT, &[Engine::Docker]).await.unwrap();
    refused("it runs no tests").await;
    bench.store.heartbeat("docker-1", TEST, &[]).await.unwrap();
    refused("its engine does not answer").await;
    with_docker(bench).await;
    for _ in 0..=GONE_AFTER.as_secs() / 50 {
        bench.advance(50);
        bench.store.renew_lease(&claim).await.unwrap();
    }
    refused("it is gone").await;
    record(bench, &claim, &lacking()).await.unwrap();
}

async fn once_the_other_workers_are_gone_anyone_may_run_it(bench: &Bench) {
    let (ada, first) = tested_in_wasm(bench).await;
    with_docker(bench).await;
    assert_eq!(bench.store.pass_on(&first, &lacking()).await.unwrap(), Some(Engine::Docker));
    bench.advance(after_silence());
    let again = claimed_by(bench, "wasm-1").await.unwrap();
    assert_eq!((again.stage, again.attempt), (first.stage, 1));
    record(bench, &again, &lacking()).await.unwrap();
    assert_eq!(engine_told(bench, &ada, first.validation).await, "wasm");
}

async fn nothing_is_passed_on_twice(bench: &Bench) {
    let (_, first) = tested_in_wasm(bench).await;
    with_docker(bench).await;
    assert_eq!(bench.store.pass_on(&first, &lacking()).await.unwrap(), Some(Engine::Docker));
    bench.store.farewell("docker-1").await.unwrap();
    let again = claimed_by(bench, "wasm-1").await.expect("nobody else is left");
    with_docker(bench).await;
    assert_eq!(bench.store.pass_on(&again, &lacking()).await.unwrap(), None, "even though there is one again");
    record(bench, &again, &lacking()).await.unwrap();
}

async fn a_worker_that_dies_on_what_was_passed_on_counts_as_a_crash(bench: &Bench) {
    let (_, first) = tested_in_wasm(bench).await;
    with_docker(bench).await;
    assert_eq!(bench.store.pass_on(&first, &lacking()).await.unwrap(), Some(Engine::Docker));
    claimed_by(bench, "docker-1").await.unwrap();
    bench.advance(61);
    assert_eq!(bench.store.sweep().await.unwrap().requeued[0].crashes, 1);
    assert_eq!(claimed_by(bench, "wasm-1").await, None, "the other may have lost its lease and no more");
    bench.advance(after_silence());
    let again = claimed_by(bench, "wasm-1").await.unwrap();
    assert_eq!((again.needs, again.attempt), (Some(Engine::Docker), 2));
}
