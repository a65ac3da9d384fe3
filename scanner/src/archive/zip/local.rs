//! Local headers, data and descriptors (APPNOTE.TXT sections 4.3.7 to 4.3.9).
//!
//! Together the members must cover the bytes from the start of the file to the
//! directory, each once: no gap in which a member could hide, no overlap by which
//! a small file inflates to a large one many times over.

use std::ops::Range;

use super::central::{Entry, STREAMED, features, shown};
use super::extra::Extras;
use crate::archive::bytes::{slice_at, u16_at, u32_at, u64_at};
use crate::archive::faults::{Fault, Faults};
use crate::archive::rules;

const HEADER: &[u8; 4] = b"PK\x03\x04";
const HEADER_BYTES: usize = 30;
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
const NO_32: u32 = u32::MAX;

/// Checks every local header against its directory entry and the space between
/// them; gives each entry's data, `None` where its header has a fault.
pub(crate) fn check(
    bytes: &[u8],
    entries: &[Entry<'_>],
    directory: usize,
    faults: &mut Faults,
) -> Vec<Option<Range<usize>>> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|index| entries[*index].offset);
    let mut ranges = vec![None; entries.len()];
    // Where the next header must start; unknown after a member with a fault.
    let mut expected = Some(0_u64);
    for (place, index) in order.iter().enumerate() {
        let entry = &entries[*index];
        let next = order.get(place + 1).map_or(directory as u64, |next| entries[*next].offset);
        let shared = place > 0 && entries[order[place - 1]].offset == entry.offset;
        let checked = if shared { Err(overlap(entry)) } else { member(bytes, entry, next, directory) }
            .and_then(|data| expected.map_or(Ok(()), |expected| adjoins(bytes, entry, expected)).map(|()| data));
        match checked {
            Ok(data) => {
                expected = Some(next.max(data.end as u64));
                ranges[*index] = Some(data);
            }
            Err(fault) => {
                expected = None;
                faults.fatal_fault(fault);
            }
        }
    }
    if entries.is_empty() && directory != 0 {
        faults.fatal(&rules::ZIP_MISMATCH, None, "The directory lists no member, yet bytes stand before it.");
    }
    ranges
}

/// Whether a member starts where the one before it ended.
fn adjoins(bytes: &[u8], entry: &Entry<'_>, expected: u64) -> Result<(), Fault> {
    let name = entry.name;
    if entry.offset == expected {
        return Ok(());
    }
    if entry.offset < expected {
        return Err(overlap(entry));
    }
    let gap = entry.offset - expected;
    Err(surplus(bytes, expected, gap, name))
}

fn overlap(entry: &Entry<'_>) -> Fault {
    let message = format!("{} overlaps the member before it.", shown(entry.name));
    Fault::at(&rules::ZIP_OVERLAP, entry.name, message)
}

/// What bytes between members are: a member that the directory leaves out, or anything else.
fn surplus(bytes: &[u8], at: u64, len: u64, beside: &[u8]) -> Fault {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    if let Some(hidden) = hidden(bytes, at) {
        let message = format!("{} has a local header but the directory does not list it.", shown(hidden));
        return Fault::at(&rules::ZIP_MISMATCH, hidden, message);
    }
    Fault::new(&rules::SURPLUS_BYTES, format!("{len} bytes beside {} belong to no member.", shown(beside)))
}

fn hidden(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let header = slice_at(bytes, at, HEADER_BYTES).filter(|header| header.starts_with(HEADER))?;
    slice_at(bytes, at + HEADER_BYTES, u16_at(header, 26)?.into())
}

/// Checks one member up to `next`, where the member after it or the directory
/// starts, and gives the place of its data.
fn member(bytes: &[u8], entry: &Entry<'_>, next: u64, directory: usize) -> Result<Range<usize>, Fault> {
    let name = entry.name;
    let missing = || {
        let message = format!("{} is in the directory but has no local header where it says.", shown(name));
        Fault::at(&rules::ZIP_MISMATCH, name, message)
    };
    let at = usize::try_from(entry.offset).ok().filter(|at| *at < directory).ok_or_else(missing)?;
    let header = slice_at(bytes, at, HEADER_BYTES).filter(|header| header.starts_with(HEADER)).ok_or_else(missing)?;
    let length = |field| u16_at(header, field).map_or(0, usize::from);
    let (name_len, extra_len) = (length(26), length(28));
    let local_name = slice_at(bytes, at + HEADER_BYTES, name_len).ok_or_else(missing)?;
    let extra = slice_at(bytes, at + HEADER_BYTES + name_len, extra_len).ok_or_else(missing)?;
    if local_name != name {
        let message = format!("The directory calls it {}, its local header {}.", shown(name), shown(local_name));
        return Err(Fault::at(&rules::ZIP_MISMATCH, name, message));
    }
    same_header(header, extra, entry)?;
    let start = at + HEADER_BYTES + name_len + extra_len;
    let end = usize::try_from(entry.packed).ok().and_then(|packed| start.checked_add(packed));
    let Some(end) = end.filter(|end| *end <= directory) else {
        let message = format!("The data of {} would reach beyond the start of the directory.", shown(name));
        return Err(Fault::at(&rules::ZIP_MISMATCH, name, message));
    };
    if next < end as u64 {
        // The member after this one starts inside it, and is the one reported.
        return Ok(start..end);
    }
    let rest = &bytes[end..usize::try_from(next).unwrap_or(directory).min(directory)];
    descriptor(bytes, rest, end, entry)?;
    Ok(start..end)
}

/// Flags, method, CRC and sizes must be those of the directory; a streamed
/// member may leave CRC and sizes at zero.
fn same_header(header: &[u8], extra: &[u8], entry: &Entry<'_>) -> Result<(), Fault> {
    let name = entry.name;
    let short = |at| u16_at(header, at).unwrap_or_default();
    let long = |at| u32_at(header, at).unwrap_or_default();
    let differs = |what: &str, local: u64, central: u64| {
        let message = format!("The {what} of {} is {central} in the directory and {local} beside it.", shown(name));
        Err(Fault::at(&rules::ZIP_MISMATCH, name, message))
    };
    let (flags, method) = (short(6), short(8));
    features(name, short(4), flags, method)?;
    if flags != entry.flags {
        return differs("flags field", flags.into(), entry.flags.into());
    }
    if method != entry.method {
        return differs("method", method.into(), entry.method.into());
    }
    let streamed = flags & STREAMED != 0;
    let extras = Extras::read(extra, name)?;
    let (mut packed, mut size) = (u64::from(long(18)), u64::from(long(22)));
    let deferred = [size, packed].iter().filter(|field| **field == u64::from(NO_32)).count();
    let mut values = extras.zip64(deferred, streamed, name)?.into_iter();
    for field in [&mut size, &mut packed] {
        if *field == u64::from(NO_32) {
            *field = values.next().expect("one value for each deferred field");
        }
    }
    let fields = [
        ("CRC", u64::from(long(14)), u64::from(entry.crc)),
        ("packed size", packed, entry.packed),
        ("size", size, entry.size),
    ];
    match fields.iter().find(|(_, local, central)| local != central && !(streamed && *local == 0)) {
        Some((what, local, central)) => differs(what, *local, *central),
        None => Ok(()),
    }
}

/// What stands between a member's data and the next member: nothing, or, for a
/// streamed member, its descriptor with or without signature, narrow or wide.
fn descriptor(bytes: &[u8], rest: &[u8], at: usize, entry: &Entry<'_>) -> Result<(), Fault> {
    let name = entry.name;
    if entry.flags & STREAMED == 0 {
        return if rest.is_empty() { Ok(()) } else { Err(surplus(bytes, at as u64, rest.len() as u64, name)) };
    }
    let fault = |message: String| Err(Fault::at(&rules::ZIP_DESCRIPTOR, name, message));
    let fields = match rest.len() {
        16 | 24 if rest.starts_with(DESCRIPTOR) => &rest[4..],
        12 | 20 => rest,
        other => return fault(format!("{other} bytes follow {}, which is no data descriptor.", shown(name))),
    };
    let wide = fields.len() == 20;
    let number = |at| if wide { u64_at(fields, at) } else { u32_at(fields, at).map(u64::from) };
    let (packed, size) = (number(4), number(if wide { 12 } else { 8 }));
    if (u32_at(fields, 0), packed, size) != (Some(entry.crc), Some(entry.packed), Some(entry.size)) {
        return fault(format!("The data descriptor of {} says other CRC or sizes than the directory.", shown(name)));
    }
    Ok(())
}
