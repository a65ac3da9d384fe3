//! Every error is a problem, whoever made it.

use std::path::Path;
use std::sync::Arc;

use airlock_model::Role;
use airlock_store::blobs::{Incoming, Object};
use airlock_store::{BlobError, Blobs, ObjectKey};
use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::http::Method;

use crate::harness::{ARCHIVE, Registry, request};

/// A storage that panics when it is read, and fails when it is written.
#[derive(Debug)]
struct Panics;

#[async_trait]
impl Blobs for Panics {
    async fn put_stream<'a>(&self, _: &ObjectKey, _: Incoming<'a>) -> Result<u64, BlobError> {
        Err(BlobError::Service("bucket secret-bucket is gone".into()))
    }
    async fn put_file(&self, _: &ObjectKey, _: &Path) -> Result<u64, BlobError> {
        Err(BlobError::Service("gone".into()))
    }
    async fn get(&self, _: &ObjectKey) -> Result<Object, BlobError> {
        panic!("secret detail of a panic")
    }
    async fn get_range(&self, _: &ObjectKey, _: u64, _: u64) -> Result<Bytes, BlobError> {
        panic!("secret detail of a panic")
    }
    async fn size(&self, _: &ObjectKey) -> Result<Option<u64>, BlobError> {
        Ok(None)
    }
    async fn delete(&self, _: &ObjectKey) -> Result<(), BlobError> {
        Ok(())
    }
    async fn ping(&self) -> Result<(), BlobError> {
        Err(BlobError::Service("gone".into()))
    }
}

#[tokio::test]
async fn routers_own_errors_are_problems() {
    let registry = Registry::new().await;
    registry.get("/no/such/route", None).await.problem(404);
    let wrong = registry.send(request(Method::DELETE, "/api/v1/search", None, Body::empty())).await;
    wrong.problem(405);
    assert!(wrong.header("allow").contains("GET"));
    let odd = Method::from_bytes(b"BREW").expect("a method");
    registry.send(request(odd, "/api/v1/search", None, Body::empty())).await.problem(405);
    registry.get("/api/v1/search?limit=many", None).await.problem(400);
    registry.get("/api/v1/search?q=%00", None).await.problem(400);
    registry.get("/api/v1/plugins/%ff", None).await.problem(400);
    let admin = registry.token("root", Role::Admin).await;
    let review = "/api/v1/reviews/0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f";
    registry.send(request(Method::POST, review, Some(&admin), Body::from("{}"))).await.problem(415);
    let json = |body: Body| {
        let mut request = request(Method::POST, review, Some(&admin), body);
        request.headers_mut().insert("content-type", "application/json".parse().expect("a header"));
        request
    };
    registry.send(json(Body::from("{"))).await.problem(400);
    registry.send(json(Body::from(vec![b' '; 70_000]))).await.problem(413);
}

#[tokio::test]
async fn a_panic_and_a_broken_storage_tell_nothing_of_the_inside() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    registry.published(&ada, "weather-tool", "1.0.0").await;
    let mut state = registry.state.clone();
    state.catalogue = Arc::new(Panics);
    state.quarantine = Arc::new(Panics);
    let broken = Registry { app: airlock_api::router(state), ..registry };
    let panicked = broken.get("/api/v1/plugins/weather-tool/download/1.0.0", None).await;
    panicked.problem(500);
    let stored = broken.publish(&ada, "weather-tool", "2.0.0", ARCHIVE).await;
    stored.problem(503);
    for answer in [panicked, stored] {
        assert!(!answer.text().contains("secret"), "{}", answer.text());
    }
    assert_eq!(broken.get("/health", None).await.status.as_u16(), 200, "the server goes on");
    let ready = broken.get("/ready", None).await;
    assert_eq!(ready.status.as_u16(), 503);
    assert_eq!(
        (&ready.json()["checks"]["storage"], &ready.json()["checks"]["database"]),
        (&false.into(), &true.into())
    );
}
