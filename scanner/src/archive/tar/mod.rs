//! Reading a tar.gz: inflate under limits, walk the blocks, hold the result
//! against what the `tar` crate reads.

mod agree;
mod gzip;
mod header;
mod pax;
mod walk;

use airlock_model::limits::ArchiveLimits;

use self::walk::Entry;
use super::assembly::Assembly;
use super::faults::{Fault, Faults};
use super::intake::{self, Fate, Kind, Layout, Member};
use super::listing::Listed;
use super::{form, rules, zip};

pub(crate) use self::header::is_header;

const SET_ID: u64 = 0o6000;

/// Reads a tar.gz. The tree in the result counts only while no fault is fatal.
pub(crate) fn read<'a>(bytes: &[u8], limits: &'a ArchiveLimits, faults: &mut Faults) -> Assembly<'a> {
    let mut assembly = Assembly::new(limits, bytes.len() as u64);
    if zip::tail(bytes).is_some() {
        let message = "The upload starts as gzip and holds the end record of a zip: some tools list that zip's files.";
        faults.fatal(&rules::POLYGLOT, None, message);
        return assembly;
    }
    let inflated = match gzip::inflate(bytes, limits) {
        Ok(inflated) => inflated,
        Err(fault) => {
            faults.fatal_fault(fault);
            return assembly;
        }
    };
    if let Some((what, remedy)) = header::older(&inflated) {
        faults.fatal_fault(Fault::new(&rules::TAR_HEADER, format!("The tar {what}.")).remedy(remedy));
        return assembly;
    }
    if !is_header(&inflated) && !inflated.starts_with(&[0; 1024]) && !has_ustar(&inflated) {
        let message = format!("The gzip stream holds {}, not a tar.", form::name(&inflated));
        faults.fatal(&rules::NOT_AN_ARCHIVE, None, message);
        return assembly;
    }
    let Some(entries) = walk::walk(&inflated, intake::most_members(limits), faults) else { return assembly };
    if !faults.is_fatal()
        && let Err(fault) = agree::compare(&inflated, &entries)
    {
        faults.fatal_fault(fault);
    }
    let members: Vec<Member<'_>> = entries.iter().map(member).collect();
    let intake = intake::examine(&members, Layout::Tar, limits, faults);
    if !faults.is_fatal() {
        fill(&inflated, &entries, &intake.fates, &mut assembly, faults);
    }
    assembly.top_folder = intake.top_folder;
    assembly
}

/// A tar whose first header is merely damaged is still a tar to the publisher.
fn has_ustar(inflated: &[u8]) -> bool {
    inflated.get(257..262) == Some(b"ustar")
}

/// Every member with its content, before names are judged.
pub(crate) fn list(bytes: &[u8], limits: &ArchiveLimits, faults: &mut Faults) -> Option<Vec<Listed>> {
    let inflated = gzip::inflate(bytes, limits).ok()?;
    let entries = walk::walk(&inflated, intake::most_members(limits), faults)?;
    let listed = |entry: &Entry| Listed {
        name: entry.name.clone(),
        kind: member(entry).kind,
        content: inflated[entry.content.clone()].to_vec(),
    };
    Some(entries.iter().map(listed).collect())
}

fn member(entry: &Entry) -> Member<'_> {
    let kind = match entry.flag {
        b'1' | b'2' => Kind::Link,
        b'3' => Kind::Special("a character device"),
        b'4' => Kind::Special("a block device"),
        b'5' => Kind::Folder,
        b'6' => Kind::Special("a named pipe"),
        _ => Kind::File,
    };
    let set_id = kind == Kind::File && entry.mode & SET_ID != 0;
    Member { name: entry.name.as_slice().into(), kind, set_id, unmarked: false }
}

fn fill(inflated: &[u8], entries: &[Entry], fates: &[Fate], assembly: &mut Assembly<'_>, faults: &mut Faults) {
    for (entry, fate) in entries.iter().zip(fates) {
        let content = &inflated[entry.content.clone()];
        let size = content.len() as u64;
        if size > assembly.room(fate) {
            faults.fatal_fault(assembly.over(fate, &entry.name, size));
            continue;
        }
        assembly.put(fate, content, faults);
    }
}
