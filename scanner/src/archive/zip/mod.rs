//! Reading a zip: framing first, then content under limits, each member held
//! against what the `zip` crate reads.

mod agree;
mod central;
mod content;
mod end;
mod extra;
mod local;

use std::ops::Range;

use airlock_model::limits::ArchiveLimits;

use self::central::{Entry, shown};
use self::content::Content;
use super::assembly::Assembly;
use super::faults::{Fault, Faults};
use super::intake::{self, Intake, Kind, Layout, Member};
use super::listing::Listed;
use super::{rules, tar};

pub(crate) use self::end::{END, SEARCHED_BYTES, tail};

const FORMAT: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;
const SYMLINK: u32 = 0o120_000;
const SET_ID: u32 = 0o6000;

/// Reads a zip. The tree in the result counts only while no fault is fatal.
pub(crate) fn read<'a>(bytes: &'a [u8], limits: &'a ArchiveLimits, faults: &mut Faults) -> Assembly<'a> {
    let mut assembly = Assembly::new(limits, bytes.len() as u64);
    if tar::is_header(bytes) {
        faults.fatal(&rules::POLYGLOT, None, "The upload is a zip and starts with a valid tar header as well.");
        return assembly;
    }
    let end = match end::read(bytes) {
        Ok(end) => end,
        Err(fault) => {
            faults.fatal_fault(fault);
            return assembly;
        }
    };
    let most = intake::most_members(limits);
    let Some(entries) = central::walk(bytes, &end, most, faults) else { return assembly };
    // With records left out, every byte of theirs would be reported once more.
    let ranges =
        if faults.is_fatal() { Vec::new() } else { local::check(bytes, &entries, end.directory.start, faults) };
    let members: Vec<Member<'_>> = entries.iter().map(|entry| member(entry, faults)).collect();
    let intake = intake::examine(&members, Layout::Zip, limits, faults);
    if !faults.is_fatal()
        && let Err(fault) = inflate(bytes, &entries, &ranges, &intake, &mut assembly, faults)
    {
        faults.fatal_fault(fault);
    }
    assembly.top_folder = intake.top_folder;
    assembly
}

/// Every member with its content, before names are judged.
pub(crate) fn list(bytes: &[u8], limits: &ArchiveLimits, faults: &mut Faults) -> Option<Vec<Listed>> {
    let end = end::read(bytes).ok()?;
    let entries = central::walk(bytes, &end, intake::most_members(limits), faults)?;
    let ranges = local::check(bytes, &entries, end.directory.start, faults);
    let mut room = limits.inflated_bytes;
    let mut listed = Vec::new();
    for (entry, range) in entries.iter().zip(ranges) {
        let Content::Whole(content) = content::read(&bytes[range?], entry, room).ok()? else { return None };
        room -= content.len() as u64;
        listed.push(Listed { name: entry.name.to_vec(), kind: member(entry, faults).kind, content });
    }
    Some(listed)
}

/// What a directory entry stands for.
fn member<'a>(entry: &Entry<'a>, faults: &mut Faults) -> Member<'a> {
    let name = entry.name;
    let folder = name.ends_with(b"/");
    let kind = match entry.mode & FORMAT {
        SYMLINK => Kind::Link,
        0 | REGULAR | DIRECTORY if folder => Kind::Folder,
        0 | REGULAR | DIRECTORY => Kind::File,
        _ => Kind::Special("a device, pipe or socket"),
    };
    let claims_folder = entry.dos_directory || entry.mode & FORMAT == DIRECTORY;
    let claims_file = entry.mode & FORMAT == REGULAR;
    if (folder && claims_file) || (!folder && claims_folder) {
        let message = format!("The name of {} and its attributes disagree on whether it is a folder.", shown(name));
        faults.fatal_fault(Fault::at(&rules::ZIP_MISMATCH, name, message));
    }
    if entry.volume_label {
        let message = format!("{} is marked as the name of a disk, which unzip passes over.", shown(name));
        faults.fatal_fault(Fault::at(&rules::ZIP_MISMATCH, name, message));
    }
    if folder && entry.size != 0 {
        let message = format!("{} is a folder with content.", shown(name));
        faults.fatal_fault(Fault::at(&rules::ZIP_MISMATCH, name, message));
    }
    let set_id = kind == Kind::File && entry.mode & SET_ID != 0;
    Member { name: name.into(), kind, set_id, unmarked: entry.unmarked }
}

/// Inflates every member, those that are left out too: sizes and checksums are
/// part of the framing.
fn inflate(
    bytes: &[u8],
    entries: &[Entry<'_>],
    ranges: &[Option<Range<usize>>],
    intake: &Intake,
    assembly: &mut Assembly<'_>,
    faults: &mut Faults,
) -> Result<(), Fault> {
    let mut second = agree::Second::open(bytes, entries.len())?;
    for (index, entry) in entries.iter().enumerate() {
        let range = ranges[index].clone().expect("a member without a place is a fatal fault");
        let fate = &intake.fates[index];
        let bound = assembly.room(fate);
        let content = match content::read(&bytes[range.clone()], entry, bound)? {
            Content::Whole(content) => content,
            Content::Over(size) => return Err(assembly.over(fate, entry.name, size)),
        };
        second.compare(index, entry, range.start, &content)?;
        assembly.grow(content.len() as u64);
        assembly.put(fate, &content, faults);
    }
    Ok(())
}
