//! One 512-byte tar header: POSIX ustar, and GNU's older relative.

use crate::archive::pack::{BLOCK, NAME_BYTES, PREFIX_BYTES};

const SUM: std::ops::Range<usize> = 148..156;
const POSIX: &[u8] = b"ustar\x0000";
const GNU: &[u8] = b"ustar  \0";

/// The greatest user or group number.
const ID_MOST: i64 = u32::MAX as i64;
/// Seconds from 1970 to a year that no clock shows, with room for bsdtar, which writes times after 2242 one byte too far
/// left and the true one into an extended header.
const TIME_MOST: u64 = 1 << 44;

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

/// What bytes start with that are a header by their checksum but of a form before ustar, with how to pack instead.
pub(crate) fn older(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let block = bytes.first_chunk::<BLOCK>()?;
    if octal(&block[SUM]) != Some(sum(block)) || !is_absent(&block[257..265]) {
        return None;
    }
    Some(match block[156] {
        b'V' => (
            "starts with a volume label, which only GNU tar reads",
            "Pack without the label: leave out `-V`, or use `airlock pack DIR`.",
        ),
        0 | b'0'..=b'6' => (
            "has an old V7 tar header",
            "Pack with `tar --format=ustar -czf my-plugin.tar.gz my-plugin`, or with `airlock pack DIR`.",
        ),
        _ => return None,
    })
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
    numbers(block)?;
    Ok(Header { name, flag: block[156], size, mode })
}

/// Checks the numbers that nothing here uses. A reader that cannot read one of
/// them stops: GNU tar with an error, Python's tarfile without a word.
fn numbers(block: &[u8; BLOCK]) -> Result<(), String> {
    for (what, field) in [("user number", 108..116), ("group number", 116..124)] {
        let number = &block[field];
        if !is_absent(number)
            && octal(number).is_none()
            && base_256(number).is_none_or(|number| !(0..=ID_MOST).contains(&number))
        {
            return Err(format!("has a {what} that is no number"));
        }
    }
    let time = &block[136..148];
    if !is_absent(time) && octal(time).is_none() && base_256(time).is_none_or(|time| time.unsigned_abs() > TIME_MOST) {
        return Err("has a time that is no number".into());
    }
    if [&block[329..337], &block[337..345]].into_iter().any(|number| !is_absent(number) && octal(number).is_none()) {
        return Err("has a device number that is not octal".into());
    }
    Ok(())
}

/// Whether a field was left out, as GNU tar leaves out what does not apply.
fn is_absent(field: &[u8]) -> bool {
    field.iter().all(|byte| *byte == 0)
}

/// GNU's form for what octal digits cannot hold, by which GNU tar and Python write times before 1970 and large owners:
/// a mark of the sign, then the number, big-endian, in two's complement.
fn base_256(field: &[u8]) -> Option<i64> {
    let (mark, number) = field.split_first()?;
    let fill = match mark {
        0x80 => 0,
        0xff => 0xff,
        _ => return None,
    };
    let mut bytes = [fill; 8];
    let surplus = number.len().saturating_sub(8);
    if number[..surplus].iter().any(|byte| *byte != fill) {
        return None;
    }
    let number = &number[surplus..];
    bytes[8 - number.len()..].copy_from_slice(number);
    let value = i64::from_be_bytes(bytes);
    ((value < 0) == (fill != 0)).then_some(value)
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

/// Octal digits, spaces before and spaces or NULs after. Sizes and modes have no
/// other form here: nothing that is allowed needs it.
fn octal(field: &[u8]) -> Option<u64> {
    let blank = field.iter().take_while(|byte| **byte == b' ').count();
    let field = &field[blank..];
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
