//! A folder at home, read by the rules an upload is held to.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use airlock_model::digest::Sha256;
use airlock_model::inspection::Blob;
use airlock_model::limits::ArchiveLimits;

use super::assembly::Assembly;
use super::faults::Faults;
use super::intake::{self, Intake, Kind, Layout, Member};
use super::{Opened, drops, opened};

/// Reads the folder.
pub(crate) fn read(dir: &Path, limits: &ArchiveLimits) -> io::Result<Opened> {
    let found = list(dir, limits)?;
    let members: Vec<Member<'_>> = found.iter().map(Found::member).collect();
    let mut faults = Faults::new();
    let intake = intake::examine(&members, Layout::Folder, limits, &mut faults);
    // A folder is not compressed, so no ratio bounds it.
    let mut assembly = Assembly::new(limits, u64::MAX);
    if !faults.is_fatal() {
        fill(&found, &intake, &mut assembly, &mut faults)?;
    }
    let upload = Blob { sha256: Sha256::of(b""), size: 0 };
    Ok(opened(assembly, upload, faults))
}

/// One entry below the folder.
struct Found {
    path: PathBuf,
    name: Vec<u8>,
    kind: Kind,
    set_id: bool,
}

impl Found {
    fn new(path: PathBuf, name: Vec<u8>) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(&path).map_err(at(&path))?;
        let kind = match metadata.file_type() {
            kind if kind.is_symlink() => Kind::Link,
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_file() => Kind::File,
            _ => Kind::Special("a device, pipe or socket"),
        };
        let set_id = kind == Kind::File && set_id(&metadata);
        Ok(Self { path, name, kind, set_id })
    }

    fn member(&self) -> Member<'_> {
        Member { name: self.name.as_slice().into(), kind: self.kind, set_id: self.set_id, unmarked: false }
    }
}

#[cfg(unix)]
fn set_id(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.mode() & 0o6000 != 0
}

#[cfg(not(unix))]
const fn set_id(_metadata: &fs::Metadata) -> bool {
    false
}

/// Lists what is below the folder, by name. What is left out anyway is not
/// entered, links are never followed, and one entry beyond each limit is enough
/// for the finding about it.
fn list(dir: &Path, limits: &ArchiveLimits) -> io::Result<Vec<Found>> {
    let most = usize::try_from(intake::most_members(limits)).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut folders = vec![(dir.to_path_buf(), Vec::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = entries.map_err(at(&folder))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let own = entry.file_name();
            let name = [prefix.as_slice(), own.as_encoded_bytes()].concat();
            let next = Found::new(entry.path(), name.clone())?;
            let dropped = own.to_str().is_some_and(|own| drops::component(own).is_some());
            if next.kind == Kind::Folder && !dropped && depth <= limits.depth {
                folders.push((next.path.clone(), [name.as_slice(), b"/"].concat(), depth + 1));
            }
            found.push(next);
            if found.len() > most {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

fn fill(found: &[Found], intake: &Intake, assembly: &mut Assembly<'_>, faults: &mut Faults) -> io::Result<()> {
    for (file, fate) in found.iter().zip(&intake.fates) {
        if *fate == intake::Fate::Pass {
            continue;
        }
        let room = assembly.room(fate);
        let content = content(&file.path, room.saturating_add(1)).map_err(at(&file.path))?;
        let size = content.len() as u64;
        if size > room {
            faults.fatal_fault(assembly.over(fate, &file.name, size));
            continue;
        }
        assembly.grow(size);
        assembly.put(fate, &content, faults);
    }
    Ok(())
}

fn content(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(most).read_to_end(&mut content)?;
    Ok(content)
}

/// Adds to an error where it happened.
fn at(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
