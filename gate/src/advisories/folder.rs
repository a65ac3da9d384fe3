//! The operator's folder: one file for each record, read whole.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use airlock_model::{Timestamp, escape};

use super::record::{self, RecordError};
use super::{Advisory, Affected, Ecosystem};

/// The largest record, in bytes.
pub(super) const RECORD_BYTES: u64 = 4 << 20;
/// Records that cannot be read and are named.
const MOST_UNREADABLE: usize = 100;

/// Why there are no advisories.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// No folder is configured.
    #[error("no folder of advisories is configured")]
    None,
    /// There is no such folder.
    #[error("there is no folder of advisories at {}", escape::line(&.0.to_string_lossy()))]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("the folder of advisories {} cannot be read: {source}", escape::line(&.path.to_string_lossy()))]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A file in the folder that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its name, escaped.
    pub file: String,
    /// What is wrong.
    pub why: String,
}

/// What is in the folder.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The records, by id.
    pub records: BTreeMap<String, Advisory>,
    /// The first of the files that are no records.
    pub unreadable: Vec<Unreadable>,
    /// When the newest file was written.
    pub updated_at: Option<SystemTime>,
    by_name: HashMap<(Ecosystem, String), Vec<(String, usize)>>,
}

/// When the folder was last changed.
pub(super) fn changed_at(path: &Path) -> Result<SystemTime, FolderError> {
    fs::metadata(path).and_then(|folder| folder.modified()).map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: io::Error) -> FolderError {
    match source.kind() {
        io::ErrorKind::NotFound => FolderError::Missing(path.to_owned()),
        _ => FolderError::Io { path: path.to_owned(), source },
    }
}

impl Folder {
    /// Reads every record of a folder. Files that do not end in `.json` are none.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let mut folder = Self::default();
        for entry in fs::read_dir(path).map_err(|source| failed(path, source))? {
            let entry = entry.map_err(|source| failed(path, source))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !name.to_ascii_lowercase().ends_with(".json") {
                continue;
            }
            match read(&entry.path()) {
                Ok((advisory, written)) => {
                    folder.updated_at = folder.updated_at.max(Some(written));
                    folder.add(advisory);
                }
                // A record of another ecosystem is no fault.
                Err(Refused::Record(RecordError::Elsewhere)) => {}
                Err(refused) => folder.refuse(&name, &refused),
            }
        }
        folder.unreadable.sort_by(|a, b| a.file.cmp(&b.file));
        folder.index();
        Ok(folder)
    }

    fn add(&mut self, advisory: Advisory) {
        self.records.insert(advisory.id.clone(), advisory);
    }

    fn refuse(&mut self, name: &str, refused: &Refused) {
        if self.unreadable.len() < MOST_UNREADABLE {
            self.unreadable.push(Unreadable { file: escape::line(name), why: refused.to_string() });
        }
    }

    fn index(&mut self) {
        for advisory in self.records.values().filter(|advisory| !advisory.withdrawn) {
            for (place, one) in advisory.affected.iter().enumerate() {
                let key = (one.ecosystem, one.name.clone());
                self.by_name.entry(key).or_default().push((advisory.id.clone(), place));
            }
        }
    }

    /// The standing advisories on a package, and the part of each that speaks of it.
    pub(super) fn of(&self, ecosystem: Ecosystem, name: &str) -> impl Iterator<Item = (&Advisory, &Affected)> {
        let places = self.by_name.get(&(ecosystem, name.to_owned())).into_iter().flatten();
        places.filter_map(|(id, place)| {
            let advisory = self.records.get(id)?;
            Some((advisory, advisory.affected.get(*place)?))
        })
    }

    /// The newest change of any record.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.records.values().map(|advisory| advisory.modified).max()
    }
}

/// Why a file gives no record.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it has more than {} bytes", RECORD_BYTES)]
    Large,
    #[error(transparent)]
    Record(#[from] RecordError),
}

fn read(path: &Path) -> Result<(Advisory, SystemTime), Refused> {
    let file = fs::File::open(path)?;
    let written = file.metadata()?.modified()?;
    Ok((record::parse(&bounded(file)?)?, written))
}

/// The bytes of a record, if they are not too many.
pub(super) fn bounded(reader: impl io::Read) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    reader.take(RECORD_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > RECORD_BYTES { Err(Refused::Large) } else { Ok(bytes) }
}
