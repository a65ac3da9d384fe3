//! Going through folders. Trees of more than a bound are handed over in parts, cut
//! where a folder ends, so that memory does not grow with what is scanned.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use airlock_model::report::Unread;
use airlock_model::{Tree, TreePath};

use super::found::{Found, Wanted};
use super::names;
use crate::exit::Failure;

/// Folders that hold no source of the tree's own.
const PASSED_OVER: &[&str] = &[".git", ".hg", ".svn", ".jj", ".tox", ".nox", ".venv", "__pycache__", "node_modules"];
/// Bytes after which a part is handed over at the end of a folder.
const PART_BYTES: usize = 48 * 1024 * 1024;
/// Files that are read at a time, by as many threads as scan.
const FILES_AT_ONCE: usize = 128;
/// The bytes that tell a script from other files without an ending.
const SCRIPT_LINE: usize = 128;

/// Goes through every path in turn and scans what is there.
pub(super) fn walk(paths: &[PathBuf], wanted: &Wanted, found: &mut Found) -> Result<(), Failure> {
    let mut walk = Walk {
        wanted,
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

impl Walk<'_> {
    fn root(&mut self, path: &Path) -> Result<(), Failure> {
        let kind = fs::metadata(path).map_err(|error| Failure::ours(format!("{}: {error}", path.display())))?;
        if kind.is_dir() {
            self.part.prefix = names::prefix(path);
            self.folder(path, "");
        } else {
            self.part.prefix = names::prefix(path.parent().unwrap_or(Path::new("")));
            let own =
                path.file_name().map_or_else(|| "file".to_owned(), |own| names::component(own.as_encoded_bytes()));
            self.file(path, own, true);
        }
        Ok(())
    }

    fn folder(&mut self, dir: &Path, below: &str) {
        let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.unread(below.trim_end_matches('/'), &error),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let own = names::component(name.as_encoded_bytes());
            let shown = format!("{below}{own}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !passed_over(&name) => self.folder(&entry.path(), &format!("{shown}/")),
                Ok(kind) if kind.is_file() => self.file(&entry.path(), shown, false),
                Ok(_) => {}
                Err(error) => self.unread(&shown, &error),
            }
        }
        if self.part.bytes >= PART_BYTES {
            self.read_waiting();
            self.hand_over();
        }
    }

    /// Takes a file if it may be wanted.
    fn file(&mut self, path: &Path, shown: String, named: bool) {
        if self.several {
            let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            if !self.seen.insert(real) {
                return;
            }
        }
        if named || self.wanted.yara.is_some() || has_python_ending(path) || path.extension().is_none() {
            self.waiting.push(Waiting { path: path.to_owned(), shown, named });
        }
        if self.waiting.len() >= FILES_AT_ONCE {
            self.read_waiting();
        }
    }

    /// Reads the files that wait, and takes those that are wanted in their order.
    fn read_waiting(&mut self) {
        let (waiting, wanted) = (std::mem::take(&mut self.waiting), self.wanted);
        let threads = match wanted.settings.jobs {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            jobs => jobs,
        };
        let read = |files: &[Waiting]| files.iter().map(|file| read(file, wanted)).collect::<Vec<_>>();
        let share = waiting.len().div_ceil(threads).max(1);
        let all: Vec<io::Result<Option<Vec<u8>>>> = thread::scope(|scope| {
            let threads: Vec<_> = waiting.chunks(share).map(|files| scope.spawn(move || read(files))).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("reading does not panic")).collect()
        });
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
            self.found.add(&part.tree, &part.prefix, self.wanted);
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
