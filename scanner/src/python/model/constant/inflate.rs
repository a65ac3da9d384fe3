//! Decompressors, each under one cap on what comes out and on what it allocates.

use std::io::Read;

use lzma_rust2::{Lzma2Reader, LzmaReader};

use super::SIZE;

/// A dictionary as large as the most that may come out serves any stream: no match can
/// reach back further than what is already there.
const DICTIONARY: u32 = 2 * 1024 * 1024;

/// Reads at most [`SIZE`] bytes; what is longer has no constant value here.
fn bounded(reader: impl Read) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(SIZE as u64 + 1).read_to_end(&mut out).ok()?;
    (out.len() <= SIZE).then_some(out)
}

/// `zlib.decompress(bytes, wbits)`.
pub(super) fn zlib(bytes: &[u8], wbits: i64) -> Option<Vec<u8>> {
    match wbits {
        ..=-8 => bounded(flate2::read::DeflateDecoder::new(bytes)),
        24..=31 => gzip(bytes),
        40..=47 if bytes.starts_with(&[0x1f, 0x8b]) => gzip(bytes),
        _ => bounded(flate2::read::ZlibDecoder::new(bytes)),
    }
}

/// `gzip.decompress(bytes)`.
pub(super) fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    bounded(flate2::read::MultiGzDecoder::new(bytes))
}

/// `bz2.decompress(bytes)`.
pub(super) fn bz2(bytes: &[u8]) -> Option<Vec<u8>> {
    bounded(bzip2::read::MultiBzDecoder::new(bytes))
}

/// `lzma.decompress(bytes)`: the `.xz` container or the older one.
pub(super) fn lzma(bytes: &[u8]) -> Option<Vec<u8>> {
    match bytes.strip_prefix(b"\xfd7zXZ\0") {
        Some(rest) => xz(rest.get(6..)?),
        None => alone(bytes),
    }
}

/// The older container: properties, size of the dictionary, size, stream.
fn alone(bytes: &[u8]) -> Option<Vec<u8>> {
    let (head, stream) = bytes.split_at_checked(13)?;
    let size = u64::from_le_bytes(head[5..].try_into().ok()?);
    bounded(LzmaReader::new_with_props(stream, size, head[0], DICTIONARY, None).ok()?)
}

/// The first block of an `.xz` stream, of which Python writes one. The container is read
/// here because its header would otherwise choose how much is allocated.
fn xz(block: &[u8]) -> Option<Vec<u8>> {
    let header = (usize::from(*block.first()?) + 1) * 4;
    let flags = *block.get(1)?;
    if flags & 0b11 != 0 {
        return None;
    }
    let mut at = 2;
    for flag in [0x40, 0x80] {
        if flags & flag != 0 {
            at += block.get(at..)?.iter().take(9).position(|byte| byte & 0x80 == 0)? + 1;
        }
    }
    // The filter's number and the length of its properties: LZMA2, one byte.
    if block.get(at..at + 2)? != [0x21, 1] {
        return None;
    }
    bounded(Lzma2Reader::new(block.get(header..)?, DICTIONARY, None))
}
