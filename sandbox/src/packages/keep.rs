//! What is kept: layers in use are held, those that nobody used for longest go first, and what killed workers left
//! half made goes as well.
//!
//! Whoever uses a folder holds a shared lock on it, which the kernel lets go of when the process dies; whoever removes
//! one must get it alone. The cache's own folder is the gate: a new folder is made and held while nobody removes.

use std::collections::BTreeSet;
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
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    // Where the owner is another user the order suffers, and nothing else.
    let _ = rustix::fs::futimens(&held, &Timestamps { last_access: now, last_modification: now });
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
