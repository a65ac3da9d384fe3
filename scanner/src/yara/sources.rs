//! The text of the rules, as it lies in the operator's folder.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::YaraError;

/// Endings of files that hold rules.
const ENDINGS: [&str; 2] = ["yar", "yara"];
/// The most bytes of rules that are read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// How many folders may lie inside one another.
const MOST_DEPTH: u32 = 16;

/// One file of rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path below the folder, with `/` between components.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Every file of rules below a folder, by name. Reading them once means that the
/// rules that were checked are the rules that run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// Where they were read, for messages.
    pub folder: String,
    /// The files, by name.
    pub files: Vec<SourceFile>,
}

impl Sources {
    /// Reads every `.yar` and `.yara` file below `folder`. Links are followed: the folder is the operator's own.
    pub fn read(folder: &Path) -> Result<Self, YaraError> {
        let shown = folder.display().to_string();
        let mut files = Vec::new();
        let mut left = MOST_BYTES;
        collect(folder, "", 0, &mut left, &mut files)?;
        files.sort_by(|a: &SourceFile, b| a.name.cmp(&b.name));
        if files.is_empty() {
            return Err(YaraError::NoRules { folder: shown });
        }
        Ok(Self { folder: shown, files })
    }

    /// The file of that name.
    pub(super) fn find(&self, name: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// A file's place on the operator's disk.
    pub(super) fn place(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder.trim_end_matches('/')) }
    }
}

fn collect(
    folder: &Path,
    below: &str,
    depth: u32,
    left: &mut u64,
    files: &mut Vec<SourceFile>,
) -> Result<(), YaraError> {
    let unreadable = |path: &Path, error: io::Error| YaraError::Unreadable {
        path: path.display().to_string(),
        why: error.to_string(),
    };
    if depth > MOST_DEPTH {
        return Err(unreadable(folder, io::Error::other("folders lie too deep inside one another")));
    }
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let kind = std::fs::metadata(&path).map_err(|error| unreadable(&path, error))?;
        let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        if kind.is_dir() {
            collect(&path, &format!("{below}{own}/"), depth + 1, left, files)?;
        } else if kind.is_file() && ENDINGS.contains(&ending.as_str()) {
            *left = left.checked_sub(kind.len()).ok_or_else(|| {
                unreadable(&path, io::Error::other(format!("the rules are more than {MOST_BYTES} bytes together")))
            })?;
            let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            files.push(SourceFile { name: format!("{below}{own}"), text });
        }
    }
    Ok(())
}
