//! Archives are served byte for byte, counted once, and never when they are not what was recorded.

use std::time::Duration;

use airlock_model::Role;
use airlock_store::ObjectKey;
use axum::body::Body;
use axum::http::Method;

use crate::harness::{CANONICAL, Registry, canonical, request};

const ARCHIVE: &str = "/api/v1/plugins/weather-tool/download/1.0.0";

async fn registry() -> Registry {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    registry.published(&ada, "weather-tool", "1.0.0").await;
    registry
}

#[tokio::test]
async fn an_archive_is_served_as_the_client_expects() {
    let registry = registry().await;
    let answer = registry.get(ARCHIVE, None).await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.body, CANONICAL);
    assert_eq!(answer.header("content-type"), "application/gzip");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"weather-tool-1.0.0.tar.gz\"");
    assert_eq!(answer.header("content-length"), CANONICAL.len().to_string());
    assert_eq!(answer.header("x-checksum-sha256"), canonical().sha256.to_string());
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert!(!answer.headers.contains_key("content-encoding"));
    let info = registry.get("/api/v1/plugins/weather-tool", None).await.json();
    assert_eq!(info["total_downloads"], 1);
    let metrics = registry.get("/metrics", None).await;
    assert!(metrics.text().contains("registry_plugin_downloads_total{plugin=\"weather-tool\",version=\"1.0.0\"}"));
}

#[tokio::test]
async fn only_what_was_served_is_counted() {
    let registry = registry().await;
    let head = registry.send(request(Method::HEAD, ARCHIVE, None, Body::empty())).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    let mut known = request(Method::GET, ARCHIVE, None, Body::empty());
    let etag = head.header("etag").parse().expect("a header");
    known.headers_mut().insert("if-none-match", etag);
    assert_eq!(registry.send(known).await.status.as_u16(), 304);
    registry.get("/api/v1/plugins/weather-tool/download/9.9.9", None).await.problem(404);
    let info = registry.get("/api/v1/plugins/weather-tool", None).await.json();
    assert_eq!(info["total_downloads"], 0);
}

#[tokio::test]
async fn a_wrong_archive_is_never_served_whole() {
    let registry = registry().await;
    let file = registry.catalogue_folder().join(ObjectKey::catalogue(&canonical().sha256).as_str());
    let mut wrong = CANONICAL.to_vec();
    wrong[10] ^= 1;
    std::fs::write(&file, &wrong).expect("written");
    let answer = registry.get(ARCHIVE, None).await;
    assert!(answer.body.len() < CANONICAL.len(), "{:?}", answer.body);
    std::fs::write(&file, b"short").expect("written");
    registry.get(ARCHIVE, None).await.problem(500);
    std::fs::remove_file(&file).expect("removed");
    let detail = registry.get(ARCHIVE, None).await.problem(500);
    assert!(!detail.contains(&canonical().sha256.to_string()), "internal detail stays inside: {detail}");
}

#[tokio::test]
async fn names_and_versions_that_cannot_be_do_not_exist() {
    let registry = registry().await;
    for path in [
        "..%2f..%2fetc/download/1.0.0",
        "weather-tool/download/latest",
        "WEATHER-TOOL/download/1.0.0",
        "weather-tool%00/download/1.0.0",
    ] {
        registry.get(&format!("/api/v1/plugins/{path}"), None).await.problem(404);
    }
    registry.get("/api/v1/plugins/weather-tool/download", None).await.problem(400);
    tokio::time::timeout(Duration::from_secs(5), registry.state.store.close()).await.expect("in time").expect("closed");
}
