//! The services that `./scripts/test` started.

use serde::Deserialize;

/// Where the services are.
#[derive(Debug, Clone, Deserialize)]
pub struct Services {
    /// A PostgreSQL URL whose user may create databases.
    pub postgres: String,
    /// A Redis URL.
    pub redis: String,
    /// The S3 server.
    pub s3: S3,
    /// The container engine.
    pub docker: Docker,
}

/// Where the S3 server is.
#[derive(Debug, Clone, Deserialize)]
pub struct S3 {
    /// Its address.
    pub endpoint: String,
    /// An access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Its region.
    pub region: String,
}

/// Where the container engine is.
#[derive(Debug, Clone, Deserialize)]
pub struct Docker {
    /// Its socket's path.
    pub socket: String,
}

impl Services {
    /// Reads what `./scripts/test` wrote.
    ///
    /// # Panics
    /// When it has not been run: a test without its services fails, it is not skipped.
    #[must_use]
    pub fn running() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/.cache/services.json");
        let text = std::fs::read_to_string(path)
            .unwrap_or_else(|error| panic!("{path}: {error}; start the services with ./scripts/test services"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}
