//! Promotion: once, whole, and only of what was examined.

use airlock_model::inspection::TextFormat;
use airlock_model::{Inspection, StageName, ValidationState, Verdict, VersionState};
use airlock_store::{Next, StoreError, StoreOptions};

use crate::bench::{Bench, blob, canonical, inspection, judgement, name, upload, version};

crate::on_both_databases!(
    two_promotions_race_for_one_row,
    nothing_is_visible_before_promotion,
    only_what_was_examined_is_promoted,
    the_latest_version_is_semvers,
    an_interrupted_promotion_leaves_all_or_nothing,
    a_published_version_tells_outside,
    texts_are_kept_in_the_format_they_came_in,
);

async fn two_promotions_race_for_one_row(bench: &Bench) {
    let ada = bench.publisher().await;
    let claim = bench.approved(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let stored = canonical(&claim);
    let all = futures::future::join_all((0..4).map(|_| bench.store.record_promotion(&claim, stored))).await;
    assert_eq!(all.iter().filter(|result| result.is_ok()).count(), 1, "{all:?}");
    for result in all.into_iter().filter_map(Result::err) {
        assert!(matches!(result, StoreError::LeaseLost), "{result:?}");
    }
    assert_eq!(bench.number("SELECT COUNT(*) FROM versions").await, 1);
    assert_eq!(bench.number("SELECT COUNT(*) FROM outbox WHERE kind = 'version.published'").await, 1);
}

async fn nothing_is_visible_before_promotion(bench: &Bench) {
    let ada = bench.publisher().await;
    let claim = bench.approved(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let (tool, one) = (name("web-tool"), version("1.0.0"));
    assert_eq!(bench.store.plugins_count().await.unwrap(), 0);
    assert_eq!(bench.store.plugin(&tool, None).await.unwrap(), None);
    assert_eq!(bench.store.version_for_download(&tool, &one).await.unwrap(), None);
    let promoted = bench.store.record_promotion(&claim, canonical(&claim)).await.unwrap();
    assert_eq!(promoted.latest, one);
    let served = bench.store.version_for_download(&tool, &one).await.unwrap().unwrap();
    assert_eq!((served.canonical, served.state), (canonical(&claim), VersionState::Published));
    let view = bench.store.validation(&ada, claim.validation).await.unwrap();
    assert_eq!(view.summary.state, ValidationState::Published);
}

async fn only_what_was_examined_is_promoted(bench: &Bench) {
    let ada = bench.publisher().await;
    let claim = bench.approved(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let other = bench.store.record_promotion(&claim, blob("something else")).await;
    assert!(matches!(other, Err(StoreError::Contradiction(_))), "{other:?}");
    assert_eq!(bench.number("SELECT COUNT(*) FROM versions").await, 0);
    bench.store.record_promotion(&claim, canonical(&claim)).await.unwrap();
}

async fn texts_are_kept_in_the_format_they_came_in(bench: &Bench) {
    let ada = bench.publisher().await;
    for (number, readme, changelog) in [
        ("1.0.0", TextFormat::Rst, TextFormat::Plain),
        ("1.1.0", TextFormat::Plain, TextFormat::Markdown),
        ("1.2.0", TextFormat::Markdown, TextFormat::Rst),
    ] {
        bench.submit(&upload(&ada, "web-tool", number, number)).await;
        let claim = bench.claim(StageName::Inspect).await;
        let found = Inspection {
            readme: Some("Weather\n=======".to_owned()),
            readme_format: readme,
            changelog: Some(format!("{number}: first")),
            changelog_format: changelog,
            ..inspection(&claim)
        };
        let approved = judgement(Verdict::Approve);
        bench.store.record_inspection(&claim, &found, &approved, Next::Promote, Some("none")).await.unwrap();
        let claim = bench.claim(StageName::Promote).await;
        bench.store.record_promotion(&claim, canonical(&claim)).await.unwrap();
        let kept = bench.store.plugin(&name("web-tool"), Some(&version(number))).await.unwrap().unwrap();
        assert_eq!((kept.readme_format, kept.changelog_format), (readme, changelog), "{number}");
        assert_eq!((kept.readme, kept.changelog), (found.readme, found.changelog), "{number}");
    }
}

async fn the_latest_version_is_semvers(bench: &Bench) {
    let ada = bench.publisher().await;
    for number in ["1.9.0", "1.10.0", "2.0.0-beta.1", "1.2.0"] {
        bench.published(&upload(&ada, "web-tool", number, number)).await;
    }
    let detail = bench.store.plugin(&name("web-tool"), None).await.unwrap().unwrap();
    assert_eq!(detail.latest, version("1.10.0"));
    assert_eq!(detail.entry.manifest.version, version("1.10.0"));
    let order: Vec<String> = detail.versions.iter().map(|version| version.version.to_string()).collect();
    assert_eq!(order, ["2.0.0-beta.1", "1.10.0", "1.9.0", "1.2.0"]);
    assert_eq!(bench.number("SELECT COUNT(*) FROM versions WHERE is_latest = 1 AND version = '1.10.0'").await, 1);
    assert_eq!(bench.store.plugins_count().await.unwrap(), 1);
}

async fn an_interrupted_promotion_leaves_all_or_nothing(bench: &Bench) {
    let ada = bench.publisher().await;
    let claim = bench.approved(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    for round in 0..40 {
        let promotion = bench.store.record_promotion(&claim, canonical(&claim));
        let ended = tokio::time::timeout(std::time::Duration::from_micros(150 * round), promotion).await;
        // In one statement: a commit that was sent off may take effect between two.
        let visible = bench
            .number(
                "SELECT (SELECT COUNT(*) FROM versions) + 10 * (SELECT COUNT(*) FROM validations WHERE state = 'published')
                 + 100 * (SELECT COUNT(*) FROM stages WHERE name = 'promote' AND state = 'done')",
            )
            .await;
        assert!(visible == 0 || visible == 111, "{visible}");
        if ended.is_ok_and(|result| result.is_ok()) {
            assert_eq!(visible, 111);
        }
    }
    // A process that comes after, with a pool of its own, sees the same and can go on.
    let next = airlock_store::Store::connect(&bench.url, StoreOptions::default()).await.unwrap();
    if next.plugins_count().await.unwrap() == 0 {
        next.record_promotion(&claim, canonical(&claim)).await.unwrap();
    }
    assert_eq!(next.plugins_count().await.unwrap(), 1);
    next.close().await.unwrap();
}

async fn a_published_version_tells_outside(bench: &Bench) {
    let ada = bench.publisher().await;
    let claim = bench.published(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let messages = bench.store.waiting_messages(10).await.unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].kind.as_str(), messages[0].validation), ("version.published", Some(claim.validation)));
    bench.store.message_delivered(messages[0].id).await.unwrap();
    assert!(bench.store.waiting_messages(10).await.unwrap().is_empty());
    let audit = bench.store.list_audit(None, 1).await.unwrap();
    assert_eq!((audit.items[0].action.as_str(), audit.items[0].actor.as_str()), ("version.publish", "worker-1"));
    assert!(bench.store.claim_stage(StageName::ALL, "w").await.unwrap().is_none());
}
