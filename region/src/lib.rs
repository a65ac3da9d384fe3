//! Memory that is taken bit by bit and given back as a whole.
//!
//! Looking at a file makes a tree, a model and hundreds of small answers, and at the end of the look all of them go. A
//! general allocator keeps free blocks in lists and has to fetch each from memory to find the next. Within [`within`],
//! [`Allocator`] gives blocks one after the other from a *chunk* instead, in which nothing is used twice until all of it
//! is free; the next look then begins at the same place, which is still in the cache.
//!
//! Nothing depends on blocks being given back in time. A chunk counts those that are out; one that outlives the look (a
//! table made once for all files, say) keeps what lies below it from being used again, and nothing else. Blocks may be
//! given back by any thread, within or without. There are [`CHUNKS`] chunks for all threads, and where none is left,
//! memory comes from mimalloc, as it does for everything that is not within.
//!
//! In a program that does not name [`Allocator`] its global allocator, [`within`] does the work and nothing else.

mod allocator;
mod chunks;
mod scope;
#[cfg(test)]
mod tests;

pub use allocator::Allocator;
pub use chunks::{CHUNK, CHUNKS};
pub use scope::within;
