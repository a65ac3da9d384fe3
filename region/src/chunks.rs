//! The chunks: where they lie, who holds which, and which may be used again.
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use std::ptr;
use std::sync::atomic::{AtomicIsize, AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of a chunk; few of them under Miri, which looks at each.
pub const CHUNK: usize = if cfg!(miri) { 1 << 13 } else { 1 << 17 };
/// How many chunks there are for all threads.
pub const CHUNKS: usize = if cfg!(miri) { 8 } else { 512 };

/// Bytes of all chunks.
const SPACE: usize = CHUNK * CHUNKS;
/// A chunk of which less than this is free is not worth holding.
const WORTH: usize = CHUNK / 2;

/// An address from which nothing lies within [`SPACE`].
const NOWHERE: usize = 1 << 63;

/// Where the chunks begin; [`NOWHERE`] until there are any.
static START: AtomicPtr<u8> = AtomicPtr::new(ptr::without_provenance_mut(NOWHERE));
/// How many blocks are out of each chunk that nobody holds. While it is held, its holder counts those that it gives and
/// takes back itself, and only those that others take back are counted here: it may be less than nothing.
static OUT: [AtomicIsize; CHUNKS] = [const { AtomicIsize::new(0) }; CHUNKS];
static POOL: Mutex<Pool> = Mutex::new(Pool { held: [false; CHUNKS], floors: [0; CHUNKS], writable: 0 });

struct Pool {
    held: [bool; CHUNKS],
    /// What lies below may be in use.
    floors: [usize; CHUNKS],
    /// How many of the chunks may be written to so far.
    writable: usize,
}

/// A chunk that is held: the part of it that is free.
pub(crate) struct Held {
    pub(crate) free: *mut u8,
    pub(crate) end: *mut u8,
}

/// The chunk in which an address lies, if it lies in any.
#[inline]
pub(crate) fn chunk_of(block: *mut u8) -> Option<usize> {
    let offset = block.addr().wrapping_sub(START.load(Ordering::Relaxed).addr());
    (offset < SPACE).then_some(offset / CHUNK)
}

/// Counts a block as given back of which the caller does not hold the chunk, or not any more.
#[inline]
pub(crate) fn take_back(chunk: usize) {
    // What was done to the block comes before what the next holder does.
    OUT[chunk].fetch_sub(1, Ordering::Release);
}

/// Takes hold of a chunk.
pub(crate) fn hold() -> Option<Held> {
    let mut pool = pool();
    let start = pool.start()?;
    let (chunk, floor) = (0..CHUNKS).filter(|chunk| !pool.held[*chunk]).find_map(|chunk| {
        let floor = if OUT[chunk].load(Ordering::Acquire) == 0 { 0 } else { pool.floors[chunk] };
        (CHUNK - floor >= WORTH).then_some((chunk, floor))
    })?;
    pool.make_writable(start, chunk)?;
    (pool.held[chunk], pool.floors[chunk]) = (true, floor);
    // SAFETY: both lie in the space that begins at `start`, or just behind it.
    Some(unsafe { Held { free: start.add(chunk * CHUNK + floor), end: start.add((chunk + 1) * CHUNK) } })
}

/// Lets go of a chunk of which all below `free` may be in use, and `out` of the blocks that its holder gave.
pub(crate) fn let_go(end: *mut u8, free: *mut u8, out: isize) {
    let chunk = chunk_of(end.wrapping_sub(1)).expect("what is held is a chunk");
    let mut pool = pool();
    OUT[chunk].fetch_add(out, Ordering::Release);
    (pool.held[chunk], pool.floors[chunk]) = (false, CHUNK - (end.addr() - free.addr()));
}

/// Nothing that is done under it can fail half-way.
fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// Where the chunks begin; reserves them when it is asked first.
    fn start(&mut self) -> Option<*mut u8> {
        let start = START.load(Ordering::Relaxed);
        if start.addr() != NOWHERE {
            return Some(start);
        }
        let start = reserve()?;
        START.store(start, Ordering::Relaxed);
        Some(start)
    }

    /// Makes a chunk writable; those below it are, since they were taken first.
    fn make_writable(&mut self, start: *mut u8, chunk: usize) -> Option<()> {
        if chunk >= self.writable {
            // SAFETY: the chunk lies in the space that begins at `start`, and nobody has been given any of it.
            unsafe { allow(start.add(chunk * CHUNK))? };
            self.writable = chunk + 1;
        }
        Some(())
    }
}

/// Addresses for all chunks. They take no memory, and a limit of it does not count them before they are writable.
#[cfg(not(miri))]
fn reserve() -> Option<*mut u8> {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
    // SAFETY: the system chooses a place where nothing lies.
    let start = unsafe { mmap_anonymous(ptr::null_mut(), SPACE, ProtFlags::empty(), MapFlags::PRIVATE) };
    start.ok().map(<*mut _>::cast)
}

/// # Safety
///
/// A chunk must begin there.
#[cfg(not(miri))]
unsafe fn allow(chunk: *mut u8) -> Option<()> {
    use rustix::mm::{MprotectFlags, mprotect};
    // SAFETY: whoever calls sees to it.
    unsafe { mprotect(chunk.cast(), CHUNK, MprotectFlags::READ | MprotectFlags::WRITE) }.ok()
}

/// Miri knows no addresses without memory.
#[cfg(miri)]
fn reserve() -> Option<*mut u8> {
    use std::alloc::{GlobalAlloc, Layout, System};
    let layout = Layout::from_size_align(SPACE, 4096).ok()?;
    // SAFETY: the layout is not empty.
    let start = unsafe { System.alloc(layout) };
    (!start.is_null()).then_some(start)
}

/// # Safety
///
/// None: all is writable.
#[cfg(miri)]
unsafe fn allow(_: *mut u8) -> Option<()> {
    Some(())
}
