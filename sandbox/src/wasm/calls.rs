//! The guest's system calls: WASI preview 1 as wasmtime gives it, with the calls
//! that use up disk, files or descriptors, that print, link or sleep, shadowed by
//! ours. Ours charge first and then call the original.

use std::time::Duration;

use wasmtime::{AsContextMut as _, Caller, Extern, Linker};
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as wasi, WasiSnapshotPreview1 as _};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wiggle::GuestMemory;

use super::ends;
use super::exports::MEMORY;
use super::meter::Meter;

/// The descriptor on which the launcher reports: standard input, to which nobody
/// else writes. (The interpreter's own file layer knows the three standard ones
/// and lets no invented number through.) No file stands behind it, so no path
/// leads to it and nothing in the guest's folders can take its place.
const REPORT_FD: i32 = 0;

const MODULE: &str = "wasi_snapshot_preview1";

/// Error numbers of WASI preview 1.
const SUCCESS: i32 = 0;
const FAULT: i32 = 21;
const MFILE: i32 = 33;
const NOSPC: i32 = 51;
const NOTSUP: i32 = 58;
/// A quota of the host's.
const DQUOT: i32 = 19;
/// `oflags::creat` of WASI preview 1.
const CREATE: i32 = 1;

/// The state behind one instance.
pub(crate) struct Guest {
    pub(crate) wasi: WasiP1Ctx,
    pub(crate) meter: Meter,
}

/// Ends a run at once: the guest printed or reported more than allowed.
#[derive(Debug, thiserror::Error)]
#[error("too much output")]
pub(crate) struct TooMuch;

/// Ends a run at once: the guest makes room for something else in the place of its report.
#[derive(Debug, thiserror::Error)]
#[error("putting something else in the place of the report")]
pub(crate) struct TakesPlace;

/// Calls the original after `$check` gave no error number, and `$then` after it.
macro_rules! guarded {
    ($linker:ident, $name:ident($($arg:ident: $type:ty),*), |$guest:ident, $bytes:ident| $check:expr
     $(, |$after:ident, $memory:ident, $errno:ident| $then:expr)?) => {
        $linker.func_wrap_async(MODULE, stringify!($name), |mut caller: Caller<'_, Guest>, ($($arg,)*): ($($type,)*)| {
            Box::new(async move {
                let fuel = caller.as_context_mut().hostcall_fuel();
                let Some(Extern::Memory(memory)) = caller.get_export(MEMORY) else { return Ok(FAULT) };
                let ($bytes, $guest) = memory.data_and_store_mut(&mut caller);
                let refused: i32 = $check;
                if refused != SUCCESS {
                    return Ok(refused);
                }
                $guest.wasi.set_hostcall_fuel(fuel);
                let mut guest_memory = GuestMemory::Unshared($bytes);
                let errno: i32 = wasi::$name(&mut $guest.wasi, &mut guest_memory $(, $arg)*).await?;
                $(
                    let ($memory, $after) = memory.data_and_store_mut(&mut caller);
                    let $errno = errno;
                    $then;
                )?
                Ok(errno)
            })
        })?;
    };
}

/// Everything the guest may call.
pub(crate) fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    p1::add_to_linker_async(linker, |guest: &mut Guest| &mut guest.wasi)?;
    linker.allow_shadowing(true);
    writing(linker)?;
    opening(linker)?;
    guarded!(
        linker,
        poll_oneoff(subscriptions: i32, events: i32, count: i32, out: i32),
        |_guest, bytes| {
            // The original would block this thread, and with it every clock of ours.
            if let Some(pause) = relative_pause(bytes, subscriptions, count) {
                tokio::time::sleep(pause).await;
                forget_pause(bytes, subscriptions);
            }
            SUCCESS
        }
    );
    Ok(())
}

fn writing(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    guarded!(
        linker,
        fd_write(fd: i32, vectors: i32, count: i32, written: i32),
        |guest, bytes| {
            if matches!(fd, REPORT_FD | 1 | 2) {
                return print(guest, bytes, fd, vectors, count, written);
            }
            let Some(length) = gathered(bytes, vectors, count) else { return Ok(FAULT) };
            let gap = ends::gap_before_position(&mut guest.wasi, fd).await;
            charge(&mut guest.meter, length.saturating_add(gap))
        },
        |after, _memory, errno| has_room(after, errno)?
    );
    guarded!(
        linker,
        fd_pwrite(fd: i32, vectors: i32, count: i32, offset: i64, written: i32),
        |guest, bytes| {
            let Some(length) = gathered(bytes, vectors, count) else { return Ok(FAULT) };
            let gap = ends::gap_before(&mut guest.wasi, fd, offset.cast_unsigned()).await;
            charge(&mut guest.meter, length.saturating_add(gap))
        },
        |after, _memory, errno| has_room(after, errno)?
    );
    guarded!(
        linker,
        fd_filestat_set_size(fd: i32, size: i64),
        |guest, _bytes| {
            let growth = ends::gap_before(&mut guest.wasi, fd, size.cast_unsigned()).await;
            charge(&mut guest.meter, growth)
        },
        |after, _memory, errno| has_room(after, errno)?
    );
    Ok(())
}

fn opening(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    guarded!(
        linker,
        path_open(
            dir: i32, lookup: i32, path: i32, length: i32, how: i32, rights: i64, inherited: i64, flags: i32, out: i32
        ),
        |guest, _bytes| {
            if !guest.meter.may_open() {
                MFILE
            } else if how & CREATE != 0 && !guest.meter.charge_file() {
                NOSPC
            } else {
                SUCCESS
            }
        },
        |after, memory, errno| if errno != SUCCESS {
            has_room(after, errno)?;
        } else {
            let fd = word(memory, out.cast_unsigned()).unwrap_or_default().cast_signed();
            after.meter.opened(fd, dir, slice(memory, path, length).unwrap_or_default());
        }
    );
    guarded!(
        linker,
        fd_close(fd: i32),
        |_guest, _bytes| {
            if fd == REPORT_FD {
                return Err(TakesPlace.into());
            }
            SUCCESS
        },
        |after, _memory, errno| if errno == SUCCESS {
            after.meter.closed(fd);
        }
    );
    guarded!(
        linker,
        path_create_directory(dir: i32, path: i32, length: i32),
        |guest, _bytes| if guest.meter.charge_file() { SUCCESS } else { NOSPC },
        |after, _memory, errno| has_room(after, errno)?
    );
    guarded!(
        linker,
        path_symlink(old: i32, old_length: i32, dir: i32, path: i32, length: i32),
        |guest, _bytes| refuse_link(&mut guest.meter)
    );
    guarded!(
        linker,
        path_link(
            dir: i32, flags: i32, old: i32, old_length: i32, new_dir: i32, path: i32, length: i32
        ),
        |guest, _bytes| refuse_link(&mut guest.meter)
    );
    // Moving descriptors about would undo the count of them.
    guarded!(linker, fd_renumber(from: i32, to: i32), |_guest, _bytes| NOTSUP);
    Ok(())
}

fn charge(meter: &mut Meter, bytes: u64) -> i32 {
    if meter.charge_disk(bytes) { SUCCESS } else { NOSPC }
}

/// Ends a run at once: the host has no room for what the guest may have.
#[derive(Debug, thiserror::Error)]
#[error("the host's disk is full")]
struct HostFull;

/// After a call that was charged for and granted: who refuses it now is the host, and the run says nothing then.
fn has_room(guest: &mut Guest, errno: i32) -> wasmtime::Result<()> {
    if matches!(errno, NOSPC | DQUOT) {
        guest.meter.counts.host_full = true;
        return Err(HostFull.into());
    }
    Ok(())
}

fn refuse_link(meter: &mut Meter) -> i32 {
    meter.counts.links += 1;
    NOTSUP
}

/// Takes what the guest prints or reports; it never reaches a descriptor of the host.
fn print(
    guest: &mut Guest,
    bytes: &mut [u8],
    fd: i32,
    vectors: i32,
    count: i32,
    written: i32,
) -> wasmtime::Result<i32> {
    let mut total = 0_u32;
    for index in 0..count.cast_unsigned() {
        let Some((at, length)) = vector(bytes, vectors, index) else { return Ok(FAULT) };
        let Some(part) = slice(bytes, at, length) else { return Ok(FAULT) };
        let taken = if fd == REPORT_FD { guest.meter.report(part) } else { guest.meter.print(part) };
        if !taken {
            return Err(TooMuch.into());
        }
        total = total.saturating_add(length.cast_unsigned());
    }
    Ok(if put(bytes, written, &total.to_le_bytes()) { SUCCESS } else { FAULT })
}

/// The bytes that a list of vectors names, summed up.
fn gathered(bytes: &[u8], vectors: i32, count: i32) -> Option<u64> {
    let mut total = 0_u64;
    for index in 0..count.cast_unsigned() {
        total = total.saturating_add(u64::from(vector(bytes, vectors, index)?.1.cast_unsigned()));
    }
    Some(total)
}

/// One `ciovec`: address and length, 32 bits each.
fn vector(bytes: &[u8], vectors: i32, index: u32) -> Option<(i32, i32)> {
    let at = vectors.cast_unsigned().checked_add(index.checked_mul(8)?)?;
    Some((word(bytes, at)?.cast_signed(), word(bytes, at.checked_add(4)?)?.cast_signed()))
}

fn word(bytes: &[u8], at: u32) -> Option<u32> {
    let part = bytes.get(at as usize..(at as usize).checked_add(4)?)?;
    Some(u32::from_le_bytes(part.try_into().ok()?))
}

fn slice(bytes: &[u8], at: i32, length: i32) -> Option<&[u8]> {
    let at = at.cast_unsigned() as usize;
    bytes.get(at..at.checked_add(length.cast_unsigned() as usize)?)
}

fn put(bytes: &mut [u8], at: i32, value: &[u8]) -> bool {
    let at = at.cast_unsigned() as usize;
    match bytes.get_mut(at..at + value.len()) {
        Some(place) => {
            place.copy_from_slice(value);
            true
        }
        None => false,
    }
}

/// A `subscription` of preview 1 is 48 bytes: user data (8), tag (1, 0 is the
/// clock), and from byte 16 clock id (4), time-out (8, at byte 24), precision (8)
/// and flags (2, at byte 40, bit 0 meaning an absolute time).
const TIMEOUT_AT: i32 = 24;

/// The pause of a single subscription to a relative clock, which is what sleeping is.
fn relative_pause(bytes: &[u8], subscription: i32, count: i32) -> Option<Duration> {
    let parts = slice(bytes, subscription, 48)?;
    let relative = count == 1 && parts[8] == 0 && parts[40] & 1 == 0;
    let at = usize::try_from(TIMEOUT_AT).ok()?;
    let nanoseconds = u64::from_le_bytes(parts[at..at + 8].try_into().ok()?);
    relative.then(|| Duration::from_nanos(nanoseconds))
}

/// After the pause the original is left to fill in the event, without a pause of its own.
fn forget_pause(bytes: &mut [u8], subscription: i32) {
    put(bytes, subscription.wrapping_add(TIMEOUT_AT), &0_u64.to_le_bytes());
}
