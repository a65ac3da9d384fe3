//! A server that is killed at any moment loses nothing it accepted, judges
//! nothing twice and publishes nothing by halves.

use airlock_tests::package;
use airlock_tests::server::Server;
use rand::RngExt;
use reqwest::StatusCode;
use serde_json::Value;

#[tokio::test]
async fn kill_and_restart_at_any_moment() {
    let mut server = Server::start().await;
    let client = server.client("alice", "publisher");
    let files = package::plugin("adds-numbers");
    let mut accepted = Vec::new();
    for round in 0..6 {
        let version = format!("1.{round}.0");
        accepted.push((version.clone(), client.submit(&package::at_version(&files, &version)).await));
        let pause = rand::rng().random_range(0..900);
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        server.kill();
        server.restart().await;
    }
    for (version, id) in &accepted {
        let mut validation = client.settled(id).await;
        if validation["state"] == "errored" {
            // Three dead workers park a stage, and its publisher is told so: a retry is all it takes.
            assert!(validation["error"].to_string().contains("lost its worker"), "{version}: {validation}");
            let retried = client.post(&format!("/api/v1/validations/{id}/retry"), &Value::Null).await;
            assert!(retried.status().is_success(), "{version}: {retried:?}");
            validation = client.settled(id).await;
        }
        assert_eq!(validation["state"], "published", "{version}: {validation}");
        let report = client.report(id).await;
        let archive = client.get(&format!("/api/v1/plugins/adds-numbers/download/{version}")).await;
        assert_eq!(archive.status(), StatusCode::OK);
        let bytes = archive.bytes().await.expect("a body");
        let sha256 = airlock_model::Sha256::of(&bytes).to_string();
        assert_eq!(report["canonical"]["sha256"], sha256.as_str(), "bytes served equal the hash recorded");
        let stages = validation["stages"].as_array().expect("stages");
        let names: Vec<&Value> = stages.iter().map(|stage| &stage["name"]).collect();
        assert_eq!(names, ["inspect", "test", "promote"], "each stage once: {validation}");
        assert!(stages.iter().all(|stage| stage["state"] == "done"), "{validation}");
    }
    let info = client.json("/api/v1/plugins/adds-numbers").await;
    assert_eq!(info["versions"].as_array().map(Vec::len), Some(accepted.len()));
    let listed = client.json("/api/v1/validations?limit=100").await;
    assert_eq!(listed["validations"].as_array().map(Vec::len), Some(accepted.len()), "none judged twice");
}
