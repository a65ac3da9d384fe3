//! Runs hostile things under limits.
//!
//! [`jail`] restricts a child process of our own binary; [`Sandbox`] runs a
//! plugin's test suite and says how it ended.
//!
//! This crate must **not** know HTTP, SQL, the queue or the scanner: archives
//! and plans come in as values, reports go out. The plugin's misbehaviour is an
//! [`Outcome`](airlock_model::Outcome); only our own failures are errors.

use std::path::PathBuf;

use airlock_model::limits::RunLimits;
use airlock_model::probe::ProbeReport;
use airlock_model::run::TestPlan;
use airlock_model::{Engine, RunReport};
use async_trait::async_trait;

pub mod docker;
pub mod doctor;
mod guest;
pub mod jail;
mod job;
pub mod packages;
mod pass_on;
mod probe;
pub mod runtime;
mod verdict;
pub mod wasm;
mod without;

pub use pass_on::PassOn;
pub use probe::ProbeRequest;

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
    /// The engine that reports name.
    fn engine(&self) -> Engine;

    /// The engines in here, whether they answer or not.
    fn engines(&self) -> Vec<Engine> {
        vec![self.engine()]
    }

    /// The engines in here that answer at this moment.
    async fn answering(&self) -> Vec<Engine> {
        self.engines()
    }

    /// Where this sandbox is made of several: the one that runs suites in `engine` alone.
    fn part(&self, _: Engine) -> Option<&dyn Sandbox> {
        None
    }

    /// Runs one suite to its end. Every ending of the suite is a report; an error
    /// is always ours. Dropping the future ends the run.
    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError>;

    /// Imports an entry point in a sandbox of its own, among decoys, and tells what
    /// that alone tried to do. As with a run, every ending of the import is a report,
    /// and an error is ours.
    async fn probe(&self, request: ProbeRequest) -> Result<ProbeReport, SandboxError>;

    /// Lets go of what waits for runs that will not come; for those who stop.
    async fn close(&self) -> Result<(), SandboxError> {
        Ok(())
    }
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
    /// The child died of a fault that the guest cannot cause.
    #[error(
        "the sandbox's own process died of signal {signal} ({said}); reinstall the runtime with `airlock runtime install`, and report it if it happens again"
    )]
    Died {
        /// The signal.
        signal: i32,
        /// The end of what it said, escaped.
        said: String,
    },
    /// The child made a system call that its jail forbids; guests cannot make any.
    #[error(
        "the sandbox's own process made a system call that its jail forbids; the kernel's audit log names it, please report it"
    )]
    ForbiddenCall,
    /// The child's own clock did not end the run.
    #[error(
        "the sandbox gave no answer within {wall_ms} ms and used only {cpu_ms} ms of CPU time; the machine is overloaded, or the process was stopped"
    )]
    Stalled {
        /// How long it was waited for, in milliseconds.
        wall_ms: u64,
        /// What the child used, in milliseconds.
        cpu_ms: u64,
    },
    /// The child could not prepare the run.
    #[error("the sandbox could not prepare the run: {0}")]
    Prepare(String),
    /// The container engine does not answer.
    #[error(
        "the container engine at {host} does not answer: {why}; start it, or name another in `sandbox.docker.host` or DOCKER_HOST"
    )]
    EngineUnreachable {
        /// Its address.
        host: String,
        /// What came instead of an answer.
        why: String,
    },
    /// The image is not there; nothing is ever pulled.
    #[error(
        "the engine has no image {image}; build it with `docker build -t {image} compose/sandbox`, or with `scripts/sandbox-image {image}` where nothing can be pulled"
    )]
    ImageMissing {
        /// Its name.
        image: String,
    },
    /// The container engine failed at something.
    #[error("the container engine could not {what}: {why}")]
    Engine {
        /// What was tried.
        what: &'static str,
        /// What it said.
        why: String,
    },
    /// The container's first process ended, which nothing in the container can bring about.
    #[error("the container was ended from outside or failed, with exit code {code}: {said}")]
    ContainerEnded {
        /// The exit code.
        code: i64,
        /// What it said, escaped.
        said: String,
    },
    /// The index of packages gives no answer.
    #[error(
        "the index of packages cannot be reached: {said}; see to the network, or bring the wheels into a folder and name it in `sandbox.packages.wheelhouse`"
    )]
    IndexUnreachable {
        /// The end of what pip said, escaped.
        said: String,
    },
    /// Packages for tests could not be fetched, for a reason that lies in none of them.
    #[error("packages for tests could not be fetched: {why}; see that python3 has pip 23 or newer")]
    Fetch {
        /// What went wrong, escaped.
        why: String,
    },
    /// The host's disk is full.
    #[error(
        "the disk that holds the folders of runs is full: make room in {folder}, or name another folder in TMPDIR",
        folder = folder.display()
    )]
    HostFull {
        /// Where these folders are.
        folder: PathBuf,
    },
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
