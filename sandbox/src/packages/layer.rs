//! A layer on the disk: made whole in a folder of its own, then put in its place.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use airlock_model::run::Unavailable;
use sha2::Digest as _;

use super::PackageLimits;
use super::lock::{Lock, Locked};
use super::pip::Lacks;
use super::wheel::{Failed, Room};

/// The folder of a layer that goes onto the import path.
const SITE: &str = "site";
/// The record of what is in it.
const LOCK: &str = "lock.json";

/// A layer that is there, whole and read-only.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// The lock's hash, by which it is known.
    pub(crate) hash: String,
    /// The folder that goes onto the import path.
    pub(crate) site: PathBuf,
    /// What is in it.
    pub(crate) lock: Lock,
}

impl Layer {
    /// The layer of a lock, if it is there.
    pub(super) fn find(layers: &Path, hash: &str) -> Option<Self> {
        let folder = layers.join(hash);
        let lock = serde_json::from_slice(&fs::read(folder.join(LOCK)).ok()?).ok()?;
        Some(Self { hash: hash.to_owned(), site: folder.join(SITE), lock })
    }

    /// Makes it from the wheels of its lock. Two who make it at once make the same: the one
    /// that comes second drops its own.
    pub(super) fn make(
        layers: &Path,
        lock: &Lock,
        wheels: &Path,
        limits: PackageLimits,
    ) -> io::Result<Result<Self, Lacks>> {
        let hash = lock.hash();
        let fresh = tempfile::Builder::new().prefix(".making-").tempdir_in(layers)?;
        let site = fresh.path().join(SITE);
        fs::create_dir(&site)?;
        let mut room = Room::new(limits);
        for one in &lock.packages {
            let failed = match unpack(&mut room, one, wheels, &site) {
                Ok(()) => continue,
                Err(Failed::Io(error)) => return Err(error),
                Err(Failed::Wheel(because)) => because,
            };
            return Ok(Err(Lacks { package: one.name.clone(), because: failed }));
        }
        let record = serde_json::to_vec_pretty(lock).expect("a lock becomes JSON");
        fs::write(fresh.path().join(LOCK), record)?;
        set_writable(fresh.path(), false)?;
        // Putting a folder in place changes it: its parent is another one.
        fs::set_permissions(fresh.path(), Permissions::from_mode(0o755))?;
        let place = layers.join(&hash);
        match fs::rename(fresh.path(), &place) {
            Ok(()) => {
                // It has another name now, and stays.
                let _ = fresh.keep();
                fs::set_permissions(&place, Permissions::from_mode(0o555))?;
            }
            Err(_) if Self::find(layers, &hash).is_some() => set_writable(fresh.path(), true)?,
            Err(error) => {
                set_writable(fresh.path(), true)?;
                return Err(error);
            }
        }
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the layer that was just made is gone");
        Self::find(layers, &hash).ok_or_else(missing).map(Ok)
    }
}

/// Holds a wheel against its hash and unpacks it.
fn unpack(room: &mut Room, one: &Locked, wheels: &Path, site: &Path) -> Result<(), Failed> {
    let changed = || Failed::Wheel(Unavailable::Changed);
    let mut file = match File::open(wheels.join(&one.file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(changed()),
        other => other?,
    };
    let (mut hasher, mut buffer) = (sha2::Sha256::new(), vec![0; 64 << 10]);
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    if hex::encode(hasher.finalize()) != one.sha256.to_string() {
        return Err(changed());
    }
    room.unpack(file, site)
}

/// Lets everything below a folder be changed, or nothing. Links are not followed, and there are none.
pub(super) fn set_writable(folder: &Path, yes: bool) -> io::Result<()> {
    let mode = |of_folder: bool| match (of_folder, yes) {
        (true, true) => 0o755,
        (true, false) => 0o555,
        (false, true) => 0o644,
        (false, false) => 0o444,
    };
    if yes {
        fs::set_permissions(folder, Permissions::from_mode(mode(true)))?;
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            set_writable(&entry.path(), yes)?;
        } else if kind.is_file() {
            fs::set_permissions(entry.path(), Permissions::from_mode(mode(false)))?;
        }
    }
    if yes { Ok(()) } else { fs::set_permissions(folder, Permissions::from_mode(mode(true))) }
}
