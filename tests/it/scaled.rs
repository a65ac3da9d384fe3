//! The same journey with every part apart: PostgreSQL, Redis, S3, two API
//! processes and a worker of each kind.

use std::process::Command;
use std::time::Duration;

use airlock_model::{Engine, StageName};
use airlock_store::{S3Blobs, S3Settings, Store, StoreOptions};
use airlock_tests::client::Client;
use airlock_tests::package;
use airlock_tests::server::{Process, free_port, new_token, owned, run};
use airlock_tests::services::Services;
use rand::RngExt;
use reqwest::StatusCode;

/// An empty database and two empty buckets of this test's own.
async fn rooms(services: &Services) -> Vec<(String, String)> {
    let name = format!("airlock_scaled_{:08x}", rand::rng().random::<u32>());
    let create = format!("CREATE DATABASE {name}");
    let made = Command::new("psql").args([&services.postgres, "-qc", &create]).status().expect("psql runs");
    assert!(made.success(), "{create}");
    let (server, _) = services.postgres.rsplit_once('/').expect("the URL names a database");
    let database = format!("{server}/{name}");
    let redis = format!("{}/{}", services.redis, rand::rng().random_range(1..4096));
    let bucket = |what: &str| format!("{}-{what}", name.replace('_', "-"));
    for what in ["quarantine", "catalogue"] {
        let settings = S3Settings {
            endpoint: services.s3.endpoint.clone(),
            region: services.s3.region.clone(),
            bucket: bucket(what),
            prefix: String::new(),
            access_key: services.s3.access_key.clone(),
            secret_key: services.s3.secret_key.clone(),
            path_style: true,
        };
        S3Blobs::new(&settings).create_bucket().await.expect("a bucket");
    }
    owned(&[
        ("AIRLOCK_DATABASE__URL", &database),
        ("AIRLOCK_STORAGE__KIND", "s3"),
        ("AIRLOCK_STORAGE__S3__ENDPOINT", &services.s3.endpoint),
        ("AIRLOCK_STORAGE__S3__REGION", &services.s3.region),
        ("AIRLOCK_STORAGE__S3__QUARANTINE_BUCKET", &bucket("quarantine")),
        ("AIRLOCK_STORAGE__S3__CATALOGUE_BUCKET", &bucket("catalogue")),
        ("AIRLOCK_STORAGE__S3__ACCESS_KEY_ID", &services.s3.access_key),
        ("AIRLOCK_STORAGE__S3__SECRET_ACCESS_KEY", &services.s3.secret_key),
        ("AIRLOCK_QUEUE__KIND", "redis"),
        ("AIRLOCK_QUEUE__REDIS_URL", &redis),
    ])
}

#[tokio::test]
async fn every_part_apart() {
    let logs = tempfile::tempdir().expect("a temporary folder");
    let mut environment = rooms(&Services::running()).await;
    environment.extend(owned(&[("AIRLOCK_DATA", logs.path().to_str().expect("UTF-8"))]));
    run(&["migrate"], &environment);
    let mut urls = Vec::new();
    let mut processes = Vec::new();
    for number in 0..2 {
        let address = format!("127.0.0.1:{}", free_port());
        let log = logs.path().join(format!("api{number}.log"));
        let mut process = Process::start(&["api", "--listen", &address], &environment, &log);
        urls.push(format!("http://{address}"));
        process.wait_until_ready(&urls[number]).await;
        processes.push(process);
    }
    for stages in ["inspect,promote", "inspect,promote", "test"] {
        let log = logs.path().join(format!("worker{}.log", processes.len()));
        processes.push(Process::start(&["worker", "--stages", stages], &environment, &log));
    }
    let token = new_token("alice", "publisher", &[], &environment);
    let here = Client::new(&urls[0], Some(&token));
    let there = Client::new(&urls[1], Some(&token));

    let files = package::plugin("adds-numbers");
    let mut accepted = Vec::new();
    for number in 0..4 {
        accepted.push(here.submit(&package::at_version(&files, &format!("1.{number}.0"))).await);
    }
    accepted.push(there.submit(&package::plugin("failing-test")).await);
    for (number, id) in accepted.iter().enumerate() {
        let validation = there.settled(id).await;
        assert_eq!(validation["state"], if number < 4 { "published" } else { "rejected" }, "{validation}");
    }
    let info = there.json("/api/v1/plugins/adds-numbers").await;
    assert_eq!(info["latest_version"], "1.3.0");
    let archive = there.get("/api/v1/plugins/adds-numbers/download/1.2.0").await;
    assert_eq!(archive.status(), StatusCode::OK);
    let unpacked = package::unpack(&archive.bytes().await.expect("a body"));
    assert!(unpacked.iter().any(|(path, _)| path == "adds-numbers/plugin.yaml"));
}

/// Tests that need what an interpreter in wasm lacks.
const THREADS: &str = "\
import threading


def test_threads():
    words = []
    thread = threading.Thread(target=words.append, args=(\"word\",))
    thread.start()
    thread.join()
    assert words == [\"word\"]
";

#[tokio::test]
async fn what_wasm_lacks_is_run_by_a_worker_with_containers() {
    let services = Services::running();
    let logs = tempfile::tempdir().expect("a temporary folder");
    let mut environment = rooms(&services).await;
    let database = environment[0].1.clone();
    environment.extend(owned(&[("AIRLOCK_DATA", logs.path().to_str().expect("UTF-8"))]));
    run(&["migrate"], &environment);
    let address = format!("127.0.0.1:{}", free_port());
    let mut api = Process::start(&["api", "--listen", &address], &environment, &logs.path().join("api.log"));
    api.wait_until_ready(&format!("http://{address}")).await;
    let client = Client::new(&format!("http://{address}"), Some(&new_token("alice", "publisher", &[], &environment)));

    // Said to be there before it is, so that the worker without containers is sure to come first.
    let store = Store::connect(&database, StoreOptions::default()).await.expect("the database answers");
    store.heartbeat("on-its-way", &[StageName::Test], &[Engine::Docker]).await.expect("recorded");
    let _wasm = Process::start(&["worker"], &environment, &logs.path().join("wasm.log"));
    let files = package::plugin("adds-numbers");
    let id = client.submit(&package::with(&files, "tests/test_threads.py", THREADS.as_bytes())).await;
    let passed_on = async {
        while !store.list_audit(None, 100).await.expect("a list").items.iter().any(|one| one.action == "stage.pass_on")
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(180), passed_on).await.expect("passed on");

    let host = format!("unix://{}", services.docker.socket);
    environment.extend(owned(&[("AIRLOCK_SANDBOX__ENGINE", "docker"), ("AIRLOCK_SANDBOX__DOCKER__HOST", &host)]));
    let _docker = Process::start(&["worker", "--stages", "test"], &environment, &logs.path().join("docker.log"));
    assert_eq!(client.settled(&id).await["state"], "published");
    let tests = &client.report(&id).await["tests"];
    assert_eq!((tests["engine"].as_str(), tests["outcome"].as_str()), (Some("docker"), Some("passed")), "{tests}");
}
