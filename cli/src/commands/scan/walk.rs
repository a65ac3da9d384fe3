//! Going through folders. Trees of more than a bound are handed over in parts, cut
//! where a folder ends, so that of what is scanned only the names are held at once.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use airlock_model::report::Unread;
use airlock_model::{Tree, TreePath};
use airlock_scanner::python;
use rayon::prelude::*;
use rayon::{Scope, ThreadPool};

use super::found::{Found, Wanted};
use super::names;
use crate::exit::Failure;

/// Folders that hold no source of the tree's own.
const PASSED_OVER: &[&str] = &[".git", ".hg", ".svn", ".jj", ".tox", ".nox", ".venv", "__pycache__", "node_modules"];
/// Bytes after which a part is handed over at the end of a folder.
const PART_BYTES: usize = 48 * 1024 * 1024;
/// Files that are read at a time, by as many threads as scan.
const FILES_AT_ONCE: usize = 512;
/// The bytes that tell a script from other files without an ending.
const SCRIPT_LINE: usize = 128;

/// Goes through every path in turn and scans what is there.
pub(super) fn walk(paths: &[PathBuf], wanted: &Wanted, found: &mut Found) -> Result<(), Failure> {
    let threads = python::threads(wanted.settings.jobs);
    let mut walk = Walk {
        wanted,
        threads: threads.map_err(|error| Failure::ours(format!("no threads to scan with: {error}")))?,
        found,
        seen: HashSet::new(),
        several: paths.len() > 1,
        waiting: Vec::new(),
        part: Part::default(),
    };
    for path in paths {
        walk.root(path)?;
        walk.read_waiting();
        walk.hand_over();
    }
    Ok(())
}

/// What is scanned together.
#[derive(Default)]
struct Part {
    tree: Tree,
    bytes: usize,
    prefix: String,
}

struct Walk<'a> {
    wanted: &'a Wanted,
    threads: ThreadPool,
    found: &'a mut Found,
    /// Files that were taken, where more than one path could lead to them.
    seen: HashSet<PathBuf>,
    several: bool,
    /// Files that were met and not read yet.
    waiting: Vec<Waiting>,
    part: Part,
}

/// A file that is to be read.
struct Waiting {
    path: PathBuf,
    shown: String,
    /// It was named by itself, and is taken for what its content is.
    named: bool,
}

/// Something in a folder that may be wanted.
enum Entry {
    File { path: PathBuf, shown: String },
    Folder(Folder),
    Unread { shown: String, error: io::Error },
}

struct Folder {
    path: PathBuf,
    /// Its own path with a slash, as it is shown.
    below: String,
    /// By name, once it was listed.
    entries: io::Result<Vec<Entry>>,
}

impl Walk<'_> {
    fn root(&mut self, path: &Path) -> Result<(), Failure> {
        let kind = fs::metadata(path).map_err(|error| Failure::ours(format!("{}: {error}", path.display())))?;
        if kind.is_dir() {
            self.part.prefix = names::prefix(path);
            self.folder(path);
        } else {
            self.part.prefix = names::prefix(path.parent().unwrap_or(Path::new("")));
            let own =
                path.file_name().map_or_else(|| "file".to_owned(), |own| names::component(own.as_encoded_bytes()));
            self.file(path.to_owned(), own, true);
        }
        Ok(())
    }

    /// Goes through a folder in the order of names, after all folders below it were listed by all threads.
    fn folder(&mut self, dir: &Path) {
        let mut root = Folder::new(dir.to_owned(), String::new());
        let all_files = self.wanted.yara.is_some();
        self.threads.scope(|scope| root.list(all_files, scope));
        let mut left = vec![vec![Entry::Folder(root)].into_iter()];
        while let Some(entries) = left.last_mut() {
            match entries.next() {
                Some(Entry::File { path, shown }) => self.file(path, shown, false),
                Some(Entry::Folder(Folder { entries: Ok(entries), .. })) => left.push(entries.into_iter()),
                Some(Entry::Folder(Folder { below, entries: Err(error), .. })) => {
                    self.unread(below.trim_end_matches('/'), &error);
                }
                Some(Entry::Unread { shown, error }) => self.unread(&shown, &error),
                None => {
                    left.pop();
                    if self.part.bytes >= PART_BYTES {
                        self.read_waiting();
                        self.hand_over();
                    }
                }
            }
        }
    }

    /// Takes a file, unless it was taken before.
    fn file(&mut self, path: PathBuf, shown: String, named: bool) {
        if self.several {
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            if !self.seen.insert(real) {
                return;
            }
        }
        self.waiting.push(Waiting { path, shown, named });
        if self.waiting.len() >= FILES_AT_ONCE {
            self.read_waiting();
        }
    }

    /// Reads the files that wait, and takes those that are wanted in their order.
    fn read_waiting(&mut self) {
        let (waiting, wanted) = (std::mem::take(&mut self.waiting), self.wanted);
        let all: Vec<_> =
            self.threads.install(|| waiting.par_iter().with_max_len(8).map(|file| read(file, wanted)).collect());
        for (file, bytes) in waiting.into_iter().zip(all) {
            match bytes {
                Ok(Some(bytes)) => self.take(file.shown, bytes),
                Ok(None) => {}
                Err(error) => self.unread(&file.shown, &error),
            }
        }
    }

    fn take(&mut self, shown: String, bytes: Vec<u8>) {
        let mut name = shown.clone();
        // Two names that are no text may look alike.
        for number in 2.. {
            if self.part.tree.get(&name).is_none() {
                break;
            }
            name = format!("{shown}~{number}");
        }
        match TreePath::new(name) {
            Ok(path) => {
                self.part.bytes += bytes.len();
                self.part.tree.insert(path, bytes);
            }
            Err(error) => self.unread(&shown, &io::Error::other(error)),
        }
    }

    fn unread(&mut self, shown: &str, error: &io::Error) {
        let path = format!("{}{shown}", self.part.prefix);
        let path = if path.is_empty() { ".".to_owned() } else { path };
        self.found.unread.push(Unread { path, why: error.to_string() });
    }

    fn hand_over(&mut self) {
        let prefix = self.part.prefix.clone();
        let part = std::mem::replace(&mut self.part, Part { prefix, ..Part::default() });
        if !part.tree.is_empty() {
            self.found.add(&part.tree, &part.prefix, self.wanted, &self.threads);
        }
    }
}

impl Folder {
    fn new(path: PathBuf, below: String) -> Self {
        Self { path, below, entries: Ok(Vec::new()) }
    }

    /// Lists it and, each as work of its own, all folders in it.
    fn list<'f>(&'f mut self, all_files: bool, scope: &Scope<'f>) {
        self.entries = self.listed(all_files);
        for entry in self.entries.iter_mut().flatten() {
            if let Entry::Folder(folder) = entry {
                scope.spawn(move |scope| folder.list(all_files, scope));
            }
        }
    }

    fn listed(&self, all_files: bool) -> io::Result<Vec<Entry>> {
        let entries = fs::read_dir(&self.path)?.map(|entry| entry.map(|entry| (entry.file_name(), entry.file_type())));
        let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let wanted = entries.into_iter().filter_map(|(name, kind)| self.entry(&name, kind, all_files));
        Ok(wanted.collect())
    }

    /// Something that it holds, if it may be wanted.
    fn entry(&self, name: &OsStr, kind: io::Result<FileType>, all_files: bool) -> Option<Entry> {
        let path = self.path.join(name);
        let shown = || format!("{}{}", self.below, names::component(name.as_encoded_bytes()));
        match kind {
            Ok(kind) if kind.is_dir() && !passed_over(name) => {
                Some(Entry::Folder(Self::new(path, format!("{}/", shown()))))
            }
            Ok(kind) if kind.is_file() => {
                let may_be_wanted = all_files || has_python_ending(&path) || path.extension().is_none();
                may_be_wanted.then(|| Entry::File { path, shown: shown() })
            }
            Ok(_) => None,
            Err(error) => Some(Entry::Unread { shown: shown(), error }),
        }
    }
}

/// The bytes of a file that is wanted.
fn read(file: &Waiting, wanted: &Wanted) -> io::Result<Option<Vec<u8>>> {
    let python = file.named || has_python_ending(&file.path);
    let all = wanted.yara.is_some();
    let mut open = File::open(&file.path)?;
    let mut bytes = Vec::new();
    if !python && !all {
        (&mut open).take(SCRIPT_LINE as u64).read_to_end(&mut bytes)?;
        if !bytes.starts_with(b"#!") {
            return Ok(None);
        }
    }
    // One byte beyond the limit is enough for the finding about it.
    let limits = &wanted.settings.limits;
    let most = if all { wanted.file_bytes.max(limits.source_bytes) } else { limits.source_bytes };
    let size = open.metadata()?.len().min(most) + 1;
    bytes.reserve_exact(usize::try_from(size).unwrap_or(0).saturating_sub(bytes.len()));
    open.take((most + 1).saturating_sub(bytes.len() as u64)).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn passed_over(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| PASSED_OVER.contains(&name))
}

fn has_python_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["py", "pyw", "py3", "pyi"].iter().any(|python| ending.eq_ignore_ascii_case(python))
}
