//! A layer on the disk: made whole in a folder of its own, then put in its place.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use airlock_model::run::Unavailable;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use tempfile::TempDir;

use super::Interpreter;
use super::confined::Confined;
use super::keep::{self, Held, Scratch};
use super::lock::{Lock, Locked};
use super::pip::Lacks;
use crate::SandboxError;

/// The folder of a layer that goes onto the import path.
const SITE: &str = "site";
/// The record of what is in it.
const LOCK: &str = "lock.json";

/// A layer that is there, whole and read-only, for as long as this is held.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    /// The lock's hash, by which it is known.
    pub(crate) hash: String,
    /// The folder that goes onto the import path.
    pub(crate) site: PathBuf,
    /// Keeps it from being removed.
    pub(crate) held: Held,
}

/// What is known of a layer without looking through it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// What is in it.
    #[serde(flatten)]
    pub(super) lock: Lock,
    /// What its files hold together.
    pub(super) bytes: u64,
}

impl Record {
    /// The record of the layer in `folder`, if there is a whole one.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(LOCK)).ok()?).ok()
    }
}

/// What layers are made with.
pub(super) struct Maker<'a> {
    pub(super) cache: &'a Path,
    pub(super) confined: &'a Confined,
    /// The interpreter that makes byte code; none leaves that to each run.
    pub(super) interpreter: Option<&'a Interpreter>,
}

impl Layer {
    /// The layer of that name, if it is there.
    pub(super) fn find(cache: &Path, hash: &str) -> Option<Self> {
        let folder = keep::layers(cache).join(hash);
        let held = keep::hold(&folder)?;
        Record::read(&folder)?;
        Some(Self { hash: hash.to_owned(), site: folder.join(SITE), held })
    }
}

impl Maker<'_> {
    /// The name of a lock's layer: the same wheels for the same interpreter make the same layer, whoever asked for them.
    pub(super) fn name(&self, lock: &Lock) -> String {
        lock.hash(self.interpreter.map(|interpreter| interpreter.id.as_str()))
    }

    /// Makes the layer from the wheels of its lock. Two who make it at once make the same: the one that comes second
    /// drops its own.
    pub(super) async fn make(&self, lock: &Lock, wheels: &Path) -> Result<Result<Layer, Lacks>, SandboxError> {
        let io = |source| SandboxError::Io { what: "make a layer of packages", source };
        let lacks = |one: &Locked, because| Ok(Err(Lacks { package: one.name.clone(), because }));
        let (checked, all) = (lock.clone(), wheels.to_owned());
        let changed =
            tokio::task::spawn_blocking(move || changed(&checked, &all)).await.expect("hashing does not panic");
        if let Some(one) = changed.map_err(io)? {
            return lacks(&one, Unavailable::Changed);
        }
        let layers = keep::layers(self.cache);
        let Scratch { folder: fresh, held } = Scratch::new(self.cache, &layers, keep::MAKING).map_err(io)?;
        let site = fresh.path().join(SITE);
        fs::create_dir(&site).map_err(io)?;
        let files = lock.packages.iter().map(|one| one.file.clone()).collect();
        if let Err((number, because)) = self.confined.unpack(wheels, files, &site).await? {
            return lacks(&lock.packages[number], because);
        }
        if let Some(interpreter) = self.interpreter {
            let ended = self.confined.byte_code(&interpreter.compiled, &site).await?;
            tracing::info!(layer = self.name(lock), ended, "byte code of packages is made");
        }
        let (name, lock) = (self.name(lock), lock.clone());
        let place = layers.join(&name);
        let put = tokio::task::spawn_blocking(move || put(&place, fresh, lock));
        put.await.expect("putting in place does not panic").map_err(io)?;
        let missing = || io(io::Error::new(io::ErrorKind::NotFound, "the layer that was just made is gone"));
        let layer = Layer::find(self.cache, &name).ok_or_else(missing)?;
        drop(held);
        Ok(Ok(layer))
    }
}

/// Closes what was made and puts it in its place, unless there is one by now.
fn put(place: &Path, fresh: TempDir, lock: Lock) -> io::Result<()> {
    let record = Record { bytes: size(fresh.path())?, lock };
    fs::write(fresh.path().join(LOCK), serde_json::to_vec_pretty(&record).expect("a record becomes JSON"))?;
    set_writable(fresh.path(), false)?;
    // Putting a folder in place changes it: its parent is another one.
    fs::set_permissions(fresh.path(), Permissions::from_mode(0o755))?;
    match fs::rename(fresh.path(), place) {
        Ok(()) => {
            // It has another name now, and stays.
            let _ = fresh.keep();
            fs::set_permissions(place, Permissions::from_mode(0o555))
        }
        Err(_) if Record::read(place).is_some() => set_writable(fresh.path(), true),
        Err(error) => {
            set_writable(fresh.path(), true)?;
            Err(error)
        }
    }
}

/// The first wheel that is not the one of its lock.
fn changed(lock: &Lock, wheels: &Path) -> io::Result<Option<Locked>> {
    for one in &lock.packages {
        let mut file = match File::open(wheels.join(&one.file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(one.clone())),
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
            return Ok(Some(one.clone()));
        }
    }
    Ok(None)
}

/// What the files below a folder hold.
fn size(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        total += if kind.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
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
