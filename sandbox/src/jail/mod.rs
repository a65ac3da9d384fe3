//! The jail: a restricted child process of our own binary.
//!
//! The parent starts the child with [`run_child`]: nothing of its environment, no
//! descriptor but its pipes and one read-only file, a process group of its own,
//! bounded output, a wall clock. The child's first act is [`lock_down`]: it gives
//! up every right that it does not need before it touches a byte of input.
//! Restriction happens after `exec`, by the child itself, so that nothing runs
//! between `fork` and `exec` in a parent with threads.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
mod calls;
mod child;
mod descriptors;
mod leash;
mod lock_down;
#[cfg(target_os = "linux")]
mod paths;
mod reap;

pub use child::{run_child, run_child_into};
pub use lock_down::{LockDownError, Protection, lock_down, refuse};

/// The exit code of a child that could not lock itself down and therefore did nothing.
pub const LOCK_DOWN_FAILED: u8 = 97;

/// What a child may use. The parent enforces wall time and output, the kernel the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JailLimits {
    /// Private writable memory, in bytes (`RLIMIT_DATA`; reserved but unwritable memory is free).
    pub memory_bytes: u64,
    /// CPU time of all threads, in seconds.
    pub cpu_seconds: u64,
    /// Wall time.
    pub wall: Duration,
    /// Standard output, in bytes; standard error has a cap of the same size.
    pub output_bytes: u64,
    /// Descriptors open at once.
    pub open_files: u64,
    /// The largest file the child may write, in bytes.
    pub file_size: u64,
}

/// What a child gives up, and the little that it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The limits that the kernel enforces.
    pub limits: JailLimits,
    /// Folders and files that stay readable.
    pub read: Vec<PathBuf>,
    /// Folders that stay readable and writable.
    pub write: Vec<PathBuf>,
    /// Go on where the system lacks Landlock or seccomp; otherwise the child refuses to run.
    pub allow_weaker: bool,
}

/// A child to be started.
#[derive(Debug)]
pub struct Child {
    /// The binary, usually `/proc/self/exe`.
    pub program: PathBuf,
    /// Its arguments; they are visible to other processes and hold no secret.
    pub args: Vec<OsString>,
    /// The input, opened read-only by the caller; nothing (`/dev/null`) when absent.
    pub stdin: Option<File>,
    /// Its limits.
    pub limits: JailLimits,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal. A `SIGKILL` here was never ours: someone outside sent it.
    Signalled(i32),
    /// By the kernel, for CPU time.
    CpuExceeded,
    /// An allocation was refused.
    OutOfMemory,
    /// A thread ran out of stack.
    StackOverflow,
    /// By us, for wall time.
    TimedOut,
    /// By us, for output.
    OutputExceeded,
    /// It could not lock itself down and did nothing.
    LockDownFailed,
}

/// What a child used, as the kernel counted it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// From start to end, in milliseconds.
    pub wall_ms: u64,
    /// User and system time, in milliseconds.
    pub cpu_ms: u64,
    /// Peak resident memory, in bytes.
    pub peak_rss: u64,
}

/// A child that has ended and been reaped.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How.
    pub how: How,
    /// Its standard output; empty where it went into a writer.
    pub stdout: Vec<u8>,
    /// The end of its standard error; escape before showing.
    pub stderr_tail: String,
    /// What it used.
    pub usage: Usage,
}

/// We failed; the child's own misbehaviour is an [`Ended`].
#[derive(Debug, thiserror::Error)]
pub enum JailError {
    /// The child could not be started.
    #[error("could not start the jailed child {}: {source}; check that the file exists and may be executed", program.display())]
    Spawn {
        /// The binary.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The child could not be watched.
    #[error("lost sight of the jailed child: {0}")]
    Watch(#[source] std::io::Error),
    /// Its output could not be kept.
    #[error("could not keep the jailed child's output: {0}; check free disk space")]
    Sink(#[source] std::io::Error),
}
