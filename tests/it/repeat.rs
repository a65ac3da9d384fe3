//! Uploads of a version that is there already, and names that others own.

use airlock_tests::client::accepted;
use airlock_tests::package;
use airlock_tests::server::Server;
use reqwest::StatusCode;

#[tokio::test]
async fn repeated_and_changed_uploads() {
    let server = Server::start().await;
    let publisher = server.client("alice", "publisher");
    let files = package::plugin("no-tests");
    let archive = package::as_the_client_packs("no-tests", &files);

    let first = accepted(publisher.put("no-tests", "1.0.0", archive.clone()).await).await;
    assert_eq!(publisher.settled(&first).await["state"], "published");
    let again = accepted(publisher.put("no-tests", "1.0.0", archive).await).await;
    assert_eq!(again, first, "the same bytes are the same validation");

    let changed = package::with(&files, "extra.txt", b"more");
    let changed = package::as_the_client_packs("no-tests", &changed);
    let refused = publisher.put("no-tests", "1.0.0", changed).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");

    let broken = package::with(&package::at_version(&files, "2.0.0"), "bad.py", b"def (:\n");
    let rejected =
        accepted(publisher.put("no-tests", "2.0.0", package::as_the_client_packs("no-tests", &broken)).await).await;
    assert_eq!(publisher.settled(&rejected).await["state"], "rejected");
    let mended = package::as_the_client_packs("no-tests", &package::at_version(&files, "2.0.0"));
    let mended = accepted(publisher.put("no-tests", "2.0.0", mended).await).await;
    assert_ne!(mended, rejected);
    assert_eq!(publisher.settled(&mended).await["state"], "published");
    assert_eq!(publisher.settled(&rejected).await["state"], "rejected", "a rejected one stays rejected");
}

#[tokio::test]
async fn a_name_belongs_to_its_first_publisher() {
    let server = Server::start().await;
    let alice = server.client("alice", "publisher");
    let mallory = server.client("mallory", "publisher");
    let files = package::plugin("no-tests");
    let id = alice.submit(&files).await;
    alice.settled(&id).await;

    let next = package::as_the_client_packs("no-tests", &package::at_version(&files, "1.0.1"));
    assert_eq!(mallory.put("no-tests", "1.0.1", next.clone()).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(mallory.put("no-test-s", "1.0.1", next).await.status(), StatusCode::FORBIDDEN, "a confusable name");
    for part in ["", "/report", "/report.sarif", "/events"] {
        let response = mallory.get(&format!("/api/v1/validations/{id}{part}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{part}");
    }
    let response = mallory.post(&format!("/api/v1/validations/{id}/withdraw"), &serde_json::json!({})).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_upload_and_its_manifest_must_agree() {
    let server = Server::start().await;
    let alice = server.client("alice", "publisher");
    let archive = package::as_the_client_packs("no-tests", &package::plugin("no-tests"));
    let id = accepted(alice.put("no-tests", "3.0.0", archive).await).await;
    let validation = alice.settled(&id).await;
    assert_eq!(validation["state"], "rejected");
    let report = alice.report(&id).await;
    let finding =
        report["findings"].as_array().expect("findings").iter().find(|f| f["rule"] == "AL-MANIFEST-claim-differs");
    let message = finding.expect("the finding")["message"].as_str().expect("text").to_owned();
    assert!(message.contains("3.0.0") && message.contains("1.0.0"), "{message}");
}
