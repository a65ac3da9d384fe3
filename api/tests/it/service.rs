//! Readiness, metrics, the public path prefix, the rate limit.

use std::sync::Arc;

use airlock_model::{Engine, Role, StageName};
use airlock_store::queue::WakeHandler;
use airlock_store::{Lane, Queue, QueueError, Serve};
use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::{ARCHIVE, Registry, request};

/// A queue that hangs.
#[derive(Debug)]
struct Hangs;

#[async_trait]
impl Queue for Hangs {
    async fn call(&self, _: Lane) -> Result<(), QueueError> {
        Ok(())
    }
    async fn ping(&self) -> Result<(), QueueError> {
        std::future::pending().await
    }
    async fn serve(&self, _: Serve, _: WakeHandler, _: CancellationToken) -> Result<(), QueueError> {
        Ok(())
    }
}

#[tokio::test]
async fn readiness_is_told_by_name() {
    let registry = Registry::new().await;
    assert_eq!(registry.get("/health", None).await.json(), json!({"status": "healthy"}));
    let ready = registry.get("/ready", None).await;
    let all = json!({"database": true, "storage": true, "queue": true});
    assert_eq!(ready.json(), json!({"status": "ready", "checks": all}));

    let registry = Registry::with(|state| state.queue = Arc::new(Hangs)).await;
    let degraded = registry.get("/ready", None).await;
    assert_eq!(degraded.status.as_u16(), 200);
    assert_eq!((&degraded.json()["status"], &degraded.json()["checks"]["queue"]), (&json!("degraded"), &json!(false)));
    let ada = registry.token("ada", Role::Publisher).await;
    registry.submitted(&ada, "weather-tool", "1.0.0").await;
    registry.state.store.close().await.expect("closed");
    let down = registry.get("/ready", None).await;
    assert_eq!((down.status.as_u16(), &down.json()["checks"]["database"]), (503, &json!(false)));
    registry.get("/api/v1/search", None).await.problem(500);
}

#[tokio::test]
async fn metrics_have_bounded_labels() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    registry.submitted(&ada, "weather-tool", "1.0.0").await;
    registry.get("/api/v1/plugins/some-name-nobody-has", None).await;
    registry.get("/made/up/path", None).await;
    let store = &registry.state.store;
    store.heartbeat("worker-1", &[StageName::Test], &[Engine::Wasm, Engine::Docker]).await.expect("recorded");
    let odd = Method::from_bytes(b"BREW").expect("a method");
    registry.send(request(odd, "/health", None, Body::empty())).await;
    let metrics = registry.get("/metrics", None).await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = metrics.text();
    assert!(text.contains("endpoint=\"/api/v1/plugins/{name}\""), "{text}");
    assert!(text.contains("method=\"OTHER\"") && text.contains("endpoint=\"unmatched\""), "{text}");
    assert!(text.contains("registry_api_request_duration_seconds_bucket"), "{text}");
    assert!(text.contains("airlock_uploads_total{result=\"accepted\"}"), "{text}");
    assert!(text.contains("airlock_validations{state=\"queued\"}"), "{text}");
    assert!(text.contains("airlock_workers{stage=\"test\"}"), "{text}");
    assert!(text.contains("airlock_worker_engines{engine=\"docker\"}"), "{text}");
    for unbounded in ["some-name-nobody-has", "made/up", "BREW"] {
        assert!(!text.contains(unbounded), "{unbounded}");
    }
}

#[tokio::test]
async fn a_path_prefix_is_served_and_linked() {
    let registry = Registry::with(|state| state.settings.public_url = "https://plugins.example/registry/".into()).await;
    let ada = registry.token("ada", Role::Publisher).await;
    let id = registry.published(&ada, "weather-tool", "1.0.0").await;
    for prefix in ["", "/registry"] {
        let found = registry.get(&format!("{prefix}/api/v1/search?q=weather"), None).await;
        assert_eq!(found.json()["results"][0]["name"], "weather-tool", "{prefix}");
    }
    let validation = registry.get(&format!("/registry/api/v1/validations/{id}"), Some(&ada)).await.json();
    assert_eq!(validation["links"]["self"], format!("https://plugins.example/registry/api/v1/validations/{id}"));
    let page = registry.get("/registry/ui", None).await;
    assert!(page.text().contains("href=\"/registry/ui/plugins/weather-tool\""), "{}", page.text());
    registry.get("/registryx/ui", None).await.problem(404);
    let mut browser = request(Method::GET, "/registry", None, Body::empty());
    browser.headers_mut().insert("accept", "text/html,*/*".parse().expect("a header"));
    assert_eq!(registry.send(browser).await.header("location"), "https://plugins.example/registry/ui");
}

#[tokio::test]
async fn a_token_has_its_own_rate() {
    let registry = Registry::with(|state| state.settings.requests_per_minute = Some(3)).await;
    let (ada, bob) = (registry.token("ada", Role::Publisher).await, registry.token("bob", Role::Publisher).await);
    for _ in 0..3 {
        assert_eq!(registry.get("/api/v1/validations", Some(&ada)).await.status.as_u16(), 200);
    }
    let refused = registry.get("/api/v1/validations", Some(&ada)).await;
    refused.problem(429);
    assert!(refused.header("retry-after").parse::<u64>().expect("seconds") > 0);
    assert_eq!(registry.publish(&bob, "weather-tool", "1.0.0", ARCHIVE).await.status.as_u16(), 202);
}

#[tokio::test]
async fn every_answer_carries_its_id_and_headers() {
    let registry = Registry::new().await;
    let answer = registry.get("/api/v1/search", None).await;
    assert_eq!(answer.header("x-request-id").len(), 36);
    for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
        assert_eq!(answer.header(name), value);
    }
    let mut hostile = request(Method::GET, "/no/such", None, Body::empty());
    hostile.headers_mut().insert("x-request-id", "a b\" c".parse().expect("a header"));
    let answer = registry.send(hostile).await;
    assert_eq!(answer.header("x-request-id"), answer.json()["request_id"].as_str().expect("an id"));
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn the_schema_of_manifests_is_served_to_editors() {
    let registry = Registry::new().await;
    let answer = registry.get("/api/v1/schema/plugin.json", None).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.header("content-type"), "application/schema+json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let schema = answer.json();
    let id = schema["$id"].as_str().expect("an address");
    assert!(id.starts_with("http") && id.ends_with("/api/v1/schema/plugin.json"), "{id}");
    assert_eq!(schema["required"][0], "name");
    assert_eq!(schema["properties"]["license"]["enum"][0], "MIT");
}
