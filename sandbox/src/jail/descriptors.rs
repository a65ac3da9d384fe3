//! Closing whatever a careless ancestor left open.

use std::io;

/// Closes every descriptor from 3 upwards.
///
/// Our own descriptors are close-on-exec; this is for those that the parent
/// itself inherited from a shell or a supervisor. Must be called before anything
/// of this process has opened a descriptor that it still needs.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "closing descriptors by number has no safe binding")]
pub(super) fn close_inherited() -> io::Result<()> {
    // SAFETY: called as the child's first act, before any descriptor above 2 has
    // an owner in this process, so nothing that is closed here is used later.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Other systems have no such call; close-on-exec alone protects there.
#[cfg(not(target_os = "linux"))]
pub(super) fn close_inherited() -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}
