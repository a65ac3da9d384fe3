//! The child's side: give up every right before touching a byte of input.

use std::io::{self, Write as _};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit};
use serde::{Deserialize, Serialize};

use super::{JailLimits, LOCK_DOWN_FAILED, Profile};

/// What the system granted. Reported, so that a lack is never silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// The version of Landlock in force.
    pub landlock: Option<u32>,
    /// Whether the seccomp filters are in force.
    pub seccomp: bool,
}

impl Protection {
    /// Whether everything that was asked for is in force.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.landlock.is_some() && self.seccomp
    }
}

/// Why a child refuses to work.
#[derive(Debug, thiserror::Error)]
pub enum LockDownError {
    /// The parent died before the child was ready.
    #[error("the parent is gone")]
    Orphaned,
    /// A right could not be given up.
    #[error("could not {what}: {why}")]
    Failed {
        /// Which.
        what: &'static str,
        /// What the system said.
        why: String,
    },
    /// The system has no such protection.
    #[error("this system lacks {what}; allow weaker jails in the configuration to run without it")]
    Lacking {
        /// Which.
        what: &'static str,
    },
}

/// Locks this process down for good: dies with its parent, inherits nothing, is
/// limited, has no capabilities, sees no path but those listed and makes no
/// system call but those that computing needs. Call it first in `main`, before
/// any thread is started, any file opened or any input read.
pub fn lock_down(profile: &Profile) -> Result<Protection, LockDownError> {
    die_with_parent()?;
    match super::descriptors::close_inherited() {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::Unsupported || error.raw_os_error() == Some(libc::ENOSYS) => {
            lacking(profile, "closing of inherited descriptors")?;
        }
        Err(error) => return Err(failed("close inherited descriptors", error)),
    }
    limit(&profile.limits).map_err(|error| failed("set resource limits", error))?;
    let protection = restrict(profile)?;
    if protection.landlock.is_none() {
        lacking(profile, "Landlock")?;
    }
    if !protection.seccomp {
        lacking(profile, "seccomp")?;
    }
    Ok(protection)
}

/// Says on standard error why nothing was done; the parent reads the exit code.
#[must_use]
pub fn refuse(error: &LockDownError) -> ExitCode {
    let _ = writeln!(io::stderr(), "the jail could not be locked: {error}");
    ExitCode::from(LOCK_DOWN_FAILED)
}

fn failed(what: &'static str, why: impl ToString) -> LockDownError {
    LockDownError::Failed { what, why: why.to_string() }
}

fn lacking(profile: &Profile, what: &'static str) -> Result<(), LockDownError> {
    if profile.allow_weaker { Ok(()) } else { Err(LockDownError::Lacking { what }) }
}

#[cfg(target_os = "linux")]
fn die_with_parent() -> Result<(), LockDownError> {
    use rustix::event::{PollFd, PollFlags, Timespec};
    use rustix::process::Signal;

    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| failed("tie this process to its parent", error))?;
    // The parent may have died before the line above: then nobody reads our output.
    let stdout = io::stdout();
    let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    rustix::event::poll(&mut watched, Some(&now)).map_err(|error| failed("look at standard output", error))?;
    if watched[0].revents().contains(PollFlags::ERR) { Err(LockDownError::Orphaned) } else { Ok(()) }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> Result<(), LockDownError> {
    Ok(())
}

fn limit(limits: &JailLimits) -> io::Result<()> {
    set(Resource::Core, 0, 0)?;
    set(Resource::Data, limits.memory_bytes, limits.memory_bytes)?;
    // SIGXCPU at the soft limit names the cause; the hard limit is for whoever ignores it.
    set(Resource::Cpu, limits.cpu_seconds, limits.cpu_seconds.saturating_add(2))?;
    set(Resource::Fsize, limits.file_size, limits.file_size)?;
    set(Resource::Nofile, limits.open_files, limits.open_files)
}

/// Lowers a limit; a limit that is already lower stays.
fn set(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let now = rustix::process::getrlimit(resource);
    let hard = now.maximum.map_or(hard, |maximum| maximum.min(hard));
    let limit = Rlimit { current: Some(soft.min(hard)), maximum: Some(hard) };
    Ok(rustix::process::setrlimit(resource, limit)?)
}

#[cfg(target_os = "linux")]
fn restrict(profile: &Profile) -> Result<Protection, LockDownError> {
    use rustix::thread::{CapabilitySet, CapabilitySets};

    rustix::thread::set_no_new_privs(true).map_err(|error| failed("give up new privileges", error))?;
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        .map_err(|error| failed("drop capabilities", error))?;
    let landlock =
        super::paths::close_paths(&profile.read, &profile.write).map_err(|error| failed("close paths", error))?;
    let seccomp = match super::calls::close_calls() {
        Ok(()) => true,
        Err(error) if !profile.allow_weaker => return Err(failed("close system calls", error)),
        Err(_) => false,
    };
    Ok(Protection { landlock, seccomp })
}

#[cfg(not(target_os = "linux"))]
fn restrict(_profile: &Profile) -> Result<Protection, LockDownError> {
    Ok(Protection::default())
}
