//! What suites must not reach, and whether they did.

use std::fs::Permissions;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// A file that suites try to read and to overwrite, and what it holds.
const CANARY: &str = "/var/tmp/airlock-canary";
const SONG: &str = "sings\n";
/// A port of the host's loopback that suites try to reach.
const PORT: u16 = 47811;
/// A name without a file that suites try to reach.
const ABSTRACT: &str = "airlock-canary";
/// By how much this program may grow while a suite runs, in KiB. Ten gibibytes of output, or
/// one report that is kept whole, would show.
const MOST_MEMORY: u64 = 128 << 10;

/// The guards of one test. Tests run at the same time, so another one's process may
/// hold a door already, and guards it for this one too.
pub(crate) struct Host {
    doors: Option<(TcpListener, UnixListener)>,
    /// What this program had before, in KiB: much, if it has just prepared the interpreter.
    memory: u64,
}

impl Host {
    pub(crate) fn guard() -> Result<Self> {
        sing()?;
        let name = SocketAddr::from_abstract_name(ABSTRACT)?;
        let doors = TcpListener::bind(("127.0.0.1", PORT)).ok().zip(UnixListener::bind_addr(&name).ok());
        if let Some((port, name)) = &doors {
            port.set_nonblocking(true)?;
            name.set_nonblocking(true)?;
        }
        // From here on the kernel counts the peak of memory anew.
        std::fs::write("/proc/self/clear_refs", "5")?;
        Ok(Self { doors, memory: peak_memory()? })
    }

    pub(crate) fn is_untouched(&self) -> Result<()> {
        ensure!(
            std::fs::read_to_string(CANARY)? == SONG,
            "{CANARY} does not sing any more: a suite changed it, this one or one before; remove it to begin anew"
        );
        if let Some((port, name)) = &self.doors {
            ensure!(port.accept().is_err(), "somebody knocked at the host's loopback");
            ensure!(name.accept().is_err(), "somebody knocked at the host's abstract socket");
        }
        for folder in ["/", "/usr", "/etc", "/var/tmp", "/dev"] {
            ensure!(!Path::new(folder).join("airlock-was-here").exists(), "somebody wrote to {folder}");
        }
        let grown = peak_memory()?.saturating_sub(self.memory);
        ensure!(grown < MOST_MEMORY, "this process grew by {grown} KiB");
        Ok(())
    }
}

/// Puts the canary into its place where there is none yet: whole, since other tests read it
/// at the same time, and never over one that was silenced, whose test has yet to see it.
fn sing() -> Result<()> {
    let egg = tempfile::NamedTempFile::with_prefix_in("airlock-egg-", "/var/tmp")?;
    std::fs::write(egg.path(), SONG)?;
    // Anybody may read and overwrite it: only the sandbox stands before it.
    std::fs::set_permissions(egg.path(), Permissions::from_mode(0o666))?;
    match egg.persist_noclobber(CANARY) {
        Err(failed) if failed.error.kind() != ErrorKind::AlreadyExists => Err(failed.error.into()),
        _ => Ok(()),
    }
}

/// The most memory that this process has had, in KiB.
fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
