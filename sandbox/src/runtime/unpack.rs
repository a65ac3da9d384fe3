//! Unpacking wheels whose hash has been checked; still only plain names get onto the disk.

use std::io::{Cursor, Read as _};
use std::path::Path;

use airlock_model::TreePath;
use zip::ZipArchive;

use super::{RuntimeError, pins::Pin, write};

/// No wheel of ours has a larger member.
const LARGEST: u64 = 64 << 20;

/// Writes the wheel's Python files into `site`; metadata is kept, because pytest
/// asks for versions of distributions.
pub(super) fn unpack(pin: &Pin, wheel: Vec<u8>, site: &Path) -> Result<(), RuntimeError> {
    let mut archive = open(pin, wheel)?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(|error| wrong(pin, error))?;
        if member.is_dir() {
            continue;
        }
        let name = member.name().map_err(|error| wrong(pin, error))?.into_owned();
        let path = TreePath::new(name).map_err(|error| wrong(pin, error))?;
        let target = site.join(path.as_str());
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(|source| RuntimeError::Io {
                what: "create",
                path: parent.to_owned(),
                source,
            })?;
        }
        let mut bytes = Vec::new();
        member.by_ref().take(LARGEST).read_to_end(&mut bytes).map_err(|error| wrong(pin, error))?;
        write(&target, &bytes)?;
    }
    Ok(())
}

/// One member's bytes.
pub(super) fn member(pin: &Pin, wheel: Vec<u8>, name: &str) -> Result<Vec<u8>, RuntimeError> {
    let mut archive = open(pin, wheel)?;
    let member = archive.by_name(name).map_err(|error| wrong(pin, error))?;
    let mut bytes = Vec::new();
    member.take(LARGEST).read_to_end(&mut bytes).map_err(|error| wrong(pin, error))?;
    Ok(bytes)
}

fn open(pin: &Pin, wheel: Vec<u8>) -> Result<ZipArchive<Cursor<Vec<u8>>>, RuntimeError> {
    ZipArchive::new(Cursor::new(wheel)).map_err(|error| wrong(pin, error))
}

fn wrong(pin: &Pin, why: impl ToString) -> RuntimeError {
    RuntimeError::Wheel { wheel: pin.file, why: why.to_string() }
}
