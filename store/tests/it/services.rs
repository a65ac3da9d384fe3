//! Where the services are that `./scripts/test` started.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Services {
    pub(crate) postgres: String,
    pub(crate) redis: String,
    pub(crate) s3: S3,
}

#[derive(Debug, Deserialize)]
pub(crate) struct S3 {
    pub(crate) endpoint: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) region: String,
}

/// Reads the services; a test that finds none fails, it is never skipped.
pub(crate) fn services() -> Services {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/.cache/services.json"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("no services to test against ({error}): run ./scripts/test, which starts them"));
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is unreadable ({error}): run ./scripts/test again", path.display()))
}
