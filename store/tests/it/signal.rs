//! Live news in memory and over Redis.

use std::time::{Duration, Instant};

use airlock_model::ValidationId;
use airlock_store::{Signal, Store, StoreOptions};
use uuid::Uuid;

use crate::bench::{Bench, upload};
use crate::services::services;

const LONG: Duration = Duration::from_secs(10);

fn some_validation() -> ValidationId {
    ValidationId::new(Uuid::new_v4())
}

#[tokio::test]
async fn news_of_one_validation_wakes_its_followers_only() {
    let signal = Signal::memory();
    let (ours, other) = (some_validation(), some_validation());
    let mut news = signal.follow(ours);
    signal.tell(other).await;
    let begun = Instant::now();
    news.wait(Duration::from_millis(100)).await;
    assert!(begun.elapsed() >= Duration::from_millis(100), "another's news is none");
    signal.tell(ours).await;
    news.wait(LONG).await;
    assert!(begun.elapsed() < LONG);
}

#[tokio::test]
async fn news_crosses_from_process_to_process() {
    let url = services().redis;
    let here = Signal::redis(&url).await.unwrap();
    let there = Signal::redis(&url).await.unwrap();
    // Subscribing takes a moment; what is told before is read from the database.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let ours = some_validation();
    let mut news = there.follow(ours);
    let begun = Instant::now();
    here.tell(ours).await;
    news.wait(LONG).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_commit_tells_and_a_rollback_does_not() {
    let bench = Bench::sqlite().await;
    let ada = bench.publisher().await;
    let accepted = bench.submit(&upload(&ada, "web-tool", "1.0.0", "one")).await;
    let mut news = bench.store.signal().follow(accepted.validation);
    bench.store.claim_stage(airlock_model::StageName::ALL, "w").await.unwrap().unwrap();
    let begun = Instant::now();
    news.wait(LONG).await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    let stranger = Store::connect(&bench.url, StoreOptions::default()).await.unwrap();
    assert!(stranger.retry(&ada, accepted.validation).await.is_err());
    let begun = Instant::now();
    news.wait(Duration::from_millis(50)).await;
    assert!(begun.elapsed() >= Duration::from_millis(50));
    stranger.close().await.unwrap();
    bench.end().await;
}
