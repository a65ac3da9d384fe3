//! The tree: what an archive holds once it has been read under limits.
//!
//! Every stage sees this tree and nothing else of the upload.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A path inside a plugin, relative to its top folder: UTF-8, `/` between
/// components, no empty, `.` or `..` component, not absolute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreePath(String);

/// The text is not a safe relative path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a plain relative path", crate::escape::quoted(.0))]
pub struct TreePathError(pub String);

impl TreePath {
    /// Checks the shape of a path; the archive reader has stricter rules of its own.
    pub fn new(text: impl Into<String>) -> Result<Self, TreePathError> {
        let text = text.into();
        let plain = !text.is_empty()
            && !text.contains(['\0', '\\'])
            && text.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if plain { Ok(Self(text)) } else { Err(TreePathError(text)) }
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// What follows the last dot of the file name, if anything stands before it.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        let (stem, extension) = self.file_name().rsplit_once('.')?;
        (!stem.is_empty()).then_some(extension)
    }

    /// The components from the top down.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One regular file of the tree. Cloning shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// The file's bytes.
    pub bytes: Arc<Vec<u8>>,
}

/// The files of a plugin, by path, in order. Directories exist only as prefixes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<TreePath, TreeFile>,
}

impl Tree {
    /// A tree without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: TreePath, bytes: impl Into<Vec<u8>>) {
        let mut bytes = bytes.into();
        bytes.shrink_to_fit();
        self.files.insert(path, TreeFile { bytes: Arc::new(bytes) });
    }

    /// The bytes at a path written as text.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        let path = TreePath(path.to_owned());
        self.files.get(&path).map(|file| file.bytes.as_slice())
    }

    /// Every file with its path, sorted by path.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&TreePath, &[u8])> {
        self.files.iter().map(|(path, file)| (path, file.bytes.as_slice()))
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The sum of all file sizes, in bytes.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes.len() as u64).sum()
    }
}
