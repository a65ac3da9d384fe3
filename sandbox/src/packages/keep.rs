//! What is kept: layers in use are held, those that nobody used for longest go first, and what killed workers left
//! half made goes as well.
//!
//! Whoever uses a folder holds a shared lock on it, which the kernel lets go of when the process dies; whoever removes
//! one must get it alone. The cache's own folder is the gate: a new folder is made and held while nobody removes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW};
use tempfile::TempDir;

use super::layer::Record;

/// Folders in which pip works begin like this.
pub(super) const FETCHING: &str = ".fetching-";
/// Layers that are not whole yet.
pub(super) const MAKING: &str = ".making-";
/// Layers that are on their way out.
const REMOVING: &str = ".removing-";

/// The folder of layers in a cache.
pub(super) fn layers(cache: &Path) -> PathBuf {
    cache.join("layers")
}

/// A folder that is being used, as a lock on it.
pub(crate) type Held = Arc<File>;

/// A folder of this process alone, gone when it is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    pub(super) folder: TempDir,
    pub(super) held: Held,
}

impl Scratch {
    /// A new one in `parent`, which is in `cache` or the cache itself.
    pub(super) fn new(cache: &Path, parent: &Path, prefix: &str) -> io::Result<Self> {
        let gate = File::open(cache)?;
        gate.lock_shared()?;
        let folder = TempDir::with_prefix_in(prefix, parent)?;
        let held = File::open(folder.path())?;
        held.lock_shared()?;
        drop(gate);
        Ok(Self { folder, held: Arc::new(held) })
    }
}

/// Holds a layer that is there, and notes that it is used; none where it is gone, or going.
pub(super) fn hold(layer: &Path) -> Option<Held> {
    let held = File::open(layer).ok()?;
    held.try_lock_shared().ok()?;
    let (of, at) = (held.metadata().ok()?, fs::metadata(layer).ok()?);
    if (of.dev(), of.ino()) != (at.dev(), at.ino()) {
        return None;
    }
    touch(&held);
    Some(Arc::new(held))
}

/// What became of what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Layers that are gone, by their hashes.
    pub removed: Vec<String>,
    /// Layers that would have gone, were they not in use.
    pub in_use: usize,
}

/// Lets go of the layers that nobody used for longest until the others fit into `most` bytes, and of what was left half
/// made.
pub(super) fn sweep(cache: &Path, most: u64) -> io::Result<Swept> {
    let gate = File::open(cache)?;
    gate.lock()?;
    let layers = layers(cache);
    let mut kept: Vec<(SystemTime, u64, String)> = Vec::new();
    for name in names(cache)?.into_iter().filter(|name| name.starts_with(FETCHING)) {
        evict(cache, &name)?;
    }
    for name in names(&layers)? {
        let place = layers.join(&name);
        match Record::read(&place) {
            Some(record) if !name.starts_with('.') => {
                kept.push((fs::metadata(&place)?.modified()?, record.bytes, name));
            }
            _ => drop(evict(&layers, &name)?),
        }
    }
    kept.sort();
    let mut total: u64 = kept.iter().map(|(_, bytes, _)| bytes).sum();
    let mut swept = Swept::default();
    for (_, bytes, name) in kept {
        if total <= most {
            break;
        }
        if evict(&layers, &name)? {
            total -= bytes;
            swept.removed.push(name);
        } else {
            swept.in_use += 1;
        }
    }
    Ok(swept)
}

/// Lets go of the locks that nobody used for longest, until `most` are left, with the files by which those who ask
/// for the same take turns. Who is at one of them keeps it.
pub(super) fn sweep_locks(folder: &Path, most: usize) -> io::Result<usize> {
    let mut kept: BTreeMap<String, SystemTime> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // One that is just being written has another name, and one that was removed meanwhile no time.
        let Some(stem) = name.strip_suffix(".json").or_else(|| name.strip_suffix(".lock")) else { continue };
        let Ok(used) = entry.metadata().and_then(|about| about.modified()) else { continue };
        let last = kept.entry(stem.to_owned()).or_insert(used);
        *last = used.max(*last);
    }
    let mut oldest: Vec<_> = kept.into_iter().map(|(stem, used)| (used, stem)).collect();
    oldest.sort();
    let excess = oldest.len().saturating_sub(most);
    let mut removed = 0;
    for (_, stem) in oldest.into_iter().take(excess) {
        let turn = folder.join(format!("{stem}.lock"));
        let taken = File::open(&turn).is_ok_and(|file| file.try_lock().is_err());
        if !taken {
            gone(fs::remove_file(folder.join(format!("{stem}.json"))))?;
            gone(fs::remove_file(turn))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// That something is not there any more is what was wanted.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Notes that something of ours is used. Where the owner is another user the order suffers, and nothing else.
pub(super) fn touch(file: &File) {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let _ = rustix::fs::futimens(file, &Timestamps { last_access: now, last_modification: now });
}

/// The hashes of the layers that are there.
pub(super) fn hashes(cache: &Path) -> io::Result<BTreeSet<String>> {
    Ok(names(&layers(cache))?.into_iter().filter(|name| !name.starts_with('.')).collect())
}

/// The folders in a folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Removes one folder unless somebody uses it. It has another name before anything in it changes, so whoever looks for
/// it finds all of it or nothing.
fn evict(parent: &Path, name: &str) -> io::Result<bool> {
    let place = parent.join(name);
    let folder = match File::open(&place) {
        // Its owner was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        other => other?,
    };
    if folder.try_lock().is_err() {
        return Ok(false);
    }
    let away = if name.starts_with('.') {
        place
    } else {
        let away = parent.join(format!("{REMOVING}{name}"));
        fs::set_permissions(&place, Permissions::from_mode(0o755))?;
        fs::rename(&place, &away)?;
        away
    };
    super::layer::set_writable(&away, true)?;
    fs::remove_dir_all(&away)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }

    /// A file that was used for the last time so many seconds after the beginning of time.
    fn used_at(folder: &Path, name: &str, seconds: u64) -> File {
        let file = File::create(folder.join(name)).expect("a file");
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("a time");
        file
    }

    #[test]
    fn locks_that_nobody_used_for_longest_go_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        for (name, seconds) in
            [("a.json", 5), ("a.lock", 1), ("b.json", 3), ("c.lock", 2), ("d.json", 1), ("d.lock", 1)]
        {
            used_at(folder, name, seconds);
        }
        used_at(folder, ".lock-written", 0);
        let turn = used_at(folder, "e.lock", 0);
        turn.lock().expect("a turn");
        assert_eq!(sweep_locks(folder, 10).expect("swept"), 0);
        assert_eq!(sweep_locks(folder, 2).expect("swept"), 2, "of the three in excess somebody is at one");
        assert_eq!(names(folder), [".lock-written", "a.json", "a.lock", "b.json", "e.lock"]);
        touch(&File::open(folder.join("b.json")).expect("a lock"));
        drop(turn);
        assert_eq!(sweep_locks(folder, 1).expect("swept"), 2);
        assert_eq!(names(folder), [".lock-written", "b.json"]);
    }
}
