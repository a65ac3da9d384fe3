//! A held plugin before a person.

use airlock_tests::package;
use airlock_tests::server::{Server, owned, run};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn an_admin_decides_what_is_held() {
    let server = Server::start().await;
    let alice = server.client("alice", "publisher");
    let admin = server.client("root", "admin");
    let held = alice.submit(&package::plugin("shells-out")).await;
    assert_eq!(alice.settled(&held).await["state"], "held");
    let native = alice.submit(&package::plugin("loads-native-code")).await;
    assert_eq!(alice.settled(&native).await["state"], "held");

    let decide = format!("/api/v1/reviews/{held}");
    let approve = json!({ "decision": "approve", "reason": "lists a folder, nothing else" });
    assert_eq!(alice.post(&decide, &approve).await.status(), StatusCode::FORBIDDEN);
    let nameless = admin.post(&decide, &json!({ "decision": "approve" })).await;
    assert!(nameless.status().is_client_error(), "a decision needs its reason");

    let token = server.token("carol", "admin");
    let url = server.url();
    let environment = owned(&[("AIRLOCK_REGISTRY", &url), ("AIRLOCK_TOKEN", &token)]);
    let cli = |args: &[&str]| run(args, &environment);
    let list = cli(&["review", "list"]);
    assert!(list.contains("shells-out") && list.contains("loads-native-code"), "{list}");
    assert!(cli(&["review", "show", &held]).contains("os.system"));
    cli(&["review", "approve", &held, "--reason", "lists a folder, nothing else"]);
    cli(&["review", "reject", &native, "--reason", "no native code here"]);

    let published = alice.settled(&held).await;
    assert_eq!(published["state"], "published", "{published}");
    let rejected = alice.settled(&native).await;
    assert_eq!(rejected["state"], "rejected");
    assert!(rejected["reasons"].to_string().contains("no native code here"), "{rejected}");
    assert_eq!(admin.post(&decide, &approve).await.status(), StatusCode::CONFLICT, "decided already");
    assert_eq!(alice.get("/api/v1/plugins/loads-native-code").await.status(), StatusCode::NOT_FOUND);
}
