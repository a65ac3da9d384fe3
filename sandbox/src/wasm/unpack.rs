//! Unpacking the canonical archive into the run's own folder. Our own code packed
//! it, so anything but plain files and folders under one top folder is refused
//! rather than understood.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use airlock_model::TreePath;
use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

/// The most that an archive may hold; the archive limits are far below.
const MOST_BYTES: u64 = 512 << 20;
/// The most members; likewise.
const MOST_MEMBERS: usize = 50_000;

/// Unpacks `archive` (tar.gz, everything below `plugin/`) so that `plugin/a` becomes `into/a`.
pub(super) fn unpack(archive: impl Read, plugin: &str, into: &Path) -> io::Result<()> {
    let mut archive = Archive::new(GzDecoder::new(archive).take(MOST_BYTES));
    for (index, entry) in archive.entries()?.enumerate() {
        let mut entry = entry?;
        if index >= MOST_MEMBERS {
            return Err(refused("it has too many members"));
        }
        let kind = entry.header().entry_type();
        let name = String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| refused("a name is not UTF-8"))?;
        let name = name.strip_suffix('/').unwrap_or(&name);
        if name == plugin && kind == EntryType::Directory {
            continue;
        }
        let inside = name.strip_prefix(plugin).and_then(|rest| rest.strip_prefix('/'));
        let inside = inside.ok_or_else(|| refused("a member lies outside the top folder"))?;
        let path = TreePath::new(inside).map_err(|_| refused("a name is not plain"))?;
        let target = into.join(path.as_str());
        match kind {
            EntryType::Directory => fs::create_dir_all(&target)?,
            EntryType::Regular => {
                if let Some(parent) = target.parent() {
                    fs::create_dir_all(parent)?;
                }
                io::copy(&mut entry, &mut File::options().write(true).create_new(true).open(&target)?)?;
            }
            _ => return Err(refused("a member is neither file nor folder")),
        }
    }
    Ok(())
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the archive is not a canonical one: {why}"))
}
