//! Advisories: records in the Open Source Vulnerability format, in a folder that the
//! operator keeps up to date without a network, and what they say of an inventory.
//!
//! This runs in the parent, on what the confined child has already taken apart: no
//! byte of a plugin is parsed here, only names and versions, which are bounded.

mod advise;
mod affected;
mod folder;
mod import;
mod matching;
mod record;
mod severity;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use airlock_model::{Severity, Timestamp};

pub use folder::{Folder, FolderError, Unreadable};
pub use import::{ImportError, Imported, import};
pub use matching::matches_version;
pub use record::{Ecosystem, RecordError, parse};

/// One advisory, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advisory {
    /// Its id.
    pub id: String,
    /// Other ids of the same vulnerability.
    pub aliases: Vec<String>,
    /// What it is, in its own words; escape before showing.
    pub summary: String,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Whether it was taken back.
    pub withdrawn: bool,
    /// How bad it is.
    pub severity: Severity,
    /// The CVSS vector that says so, where there is one.
    pub vector: Option<String>,
    /// What is vulnerable.
    pub affected: Vec<Affected>,
}

/// One package of an advisory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// Where the package is from.
    pub ecosystem: Ecosystem,
    /// Its name, normalised.
    pub name: String,
    /// Ranges of versions, each as its events.
    pub ranges: Vec<Vec<Event>>,
    /// Versions that are listed one by one.
    pub versions: Vec<String>,
}

/// Where a range of vulnerable versions begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// This version is the first; `0` for the very first.
    Introduced(String),
    /// This version is the first that is not.
    Fixed(String),
    /// This version is the last.
    LastAffected(String),
}

/// Where advisories are read from. Cheap to clone; clones share what was read.
#[derive(Debug, Clone)]
pub struct Advisories {
    folder: Option<PathBuf>,
    max_age: Duration,
    read: Arc<Mutex<Option<Read>>>,
}

/// What was read, and the state of the folder that it was read in.
#[derive(Debug, Clone)]
struct Read {
    at: SystemTime,
    folder: Arc<Folder>,
}

impl Default for Advisories {
    /// No folder.
    fn default() -> Self {
        Self { folder: None, max_age: Duration::MAX, read: Arc::default() }
    }
}

impl Advisories {
    /// Advisories in `folder`, which is out of date when its newest file is older than `max_age`.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>, max_age: Duration) -> Self {
        Self { folder: Some(folder.into()), max_age, read: Arc::default() }
    }

    /// What is in the folder now. Read anew only when the folder has changed.
    fn current(&self) -> Result<Arc<Folder>, FolderError> {
        let path: &Path = self.folder.as_deref().ok_or(FolderError::None)?;
        let at = folder::changed_at(path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = read.as_ref().filter(|read| read.at == at) {
            return Ok(Arc::clone(&read.folder));
        }
        let folder = Arc::new(Folder::open(path)?);
        for broken in &folder.unreadable {
            tracing::warn!(
                advisories.file = broken.file,
                error = broken.why,
                "an advisory cannot be read and is left out: import it again"
            );
        }
        *read = Some(Read { at, folder: Arc::clone(&folder) });
        Ok(folder)
    }
}

#[cfg(test)]
mod tests;
