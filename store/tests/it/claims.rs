//! Claims, leases, fencing tokens, retries and crashes.

use std::collections::HashSet;

use airlock_model::inspection::TextFormat;
use airlock_model::{Inspection, Role, StageName, StageState, ValidationState, Verdict};
use airlock_store::{Failed, Fault, Next, StoreError, Tests};

use crate::bench::{Bench, inspection, judgement, upload};

crate::on_both_databases!(
    one_row_is_claimed_once,
    many_rows_are_claimed_once_each,
    publishers_take_turns,
    a_stale_fencing_token_is_refused_everywhere,
    a_renewed_lease_is_not_swept,
    three_crashes_park_the_stage,
    failures_back_off_and_then_park,
    a_returned_claim_counts_nothing,
    an_errored_validation_can_be_retried,
    a_repeating_fault_of_ours_holds,
    leases_of_the_dead_are_ended_by_name,
    results_are_recorded_with_their_report,
    a_waiting_stage_says_how_long,
);

async fn one_row_is_claimed_once(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let workers: Vec<_> = (0..16)
        .map(|n| {
            let store = bench.store.clone();
            tokio::spawn(async move { store.claim_stage(&[StageName::Inspect], &format!("worker-{n}")).await.unwrap() })
        })
        .collect();
    let claims: Vec<_> = futures::future::join_all(workers).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(claims.len(), 1, "{claims:?}");
    assert_eq!((claims[0].token, claims[0].attempt), (1, 1));
    let view = bench.store.validation(&ada, claims[0].validation).await.unwrap();
    assert_eq!(view.summary.state, ValidationState::Inspecting);
}

async fn many_rows_are_claimed_once_each(bench: &Bench) {
    let ada = bench.publisher().await;
    for number in 0..12 {
        bench.submit(&upload(&ada, "web-tool", &format!("1.0.{number}"), "one")).await;
    }
    let workers: Vec<_> = (0..4)
        .map(|n| {
            let store = bench.store.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while let Some(claim) = store.claim_stage(&[StageName::Inspect], &format!("w-{n}")).await.unwrap() {
                    mine.push(claim.stage);
                }
                mine
            })
        })
        .collect();
    let all: Vec<_> = futures::future::join_all(workers).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(all.len(), 12);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 12);
}

async fn publishers_take_turns(bench: &Bench) {
    let ada = bench.publisher().await;
    let bob = bench.caller("bob", Role::Publisher).await;
    for number in 0..3 {
        bench.submit(&upload(&ada, "web-tool", &format!("1.0.{number}"), "one")).await;
        bench.advance(1);
    }
    bench.submit(&upload(&bob, "bobs-tool", "1.0.0", "one")).await;
    let mut order = Vec::new();
    for _ in 0..4 {
        bench.advance(1);
        order.push(bench.claim(StageName::Inspect).await.plugin.to_string());
    }
    assert_eq!(order, ["web-tool", "bobs-tool", "web-tool", "web-tool"], "the one late upload does not wait for three");
}

async fn a_stale_fencing_token_is_refused_everywhere(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let stale = bench.claim(StageName::Inspect).await;
    bench.advance(61);
    assert_eq!(bench.store.sweep().await.unwrap().requeued.len(), 1);
    let fresh = bench.claim(StageName::Inspect).await;
    assert_eq!(fresh.stage, stale.stage);
    assert!(fresh.token > stale.token);
    let store = &bench.store;
    let lost = |result: Result<(), StoreError>| assert!(matches!(result, Err(StoreError::LeaseLost)), "{result:?}");
    let approve = judgement(Verdict::Approve);
    lost(store.renew_lease(&stale).await.map(drop));
    lost(store.return_claim(&stale).await);
    lost(store.fail_stage(&stale, "late", Fault::Park("the object is gone")).await.map(drop));
    lost(store.record_inspection(&stale, &inspection(&stale), &approve, Next::Promote, None).await);
    lost(store.record_test(&stale, Tests::NotRun("late"), &approve, Next::Promote).await);
    lost(store.record_promotion(&stale, stale.upload).await.map(drop));
    assert_eq!(bench.number("SELECT COUNT(*) FROM findings").await, 0, "nothing of the stale result is left");
    store.record_inspection(&fresh, &inspection(&fresh), &approve, Next::Promote, None).await.unwrap();
    lost(store.record_inspection(&fresh, &inspection(&fresh), &approve, Next::Promote, None).await);
    assert_eq!(bench.number("SELECT COUNT(*) FROM stages WHERE name = 'promote'").await, 1);
}

async fn a_renewed_lease_is_not_swept(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let claim = bench.claim(StageName::Inspect).await;
    for _ in 0..3 {
        bench.advance(45);
        assert!(bench.store.renew_lease(&claim).await.unwrap() > claim.lease_expires_at);
        assert!(bench.store.sweep().await.unwrap().requeued.is_empty());
    }
    bench.advance(61);
    let swept = bench.store.sweep().await.unwrap();
    assert_eq!((swept.requeued.len(), swept.wakes), (1, vec![(StageName::Inspect, None)]));
    assert!(bench.store.sweep().await.unwrap().requeued.is_empty(), "a crash is counted once");
}

async fn three_crashes_park_the_stage(bench: &Bench) {
    let ada = bench.publisher().await;
    let id = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await.validation;
    for crash in 1..=3 {
        bench.claim(StageName::Inspect).await;
        bench.advance(61);
        let swept = bench.store.sweep().await.unwrap();
        let lost = if crash < 3 { &swept.requeued } else { &swept.parked };
        assert_eq!((lost.len(), lost[0].crashes, lost[0].validation), (1, crash, id), "{swept:?}");
    }
    let view = bench.store.validation(&ada, id).await.unwrap();
    assert_eq!(view.summary.state, ValidationState::Errored);
    assert_eq!(view.stages[0].state, StageState::Errored);
    let told = view.summary.error.unwrap();
    assert!(told.contains("a fault of ours, not of the plugin"), "{told}");
    assert_eq!(view.summary.verdict, None, "a fault of ours is never a verdict");
    assert!(bench.store.claim_stage(&[StageName::Inspect], "w").await.unwrap().is_none(), "the queue moves on");
    let messages = bench.store.waiting_messages(10).await.unwrap();
    assert_eq!(messages[0].kind, "stage.parked");
}

async fn failures_back_off_and_then_park(bench: &Bench) {
    let ada = bench.publisher().await;
    let id = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await.validation;
    for failure in 1..=4_u32 {
        let claim = bench.claim(StageName::Inspect).await;
        assert_eq!(claim.attempt, failure);
        let Failed::Waits(until) = bench.store.fail_stage(&claim, "disk full\0", Fault::Retry).await.unwrap() else {
            panic!("must wait")
        };
        assert!(until > bench.clock.now());
        assert!(bench.store.claim_stage(&[StageName::Inspect], "w").await.unwrap().is_none(), "it backs off");
        bench.advance(until.since(bench.clock.now()).as_secs());
    }
    let claim = bench.claim(StageName::Inspect).await;
    assert_eq!(bench.store.fail_stage(&claim, "disk full", Fault::Retry).await.unwrap(), Failed::Parked);
    let view = bench.store.validation(&ada, id).await.unwrap();
    assert_eq!(view.summary.state, ValidationState::Errored);
    assert!(!view.summary.error.unwrap().contains("disk full"), "internal detail stays inside");
    assert_eq!(view.stages[0].last_error.as_deref(), Some("disk full"));
}

async fn a_returned_claim_counts_nothing(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    for _ in 0..5 {
        let claim = bench.claim(StageName::Inspect).await;
        assert_eq!(claim.attempt, 1);
        bench.store.return_claim(&claim).await.unwrap();
    }
    assert_eq!(bench.number("SELECT crashes + failures FROM stages").await, 0);
}

async fn an_errored_validation_can_be_retried(bench: &Bench) {
    let ada = bench.publisher().await;
    let id = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await.validation;
    let early = bench.store.retry(&ada, id).await;
    assert!(matches!(early, Err(StoreError::WrongState { state: ValidationState::Queued, .. })), "{early:?}");
    let claim = bench.claim(StageName::Inspect).await;
    assert_eq!(
        bench.store.fail_stage(&claim, "broken", Fault::Park("the object is gone")).await.unwrap(),
        Failed::Parked
    );
    let retried = bench.store.retry(&ada, id).await.unwrap();
    assert_eq!((retried.stage, retried.attempt), (StageName::Inspect, 2));
    let view = bench.store.validation(&ada, id).await.unwrap();
    assert_eq!((view.summary.state, view.summary.error), (ValidationState::Queued, None));
    assert_eq!(bench.claim(StageName::Inspect).await.attempt, 2);
}

async fn a_repeating_fault_of_ours_holds(bench: &Bench) {
    let ada = bench.publisher().await;
    let admin = bench.caller("root", Role::Admin).await;
    let id = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await.validation;
    let claim = bench.claim(StageName::Inspect).await;
    assert_eq!(bench.store.fail_stage(&claim, "panicked", Fault::Hold).await.unwrap(), Failed::Held);
    assert_eq!(bench.store.validation(&ada, id).await.unwrap().summary.state, ValidationState::Held);
    let approved = bench.store.decide_review(&admin, id, airlock_store::ReviewDecision::Approve, "looks fine").await;
    assert!(matches!(approved, Err(StoreError::Contradiction(_))), "there is no archive to publish: {approved:?}");
    assert_eq!(bench.store.validation(&ada, id).await.unwrap().summary.state, ValidationState::Held);
}

async fn leases_of_the_dead_are_ended_by_name(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    bench.submit(&upload(&ada, "web-tool", "1.0.1", "one")).await;
    bench.store.claim_stage(&[StageName::Inspect], "embedded-7").await.unwrap().unwrap();
    bench.store.claim_stage(&[StageName::Inspect], "other-7").await.unwrap().unwrap();
    assert_eq!(bench.store.expire_leases("embedded-").await.unwrap(), 1);
    let swept = bench.store.sweep().await.unwrap();
    assert_eq!(swept.requeued.iter().map(|lost| lost.worker.as_str()).collect::<Vec<_>>(), ["embedded-7"]);
}

async fn results_are_recorded_with_their_report(bench: &Bench) {
    let ada = bench.publisher().await;
    let id = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await.validation;
    let claim = bench.claim(StageName::Inspect).await;
    let found = Inspection {
        changelog: Some("* 1.0.0: first".to_owned()),
        changelog_format: TextFormat::Markdown,
        ..inspection(&claim)
    };
    bench.store.record_inspection(&claim, &found, &judgement(Verdict::Approve), Next::Test, None).await.unwrap();
    let view = bench.store.validation(&ada, id).await.unwrap();
    assert_eq!((view.summary.state, view.summary.verdict), (ValidationState::Testing, None));
    assert_eq!(view.summary.findings.high, 2);
    let kept = bench.store.inspection(id).await.unwrap();
    assert_eq!(kept.findings.len(), 2);
    assert_eq!((&kept.readme, kept.readme_format), (&found.readme, TextFormat::Rst));
    assert_eq!((&kept.changelog, kept.changelog_format), (&found.changelog, TextFormat::Markdown));
    let test = bench.claim(StageName::Test).await;
    let wrong = bench.store.record_test(&test, Tests::NotRun("x"), &judgement(Verdict::Hold), Next::Promote).await;
    assert!(matches!(wrong, Err(StoreError::Contradiction(_))), "a hold must not be promoted: {wrong:?}");
    bench
        .store
        .record_test(&test, Tests::NotRun("there are no tests"), &judgement(Verdict::Hold), Next::Hold)
        .await
        .unwrap();
    let report = bench.store.report(&ada, id, "airlock test").await.unwrap();
    assert_eq!(report.verdict, Some(Verdict::Hold));
    assert_eq!(report.findings, judgement(Verdict::Hold).findings);
    assert_eq!(report.tests_not_run.as_deref(), Some("there are no tests"));
    assert_eq!(report.manifest, found.manifest);
    assert_eq!(report.reasons.len(), 1);
}

async fn a_waiting_stage_says_how_long(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let claim = bench.claim(StageName::Inspect).await;
    bench.advance(10);
    bench
        .store
        .record_inspection(&claim, &inspection(&claim), &judgement(Verdict::Reject), Next::Reject, None)
        .await
        .unwrap();
    bench.submit(&upload(&ada, "web-tool", "1.0.1", "one")).await;
    bench.advance(1);
    let second = bench.submit(&upload(&ada, "web-tool", "1.0.2", "one")).await.validation;
    let view = bench.store.validation(&ada, second).await.unwrap();
    assert_eq!((view.stages[0].queue_position, view.stages[0].eta_seconds), (Some(2), Some(20)));
    assert_eq!(bench.store.backlog().await.unwrap(), [(StageName::Inspect, 2, 0)]);
}
