//! Following a validation, acting on it, and reading what was examined.

use airlock_model::{Role, StageName, Verdict};
use airlock_store::results::Fault;
use airlock_store::{Next, ObjectKey};
use serde_json::json;

use crate::harness::Registry;

#[tokio::test]
async fn pages_of_a_list_follow_one_another() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        registry.submitted(&ada, "weather-tool", version).await;
    }
    let first = registry.get("/api/v1/validations?limit=2", Some(&ada)).await.json();
    let versions = |page: &serde_json::Value| -> Vec<String> {
        page["validations"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|v| v["version"].as_str().expect("text").into())
            .collect()
    };
    assert_eq!(versions(&first), ["1.2.0", "1.1.0"]);
    let next = format!("/api/v1/validations?limit=2&cursor={}", first["next"].as_str().expect("a cursor"));
    let second = registry.get(&next, Some(&ada)).await.json();
    assert_eq!((versions(&second), &second["next"]), (vec!["1.0.0".to_owned()], &json!(null)));
    for bad in ["cursor=x", "cursor=%00", "limit=-1", "limit=x"] {
        registry.get(&format!("/api/v1/validations?{bad}"), Some(&ada)).await.problem(400);
    }
    for bad in ["x", "..", "%00", "0197c9d2"] {
        registry.get(&format!("/api/v1/validations/{bad}"), Some(&ada)).await.problem(404);
    }
}

#[tokio::test]
async fn what_is_withdrawn_leaves_quarantine() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let id = registry.submitted(&ada, "weather-tool", "1.0.0").await;
    let path = format!("/api/v1/validations/{id}/withdraw");
    let answer = registry.post(&path, Some(&ada), &json!({})).await;
    assert_eq!(answer.json()["state"], "withdrawn", "{}", answer.text());
    registry.settles_at(0).await;
    let detail = registry.post(&path, Some(&ada), &json!({})).await.problem(409);
    assert_eq!(detail, "A validation that is withdrawn cannot be withdrawn.");
}

#[tokio::test]
async fn only_what_failed_through_us_is_retried() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let id = registry.submitted(&ada, "weather-tool", "1.0.0").await;
    let path = format!("/api/v1/validations/{id}/retry");
    registry.post(&path, Some(&ada), &json!({})).await.problem(409);
    let claim = registry.claim(StageName::Inspect).await;
    registry
        .state
        .store
        .fail_stage(&claim, "disk /dev/sda1 is full", Fault::Park("the disk is full"))
        .await
        .expect("recorded");
    let errored = registry.get(&format!("/api/v1/validations/{id}"), Some(&ada)).await;
    assert_eq!(errored.json()["state"], "errored");
    assert!(!errored.text().contains("sda1"), "internal detail stays inside: {}", errored.text());
    let answer = registry.post(&path, Some(&ada), &json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["state"]), (202, &json!("queued")));
    registry.claim(StageName::Inspect).await;
}

#[tokio::test]
async fn files_are_shown_as_plain_text() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let id = registry.submitted(&ada, "weather-tool", "1.0.0").await;
    let files = format!("/api/v1/validations/{id}/files");
    assert_eq!(registry.get(&files, Some(&ada)).await.json()["files"], json!([]));
    let claim = registry.inspected(Verdict::Reject, Next::Reject).await;
    let file = format!("{files}/a%20dir/evil%E2%80%AE.py");
    let answer = registry.get(&file, Some(&ada)).await;
    assert_eq!(answer.text(), "<script>alert(1)</script>\n");
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("content-length"), "26");
    for missing in ["a%20dir", "..%2f..%2fairlock.db", "a%20dir/../../uploads"] {
        registry.get(&format!("{files}/{missing}"), Some(&ada)).await.problem(404);
    }
    registry.get(&file, None).await.problem(401);
    registry.state.quarantine.delete(&ObjectKey::views(claim.submission)).await.expect("deleted");
    registry.get(&file, Some(&ada)).await.problem(404);
}
