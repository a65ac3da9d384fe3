//! The version that a new one is compared with, and what a served one is made of.

use airlock_model::{Timestamp, VersionState};

use crate::bench::{Bench, canonical, name, upload, version};

crate::on_both_databases!(the_highest_listed_version_below_is_compared_with, what_is_served_has_a_bill_of_materials);

async fn earlier(bench: &Bench, number: &str) -> Option<String> {
    let earlier = bench.store.earlier(&name("web-tool"), &version(number)).await.unwrap();
    earlier.map(|one| one.version.to_string())
}

async fn the_highest_listed_version_below_is_compared_with(bench: &Bench) {
    let ada = bench.publisher().await;
    assert_eq!(earlier(bench, "1.0.0").await, None);
    for number in ["1.9.0", "1.10.0", "2.0.0-beta.1"] {
        bench.published(&upload(&ada, "web-tool", number, number)).await;
        bench.advance(1);
    }
    assert_eq!(earlier(bench, "1.10.1").await.as_deref(), Some("1.10.0"));
    assert_eq!(earlier(bench, "2.0.0").await.as_deref(), Some("2.0.0-beta.1"));
    assert_eq!(earlier(bench, "1.10.0").await.as_deref(), Some("1.9.0"), "a version is not compared with itself");
    assert_eq!(earlier(bench, "1.0.0").await.as_deref(), Some("2.0.0-beta.1"), "the one that was published last");
    let before = bench.store.earlier(&name("web-tool"), &version("1.10.1")).await.unwrap().unwrap();
    assert_eq!(before.inspection.findings.len(), 2, "its findings are among it");
    assert_eq!(before.inspection.manifest.unwrap().version, version("1.10.0"));
    for state in [VersionState::Yanked, VersionState::Quarantined] {
        let sql = format!("UPDATE versions SET state = '{}' WHERE version = '1.10.0'", state.as_str());
        bench.execute(&sql).await.unwrap();
        assert_eq!(earlier(bench, "1.10.1").await.as_deref(), Some("1.9.0"));
    }
}

async fn what_is_served_has_a_bill_of_materials(bench: &Bench) {
    let ada = bench.publisher().await;
    let (tool, one) = (name("web-tool"), version("1.0.0"));
    assert_eq!(bench.store.materials(&tool, &one).await.unwrap(), None);
    let claim = bench.approved(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    assert_eq!(bench.store.materials(&tool, &one).await.unwrap(), None, "nothing is visible before promotion");
    let at: Timestamp = bench.store.record_promotion(&claim, canonical(&claim)).await.unwrap().published_at;
    let materials = bench.store.materials(&tool, &one).await.unwrap().unwrap();
    assert_eq!((materials.supplier.as_str(), materials.published_at), ("ada", at));
    assert_eq!(materials.inspection.canonical, Some(canonical(&claim)));
    bench.execute("UPDATE versions SET state = 'quarantined'").await.unwrap();
    assert_eq!(bench.store.materials(&tool, &one).await.unwrap(), None);
}
