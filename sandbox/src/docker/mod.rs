//! The Docker engine: one fresh container per run, through the engine's API.
//!
//! A container gets no network, no host folder, no capability, a read-only root, a
//! list of allowed system calls of our own and folders of its own in memory. The
//! archive goes in through its standard input, frames come out of its standard
//! output, both bounded; the host opens no path that a guest could name. In the
//! container a supervisor (`guest/supervisor.py`) is the first process; the plugin
//! runs in a child of it that can neither signal it nor look into it nor reach its
//! pipes. What the supervisor reads from the kernel counts as seen by the host; what
//! the plugin's own interpreter reports is judged as in wasm (`crate::verdict`).

mod blame;
mod container;
mod engine;
mod follow;
mod image;
mod layered;
mod orphans;
mod pool;
mod report;
mod sandbox;
mod session;
mod upkeep;
mod wire;

pub use container::ContainerSettings;
pub use sandbox::{DockerSandbox, DockerSettings};

/// The allowed system calls.
const SECCOMP: &str = include_str!("../../../compose/sandbox/seccomp.json");

/// Every container of ours has this label; the value tells whose it is.
const WORKER_LABEL: &str = "airlock.sandbox.worker";
/// The run's random id.
const RUN_LABEL: &str = "airlock.sandbox.run";
/// For how many seconds after its creation a container may be there.
const LIFETIME_LABEL: &str = "airlock.sandbox.lifetime";
