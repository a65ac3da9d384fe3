//! A name that could be taken for another publisher's plugin.

use airlock_tests::package::{self, Files};
use airlock_tests::server::Server;

/// The package under another name.
fn called(files: &Files, name: &str) -> Files {
    let old = format!("name: {}", package::field(files, "name"));
    let manifest = package::text(files, "plugin.yaml").replacen(&old, &format!("name: {name}"), 1);
    package::with(files, "plugin.yaml", manifest.as_bytes())
}

#[tokio::test]
async fn a_name_near_a_listed_one_waits_for_a_person() {
    let server = Server::start().await;
    let alice = server.client("alice", "publisher");
    let mallory = server.client("mallory", "publisher");
    let plugin = package::plugin("no-tests");
    let near = called(&plugin, "no-tsets");
    let first = alice.submit(&plugin).await;
    assert_eq!(alice.settled(&first).await["state"], "published");

    let held = mallory.submit(&near).await;
    let validation = mallory.settled(&held).await;
    assert_eq!(validation["state"], "held", "{validation}");
    let report = mallory.report(&held).await;
    let findings = report["findings"].as_array().expect("findings");
    let finding = findings.iter().find(|finding| finding["rule"] == "AL-MANIFEST-name-near-plugin").expect("told");
    assert!(finding["message"].as_str().is_some_and(|text| text.contains("'no-tests'")), "{finding}");
    assert_eq!(finding["line"], 1);

    let own = alice.submit(&called(&plugin, "no-tesst")).await;
    assert_eq!(alice.settled(&own).await["state"], "published", "one's own plugins may be alike");
}
