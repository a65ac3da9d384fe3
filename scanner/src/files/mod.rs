//! The files room: what every file of a tree is, and what a plugin must and must
//! not bring besides its Python code and its manifest.
//!
//! This room must **not** know how the tree came to be, nor parse Python.

mod build;
mod contents;
mod entries;
mod magic;
mod papers;
pub mod rules;
mod secrets;
mod startup;

use airlock_model::finding::{Finding, Permission};
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

/// Looks at every file of a tree. Without a manifest, or with one that has no
/// `permissions` block, native code counts as undeclared.
#[must_use]
pub fn check(tree: &Tree, manifest: Option<&Manifest>) -> FilesCheck {
    let (entries, views) = entries::list(tree);
    let mut findings = Vec::new();
    let papers = papers::check(tree, &mut findings);
    let native = native_code(manifest);
    for ((path, bytes), entry) in tree.iter().zip(&entries) {
        contents::check(tree, path, bytes, native, &mut findings);
        startup::check(path, bytes, &mut findings);
        build::check(path, bytes, &mut findings);
        secrets::check(path, bytes, entry.kind, &mut findings);
    }
    FilesCheck { findings, readme: papers.readme, changelog: papers.changelog, entries, views }
}

/// How bundled native code stands to the manifest.
fn native_code(manifest: Option<&Manifest>) -> Permission {
    match manifest.and_then(|manifest| manifest.permissions.as_ref()) {
        None => Permission::Absent,
        Some(permissions) if permissions.native_code => Permission::Declared,
        Some(_) => Permission::Beyond,
    }
}
