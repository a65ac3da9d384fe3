//! Which memory a thread takes just now.

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr;

use crate::chunks::{self, Held};

/// No larger block is worth a chunk that is not held yet.
const LARGEST: usize = chunks::CHUNK / 16;

/// Does some work with memory that is used again once all of it was given back, and gives a copy of its result that
/// lies elsewhere.
///
/// Worth it where the work takes much that its result does not keep. Within another such work it is part of that.
pub fn within<R: Clone>(work: impl FnOnce() -> R) -> R {
    HERE.with(|here| {
        if here.is_within.get() {
            return work();
        }
        let _scope = Scope::enter(here);
        let result = work();
        here.is_within.set(false);
        here.hide();
        result.clone()
    })
}

/// A thread's time within; it ends with the work, also where that panics.
struct Scope<'h>(&'h Here);

impl<'h> Scope<'h> {
    fn enter(here: &'h Here) -> Self {
        here.is_within.set(true);
        Self(here)
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.0.is_within.set(false);
        self.0.let_go();
    }
}

thread_local! {
    /// Nothing in it is dropped, so that it is there for as long as its thread is.
    static HERE: Here = const {
        Here {
            is_within: Cell::new(false),
            floor: Cell::new(ptr::null_mut()),
            free: Cell::new(ptr::null_mut()),
            room: Cell::new(ptr::null_mut()),
            end: Cell::new(ptr::null_mut()),
            out: Cell::new(0),
        }
    };
}

/// A thread's chunk, of which the part from `floor` to `free` is in use.
pub(crate) struct Here {
    is_within: Cell<bool>,
    /// What lies below was in use before.
    floor: Cell<*mut u8>,
    free: Cell<*mut u8>,
    /// Where the chunk ends for those who ask for memory: nowhere once the work is done.
    room: Cell<*mut u8>,
    /// Where it ends; nowhere if there is none.
    end: Cell<*mut u8>,
    /// How many blocks above the floor this thread gave and has not taken back; those that other threads took back
    /// are among them.
    out: Cell<isize>,
}

impl Here {
    #[inline]
    pub(crate) fn with<R>(ask: impl FnOnce(&Self) -> R) -> R {
        HERE.with(ask)
    }

    /// A block of the chunk, if it has room for it.
    #[inline]
    pub(crate) fn give(&self, layout: Layout) -> Option<*mut u8> {
        let block = self.free.get().map_addr(|free| (free + layout.align() - 1) & !(layout.align() - 1));
        if block.addr() + layout.size() > self.room.get().addr() {
            return None;
        }
        self.free.set(block.wrapping_add(layout.size()));
        self.out.set(self.out.get() + 1);
        Some(block)
    }

    /// A block of a chunk that has room for it, if the thread is within and there is one.
    #[cold]
    #[inline(never)]
    pub(crate) fn give_of_another(&self, layout: Layout) -> Option<*mut u8> {
        if !self.is_within.get() || layout.size() > LARGEST {
            return None;
        }
        self.let_go();
        let Some(Held { free, end }) = chunks::hold() else {
            // Whoever asks next would be told the same.
            self.is_within.set(false);
            return None;
        };
        self.floor.set(free);
        self.free.set(free);
        self.room.set(end);
        self.end.set(end);
        self.give(layout)
    }

    /// Takes back a block, if it is one of this chunk that lies above the floor.
    #[inline]
    pub(crate) fn take_back(&self, block: *mut u8, size: usize) -> bool {
        let (floor, free) = (self.floor.get(), self.free.get());
        if block.addr().wrapping_sub(floor.addr()) >= free.addr() - floor.addr() {
            return false;
        }
        let out = self.out.get() - 1;
        self.out.set(out);
        if out == 0 {
            self.free.set(floor);
        } else if block.addr() + size == free.addr() {
            self.free.set(free.with_addr(block.addr()));
        }
        true
    }

    /// Makes the last block of the chunk larger or smaller where it lies.
    #[inline]
    pub(crate) fn resize(&self, block: *mut u8, old: usize, new: usize) -> bool {
        let (floor, free) = (self.floor.get(), self.free.get());
        let is_last = block.addr() >= floor.addr() && block.addr() + old == free.addr();
        let fits = is_last && block.addr() + new <= self.room.get().addr();
        if fits {
            self.free.set(free.with_addr(block.addr() + new));
        }
        fits
    }

    fn hide(&self) {
        self.room.set(ptr::null_mut());
    }

    fn let_go(&self) {
        if !self.end.get().is_null() {
            chunks::let_go(self.end.get(), self.free.get(), self.out.get());
        }
        for part in [&self.floor, &self.free, &self.room, &self.end] {
            part.set(ptr::null_mut());
        }
        self.out.set(0);
    }
}
