//! A secret in a package is told of and never repeated, by any answer.

use airlock_tests::package;
use airlock_tests::server::Server;

/// A token of a known form, put together here so that none stands in this repository.
fn token() -> String {
    let alphabet = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let body: String =
        (0..36).map(|n: usize| char::from(alphabet[(n * n * 5 + n * 11 + 17) % alphabet.len()])).collect();
    format!("{}{body}", ["gh", "p_"].concat())
}

#[tokio::test]
async fn no_answer_repeats_a_secret() {
    let server = Server::start().await;
    let client = server.client("alice", "publisher");
    let token = token();
    let plugin = package::plugin("shells-out");
    let code = format!("import os\n\n\ndef leak(x):\n    os.system(x + '{token}')\n");
    let manifest = format!("{}homepgae: {token}\n", package::text(&plugin, "plugin.yaml"));
    let plugin = package::with(&plugin, "leak.py", code.as_bytes());
    let plugin = package::with(&plugin, "plugin.yaml", manifest.as_bytes());
    let plugin = package::with(&plugin, "settings.toml", format!("token = \"{token}\"\n").as_bytes());
    let id = client.submit(&plugin).await;
    assert_eq!(client.settled(&id).await["state"], "rejected");
    let report = client.report(&id).await.to_string();
    for told in
        ["AL-FILES-credential", "AL-CODE-hardcoded-secret", "AL-CODE-shell-injection", "AL-MANIFEST-unknown-key"]
    {
        assert!(report.contains(told), "{told}: {report}");
    }
    let validation = format!("/api/v1/validations/{id}");
    for path in [
        validation.clone(),
        format!("{validation}/report"),
        format!("{validation}/report.sarif"),
        format!("{validation}/events"),
        format!("/ui/validations/{id}"),
        "/api/v1/validations".to_owned(),
    ] {
        let answer = client.get(&path).await;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let text = answer.text().await.expect("a body");
        assert!(!text.contains(&token) && !text.contains(&token[8..24]), "{path} repeats it: {text}");
    }
}
