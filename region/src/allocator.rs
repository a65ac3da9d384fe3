//! The global allocator.
#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

use crate::chunks;
use crate::scope::Here;

/// Everything that is not within goes there.
#[cfg(not(miri))]
static ELSEWHERE: mimalloc::MiMalloc = mimalloc::MiMalloc;
/// Miri does not run other languages.
#[cfg(miri)]
static ELSEWHERE: std::alloc::System = std::alloc::System;

/// Gives memory of chunks to those that are [`within`](crate::within), and mimalloc's to everybody else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allocator;

// SAFETY: a block is either mimalloc's, all its life, or lies in a chunk. There no two blocks overlap: a thread gives
// blocks above each other, from a chunk that it alone holds; it goes back below a block when that is given back as the
// last one, and to the floor when all above it were; and a chunk is held anew from the bottom once all of its blocks
// were given back, and otherwise from above them.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        of_a_chunk(layout).unwrap_or_else(|| {
            // SAFETY: as whoever calls promises.
            unsafe { ELSEWHERE.alloc(layout) }
        })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match of_a_chunk(layout) {
            Some(block) => {
                // SAFETY: the block has this size.
                unsafe { block.write_bytes(0, layout.size()) };
                block
            }
            // SAFETY: as whoever calls promises.
            None => unsafe { ELSEWHERE.alloc_zeroed(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match chunks::chunk_of(block) {
            Some(chunk) => {
                if !Here::with(|here| here.take_back(block, layout.size())) {
                    chunks::take_back(chunk);
                }
            }
            // SAFETY: what lies in no chunk came from there.
            None => unsafe { ELSEWHERE.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if chunks::chunk_of(block).is_none() {
            // SAFETY: what lies in no chunk came from there.
            return unsafe { ELSEWHERE.realloc(block, layout, size) };
        }
        if Here::with(|here| here.resize(block, layout.size(), size)) || size <= layout.size() {
            return block;
        }
        // SAFETY: the alignment is one, and whoever calls promises that such a size is possible; the new block has at
        // least the smaller of the sizes, as has the old one, which is not used after it was given back.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(block, new, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

#[inline]
fn of_a_chunk(layout: Layout) -> Option<*mut u8> {
    Here::with(|here| here.give(layout).or_else(|| here.give_of_another(layout)))
}
