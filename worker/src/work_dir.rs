//! The folder where a worker keeps the bytes it works on: private, its own for
//! each start of a process, and free of what killed workers left behind.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

/// How the folders of workers begin.
const PREFIX: &str = "worker-";
/// The file whose lock says that a folder's worker lives.
const LOCK: &str = "lock";

/// One worker's own folder; deleted with everything in it when dropped.
#[derive(Debug)]
pub(crate) struct WorkDir {
    own: TempDir,
    // Held for as long as the worker lives; the kernel lets go of it however the process ends.
    _lock: File,
}

impl WorkDir {
    /// Makes a folder below `root` and deletes those of workers that are dead.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        // One at a time, so that nobody takes a folder that is just being made for a dead one's.
        let gate = File::create(root.join(LOCK))?;
        gate.lock()?;
        sweep(root)?;
        let own = tempfile::Builder::new().prefix(PREFIX).tempdir_in(root)?;
        let lock = File::create(own.path().join(LOCK))?;
        lock.lock()?;
        Ok(Self { own, _lock: lock })
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.own.path()
    }

    /// A new empty file that vanishes when dropped.
    pub(crate) fn file(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.own.path())
    }
}

fn sweep(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && entry.file_type()?.is_dir() {
            let folder: PathBuf = entry.path();
            if is_dead(&folder)? {
                fs::remove_dir_all(&folder)?;
            }
        }
    }
    Ok(())
}

fn is_dead(folder: &Path) -> io::Result<bool> {
    match File::open(folder.join(LOCK)) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        },
        // Its worker died between making the folder and locking it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folders_of_dead_workers_are_deleted() {
        let root = tempfile::tempdir().expect("a folder");
        let living = WorkDir::open(root.path()).expect("a work folder");
        let kept = living.file().expect("a file");
        let dead = root.path().join("worker-dead");
        fs::create_dir(&dead).expect("a folder");
        fs::write(dead.join(LOCK), b"").expect("a lock");
        fs::write(dead.join("rest"), b"bytes").expect("a file");
        fs::create_dir(root.path().join("not-ours")).expect("a folder");

        let other = WorkDir::open(root.path()).expect("a second work folder");
        assert!(!dead.exists());
        assert!(kept.path().exists());
        assert!(root.path().join("not-ours").exists());
        let own = other.own.path().to_owned();
        drop(other);
        assert!(!own.exists());
    }
}
