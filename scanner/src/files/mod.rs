//! The files room: what every file of a tree is, and what a plugin must and must
//! not bring besides its Python code and its manifest.
//!
//! This room must **not** know how the tree came to be, nor parse Python.

mod build;
mod cells;
mod contents;
mod development;
mod encodings;
mod entries;
mod licences;
mod magic;
mod notebook;
mod papers;
mod readme;
pub mod rules;
mod scripts;
pub(crate) mod secrets;
mod settings;
mod startup;

use std::collections::{HashMap, HashSet};

use airlock_model::finding::{Finding, Permission};
use airlock_model::inspection::FileEntry;
use airlock_model::manifest::Manifest;
use airlock_model::tree::Tree;

use crate::rules::code::hardcoded_secret;
pub use licences::licences;
pub use notebook::Notebook;
pub use papers::Papers;
pub use secrets::Redactor;

/// What looking at the files gave.
#[derive(Debug, Clone, Default)]
pub struct FilesCheck {
    /// What was found, unsettled (see [`airlock_model::fingerprint::settle`]).
    pub findings: Vec<Finding>,
    /// The texts for the catalogue.
    pub papers: Papers,
    /// Every file, by path.
    pub entries: Vec<FileEntry>,
    /// The bytes of all files, one after the other, in the order of `entries`.
    pub views: Vec<u8>,
    /// The code of each notebook.
    pub notebooks: Vec<Notebook>,
    /// What must not be repeated of the package.
    pub redactor: Redactor,
}

/// Looks at every file of a tree. Without a manifest, or with one that has no
/// `permissions` block, native code counts as undeclared.
#[must_use]
pub fn check(tree: &Tree, manifest: Option<&Manifest>) -> FilesCheck {
    let (entries, views) = entries::list(tree);
    let mut findings = Vec::new();
    let papers = papers::check(tree, manifest, &mut findings);
    let native = native_code(manifest);
    let (mut notebooks, mut redactor) = (Vec::new(), Redactor::default());
    let mut scripts = scripts::Scripts::default();
    let mut development = development::Development::default();
    for ((path, bytes), entry) in tree.iter().zip(&entries) {
        contents::check(tree, path, bytes, native, &mut findings);
        startup::check(path, bytes, &mut findings);
        build::check(path, bytes, &mut findings);
        scripts.check(path, bytes, &mut findings);
        development.check(tree, path, bytes, &mut findings);
        secrets::check(path, bytes, entry.kind, &mut redactor, &mut findings);
        notebooks.extend(notebook::check(path, bytes, &mut findings));
    }
    scripts.tell(&mut findings);
    development.tell(&mut findings);
    FilesCheck { findings, papers, entries, views, notebooks, redactor }
}

/// What must not be repeated of a package, for those who say something of it without [`check`].
#[must_use]
pub fn secrets_in(tree: &Tree) -> Redactor {
    let mut redactor = Redactor::default();
    for (path, bytes) in tree.iter() {
        secrets::check(path, bytes, entries::kind(path, bytes), &mut redactor, &mut Vec::new());
    }
    redactor
}

/// How many lines a snippet shows.
const SHOWN_LINES: u32 = 6;

/// What clears findings of the secrets in the lines that they show, for those who look at Python files alone.
#[must_use]
pub fn secrets_shown(tree: &Tree, findings: &[Finding]) -> Redactor {
    let mut redactor = Redactor::default();
    let mut files: HashMap<&str, Lines<'_>> = HashMap::new();
    let mut seen: HashSet<(&str, u32)> = HashSet::new();
    for finding in findings {
        let steps = finding.evidence.iter().map(|step| (&step.file, step.line));
        for (file, line) in steps.chain([(&finding.file, finding.line)]) {
            let (Some(file), Some(line)) = (file.as_deref(), line) else { continue };
            let Some(bytes) = tree.get(file).filter(|_| seen.insert((file, line))) else { continue };
            let lines = files.entry(file).or_insert_with(|| Lines::of(bytes));
            secrets::remember(lines.from(line, SHOWN_LINES), &mut redactor);
        }
    }
    redactor
}

/// A file's bytes, and where its lines end.
struct Lines<'b> {
    bytes: &'b [u8],
    ends: Vec<usize>,
}

impl<'b> Lines<'b> {
    fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, ends: memchr::memchr_iter(b'\n', bytes).collect() }
    }

    /// A line, counted from 1, and so many after it.
    fn from(&self, line: u32, more: u32) -> &'b [u8] {
        let end = |line: u32| self.ends.get((line as usize).saturating_sub(1)).copied();
        let start = match line.checked_sub(1) {
            None | Some(0) => 0,
            Some(above) => end(above).map_or(self.bytes.len(), |end| end + 1),
        };
        &self.bytes[start..end(line.saturating_add(more)).unwrap_or(self.bytes.len())]
    }
}

/// Leaves out credentials that the rule on Python's syntax tree reports at the same line: it knows what the literal is
/// for. What stands in a comment only this room sees.
pub fn settle_with_python(findings: &mut Vec<Finding>) {
    let told: HashSet<(Option<String>, Option<u32>)> = findings
        .iter()
        .filter(|finding| finding.rule == hardcoded_secret::RULE.meta.id)
        .map(|finding| (finding.file.clone(), finding.line))
        .collect();
    let ours = [rules::CREDENTIAL.id, rules::PRIVATE_KEY.id];
    findings.retain_mut(|finding| {
        if !ours.contains(&finding.rule.as_str()) {
            return true;
        }
        let place = (finding.file.take(), finding.line);
        let again = told.contains(&place);
        finding.file = place.0;
        !again
    });
}

/// How bundled native code stands to the manifest.
fn native_code(manifest: Option<&Manifest>) -> Permission {
    match manifest.and_then(|manifest| manifest.permissions.as_ref()) {
        None => Permission::Absent,
        Some(permissions) if permissions.native_code => Permission::Declared,
        Some(_) => Permission::Beyond,
    }
}
