//! Event streams: whole, resumed, live, and at their end.

use std::time::Duration;

use airlock_model::{Role, Verdict};
use airlock_store::Next;
use axum::body::Body;
use axum::http::Method;
use futures::StreamExt as _;
use tower::ServiceExt as _;

use crate::harness::{Registry, request};

fn lines<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(key)).map(str::trim).collect()
}

#[tokio::test]
async fn a_stream_ends_with_its_validation_and_can_be_resumed() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let id = registry.published(&ada, "weather-tool", "1.0.0").await;
    let path = format!("/api/v1/validations/{id}/events");
    let whole = registry.get(&path, Some(&ada)).await;
    assert_eq!(whole.header("content-type"), "text/event-stream");
    let ids = lines(whole.text(), "id:");
    let expected: Vec<String> = (1..=ids.len()).map(|seq| seq.to_string()).collect();
    assert_eq!(ids, expected, "numbered without gaps: {}", whole.text());
    assert_eq!(lines(whole.text(), "event:").first(), Some(&"state"));
    let last: serde_json::Value =
        serde_json::from_str(lines(whole.text(), "data:").last().expect("data")).expect("JSON");
    assert_eq!((&last["event"], &last["state"]), (&"state".into(), &"published".into()));

    let resumed = async |seen: &str| {
        let mut request = request(Method::GET, &path, Some(&ada), Body::empty());
        request.headers_mut().insert("last-event-id", seen.parse().expect("a header"));
        registry.send(request).await
    };
    let rest = resumed("3").await;
    assert_eq!(lines(rest.text(), "id:"), ids[3..]);
    let nothing = resumed(&ids.len().to_string()).await;
    assert_eq!(lines(nothing.text(), "id:"), [""; 0]);
    resumed("first").await.problem(400);
}

#[tokio::test]
async fn a_follower_hears_what_happens() {
    for signalled in [true, false] {
        let registry = Registry::with(|state| {
            state.settings.events_poll = Duration::from_millis(if signalled { 60_000 } else { 20 });
            if !signalled {
                state.signal = airlock_store::Signal::memory();
            }
        })
        .await;
        let ada = registry.token("ada", Role::Publisher).await;
        let id = registry.submitted(&ada, "weather-tool", "1.0.0").await;
        let path = format!("/api/v1/validations/{id}/events");
        let response = registry.app.clone().oneshot(request(Method::GET, &path, Some(&ada), Body::empty())).await;
        let mut stream = response.expect("an answer").into_body().into_data_stream();
        let first = stream.next().await.expect("an event").expect("bytes");
        assert!(first.starts_with(b"id: 1\n"), "{first:?}");
        let work = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            registry.inspected(Verdict::Reject, Next::Reject).await;
        };
        let follow = async {
            let mut text = String::new();
            while let Some(piece) = stream.next().await {
                text.push_str(std::str::from_utf8(&piece.expect("bytes")).expect("text"));
            }
            text
        };
        let both = async { tokio::join!(work, follow).1 };
        let text = tokio::time::timeout(Duration::from_secs(20), both).await.expect("the stream ends by itself");
        assert!(text.contains("event: findings") && text.contains("event: verdict"), "{text}");
        assert!(text.contains("\"state\":\"rejected\""), "{text}");
    }
}
