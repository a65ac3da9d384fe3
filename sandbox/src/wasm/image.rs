//! The memory of an interpreter that has imported what a job needs, kept, so that no run
//! does that again: taken once when the runtime is installed, restored in each run.
//!
//! The guest stops in the middle of `prepare` (airlock_start.py) by ending its process, and
//! says at which address a generator lies. By then nothing of its state is anywhere but in
//! its memory and in one global, the top of its stack. Where both are as they were, the
//! interpreter goes on as if the call that ended it were still under way, and asking the
//! generator for its next value runs the job.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use wasmtime::{AsContextMut, Instance, Memory, TypedFunc, Val, bail, format_err};

use super::exports::{MEMORY, STACK, TABLE};

/// Changes with whatever is kept, so that no binary restores what another one took.
pub(crate) const FORMAT: &str = "1";

/// What is compared and kept, in bytes.
const PIECE: usize = 4096;
/// WebAssembly's memories grow by so many bytes.
const PAGE: u64 = 65_536;

/// Offsets in CPython's objects, which the pinned interpreter lays out in words of four bytes.
const TYPE_OF_OBJECT: u32 = 4;
const NAME_OF_TYPE: u32 = 12;
const NEXT_OF_TYPE: u32 = 112;

/// The first part of an image, as JSON after its own length in four bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    /// The top of the guest's stack.
    stack: i32,
    /// Where the guest's table of functions has the one that makes a generator go on.
    function: u64,
    /// The generator.
    run: i32,
    /// The memory's size, in bytes.
    size: u64,
    /// What differs from the memory of an interpreter that has not begun: where it lies and how long it is.
    /// The bytes follow, in this order.
    pieces: Vec<(usize, usize)>,
}

/// What a guest that has stopped leaves behind. `fresh` is its memory before it began, `run` where it says that its
/// generator lies.
pub(crate) fn take(
    fresh: &[u8],
    run: u32,
    instance: Instance,
    mut store: impl AsContextMut,
) -> wasmtime::Result<Vec<u8>> {
    let memory = memory(instance, &mut store)?;
    let Some(stack) = instance.get_global(&mut store, STACK) else { bail!("the interpreter has no stack") };
    let stack = stack.get(&mut store).unwrap_i32();
    let bytes = memory.data(&store);
    let kind = word(bytes, run.wrapping_add(TYPE_OF_OBJECT))?;
    let name = usize::try_from(word(bytes, kind.wrapping_add(NAME_OF_TYPE))?)?;
    if !bytes.get(name..).is_some_and(|name| name.starts_with(b"generator\0")) {
        bail!("the interpreter's objects are not laid out as expected");
    }
    let function = word(bytes, kind.wrapping_add(NEXT_OF_TYPE))?.into();
    let pieces = differing(fresh, bytes);
    let header = Header { stack, function, run: run.cast_signed(), size: bytes.len() as u64, pieces };
    let text = serde_json::to_vec(&header)?;
    let mut image = u32::try_from(text.len())?.to_le_bytes().to_vec();
    image.extend(text);
    for (at, length) in header.pieces {
        image.extend(&bytes[at..at + length]);
    }
    Ok(image)
}

/// Where two memories differ; neighbouring pieces are one.
fn differing(fresh: &[u8], bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    for (index, piece) in bytes.chunks(PIECE).enumerate() {
        let at = index * PIECE;
        // Memory that has grown begins as zeros.
        let same = fresh.get(at..at + piece.len()).map_or_else(|| piece.iter().all(|b| *b == 0), |old| old == piece);
        match pieces.last_mut() {
            _ if same => {}
            Some((start, length)) if *start + *length == at => *length += piece.len(),
            _ => pieces.push((at, piece.len())),
        }
    }
    pieces
}

/// Puts an image into the memory of an interpreter that has not begun. Gives the function that makes it go on, and
/// what to call it with.
pub(super) fn restore(
    image: &Path,
    instance: Instance,
    mut store: impl AsContextMut,
) -> wasmtime::Result<(TypedFunc<i32, i32>, i32)> {
    let mut image = BufReader::new(File::open(image)?);
    let header = header(&mut image)?;
    let memory = memory(instance, &mut store)?;
    let missing = header.size.saturating_sub(memory.data_size(&store) as u64);
    memory.grow(&mut store, missing.div_ceil(PAGE))?;
    for (at, length) in header.pieces {
        let place = memory.data_mut(&mut store).get_mut(at..at.saturating_add(length));
        image.read_exact(place.ok_or_else(|| format_err!("the image does not fit"))?)?;
    }
    let Some(stack) = instance.get_global(&mut store, STACK) else { bail!("the interpreter has no stack") };
    stack.set(&mut store, Val::I32(header.stack))?;
    let function = instance.get_table(&mut store, TABLE).and_then(|table| table.get(&mut store, header.function));
    let Some(function) = function.as_ref().and_then(|found| found.as_func().flatten()) else {
        bail!("the interpreter has no such function")
    };
    Ok((function.typed(&store)?, header.run))
}

fn header(image: &mut impl Read) -> wasmtime::Result<Header> {
    let mut length = [0; 4];
    image.read_exact(&mut length)?;
    let mut text = Vec::new();
    image.take(u32::from_le_bytes(length).into()).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text).map_err(io::Error::from)?)
}

fn memory(instance: Instance, store: impl AsContextMut) -> wasmtime::Result<Memory> {
    instance.get_memory(store, MEMORY).ok_or_else(|| format_err!("the interpreter has no memory"))
}

fn word(bytes: &[u8], at: u32) -> wasmtime::Result<u32> {
    let at = usize::try_from(at)?;
    let word = bytes.get(at..at.saturating_add(4)).ok_or_else(|| format_err!("an address lies outside the memory"))?;
    Ok(u32::from_le_bytes(word.try_into()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_kept_and_no_more() {
        let fresh = [vec![1; PIECE], vec![2; PIECE]].concat();
        let now = [vec![1; PIECE], vec![3; PIECE], vec![4; PIECE], vec![0; PIECE], vec![5; 10]].concat();
        assert_eq!(differing(&fresh, &now), [(PIECE, 2 * PIECE), (4 * PIECE, 10)]);
        assert_eq!(differing(&fresh, &fresh), []);
    }
}
