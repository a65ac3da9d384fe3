//! The routes of the seed guide answer from the same catalogue, in their own shapes.

use airlock_tests::package;
use airlock_tests::server::Server;
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

#[tokio::test]
async fn the_guides_routes_work() {
    let server = Server::start().await;
    let publisher = server.client("alice", "publisher");
    assert_eq!(publisher.json("/").await["plugins_count"], 0);
    assert_eq!(publisher.json("/health").await["status"], "healthy");
    let ready = publisher.json("/ready").await;
    for part in ["database", "storage", "queue"] {
        assert_eq!(ready["checks"][part], true, "{ready}");
    }

    let files = package::plugin("no-tests");
    let form = Form::new()
        .part("manifest", Part::bytes(package::text(&files, "plugin.yaml").into_bytes()).file_name("plugin.yaml"))
        .part("package", Part::bytes(package::as_the_guide_packs(&files)).file_name("package.zip"));
    let request = publisher.http().post(publisher.url("/api/v1/plugins")).multipart(form);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(
        (&body["success"], &body["plugin"], &body["version"]),
        (&true.into(), &"no-tests".into(), &"1.0.0".into())
    );
    let validation = publisher.settled(body["id"].as_str().expect("an id")).await;
    assert_eq!(validation["state"], "published", "{validation}");

    let list = publisher.json("/api/v1/plugins?query=tests&limit=20&offset=0").await;
    assert_eq!(list.as_array().expect("a bare list").len(), 1);
    assert_eq!(publisher.json("/api/v1/plugins?limit=20&offset=1").await.as_array().expect("a bare list").len(), 0);
    let info = publisher.json("/api/v1/plugins/no-tests?version=1.0.0").await;
    assert_eq!(info["manifest"]["version"], "1.0.0");
    assert_eq!(publisher.get("/api/v1/plugins/no-tests?version=2.0.0").await.status(), StatusCode::NOT_FOUND);

    let link = publisher.json("/api/v1/plugins/no-tests/download?version=1.0.0").await;
    let url = link["download_url"].as_str().expect("an address");
    let archive = publisher.http().get(url).send().await.expect("an answer");
    assert_eq!(archive.status(), StatusCode::OK);
    assert!(
        package::unpack(&archive.bytes().await.expect("a body")).iter().any(|(path, _)| path == "no-tests/plugin.yaml")
    );

    assert_eq!(publisher.json("/").await["plugins_count"], 1);
    let metrics = publisher.get("/metrics").await.text().await.expect("text");
    assert!(metrics.contains("registry_plugin_downloads_total{plugin=\"no-tests\",version=\"1.0.0\"} 1"), "{metrics}");
    assert!(metrics.contains("registry_api_request_duration_seconds"), "{metrics}");
}
