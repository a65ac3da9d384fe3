//! Accepting uploads: repetition, change, ownership, confusable names, interruption.

use std::time::Duration;

use airlock_model::{Role, StageName, StageState, ValidationState, Verdict};
use airlock_store::{Next, ObjectKey, StoreError, SubmitError};

use crate::bench::{Bench, inspection, judgement, name, upload};

crate::on_both_databases!(
    an_upload_is_accepted_whole,
    the_same_bytes_are_the_same_validation,
    other_bytes_supersede_what_has_not_gone_far,
    a_rejected_validation_stays_rejected_when_superseded,
    other_bytes_are_refused_once_it_went_far,
    a_name_belongs_to_its_first_publisher,
    confusable_names_race_for_one_place,
    near_names_of_others_are_told_until_the_plugin_is_listed,
    the_same_version_races_for_one_place,
    an_interrupted_acceptance_leaves_all_or_nothing,
    events_are_numbered_without_gaps,
    what_is_not_yours_is_not_there,
    lists_come_in_pages,
    a_withdrawn_upload_can_be_sent_again,
);

async fn an_upload_is_accepted_whole(bench: &Bench) {
    let ada = bench.publisher().await;
    let accepted = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    assert!(!accepted.repeated);
    assert_eq!(accepted.superseded, None);
    let view = bench.store.validation(&ada, accepted.validation).await.unwrap();
    assert_eq!(view.summary.state, ValidationState::Queued);
    assert_eq!(view.summary.submission, accepted.submission);
    assert_eq!(view.stages.len(), 1);
    assert_eq!((view.stages[0].name, view.stages[0].state), (StageName::Inspect, StageState::Pending));
    assert_eq!((view.stages[0].queue_position, view.stages[0].eta_seconds), (Some(1), None));
    let audit = bench.store.list_audit(None, 10).await.unwrap();
    assert_eq!(audit.items[0].action, "submission.accept");
    assert_eq!(audit.items[0].actor, "ada");
}

async fn the_same_bytes_are_the_same_validation(bench: &Bench) {
    let ada = bench.publisher().await;
    let first = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let again = upload(&ada, "web-tool", "1.0.0", "one");
    let second = bench.submit(&again).await;
    assert!(second.repeated);
    assert_eq!((second.validation, second.submission), (first.validation, first.submission));
    assert_eq!(second.obsolete_objects, [again.object_key], "the second copy of the bytes is not needed");
    assert_eq!(bench.number("SELECT COUNT(*) FROM validations").await, 1);
}

async fn other_bytes_supersede_what_has_not_gone_far(bench: &Bench) {
    let ada = bench.publisher().await;
    let new = upload(&ada, "web-tool", "1.0.0", "one");
    let first = bench.submit(&new).await;
    let claim = bench.claim(StageName::Inspect).await;
    let second = bench.submit(&upload(&ada, "web-tool", "1.0.0", "two")).await;
    assert_eq!(second.superseded, Some(first.validation));
    assert!(second.obsolete_objects.contains(&new.object_key));
    assert!(second.obsolete_objects.contains(&ObjectKey::canonical(first.submission)));
    let old = bench.store.validation(&ada, first.validation).await.unwrap();
    assert_eq!(old.summary.state, ValidationState::Withdrawn);
    assert_eq!(old.summary.superseded_by, Some(second.validation));
    assert_eq!(old.stages[0].state, StageState::Cancelled);
    let late = bench
        .store
        .record_inspection(&claim, &inspection(&claim), &judgement(Verdict::Approve), Next::Promote, None)
        .await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
}

async fn a_rejected_validation_stays_rejected_when_superseded(bench: &Bench) {
    let ada = bench.publisher().await;
    let first = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let claim = bench.claim(StageName::Inspect).await;
    bench
        .store
        .record_inspection(&claim, &inspection(&claim), &judgement(Verdict::Reject), Next::Reject, Some("condemned"))
        .await
        .unwrap();
    let repeated = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    assert!(repeated.repeated, "the same bytes would be rejected again");
    let second = bench.submit(&upload(&ada, "web-tool", "1.0.0", "two")).await;
    assert_eq!(second.superseded, Some(first.validation));
    assert!(!second.obsolete_objects.contains(&ObjectKey::views(first.submission)), "its report points into them");
    let old = bench.store.validation(&ada, first.validation).await.unwrap();
    assert_eq!(old.summary.state, ValidationState::Rejected);
}

async fn other_bytes_are_refused_once_it_went_far(bench: &Bench) {
    let ada = bench.publisher().await;
    let claim = bench.approved(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let promoting = bench.refused(&upload(&ada, "web-tool", "1.0.0", "two")).await;
    assert!(matches!(promoting, SubmitError::VersionBusy { state: ValidationState::Promoting }), "{promoting:?}");
    bench.store.record_promotion(&claim, crate::bench::canonical(&claim)).await.unwrap();
    let published = bench.refused(&upload(&ada, "web-tool", "1.0.0", "two")).await;
    assert!(matches!(published, SubmitError::VersionBusy { state: ValidationState::Published }), "{published:?}");
    let repeated = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    assert_eq!(repeated.validation, claim.validation, "the benign twin: the very same bytes again");
    bench.submit(&upload(&ada, "web-tool", "1.0.1", "two")).await;
    let held = bench.claim(StageName::Inspect).await;
    bench
        .store
        .record_inspection(&held, &inspection(&held), &judgement(Verdict::Hold), Next::Hold, None)
        .await
        .unwrap();
    let busy = bench.refused(&upload(&ada, "web-tool", "1.0.1", "three")).await;
    assert!(matches!(busy, SubmitError::VersionBusy { state: ValidationState::Held }), "{busy:?}");
}

async fn a_name_belongs_to_its_first_publisher(bench: &Bench) {
    let ada = bench.publisher().await;
    let bob = bench.caller("bob", Role::Publisher).await;
    let admin = bench.caller("root", Role::Admin).await;
    bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let refused = bench.refused(&upload(&bob, "web-tool", "1.1.0", "two")).await;
    assert!(matches!(refused, SubmitError::NotOwner), "{refused:?}");
    assert!(matches!(bench.store.may_publish(&bob, &name("web-tool")).await, Err(SubmitError::NotOwner)));
    bench.store.may_publish(&ada, &name("web-tool")).await.unwrap();
    bench.store.may_publish(&bob, &name("another-tool")).await.unwrap();
    bench.submit(&upload(&admin, "web-tool", "1.2.0", "three")).await;
    assert_eq!(bench.number("SELECT COUNT(*) FROM submissions").await, 2, "a refusal leaves no row");
}

async fn confusable_names_race_for_one_place(bench: &Bench) {
    let ada = bench.publisher().await;
    let bob = bench.caller("bob", Role::Publisher).await;
    let ours = upload(&ada, "web-tool", "1.0.0", "one");
    let theirs = upload(&bob, "webtoo1", "1.0.0", "two");
    let (first, second) = tokio::join!(bench.store.accept_submission(&ours), bench.store.accept_submission(&theirs));
    let lost = match (first, second) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
        other => panic!("exactly one must win: {other:?}"),
    };
    assert!(matches!(lost, SubmitError::NameConfusable { .. }), "{lost:?}");
    assert_eq!(bench.number("SELECT COUNT(*) FROM plugins").await, 1);
    bench.submit(&upload(&bob, "other-tool", "1.0.0", "two")).await;
}

async fn near_names_of_others_are_told_until_the_plugin_is_listed(bench: &Bench) {
    let ada = bench.publisher().await;
    let bob = bench.caller("bob", Role::Publisher).await;
    bench.published(&upload(&ada, "weather-tool", "1.0.0", "one")).await;
    bench.published(&upload(&ada, "storm-tool", "1.0.0", "two")).await;
    bench.submit(&upload(&ada, "waether-tools", "1.0.0", "never listed")).await;
    bench.claim(StageName::Inspect).await;
    let near = async |plugin: &str| -> Vec<String> {
        bench.store.lookalikes(&name(plugin)).await.unwrap().iter().map(ToString::to_string).collect()
    };
    for new in ["weahter-tool", "tool-weather", "official-weather-tool", "weather-tol"] {
        assert_eq!(near(new).await, ["weather-tool"], "{new}, which nobody has sent yet");
    }
    assert_eq!(near("sunshine-tool").await, [""; 0]);
    bench.submit(&upload(&bob, "weahter-tool", "1.0.0", "three")).await;
    assert_eq!(near("weahter-tool").await, ["weather-tool"], "another publisher's");
    bench.claim(StageName::Inspect).await;
    bench.submit(&upload(&ada, "weather-tol", "1.0.0", "four")).await;
    assert_eq!(near("weather-tol").await, [""; 0], "one's own");
    assert_eq!(near("weather-tool").await, [""; 0], "it is listed itself");
}

async fn the_same_version_races_for_one_place(bench: &Bench) {
    let ada = bench.publisher().await;
    let uploads: Vec<_> = (0..6).map(|n| upload(&ada, "web-tool", "1.0.0", &format!("content {n}"))).collect();
    let all = futures::future::join_all(uploads.iter().map(|new| bench.store.accept_submission(new))).await;
    for accepted in &all {
        assert!(accepted.is_ok(), "{accepted:?}");
    }
    assert_eq!(bench.number("SELECT COUNT(*) FROM submissions WHERE superseded_by IS NULL").await, 1);
    assert_eq!(bench.number("SELECT COUNT(*) FROM validations WHERE state = 'queued'").await, 1);
    assert_eq!(bench.number("SELECT COUNT(*) FROM validations WHERE state = 'withdrawn'").await, 5);
}

async fn an_interrupted_acceptance_leaves_all_or_nothing(bench: &Bench) {
    let ada = bench.publisher().await;
    for round in 0..60 {
        let new = upload(&ada, &format!("tool-number-{round}"), "1.0.0", "one");
        let _ = tokio::time::timeout(Duration::from_micros(200 * round), bench.store.accept_submission(&new)).await;
    }
    let plugins = bench.number("SELECT COUNT(*) FROM plugins").await;
    for table in ["submissions", "validations", "stages"] {
        assert_eq!(bench.number(&format!("SELECT COUNT(*) FROM {table}")).await, plugins, "{table}");
    }
    assert_eq!(bench.number("SELECT COUNT(*) FROM events").await, 2 * plugins);
    let audited = bench.number("SELECT COUNT(*) FROM audit WHERE action = 'submission.accept'").await;
    assert_eq!(audited, plugins);
    bench.submit(&upload(&ada, "the-last-tool", "1.0.0", "one")).await;
}

async fn events_are_numbered_without_gaps(bench: &Bench) {
    let ada = bench.publisher().await;
    let claim = bench.published(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let events = bench.store.events_after(claim.validation, 0, 100).await.unwrap();
    let numbers: Vec<i64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>());
    let told: Vec<serde_json::Value> = events.iter().map(|event| serde_json::json!(event.what)).collect();
    insta::assert_json_snapshot!("events_of_a_publication", told);
    let rest = bench.store.events_after(claim.validation, 3, 2).await.unwrap();
    assert_eq!(rest, events[3..5]);
}

async fn what_is_not_yours_is_not_there(bench: &Bench) {
    let ada = bench.publisher().await;
    let bob = bench.caller("bob", Role::Publisher).await;
    let admin = bench.caller("root", Role::Admin).await;
    let id = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await.validation;
    let store = &bench.store;
    let not_found = |error: StoreError| matches!(error, StoreError::NotFound("validation"));
    assert!(not_found(store.validation(&bob, id).await.expect_err("not bob's")));
    assert!(not_found(store.report(&bob, id, "airlock test").await.expect_err("not bob's")));
    assert!(not_found(store.withdraw(&bob, id).await.expect_err("not bob's")));
    assert!(not_found(store.retry(&bob, id).await.expect_err("not bob's")));
    store.report(&ada, id, "airlock test").await.unwrap();
    store.validation(&admin, id).await.unwrap();
}

async fn lists_come_in_pages(bench: &Bench) {
    let ada = bench.publisher().await;
    let bob = bench.caller("bob", Role::Publisher).await;
    bench.submit(&upload(&bob, "bobs-tool", "1.0.0", "one")).await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(bench.submit(&upload(&ada, "web-tool", &format!("1.0.{number}"), "one")).await.validation);
    }
    made.reverse();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = bench.store.list_validations(&ada, cursor, 2).await.unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|item| item.id));
        cursor = match page.next {
            Some(next) => Some(next.to_string().parse().unwrap()),
            None => break,
        };
    }
    assert_eq!(seen, made, "newest first, each once, and nobody else's");
}

async fn a_withdrawn_upload_can_be_sent_again(bench: &Bench) {
    let ada = bench.publisher().await;
    let first = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let withdrawn = bench.store.withdraw(&ada, first.validation).await.unwrap();
    assert_eq!(withdrawn.obsolete_objects.len(), 3);
    assert!(bench.store.claim_stage(&[StageName::Inspect], "worker-1").await.unwrap().is_none());
    let twice = bench.store.withdraw(&ada, first.validation).await;
    assert!(matches!(twice, Err(StoreError::WrongState { state: ValidationState::Withdrawn, .. })), "{twice:?}");
    let second = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    assert!(!second.repeated);
    assert_ne!(second.validation, first.validation);
}
