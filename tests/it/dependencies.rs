//! What a plugin asks for, what is known of it, and what a new version changes, over HTTP.

use airlock_tests::package::{self, Files};
use airlock_tests::server::{self, Server};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Adds or replaces a file.
fn with(files: &Files, path: &str, text: &str) -> Files {
    let mut files: Files = files.iter().filter(|(known, _)| known != path).cloned().collect();
    files.push((path.to_owned(), text.as_bytes().to_vec()));
    files.sort();
    files
}

fn rules(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["rule"].as_str().expect("a rule")).collect()
}

/// Brings one advisory in by the command line, beside the running server.
fn bring_in(server: &Server, package: &str, fixed: &str) {
    let record = json!({
        "id": "PYSEC-2026-1", "modified": "2026-05-01T00:00:00Z", "aliases": ["CVE-2026-1"], "summary": "It leaks",
        "database_specific": {"severity": "HIGH"},
        "affected": [{"package": {"ecosystem": "PyPI", "name": package},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}],
    });
    let file = server.data().join("record.json");
    std::fs::write(&file, record.to_string()).expect("written");
    let (file, data) = (file.to_str().expect("UTF-8"), server.data().to_str().expect("UTF-8"));
    let told = server::run(&["advisories", "import", file, "--data", data], &[]);
    assert!(told.starts_with("1 advisories brought in (PyPI 1), the newest of 2026-05-01"), "{told}");
}

#[tokio::test]
async fn known_vulnerabilities_are_found_as_soon_as_they_are_brought_in() {
    let server = Server::start().await;
    let publisher = server.client("alice", "publisher");
    let files = with(&package::plugin("no-tests"), "requirements.txt", "leaky==1.1\n");

    let id = publisher.submit(&files).await;
    assert_eq!(publisher.settled(&id).await["state"], "published");
    let report = publisher.report(&id).await;
    assert!(rules(&report).contains(&"AL-DEPS-advisories-absent"), "silence is not an answer: {report:#}");
    assert_eq!(report["advisories"]["checked"], false);
    let asked = report["dependencies"].as_array().expect("an inventory");
    assert!(asked.iter().any(|one| one["name"] == "leaky" && one["pinned"] == "1.1" && one["line"] == 1), "{asked:?}");

    bring_in(&server, "Leaky", "1.2");
    let vulnerable = package::at_version(&files, "1.0.1");
    let id = publisher.submit(&vulnerable).await;
    let validation = publisher.settled(&id).await;
    assert_eq!(validation["state"], "rejected", "{validation}");
    let report = publisher.report(&id).await;
    let finding = report["findings"].as_array().expect("findings").iter();
    let finding = finding.clone().find(|one| one["rule"] == "AL-DEPS-known-vulnerable").expect("found");
    assert_eq!(finding["remedy"], "Ask for leaky 1.2 or later.");
    assert_eq!((&finding["file"], &finding["line"]), (&json!("requirements.txt"), &json!(1)));

    let mended = with(&package::at_version(&files, "1.0.2"), "requirements.txt", "leaky==1.2\n");
    let id = publisher.submit(&mended).await;
    assert_eq!(publisher.settled(&id).await["state"], "published");
    let difference = publisher.report(&id).await["difference"].clone();
    assert_eq!((&difference["previous"], &difference["step"]), (&json!("1.0.0"), &json!("patch")));
    assert_eq!(difference["dependencies"]["changed"]["items"][0]["name"], "leaky");
}

#[tokio::test]
async fn each_version_has_a_bill_of_materials() {
    let server = Server::start().await;
    let publisher = server.client("alice", "publisher");
    let files = with(&package::plugin("no-tests"), "requirements.txt", "requests==2.32.3\n");
    assert_eq!(publisher.settled(&publisher.submit(&files).await).await["state"], "published");
    let anyone = server.anonymous();
    let path = "/api/v1/plugins/no-tests/versions/1.0.0/sbom";
    let document = anyone.json(path).await;
    assert_eq!((&document["bomFormat"], &document["specVersion"]), (&json!("CycloneDX"), &json!("1.6")));
    let info = anyone.get("/api/v1/plugins/no-tests/download/1.0.0").await;
    let checksum = info.headers()["x-checksum-sha256"].to_str().expect("ASCII").to_owned();
    let component = &document["metadata"]["component"];
    assert_eq!(component["hashes"], json!([{"alg": "SHA-256", "content": checksum}]));
    assert_eq!(component["supplier"]["name"], "alice");
    assert!(document["metadata"]["timestamp"].is_string());
    let purls: Vec<&str> =
        document["components"].as_array().expect("components").iter().filter_map(|one| one["purl"].as_str()).collect();
    assert!(purls.contains(&"pkg:pypi/requests@2.32.3"), "{purls:?}");
    assert_eq!(anyone.json(path).await, document, "the same version gives the same document");
    assert_eq!(anyone.get("/api/v1/plugins/no-tests/versions/2.0.0/sbom").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_patch_release_that_does_more_is_held_and_says_what() {
    let server = Server::start().await;
    let publisher = server.client("alice", "publisher");
    let files = package::plugin("no-tests");
    let first = publisher.submit(&files).await;
    assert_eq!(publisher.settled(&first).await["state"], "published");
    assert_eq!(publisher.report(&first).await["difference"]["previous"], Value::Null);

    let code =
        "import urllib.request\n\n\ndef fetch():\n    return urllib.request.urlopen(\"https://api.example/v1\")\n";
    let more = with(&package::at_version(&files, "1.0.1"), "fetches.py", code);
    let id = publisher.submit(&more).await;
    let validation = publisher.settled(&id).await;
    assert_eq!(validation["state"], "held", "{validation}");
    assert!(validation["reasons"].to_string().contains("AL-CAPABILITY-new-in-patch"), "{validation}");
    let page = publisher.get(&format!("/ui/validations/{id}")).await.text().await.expect("a page");
    for part in ["Compared with 1.0.0 (patch)", "gained network", "added fetches.py"] {
        assert!(page.contains(part), "no {part:?}: {page}");
    }
    let minor = package::at_version(&more, "1.1.0");
    let validation = publisher.settled(&publisher.submit(&minor).await).await;
    assert_eq!(validation["state"], "published", "{validation}");
}
