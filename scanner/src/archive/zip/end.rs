//! The end of a zip: end record, ZIP64 record and locator, comment.
//!
//! Format: APPNOTE.TXT sections 4.3.14 to 4.3.16. Readers look for the end record
//! from the back, each a little differently; so exactly one may be there, it must
//! end where the file ends, and everything it says must be true.

use std::ops::Range;

use memchr::memmem;

use crate::archive::bytes::{slice_at, u16_at, u32_at, u64_at};
use crate::archive::faults::Fault;
use crate::archive::rules;

/// What an end record starts with.
pub(crate) const END: &[u8; 4] = b"PK\x05\x06";
const END64: &[u8; 4] = b"PK\x06\x06";
const RECORD: &[u8; 4] = b"PK\x01\x02";
const LOCATOR64: &[u8; 4] = b"PK\x06\x07";
const END_BYTES: usize = 22;
const END64_BYTES: usize = 56;
const LOCATOR64_BYTES: usize = 20;
const COMMENT_BYTES: usize = 0xFFFF;
/// How far from the end unzip looks; the others look less far.
pub(crate) const SEARCHED_BYTES: usize = 66_000;
const NO_16: u16 = u16::MAX;
const NO_32: u32 = u32::MAX;

/// Where the central directory is, and how many entries it should have.
#[derive(Debug)]
pub(crate) struct End {
    /// The directory's bytes.
    pub(crate) directory: Range<usize>,
    /// The entries it declares.
    pub(crate) entries: u64,
}

/// The fields of the end record, or of its ZIP64 twin.
struct Fields {
    disk: u32,
    directory_disk: u32,
    entries_here: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

/// Reads the end of a zip.
pub(crate) fn read(bytes: &[u8]) -> Result<End, Fault> {
    let at = locate(bytes)?;
    let short = short_fields(bytes, at).ok_or_else(cut_short)?;
    comment(&bytes[at + END_BYTES..])?;
    let (fields, boundary) = match zip64(bytes, at)? {
        Some((long, start)) => {
            agree(&short, &long)?;
            (long, start)
        }
        None => {
            no_sentinels(&short)?;
            (short, at)
        }
    };
    if (fields.disk, fields.directory_disk) != (0, 0) {
        return Err(Fault::new(
            &rules::ZIP_END_RECORD,
            format!("The end record speaks of disks {} and {}.", fields.disk, fields.directory_disk),
        ));
    }
    if fields.entries_here != fields.entries {
        return Err(Fault::new(
            &rules::ZIP_END_RECORD,
            format!("The end record counts {} members here and {} in all.", fields.entries_here, fields.entries),
        ));
    }
    let directory = directory(bytes, &fields, boundary)?;
    if memmem::find(&bytes[directory.end..at], END).is_some() {
        return Err(Fault::new(&rules::ZIP_END_RECORD, "A second end record follows the directory."));
    }
    Ok(End { directory, entries: fields.entries })
}

/// Where an end record is that a zip reader would take, whatever the bytes begin
/// with: for telling a polyglot.
///
/// Readers look through the last 64 KiB and do not mind what follows the record
/// (unzip, Python's `zipfile`). What they ask for is a directory, either as long
/// before the record as its size says or where its offset says, which four bytes
/// of compressed data that look like a record by chance do not have.
pub(crate) fn tail(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(SEARCHED_BYTES);
    memmem::find_iter(&bytes[from..], END).map(|at| from + at).find(|at| is_taken(bytes, *at))
}

/// Whether the end record at `at` is whole and leads to a directory, to a ZIP64
/// end record, or to an empty zip.
fn is_taken(bytes: &[u8], at: usize) -> bool {
    let Some(fields) = slice_at(bytes, at, END_BYTES).and_then(|_| short_fields(bytes, at)) else { return false };
    let is_directory = |start: Option<usize>| start.is_some_and(|start| slice_at(bytes, start, 4) == Some(RECORD));
    let size = usize::try_from(fields.size).ok();
    let offset = usize::try_from(fields.offset).ok();
    let has_locator = at.checked_sub(LOCATOR64_BYTES).is_some_and(|start| bytes[start..].starts_with(LOCATOR64));
    has_locator
        || (fields.size, fields.entries) == (0, 0)
        || is_directory(size.and_then(|size| at.checked_sub(size)))
        || is_directory(offset)
}

/// The last end record, which must reach the end of the file exactly.
fn locate(bytes: &[u8]) -> Result<usize, Fault> {
    let from = bytes.len().saturating_sub(END_BYTES + COMMENT_BYTES);
    let reaches = |at: usize| u16_at(bytes, at + 20).map(|len| at + END_BYTES + usize::from(len));
    let all: Vec<usize> = memmem::find_iter(&bytes[from..], END).map(|at| from + at).collect();
    let last = *all.last().ok_or_else(cut_short)?;
    let whole = all.iter().filter(|at| reaches(**at) == Some(bytes.len())).count();
    match reaches(last) {
        Some(end) if end == bytes.len() && whole > 1 => {
            Err(Fault::new(&rules::ZIP_END_RECORD, "The zip's comment holds another end record."))
        }
        Some(end) if end == bytes.len() => Ok(last),
        Some(end) if end < bytes.len() => Err(trailing(&bytes[end..])),
        _ if whole > 0 => Err(Fault::new(&rules::ZIP_END_RECORD, "The zip's comment holds another end record.")),
        _ => Err(cut_short()),
    }
}

/// What to say about bytes after the end.
fn trailing(rest: &[u8]) -> Fault {
    if rest.iter().any(|byte| *byte != 0) {
        return Fault::new(&rules::SURPLUS_BYTES, format!("{} bytes follow the end of the zip.", rest.len()));
    }
    let message = format!("{} zero bytes follow the end of the zip: padding, as bsdtar adds it to a pipe.", rest.len());
    Fault::new(&rules::SURPLUS_BYTES, message).remedy(
        "Let the tool write to a file instead of a pipe (`bsdtar --format zip -cf my-plugin.zip my-plugin`), or pack with \
         `airlock pack DIR`.",
    )
}

fn cut_short() -> Fault {
    Fault::new(&rules::DAMAGED, "The zip has no complete end record: it was cut short, or other bytes follow it.")
}

fn short_fields(bytes: &[u8], at: usize) -> Option<Fields> {
    Some(Fields {
        disk: u16_at(bytes, at + 4)?.into(),
        directory_disk: u16_at(bytes, at + 6)?.into(),
        entries_here: u16_at(bytes, at + 8)?.into(),
        entries: u16_at(bytes, at + 10)?.into(),
        size: u32_at(bytes, at + 12)?.into(),
        offset: u32_at(bytes, at + 16)?.into(),
    })
}

/// A comment is a short text: `git archive` writes a commit there. Records in it
/// are a second zip.
fn comment(comment: &[u8]) -> Result<(), Fault> {
    if holds_record(comment) {
        return Err(Fault::new(&rules::ZIP_END_RECORD, "The zip's comment holds records of another zip."));
    }
    if !is_text(comment) {
        return Err(Fault::new(&rules::SURPLUS_BYTES, "The zip's comment is not text."));
    }
    Ok(())
}

/// Whether any zip record starts in these bytes.
pub(crate) fn holds_record(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"PK").any(|at| {
        matches!(bytes.get(at + 2..at + 4), Some([1, 2] | [3, 4] | [5, 5] | [5, 6] | [6, 6] | [6, 7] | [6, 8] | [7, 8]))
    })
}

/// Whether these bytes are text without control characters but line ends and tabs.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| text.chars().all(|c| matches!(c, '\n' | '\r' | '\t') || !c.is_control()))
}

/// The ZIP64 record's fields and where it starts, when a locator stands before the end record.
fn zip64(bytes: &[u8], at: usize) -> Result<Option<(Fields, usize)>, Fault> {
    let Some(locator) = at.checked_sub(LOCATOR64_BYTES).filter(|start| bytes[*start..].starts_with(LOCATOR64)) else {
        return Ok(None);
    };
    let fault = |message: &str| Fault::new(&rules::ZIP64, message);
    let says = |at| u32_at(bytes, at).unwrap_or(NO_32);
    if says(locator + 4) != 0 || says(locator + 16) != 1 {
        return Err(fault("The ZIP64 locator speaks of more than one disk."));
    }
    let start = locator.checked_sub(END64_BYTES).filter(|start| bytes[*start..].starts_with(END64));
    let Some(start) = start.filter(|start| u64_at(bytes, locator + 8) == Some(*start as u64)) else {
        return Err(fault("The ZIP64 locator does not point at a ZIP64 end record right before it."));
    };
    if u64_at(bytes, start + 4) != Some(END64_BYTES as u64 - 12) {
        return Err(fault("The ZIP64 end record has another size than its fields need."));
    }
    let fields = (|| {
        Some(Fields {
            disk: u32_at(bytes, start + 16)?,
            directory_disk: u32_at(bytes, start + 20)?,
            entries_here: u64_at(bytes, start + 24)?,
            entries: u64_at(bytes, start + 32)?,
            size: u64_at(bytes, start + 40)?,
            offset: u64_at(bytes, start + 48)?,
        })
    })();
    fields.map(|fields| Some((fields, start))).ok_or_else(cut_short)
}

/// Each field of the end record is either handed on to the ZIP64 record or equal to it.
fn agree(short: &Fields, long: &Fields) -> Result<(), Fault> {
    let wide = u64::from(NO_32);
    let narrow = u64::from(NO_16);
    let pairs = [
        ("disk", u64::from(short.disk), u64::from(long.disk), narrow),
        ("directory's disk", u64::from(short.directory_disk), u64::from(long.directory_disk), narrow),
        ("count of members here", short.entries_here, long.entries_here, narrow),
        ("count of members", short.entries, long.entries, narrow),
        ("directory's size", short.size, long.size, wide),
        ("directory's offset", short.offset, long.offset, wide),
    ];
    match pairs.iter().find(|(_, short, long, sentinel)| short != sentinel && short != long) {
        Some((what, short, long, _)) => Err(Fault::new(
            &rules::ZIP64,
            format!("The {what} is {short} in the end record and {long} in the ZIP64 end record."),
        )),
        None => Ok(()),
    }
}

fn no_sentinels(short: &Fields) -> Result<(), Fault> {
    let narrow = [u64::from(short.disk), u64::from(short.directory_disk), short.entries_here, short.entries];
    let wide = [short.size, short.offset];
    if narrow.contains(&u64::from(NO_16)) || wide.contains(&u64::from(NO_32)) {
        return Err(Fault::new(&rules::ZIP64, "The end record refers to a ZIP64 end record that is not there."));
    }
    Ok(())
}

/// The directory must fill the space up to the end records, no more and no less.
fn directory(bytes: &[u8], fields: &Fields, boundary: usize) -> Result<Range<usize>, Fault> {
    let start = usize::try_from(fields.offset).ok();
    let size = usize::try_from(fields.size).ok();
    let end = start.zip(size).and_then(|(start, size)| start.checked_add(size));
    if let (Some(start), Some(end)) = (start, end)
        && end == boundary
    {
        return Ok(start..end);
    }
    let real = size.and_then(|size| boundary.checked_sub(size));
    if let (Some(real), Some(start)) = (real, start)
        && real > start
        && is_shifted(bytes, real, real - start)
    {
        return Err(Fault::new(
            &rules::SURPLUS_BYTES,
            format!("{} bytes stand before the zip or before its directory, which offsets do not count.", real - start),
        ));
    }
    Err(Fault::new(
        &rules::ZIP_END_RECORD,
        format!(
            "The end record says that the directory has {} bytes at {}, but it must end at {boundary}.",
            fields.size, fields.offset
        ),
    ))
}

/// Whether the directory at `real` and the first member it lists both stand
/// `shift` bytes later than the offsets say.
fn is_shifted(bytes: &[u8], real: usize, shift: usize) -> bool {
    let first = u32_at(bytes, real.saturating_add(42)).and_then(|at| usize::try_from(at).ok()?.checked_add(shift));
    slice_at(bytes, real, 4) == Some(b"PK\x01\x02")
        && first.is_some_and(|first| slice_at(bytes, first, 4) == Some(b"PK\x03\x04"))
}
