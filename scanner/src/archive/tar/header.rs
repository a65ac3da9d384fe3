//! One 512-byte tar header: POSIX ustar, and GNU's older relative.

use crate::archive::pack::{BLOCK, NAME_BYTES, PREFIX_BYTES};

const SUM: std::ops::Range<usize> = 148..156;
const POSIX: &[u8] = b"ustar\x0000";
const GNU: &[u8] = b"ustar  \0";

/// What a header says, checked.
#[derive(Debug)]
pub(crate) struct Header {
    /// The name, with its prefix; no NUL in it.
    pub(crate) name: Vec<u8>,
    /// The type flag.
    pub(crate) flag: u8,
    /// Bytes of content.
    pub(crate) size: u64,
    /// Permission bits.
    pub(crate) mode: u64,
}

/// Whether the bytes start with a header whose magic and checksum are right.
pub(crate) fn is_header(bytes: &[u8]) -> bool {
    let Some(block) = bytes.first_chunk::<BLOCK>() else { return false };
    block[257..].starts_with(b"ustar") && octal(&block[SUM]) == Some(sum(block))
}

/// Reads a header; the error says what is wrong with it, as the rest of a sentence.
pub(crate) fn read(block: &[u8; BLOCK]) -> Result<Header, String> {
    if octal(&block[SUM]) != Some(sum(block)) {
        return Err("has a wrong checksum".into());
    }
    let posix = &block[257..265] == POSIX;
    if !posix && &block[257..265] != GNU {
        return Err("is in none of the formats ustar, pax and gnu".into());
    }
    let mut name = text(&block[..NAME_BYTES]).ok_or("has bytes after the end of its name")?.to_vec();
    if posix {
        let prefix = text(&block[345..345 + PREFIX_BYTES]).ok_or("has bytes after the end of its name's prefix")?;
        if !prefix.is_empty() {
            name = [prefix, b"/", &name].concat();
        }
    }
    if !posix && block[345..].iter().any(|byte| *byte != 0) {
        // GNU has times and holes there; Python's tarfile takes them for a prefix.
        return Err("has bytes in GNU's own fields, which some tools read as a part of the name".into());
    }
    let size = octal(&block[124..136]).ok_or("has a size that is not eleven octal digits")?;
    let mode = octal(&block[100..108]).ok_or("has a mode that is not octal")?;
    Ok(Header { name, flag: block[156], size, mode })
}

/// The sum of all bytes with the checksum's own field taken as spaces.
fn sum(block: &[u8; BLOCK]) -> u64 {
    let field: u64 = block[SUM].iter().map(|byte| u64::from(*byte)).sum();
    let all: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    all - field + 8 * u64::from(b' ')
}

/// The bytes up to the first NUL, if only NULs follow.
fn text(field: &[u8]) -> Option<&[u8]> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    field[end..].iter().all(|byte| *byte == 0).then_some(&field[..end])
}

/// Octal digits, spaces before and spaces or NULs after; base-256 is not read,
/// since nothing that is allowed here needs it.
fn octal(field: &[u8]) -> Option<u64> {
    let field = field.trim_ascii_start();
    let end = field.iter().position(|byte| matches!(byte, b' ' | 0)).unwrap_or(field.len());
    let (digits, rest) = field.split_at(end);
    if digits.is_empty() || !rest.iter().all(|byte| matches!(byte, b' ' | 0)) {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}
