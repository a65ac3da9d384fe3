//! The event stream of a validation, from its start and resumed.

use airlock_tests::client::Client;
use airlock_tests::package;
use airlock_tests::server::Server;
use serde_json::Value;

/// Reads a stream to its end: sequence number, name and data of each event.
async fn events(client: &Client, id: &str, after: Option<&str>) -> Vec<(i64, String, Value)> {
    let mut request = client.http().get(client.url(&format!("/api/v1/validations/{id}/events")));
    if let Some(after) = after {
        request = request.header("Last-Event-ID", after);
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let text = response.text().await.expect("the stream ends when the validation has");
    let mut events = Vec::new();
    for block in text.split("\n\n") {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.map(|value| value.trim_start().to_owned())
        };
        if let (Some(seq), Some(name), Some(data)) = (field("id"), field("event"), field("data")) {
            events.push((seq.parse().expect("a number"), name, serde_json::from_str(&data).expect("JSON")));
        }
    }
    events
}

#[tokio::test]
async fn followers_see_every_transition_and_resume_where_they_were() {
    let server = Server::start().await;
    let client = server.client("alice", "publisher");
    let id = client.submit(&package::plugin("adds-numbers")).await;
    let all = events(&client, &id, None).await;
    let numbers: Vec<i64> = all.iter().map(|(seq, ..)| *seq).collect();
    assert_eq!(numbers, (1..=i64::try_from(all.len()).expect("few")).collect::<Vec<_>>(), "no gaps");
    let states: Vec<&str> = all
        .iter()
        .filter(|(_, name, _)| name == "state")
        .map(|(_, _, data)| data["state"].as_str().expect("a state"))
        .collect();
    assert_eq!(states, ["queued", "inspecting", "testing", "promoting", "published"]);
    for kind in ["stage", "findings", "tests", "verdict"] {
        assert!(all.iter().any(|(_, name, _)| name == kind), "no {kind} event");
    }
    let middle = all.len() / 2;
    let rest = events(&client, &id, Some(&all[middle - 1].0.to_string())).await;
    assert_eq!(rest, all[middle..], "resumed after {}", all[middle - 1].0);
}
