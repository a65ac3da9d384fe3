//! The central directory: one record per member (APPNOTE.TXT section 4.3.12).

use std::collections::HashSet;

use airlock_model::escape::quoted;

use super::end::{End, holds_record, is_text};
use super::extra::Extras;
use crate::archive::bytes::{slice_at, u16_at, u32_at};
use crate::archive::faults::{Fault, Faults};
use crate::archive::rules;

const RECORD: &[u8; 4] = b"PK\x01\x02";
const RECORD_BYTES: usize = 46;
/// Sizes follow the data instead of preceding it.
pub(crate) const STREAMED: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;
/// The deflate level, the descriptor and the name's encoding; nothing else is read.
const KNOWN_FLAGS: u16 = 0b110 | STREAMED | UTF8;
const ENCRYPTED_FLAGS: u16 = 1 | 1 << 6 | 1 << 13;
const PATCH: u16 = 1 << 5;
/// Version 4.5, which brought ZIP64.
const VERSION: u16 = 45;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const NO_16: u16 = u16::MAX;
const NO_32: u32 = u32::MAX;

/// One member as the directory describes it.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// The name's bytes.
    pub(crate) name: &'a [u8],
    /// General purpose flags.
    pub(crate) flags: u16,
    /// Stored or deflated.
    pub(crate) method: u16,
    /// CRC-32 of the content.
    pub(crate) crc: u32,
    /// Bytes in the archive.
    pub(crate) packed: u64,
    /// Bytes inflated, as declared.
    pub(crate) size: u64,
    /// Where the local header is.
    pub(crate) offset: u64,
    /// The Unix mode, 0 where the packing system had none.
    pub(crate) mode: u32,
    /// The DOS attribute for a directory.
    pub(crate) dos_directory: bool,
    /// Whether the DOS attributes call it the name of a disk.
    pub(crate) volume_label: bool,
    /// Whether the name is not ASCII and not marked as UTF-8.
    pub(crate) unmarked: bool,
}

impl Entry<'_> {
    /// Whether the content is deflated.
    pub(crate) const fn is_deflated(&self) -> bool {
        self.method == DEFLATED
    }
}

/// Reads the whole directory. Records with faults are left out; `None` when the
/// directory cannot be walked to its end.
pub(crate) fn walk<'a>(bytes: &'a [u8], end: &End, most: u64, faults: &mut Faults) -> Option<Vec<Entry<'a>>> {
    let directory = &bytes[end.directory.clone()];
    let mut entries = Vec::new();
    let mut names = HashSet::new();
    let mut seen = 0_u64;
    let mut at = 0;
    while at < directory.len() {
        seen += 1;
        if seen > most {
            faults.fatal(&rules::TOO_MANY_MEMBERS, None, format!("The archive has more than {most} members."));
            return None;
        }
        let Some(record) = Record::read(directory, at) else {
            faults.fatal(
                &rules::ZIP_END_RECORD,
                None,
                format!("The directory does not hold records from its start to its end: record {seen} is none."),
            );
            return None;
        };
        at += record.len;
        if !names.insert(record.name) {
            let message = format!("{} is in the directory more than once.", shown(record.name));
            faults.fatal_fault(Fault::at(&rules::DUPLICATE_MEMBER, record.name, message));
        }
        match record.entry() {
            Ok(entry) => entries.push(entry),
            Err(fault) => faults.fatal_fault(fault),
        }
    }
    if seen != end.entries {
        let message = format!("The end record declares {} members; the directory has {seen}.", end.entries);
        faults.fatal(&rules::ZIP_END_RECORD, None, message);
    }
    Some(entries)
}

/// A member's name for a message.
pub(crate) fn shown(name: &[u8]) -> String {
    quoted(&String::from_utf8_lossy(name))
}

/// What is wrong with flags, method or version that both headers carry.
pub(crate) fn features(name: &[u8], version: u16, flags: u16, method: u16) -> Result<(), Fault> {
    if flags & ENCRYPTED_FLAGS != 0 {
        return Err(Fault::at(&rules::ENCRYPTED, name, format!("{} is encrypted.", shown(name))));
    }
    let fault = |message: String| Err(Fault::at(&rules::ZIP_FEATURE, name, message));
    if flags & PATCH != 0 {
        return fault(format!("{} holds patch data.", shown(name)));
    }
    if flags & !KNOWN_FLAGS != 0 {
        return fault(format!("{} has flags 0x{flags:04x}, some of which have no agreed meaning.", shown(name)));
    }
    if !matches!(method, STORED | DEFLATED) {
        return fault(format!("{} is compressed with method {method}.", shown(name)));
    }
    // The upper byte names a system and is no version.
    if version & 0xFF > VERSION {
        let version = version & 0xFF;
        return fault(format!("{} needs zip version {}.{} to be read.", shown(name), version / 10, version % 10));
    }
    Ok(())
}

/// One record with its variable parts.
struct Record<'a> {
    fixed: &'a [u8],
    name: &'a [u8],
    extra: &'a [u8],
    comment: &'a [u8],
    len: usize,
}

impl<'a> Record<'a> {
    fn read(directory: &'a [u8], at: usize) -> Option<Self> {
        let fixed = slice_at(directory, at, RECORD_BYTES)?;
        if !fixed.starts_with(RECORD) {
            return None;
        }
        let part = |field| u16_at(fixed, field).map(usize::from);
        let (name, extra, comment) = (part(28)?, part(30)?, part(32)?);
        let name_at = at + RECORD_BYTES;
        Some(Self {
            fixed,
            name: slice_at(directory, name_at, name)?,
            extra: slice_at(directory, name_at + name, extra)?,
            comment: slice_at(directory, name_at + name + extra, comment)?,
            len: RECORD_BYTES + name + extra + comment,
        })
    }

    fn short(&self, at: usize) -> u16 {
        u16_at(self.fixed, at).expect("the fixed part has its whole length")
    }

    fn long(&self, at: usize) -> u32 {
        u32_at(self.fixed, at).expect("the fixed part has its whole length")
    }

    fn entry(&self) -> Result<Entry<'a>, Fault> {
        let name = self.name;
        let (flags, method) = (self.short(8), self.short(10));
        features(name, self.short(6), flags, method)?;
        if holds_record(self.comment) || !is_text(self.comment) {
            let message = format!("The comment of {} is not plain text.", shown(name));
            return Err(Fault::at(&rules::SURPLUS_BYTES, name, message));
        }
        let extras = Extras::read(self.extra, name)?;
        let [size, packed, offset] = self.wide(&extras)?;
        let external = self.long(38);
        Ok(Entry {
            name,
            flags,
            method,
            crc: self.long(16),
            packed,
            size,
            offset,
            mode: external >> 16,
            dos_directory: external & 0x10 != 0,
            volume_label: external & 0x08 != 0,
            unmarked: !name.is_ascii() && flags & UTF8 == 0,
        })
    }

    /// Size, packed size and offset, from the ZIP64 field where the header says so.
    fn wide(&self, extras: &Extras<'_>) -> Result<[u64; 3], Fault> {
        let mut fields = [self.long(24), self.long(20), self.long(42)].map(u64::from);
        let disk = self.short(34);
        if disk == NO_16 {
            return Err(Fault::at(&rules::ZIP64, self.name, "The record leaves the disk to its ZIP64 field."));
        }
        if disk != 0 {
            let message = format!("{} is said to be on disk {disk}.", shown(self.name));
            return Err(Fault::at(&rules::ZIP_END_RECORD, self.name, message));
        }
        let deferred = fields.iter().filter(|field| **field == u64::from(NO_32)).count();
        let mut values = extras.zip64(deferred, false, self.name)?.into_iter();
        for field in &mut fields {
            if *field == u64::from(NO_32) {
                *field = values.next().expect("one value for each deferred field");
            }
        }
        Ok(fields)
    }
}
