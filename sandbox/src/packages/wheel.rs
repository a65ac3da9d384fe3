//! Unpacking wheels. They come from whoever published them, so only plain files with plain
//! names get onto the disk, within bounds, and nothing that an interpreter would run by itself.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;

use airlock_model::TreePath;
use airlock_model::run::Unavailable;
use zip::ZipArchive;

use super::PackageLimits;

/// What is left of the bounds of one layer.
#[derive(Debug)]
pub(super) struct Room {
    bytes: u64,
    files: u64,
    taken: BTreeSet<String>,
}

/// Why a wheel was not unpacked.
#[derive(Debug)]
pub(super) enum Failed {
    /// The wheel's fault.
    Wheel(Unavailable),
    /// Ours.
    Io(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Room {
    pub(super) fn new(limits: PackageLimits) -> Self {
        Self { bytes: limits.unpacked_bytes, files: limits.files, taken: BTreeSet::new() }
    }

    /// Unpacks one wheel into `site`. Of two files with one name the first stays.
    pub(super) fn unpack(&mut self, wheel: impl io::Read + Seek, site: &Path) -> Result<(), Failed> {
        let unusable = || Failed::Wheel(Unavailable::Unusable);
        let mut archive = ZipArchive::new(wheel).map_err(|_| unusable())?;
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).map_err(|_| unusable())?;
            let name = std::str::from_utf8(member.name_raw()).map_err(|_| unusable())?.to_owned();
            let path = TreePath::new(name.trim_end_matches('/')).map_err(|_| unusable())?;
            if member.is_symlink() || path.as_str().contains(':') {
                return Err(unusable());
            }
            let Some(place) = place(&path).filter(|_| !member.is_dir()) else { continue };
            self.files = self.files.checked_sub(1).ok_or(Failed::Wheel(Unavailable::TooLarge))?;
            if !self.taken.insert(place.to_lowercase()) {
                continue;
            }
            let target = site.join(&place);
            if let Some(parent) = target.parent() {
                // A file in the place of a folder is the wheel's doing.
                std::fs::create_dir_all(parent).map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => unusable(),
                    _ => Failed::Io(error),
                })?;
            }
            let mut file = match File::create_new(&target) {
                Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory) => {
                    return Err(unusable());
                }
                other => other?,
            };
            self.copy(&mut member, &mut file)?;
        }
        Ok(())
    }

    /// Copies what is really there, whatever the member claims to be.
    fn copy(&mut self, member: &mut impl io::Read, file: &mut File) -> Result<(), Failed> {
        let mut buffer = [0; 64 << 10];
        loop {
            let read = match member.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(Failed::Wheel(Unavailable::Unusable)),
            };
            self.bytes = self.bytes.checked_sub(read as u64).ok_or(Failed::Wheel(Unavailable::TooLarge))?;
            io::Write::write_all(file, &buffer[..read])?;
        }
    }
}

/// Where a member belongs in the site folder; nothing for what no import needs (scripts,
/// headers, data) and for what an interpreter would run by itself or believe unread.
fn place(path: &TreePath) -> Option<String> {
    if matches!(path.extension(), Some("pth" | "pyc")) || path.file_name() == ".pth" {
        return None;
    }
    match path.as_str().split_once('/') {
        Some((first, rest)) if first.ends_with(".data") => {
            let inside = rest.strip_prefix("purelib/").or_else(|| rest.strip_prefix("platlib/"))?;
            Some(inside.to_owned())
        }
        _ => Some(path.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};
    use std::time::Duration;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn unpacked(members: &[(&str, &str)], bytes: u64) -> (Result<(), Failed>, Vec<String>) {
        let mut wheel = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            wheel.start_file(*name, SimpleFileOptions::default()).expect("a member");
            wheel.write_all(content.as_bytes()).expect("written");
        }
        let site = tempfile::tempdir().expect("a folder");
        let limits = PackageLimits { most: 1, unpacked_bytes: bytes, files: 4, time: Duration::ZERO };
        let done = Room::new(limits).unpack(wheel.finish().expect("a wheel"), site.path());
        let mut found: Vec<String> = std::fs::read_dir(site.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        (done, found)
    }

    #[test]
    fn only_what_is_imported_is_unpacked() {
        let members = [
            ("alpha.py", ""),
            ("alpha.pth", "import os"),
            ("alpha.pyc", ""),
            ("alpha-1.data/scripts/run", ""),
            ("alpha-1.data/purelib/beta.py", ""),
            ("alpha-1.dist-info/METADATA", ""),
        ];
        let (done, found) = unpacked(&members, 100);
        assert!(done.is_ok(), "{done:?}");
        assert_eq!(found, ["alpha-1.dist-info", "alpha.py", "beta.py"]);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../a.py", "/a.py", "a/../../b.py", "a\\b.py", "C:/a.py", "a-1.data/purelib/../../b.py"] {
            let (done, found) = unpacked(&[(name, "")], 100);
            assert!(matches!(done, Err(Failed::Wheel(Unavailable::Unusable))), "{name}: {done:?}");
            assert!(found.is_empty(), "{name}: {found:?}");
        }
        let (done, _) = unpacked(&[("a", ""), ("a/b.py", "")], 100);
        assert!(matches!(done, Err(Failed::Wheel(Unavailable::Unusable))), "{done:?}");
    }

    #[test]
    fn bounds_hold_while_unpacking() {
        let is_large = |done: Result<(), Failed>| matches!(done, Err(Failed::Wheel(Unavailable::TooLarge)));
        assert!(is_large(unpacked(&[("a.py", "12345")], 4).0));
        assert!(unpacked(&[("a.py", "12345")], 5).0.is_ok());
        assert!(is_large(unpacked(&[("a", ""), ("b", ""), ("c", ""), ("d", ""), ("e", "")], 4).0));
    }
}
