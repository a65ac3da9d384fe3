//! The whole way of the existing client: publish, poll, search, info, install.

use airlock_tests::client::Client;
use airlock_tests::package;
use airlock_tests::server::Server;
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_plugin_goes_through_the_airlock_and_clients_find_it() {
    let server = Server::start().await;
    let publisher = server.client("alice", "publisher");
    let reader = server.client("bob", "user");
    let files = package::plugin("adds-numbers");

    let id = publisher.submit(&files).await;
    let validation = publisher.settled(&id).await;
    assert_eq!(validation["state"], "published", "{validation}");
    assert_eq!(validation["verdict"], "approve");
    assert_eq!(validation["plugin"], "adds-numbers");

    let found = reader.json("/api/v1/search?q=adds&limit=20").await;
    let result = &found["results"][0];
    assert_eq!(result["name"], "adds-numbers");
    assert_eq!(result["version"], "1.0.0");
    assert_eq!(result["author"], "Airlock tests");
    assert!(result["downloads"].is_i64() && result["verified"].is_boolean());
    assert!(result.as_object().expect("an object").contains_key("rating"), "the client needs the key");
    let filtered = "/api/v1/search?q=adds&limit=20&type=PluginType.TOOL&category=PluginCategory.UTILITY";
    assert_eq!(reader.json(filtered).await["results"].as_array().expect("results").len(), 1);
    let other = "/api/v1/search?q=adds&limit=20&type=PluginType.AGENT";
    assert_eq!(reader.json(other).await["results"], json!([]));

    let info = reader.json("/api/v1/plugins/adds-numbers").await;
    assert_eq!(info["latest_version"], "1.0.0");
    assert_eq!(info["versions"], json!(["1.0.0"]));
    assert_eq!(info["manifest"]["author"]["name"], "Airlock tests");
    assert_eq!(info["total_downloads"], 0);
    assert_eq!(info["dependencies_graph"], json!({ "adds-numbers": [] }));
    assert!(info["readme"].as_str().expect("a readme").starts_with("# adds-numbers"));

    install(&reader, "adds-numbers", "1.0.0", &files).await;
    assert_eq!(reader.json("/api/v1/plugins/adds-numbers").await["total_downloads"], 1);

    let second = package::at_version(&files, "1.1.0");
    let validation = publisher.settled(&publisher.submit(&second).await).await;
    assert_eq!(validation["state"], "published", "{validation}");
    let info = reader.json("/api/v1/plugins/adds-numbers").await;
    assert_eq!(info["latest_version"], "1.1.0");
    assert_eq!(info["versions"], json!(["1.1.0", "1.0.0"]));
    install(&reader, "adds-numbers", "1.1.0", &second).await;
    install(&reader, "adds-numbers", "1.0.0", &files).await;

    let all = reader.json("/api/v1/plugins/all").await;
    assert_eq!(all["plugins"][0]["version"], "1.1.0");
    assert!(all["plugins"][0]["search_text"].is_string() && all["plugins"][0]["category"] == "utility");
    assert!(all["updated_at"].is_string());

    assert_eq!(reader.get("/api/v1/plugins/not-there").await.status(), StatusCode::NOT_FOUND);
    let stranger = Client::new(&server.url(), Some("airlock_0_wrong"));
    let refused = stranger.publish(package::as_the_client_packs("adds-numbers", &files), "name: adds-numbers\n").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let refused = reader.put("adds-numbers", "9.0.0", package::as_the_client_packs("adds-numbers", &files)).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

/// Downloads and unpacks as the client does, and compares with what was published.
async fn install(client: &Client, name: &str, version: &str, files: &package::Files) {
    let response = client.get(&format!("/api/v1/plugins/{name}/download/{version}")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/gzip");
    assert!(response.headers().get("content-encoding").is_none());
    assert!(response.headers()["content-disposition"].to_str().expect("ASCII").starts_with("attachment"));
    let bytes = response.bytes().await.expect("a body");
    let mut expected: package::Files =
        files.iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes.clone())).collect();
    expected.sort();
    let mut unpacked = package::unpack(&bytes);
    unpacked.sort();
    assert_eq!(unpacked, expected, "exactly the publisher's files, without caches and version control");
}

#[tokio::test]
async fn every_package_gets_the_verdict_that_stands_beside_it() {
    let limits = [("AIRLOCK_LIMITS__RUN__CPU_MS", "5000"), ("AIRLOCK_LIMITS__RUN__WALL_MS", "20000")];
    let server = Server::with(&limits).await;
    let publisher = server.client("alice", "publisher");
    let mut submitted = Vec::new();
    for entry in std::fs::read_dir(package::plugins_dir()).expect("tests/plugins") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        if package::is_suite_alone(&name) {
            continue;
        }
        let archive = package::as_the_client_packs(&name, &package::plugin(&name));
        let response = publisher.put(&name, "1.0.0", archive).await;
        submitted.push((name, airlock_tests::client::accepted(response).await));
    }
    let mut wrong = Vec::new();
    for (name, id) in submitted {
        let validation = publisher.settled(&id).await;
        let report = publisher.report(&id).await;
        let state = match report["verdict"].as_str() {
            Some("approve") => "published",
            Some("hold") => "held",
            _ => "rejected",
        };
        if validation["state"] != state {
            wrong.push(format!("{name}: state {} with verdict {}", validation["state"], report["verdict"]));
        }
        let differences = airlock_tests::expected::Expected::of(&name).differences(&report);
        wrong.extend(differences.into_iter().map(|difference| format!("{name}: {difference}")));
        let listed = publisher.get(&format!("/api/v1/plugins/{name}")).await.status() == StatusCode::OK;
        if listed != (state == "published") {
            wrong.push(format!("{name} is {state} and listed: {listed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
