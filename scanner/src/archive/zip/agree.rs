//! Holding our reading of a zip against that of the `zip` crate.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::central::{Entry, shown};
use crate::archive::faults::Fault;
use crate::archive::rules;

/// The `zip` crate's view of the same bytes.
pub(crate) struct Second<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Second<'a> {
    /// Opens the archive once more, and compares how many members there are.
    pub(crate) fn open(bytes: &'a [u8], members: usize) -> Result<Self, Fault> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            Fault::new(&rules::DISAGREEMENT, format!("A second reader cannot open the zip: {}.", plain(&error)))
        })?;
        if archive.len() != members {
            let message = format!("A second reader finds {} members where the directory has {members}.", archive.len());
            return Err(Fault::new(&rules::DISAGREEMENT, message));
        }
        Ok(Self { archive })
    }

    /// Compares one member: name, sizes, place of its data, and every byte.
    pub(crate) fn compare(
        &mut self,
        index: usize,
        entry: &Entry<'_>,
        data: usize,
        content: &[u8],
    ) -> Result<(), Fault> {
        let fault = |message: String| Fault::at(&rules::DISAGREEMENT, entry.name, message);
        let mut member = self
            .archive
            .by_index(index)
            .map_err(|error| fault(format!("A second reader cannot open {}: {}.", shown(entry.name), plain(&error))))?;
        if !same_metadata(&member, entry, data) {
            return Err(fault(format!("A second reader sees another header for {}.", shown(entry.name))));
        }
        let mut rest = content;
        let mut buffer = [0_u8; 16 * 1024];
        loop {
            let count = member.read(&mut buffer).map_err(|error| {
                let error = airlock_model::escape::line(&error.to_string());
                fault(format!("A second reader cannot read {}: {error}.", shown(entry.name)))
            })?;
            if count == 0 {
                break;
            }
            match rest.strip_prefix(&buffer[..count]) {
                Some(after) => rest = after,
                None => return Err(fault(format!("A second reader reads other bytes from {}.", shown(entry.name)))),
            }
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(fault(format!("A second reader reads less of {}.", shown(entry.name))))
        }
    }
}

fn same_metadata(member: &ZipFile<'_, Cursor<&[u8]>>, entry: &Entry<'_>, data: usize) -> bool {
    member.name_raw() == entry.name
        && member.size() == entry.size
        && member.compressed_size() == entry.packed
        && member.crc32() == entry.crc
        && member.header_start() == entry.offset
        && member.data_start() == Some(data as u64)
}

fn plain(error: &zip::result::ZipError) -> String {
    airlock_model::escape::line(&error.to_string())
}
