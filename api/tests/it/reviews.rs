//! A held plugin before a person.

use airlock_model::{Role, StageName, Verdict};
use airlock_store::Next;
use serde_json::json;

use crate::harness::Registry;

#[tokio::test]
async fn a_person_decides_once_and_with_a_reason() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let admin = registry.token("root", Role::Admin).await;
    let mut held = Vec::new();
    for version in ["1.0.0", "2.0.0"] {
        held.push(registry.submitted(&ada, "weather-tool", version).await);
        registry.inspected(Verdict::Hold, Next::Hold).await;
    }
    let list = registry.get("/api/v1/reviews", Some(&admin)).await.json();
    assert_eq!(list["validations"].as_array().expect("a list").len(), 2);

    let (first, second) = (format!("/api/v1/reviews/{}", held[0]), format!("/api/v1/reviews/{}", held[1]));
    let approve = json!({"decision": "approve", "reason": "looked at it"});
    registry.post(&first, Some(&ada), &approve).await.problem(403);
    for bad in [
        json!({"decision": "approve"}),
        json!({"decision": "approve", "reason": "  "}),
        json!({"decision": "approve", "reason": "a\u{0}b"}),
        json!({"decision": "approve", "reason": "x".repeat(4001)}),
        json!({"decision": "publish", "reason": "x"}),
        json!({"decision": "approve", "reason": "x", "state": "published", "owner": "me"}),
        json!([]),
    ] {
        registry.post(&first, Some(&admin), &bad).await.problem(400);
    }
    let approved = registry.post(&first, Some(&admin), &approve).await;
    assert_eq!(approved.json()["state"], "promoting", "{}", approved.text());
    registry.post(&first, Some(&admin), &approve).await.problem(409);
    registry.claim(StageName::Promote).await;

    let reject = json!({"decision": "reject", "reason": "no shells here"});
    let rejected = registry.post(&second, Some(&admin), &reject).await;
    assert_eq!(rejected.json()["state"], "rejected");
    assert!(rejected.json()["reasons"].to_string().contains("no shells here"), "{}", rejected.text());
    let shown = registry.get(&second, Some(&admin)).await.json();
    assert_eq!(shown["decisions"][0]["by"], "root");
    registry.get("/api/v1/reviews/not-an-id", Some(&admin)).await.problem(404);
}
