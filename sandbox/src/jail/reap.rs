//! Reaping a child together with the kernel's account of what it used.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::Pid;

/// The kernel's account of one child.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// User and system time.
    pub(super) cpu: Duration,
    /// Peak resident memory, in bytes.
    pub(super) peak_rss: u64,
}

/// Waits for the child and reaps it.
#[expect(unsafe_code, reason = "only wait4 gives the rusage of one child, and no safe binding offers it")]
pub(super) fn reap(pid: Pid) -> io::Result<(ExitStatus, Account)> {
    let mut status = 0;
    // SAFETY: `rusage` is a plain C struct for which all zeroes is a valid value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live, writable values of the types that wait4 expects.
        let got = unsafe { libc::wait4(pid.as_raw_nonzero().get(), &raw mut status, 0, &raw mut usage) };
        if got >= 0 {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // Linux counts in KiB, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let peak_rss = u64::try_from(usage.ru_maxrss).unwrap_or(0).saturating_mul(unit);
    Ok((ExitStatus::from_raw(status), Account { cpu: time(usage.ru_utime) + time(usage.ru_stime), peak_rss }))
}

fn time(value: libc::timeval) -> Duration {
    let seconds = u64::try_from(value.tv_sec).unwrap_or(0);
    let micros = u64::try_from(value.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}
