//! What a person decides about held plugins, and waivers.

use airlock_model::{Role, StageName, ValidationId, ValidationState, Verdict};
use airlock_store::{Caller, Next, ReviewDecision, StoreError};

use crate::bench::{Bench, canonical, inspection, judgement, name, upload};

crate::on_both_databases!(
    an_approval_promotes,
    a_refusal_ends_it,
    only_reviewers_decide_and_only_once,
    waivers_stand_for_one_plugin,
);

async fn held(bench: &Bench, caller: &Caller) -> ValidationId {
    let id = bench.submit(&upload(caller, "web-tool", "1.0.0", "one")).await.validation;
    let claim = bench.claim(StageName::Inspect).await;
    bench
        .store
        .record_inspection(&claim, &inspection(&claim), &judgement(Verdict::Hold), Next::Hold, None)
        .await
        .unwrap();
    id
}

async fn an_approval_promotes(bench: &Bench) {
    let ada = bench.publisher().await;
    let admin = bench.caller("root", Role::Admin).await;
    let id = held(bench, &ada).await;
    let waiting = bench.store.list_held(None, 10).await.unwrap();
    assert_eq!(waiting.items.iter().map(|item| item.id).collect::<Vec<_>>(), [id]);
    let state = bench.store.decide_review(&admin, id, ReviewDecision::Approve, "the shell is fine here").await.unwrap();
    assert_eq!(state, ValidationState::Promoting);
    let claim = bench.claim(StageName::Promote).await;
    bench.store.record_promotion(&claim, canonical(&claim)).await.unwrap();
    let view = bench.store.validation(&ada, id).await.unwrap();
    assert_eq!((view.summary.state, view.summary.verdict), (ValidationState::Published, Some(Verdict::Approve)));
    let reviews = bench.store.reviews_of(id).await.unwrap();
    assert_eq!((reviews[0].by_name.as_str(), reviews[0].reason.as_str()), ("root", "the shell is fine here"));
    let audit = bench.store.list_audit(None, 50).await.unwrap();
    let entry = audit.items.iter().find(|entry| entry.action == "review.approve").unwrap();
    assert_eq!((entry.actor.as_str(), entry.subject.as_str()), ("root", id.to_string().as_str()));
}

async fn a_refusal_ends_it(bench: &Bench) {
    let ada = bench.publisher().await;
    let admin = bench.caller("root", Role::Admin).await;
    let id = held(bench, &ada).await;
    bench.store.decide_review(&admin, id, ReviewDecision::Reject, "no shells").await.unwrap();
    let view = bench.store.validation(&ada, id).await.unwrap();
    assert_eq!((view.summary.state, view.summary.verdict), (ValidationState::Rejected, Some(Verdict::Reject)));
    assert_eq!(view.summary.reasons, ["root: no shells"]);
    assert!(bench.store.claim_stage(StageName::ALL, "w").await.unwrap().is_none());
}

async fn only_reviewers_decide_and_only_once(bench: &Bench) {
    let ada = bench.publisher().await;
    let admin = bench.caller("root", Role::Admin).await;
    let id = held(bench, &ada).await;
    let own = bench.store.decide_review(&ada, id, ReviewDecision::Approve, "please").await;
    assert!(matches!(own, Err(StoreError::NotFound(_))), "{own:?}");
    let silent = bench.store.decide_review(&admin, id, ReviewDecision::Approve, "  ").await;
    assert!(matches!(silent, Err(StoreError::Contradiction(_))), "{silent:?}");
    let (yes, no) = tokio::join!(
        bench.store.decide_review(&admin, id, ReviewDecision::Approve, "yes"),
        bench.store.decide_review(&admin, id, ReviewDecision::Reject, "no")
    );
    assert!(yes.is_ok() != no.is_ok(), "one of two decides: {yes:?} {no:?}");
    assert_eq!(bench.store.reviews_of(id).await.unwrap().len(), 1);
}

async fn waivers_stand_for_one_plugin(bench: &Bench) {
    let ada = bench.publisher().await;
    let admin = bench.caller("root", Role::Admin).await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let (tool, other) = (name("web-tool"), name("other-tool"));
    assert!(bench.store.add_waiver(&ada, &tool, "f1", "mine").await.is_err(), "publishers waive nothing");
    bench.store.add_waiver(&admin, &tool, "f1", "a false alarm").await.unwrap();
    let twice = bench.store.add_waiver(&admin, &tool, "f1", "again").await;
    assert!(matches!(twice, Err(StoreError::Taken { .. })), "{twice:?}");
    let waivers = bench.store.waivers(&tool).await.unwrap();
    assert_eq!((waivers[0].fingerprint.as_str(), waivers[0].because.as_str()), ("f1", "root: a false alarm"));
    assert!(bench.store.waivers(&other).await.unwrap().is_empty());
}
