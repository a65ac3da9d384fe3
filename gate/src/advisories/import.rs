//! Bringing records into the folder: each is checked, then put in whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};

use airlock_model::{Timestamp, escape};

use super::folder::{Refused, bounded};
use super::record::{self, RecordError};
use super::{Advisory, folder::Unreadable};

/// Records of one import.
const MOST_RECORDS: usize = 1_000_000;

/// Why nothing, or not everything, could be brought in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What was named cannot be read.
    #[error("{} cannot be read: {source}", escape::line(&.path.to_string_lossy()))]
    Read {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder cannot be written.
    #[error("the folder of advisories {} cannot be written: {source}", escape::line(&.path.to_string_lossy()))]
    Write {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no ZIP archive.
    #[error("{} is no ZIP archive that can be read: {why}", escape::line(&.path.to_string_lossy()))]
    Zip {
        /// What was named.
        path: PathBuf,
        /// What the reader said.
        why: String,
    },
}

/// What was brought in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records that are in the folder now, by ecosystem; one that speaks of two counts in both.
    pub by_ecosystem: BTreeMap<&'static str, u64>,
    /// Records that are in the folder now.
    pub records: u64,
    /// Those among them that were taken back.
    pub withdrawn: u64,
    /// Records of other ecosystems, which are left out.
    pub elsewhere: u64,
    /// The newest change of any record that was brought in.
    pub newest: Option<Timestamp>,
    /// What is no record, with the reason.
    pub refused: Vec<Unreadable>,
}

/// Brings in a record, a folder of records, or a ZIP archive of records.
pub fn import(from: &Path, folder: &Path) -> Result<Imported, ImportError> {
    let read = |source| ImportError::Read { path: from.to_owned(), source };
    let kind = fs::metadata(from).map_err(read)?;
    fs::create_dir_all(folder).map_err(|source| ImportError::Write { path: folder.to_owned(), source })?;
    let mut importing = Importing { folder, imported: Imported::default() };
    if kind.is_dir() {
        importing.folder(from).map_err(read_or(from))?;
    } else if is_zip(from).map_err(read)? {
        importing.zip(from)?;
    } else {
        let bytes = bounded(File::open(from).map_err(read)?);
        importing.record(&from.to_string_lossy(), bytes)?;
    }
    importing.imported.refused.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(importing.imported)
}

fn read_or(path: &Path) -> impl Fn(Trouble) -> ImportError {
    let path = path.to_owned();
    move |trouble| match trouble {
        Trouble::Read(source) => ImportError::Read { path: path.clone(), source },
        Trouble::Import(error) => error,
    }
}

enum Trouble {
    Read(io::Error),
    Import(ImportError),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

fn is_zip(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(File::open(path)?, 4), &mut start)?;
    Ok(start == b"PK\x03\x04" || start == b"PK\x05\x06")
}

struct Importing<'f> {
    folder: &'f Path,
    imported: Imported,
}

impl Importing<'_> {
    fn folder(&mut self, from: &Path) -> Result<(), Trouble> {
        let mut waiting = vec![from.to_owned()];
        let mut seen = 0;
        while let Some(dir) = waiting.pop() {
            for entry in fs::read_dir(&dir)? {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                if kind.is_dir() {
                    waiting.push(path);
                } else if kind.is_file() && is_json(&entry.file_name().to_string_lossy()) && seen < MOST_RECORDS {
                    seen += 1;
                    let shown = path.strip_prefix(from).unwrap_or(&path).to_string_lossy().into_owned();
                    let bytes = File::open(&path).map_err(Refused::from).and_then(bounded);
                    self.record(&shown, bytes).map_err(Trouble::Import)?;
                }
            }
        }
        Ok(())
    }

    fn zip(&mut self, from: &Path) -> Result<(), ImportError> {
        let broken = |why: String| ImportError::Zip { path: from.to_owned(), why: escape::line(&why) };
        let file = File::open(from).map_err(|source| ImportError::Read { path: from.to_owned(), source })?;
        let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| broken(error.to_string()))?;
        for index in 0..archive.len().min(MOST_RECORDS) {
            let member = archive.by_index(index).map_err(|error| broken(error.to_string()))?;
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            if member.is_file() && is_json(&name) {
                // Names in the archive are only shown: what is written is called after its id.
                let bytes = bounded(member);
                self.record(&name, bytes)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, name: &str, bytes: Result<Vec<u8>, Refused>) -> Result<(), ImportError> {
        let read = bytes.and_then(|bytes| Ok((record::parse(&bytes)?, bytes)));
        match read {
            Ok((advisory, bytes)) => {
                self.put(&advisory, &bytes)
                    .map_err(|source| ImportError::Write { path: self.folder.to_owned(), source })?;
                self.count(&advisory);
            }
            Err(Refused::Record(RecordError::Elsewhere)) => self.imported.elsewhere += 1,
            Err(refused) => {
                self.imported.refused.push(Unreadable { file: escape::line(name), why: refused.to_string() });
            }
        }
        Ok(())
    }

    fn put(&self, advisory: &Advisory, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".airlock-").tempfile_in(self.folder)?;
        file.write_all(bytes)?;
        #[cfg(unix)]
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        let name = format!("{}.json", advisory.id.replace(':', "_"));
        file.persist(self.folder.join(name)).map(drop).map_err(|error| error.error)
    }

    fn count(&mut self, advisory: &Advisory) {
        let imported = &mut self.imported;
        imported.records += 1;
        imported.withdrawn += u64::from(advisory.withdrawn);
        imported.newest = imported.newest.max(Some(advisory.modified));
        let mut ecosystems: Vec<&'static str> = advisory.affected.iter().map(|one| one.ecosystem.as_str()).collect();
        ecosystems.sort_unstable();
        ecosystems.dedup();
        for ecosystem in ecosystems {
            *imported.by_ecosystem.entry(ecosystem).or_default() += 1;
        }
    }
}

fn is_json(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    !last.starts_with('.') && last.to_ascii_lowercase().ends_with(".json")
}
