//! Runs hostile things under limits.
//!
//! [`jail`] restricts a child process of our own binary; [`Sandbox`] runs a
//! plugin's test suite and says how it ended.
//!
//! This crate must **not** know HTTP, SQL, the queue or the scanner: archives
//! and plans come in as values, reports go out. The plugin's misbehaviour is an
//! [`Outcome`](airlock_model::Outcome); only our own failures are errors.

use std::path::PathBuf;

use airlock_model::RunReport;
use airlock_model::limits::RunLimits;
use airlock_model::run::TestPlan;
use async_trait::async_trait;

pub mod jail;
pub mod runtime;
pub mod wasm;

/// One test suite to run.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The canonical archive (one top folder, ustar in gzip), packed by us.
    pub canonical: PathBuf,
    /// What the host read from the source.
    pub plan: TestPlan,
    /// What the run may use.
    pub limits: RunLimits,
}

/// An engine that runs test suites. Each run is its own, sees no other and leaves nothing behind.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// The engine's name as reports write it, `wasm` or `docker`.
    fn engine(&self) -> &'static str;

    /// Runs one suite to its end. Every ending of the suite is a report; an error
    /// is always ours. Dropping the future ends the run.
    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError>;
}

/// We failed to run a suite; it says nothing about the plugin, and the run may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The child could not be started or watched.
    #[error(transparent)]
    Jail(#[from] jail::JailError),
    /// The child could not lock itself down.
    #[error("the sandbox refused to run: {0}")]
    LockDown(String),
    /// Someone outside killed the child.
    #[error("the sandbox was ended from outside by signal {0}; look for the system's out-of-memory killer")]
    Killed(i32),
    /// A file of ours could not be read or written.
    #[error("the sandbox could not {what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The child's answer is not one that our code gives.
    #[error("the sandbox's answer makes no sense: {0}")]
    Protocol(String),
}
