//! The files room: what every file of a tree is, and what a plugin must and must
//! not bring besides its Python code and its manifest.
//!
//! This room must **not** know how the tree came to be, nor parse Python.

mod entries;
pub mod rules;

use airlock_model::finding::Finding;
use airlock_model::inspection::FileEntry;
use airlock_model::manifest::Manifest;
use airlock_model::tree::Tree;

/// What looking at the files gave.
#[derive(Debug, Clone, Default)]
pub struct FilesCheck {
    /// What was found, unsettled (see [`airlock_model::fingerprint::settle`]).
    pub findings: Vec<Finding>,
    /// The README's text for the catalogue, cut to a bound.
    pub readme: Option<String>,
    /// The changelog's text for the catalogue, cut to a bound.
    pub changelog: Option<String>,
    /// Every file, by path.
    pub entries: Vec<FileEntry>,
    /// The bytes of all files, one after the other, in the order of `entries`.
    pub views: Vec<u8>,
}

/// Looks at every file of a tree.
#[must_use]
pub fn check(tree: &Tree, _manifest: Option<&Manifest>) -> FilesCheck {
    let (entries, views) = entries::list(tree);
    FilesCheck { entries, views, ..FilesCheck::default() }
}
