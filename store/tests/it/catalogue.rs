//! Finding, listing and counting; the audit table; the schema itself.

use airlock_model::manifest::{Category, PluginType};
use airlock_store::SearchQuery;

use crate::bench::{Bench, name, upload, version};

crate::on_both_databases!(
    searches_find_words_and_filters,
    wildcards_stand_for_themselves,
    downloads_are_counted,
    yanked_and_quarantined_versions,
    the_audit_table_only_grows,
    migrating_twice_changes_nothing,
    the_database_clock_counts_micros,
);

fn words(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), limit: 20, ..SearchQuery::default() }
}

async fn found(bench: &Bench, query: SearchQuery) -> Vec<String> {
    let found = bench.store.search(&query).await.unwrap();
    assert_eq!(found.total, found.entries.len() as u64);
    found.entries.iter().map(|entry| entry.manifest.name.to_string()).collect()
}

async fn searches_find_words_and_filters(bench: &Bench) {
    let ada = bench.publisher().await;
    for plugin in ["web-search", "web", "image-maker"] {
        bench.published(&upload(&ada, plugin, "1.0.0", plugin)).await;
        bench.published(&upload(&ada, plugin, "1.1.0", "newer")).await;
    }
    assert_eq!(found(bench, words("web")).await, ["web", "web-search"], "the exact name first");
    assert_eq!(found(bench, words("WEB-se ada")).await, ["web-search"], "any case, every word");
    assert_eq!(found(bench, words("")).await.len(), 3);
    assert!(found(bench, words("nothing-like-it")).await.is_empty());
    let tool = SearchQuery { kind: Some(PluginType::Tool), category: Some(Category::Utility), ..words("maker") };
    assert_eq!(found(bench, tool).await, ["image-maker"]);
    let agent = SearchQuery { kind: Some(PluginType::Agent), ..words("maker") };
    assert!(found(bench, agent).await.is_empty());
    let tagged = SearchQuery { tags: vec!["search".into(), "NET_TOOLS".into()], ..words("maker") };
    assert_eq!(found(bench, tagged).await, ["image-maker"]);
    let half = SearchQuery { tags: vec!["sear".into()], ..words("") };
    assert!(found(bench, half).await.is_empty(), "a tag is found whole");
    let page = bench.store.search(&SearchQuery { limit: 1, offset: 1, ..words("web") }).await.unwrap();
    assert_eq!((page.total, page.entries.len()), (2, 1));
    let none = bench.store.search(&SearchQuery { limit: 0, ..words("web") }).await.unwrap();
    assert_eq!((none.total, none.entries.len()), (2, 0), "the number alone");
    let (all, changed) = bench.store.all().await.unwrap();
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|entry| entry.manifest.version == version("1.1.0")));
    assert_eq!(changed, Some(bench.clock.now()));
}

async fn wildcards_stand_for_themselves(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.published(&upload(&ada, "web-search", "1.0.0", "one")).await;
    assert_eq!(found(bench, words("100%")).await, ["web-search"], "the description says so");
    assert!(found(bench, words("w%h")).await.is_empty());
    assert!(found(bench, words("we_-search")).await.is_empty());
    assert!(found(bench, words("'; DROP TABLE versions; --")).await.is_empty());
    assert!(found(bench, words("!")).await.is_empty());
    assert_eq!(found(bench, words("\0web")).await, ["web-search"]);
}

async fn downloads_are_counted(bench: &Bench) {
    let ada = bench.publisher().await;
    bench.published(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    bench.published(&upload(&ada, "web-tool", "1.1.0", "two")).await;
    for _ in 0..5 {
        bench.store.count_download(&name("web-tool"), &version("1.0.0"));
    }
    bench.store.count_download(&name("web-tool"), &version("1.1.0"));
    bench.store.flush_downloads().await.unwrap();
    bench.advance(86_400);
    bench.store.count_download(&name("web-tool"), &version("1.0.0"));
    bench.store.flush_downloads().await.unwrap();
    let detail = bench.store.plugin(&name("web-tool"), Some(&version("1.0.0"))).await.unwrap().unwrap();
    assert_eq!((detail.entry.version_downloads, detail.entry.downloads), (6, 7));
    let days = bench.store.downloads_by_day(&name("web-tool"), 30).await.unwrap();
    assert_eq!(days.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [6, 1]);
}

async fn yanked_and_quarantined_versions(bench: &Bench) {
    let ada = bench.publisher().await;
    let (tool, one) = (name("web-tool"), version("1.0.0"));
    bench.published(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    bench.execute("UPDATE versions SET state = 'yanked', is_latest = 0").await.unwrap();
    assert!(found(bench, words("web")).await.is_empty());
    assert!(bench.store.version_for_download(&tool, &one).await.unwrap().is_some(), "who names it gets it");
    bench.execute("UPDATE versions SET state = 'quarantined'").await.unwrap();
    assert_eq!(bench.store.version_for_download(&tool, &one).await.unwrap(), None);
    assert_eq!(bench.store.plugin(&tool, None).await.unwrap(), None);
}

async fn the_audit_table_only_grows(bench: &Bench) {
    bench.publisher().await;
    for sql in ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"] {
        let refused = bench.execute(sql).await.expect_err("must be refused");
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(bench.number("SELECT COUNT(*) FROM audit").await, 1);
}

async fn migrating_twice_changes_nothing(bench: &Bench) {
    bench.store.migrate().await.unwrap();
    bench.store.ping().await.unwrap();
}

async fn the_database_clock_counts_micros(bench: &Bench) {
    let options = airlock_store::StoreOptions::default();
    let store = airlock_store::Store::connect(&bench.url, options).await.unwrap();
    let now = store.now().await.unwrap();
    assert!(now > bench.clock.now(), "{now} is after the test's new year");
    assert!(now.to_string().starts_with("20"), "{now} is in this century");
    store.close().await.unwrap();
}

#[tokio::test]
async fn sqlite_is_set_to_survive_a_loss_of_power() {
    let bench = Bench::sqlite().await;
    assert_eq!(bench.store.durability().await.unwrap(), "wal 2 1");
    bench.end().await;
}
