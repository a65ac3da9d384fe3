//! From what is asked for to a layer: the lock that is kept, or a new one; the layer that
//! is there, or a new one.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airlock_model::inventory::Wanted;
use airlock_model::run::Inconclusive;

use super::confined::Confined;
use super::keep::{self, Scratch, Swept};
use super::layer::{Layer, Maker, Record};
use super::lock::{self, Lock};
use super::pip::{self, Lacks};
use super::{Interpreter, PackageSettings, Target};
use crate::SandboxError;

/// How many locks are kept; those that nobody used for longest go first.
const MOST_LOCKS: usize = 1000;

/// Gives layers of packages. Cheap to clone; several processes may share the folder.
#[derive(Debug, Clone)]
pub struct Packages {
    pub(super) settings: Arc<PackageSettings>,
    pub(super) confined: Arc<Confined>,
}

/// What came of asking for packages.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// Nothing is needed beyond what the sandbox carries.
    Nothing,
    /// They are in this layer.
    Layer(Layer),
    /// One of them cannot be had.
    Lacks(Inconclusive),
}

/// A layer that is kept, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// The lock's hash.
    pub hash: String,
    /// Names and versions of its packages.
    pub packages: Vec<(String, String)>,
    /// What its files hold together, in bytes.
    pub bytes: u64,
}

impl Packages {
    /// The layer of what is asked for, with byte code of `interpreter`. Locks are kept: what was asked for once is
    /// answered with the same wheels from then on, until the operator removes them or many others were asked for since.
    pub(crate) async fn layer(
        &self,
        target: &Target,
        asked: &[Wanted],
        interpreter: Option<&Interpreter>,
    ) -> Result<Fetched, SandboxError> {
        if asked.is_empty() {
            return Ok(Fetched::Nothing);
        }
        let cache = &self.settings.cache;
        let locks = cache.join("locks");
        for folder in [&locks, &keep::layers(cache)] {
            fs::create_dir_all(folder).map_err(failed("make the folder of packages"))?;
        }
        let maker = Maker { cache, confined: &self.confined, interpreter };
        let place = locks.join(format!("{}.json", lock::question(&self.settings, target, asked)));
        if let Some(lock) = kept(&place)
            && let Some(fetched) = there(&maker, &lock)
        {
            return Ok(fetched);
        }
        // Who asks the same at the same time waits, and finds what the first has made.
        let turn = turn(place.with_extension("lock")).await?;
        let fetched = self.fetch(&maker, target, asked, &place).await;
        drop(turn);
        // Whether it came to something or not, it has left a file.
        keep::sweep_locks(&locks, MOST_LOCKS).map_err(failed("remove old locks of packages"))?;
        fetched
    }

    async fn fetch(
        &self,
        maker: &Maker<'_>,
        target: &Target,
        asked: &[Wanted],
        place: &Path,
    ) -> Result<Fetched, SandboxError> {
        let cache = &self.settings.cache;
        let scratch = Scratch::new(cache, cache, keep::FETCHING).map_err(failed("make room for packages"))?;
        let room = scratch.folder.path();
        let lock = match kept(place) {
            Some(lock) => lock,
            None => match pip::resolve(&self.settings, target, asked, room).await? {
                Ok(lock) => lock,
                Err(lacks) => return Ok(lacks.into()),
            },
        };
        if let Some(fetched) = there(maker, &lock) {
            keep_lock(place, &lock).map_err(failed("keep the lock of packages"))?;
            return Ok(fetched);
        }
        if let Err(lacks) = pip::download(&self.settings, target, &lock, room).await? {
            return Ok(lacks.into());
        }
        match maker.make(&lock, &room.join("wheels")).await? {
            Ok(layer) => {
                keep_lock(place, &lock).map_err(failed("keep the lock of packages"))?;
                tracing::info!(layer = layer.hash, packages = lock.packages.len(), "packages for tests are ready");
                self.sweep().await?;
                Ok(Fetched::Layer(layer))
            }
            Err(lacks) => Ok(lacks.into()),
        }
    }

    /// Lets go of what is over the bound, now that there is one layer more.
    async fn sweep(&self) -> Result<(), SandboxError> {
        let settings = Arc::clone(&self.settings);
        let swept = tokio::task::spawn_blocking(move || keep::sweep(&settings.cache, settings.keep_bytes));
        let swept = swept.await.expect("sweeping does not panic").map_err(failed("remove old packages"))?;
        if swept != Swept::default() {
            tracing::info!(
                layers.removed = swept.removed.len(),
                layers.in_use = swept.in_use,
                "old packages are removed"
            );
        }
        Ok(())
    }

    /// The layers that are there, by their hashes.
    pub(crate) fn hashes(&self) -> Result<BTreeSet<String>, SandboxError> {
        keep::hashes(&self.settings.cache).map_err(failed("list what is kept of packages"))
    }
}

/// The layers below a folder, by their hashes.
pub fn cached(cache: &Path) -> io::Result<Vec<Cached>> {
    let mut found = Vec::new();
    for hash in keep::hashes(cache)? {
        let Some(record) = Record::read(&keep::layers(cache).join(&hash)) else { continue };
        let packages = record.lock.packages.into_iter().map(|one| (one.name, one.version)).collect();
        found.push(Cached { hash, packages, bytes: record.bytes });
    }
    Ok(found)
}

/// Removes every lock and layer below a folder, so that the next run resolves anew. Layers in use stay.
pub fn remove(cache: &Path) -> io::Result<Swept> {
    match fs::remove_dir_all(cache.join("locks")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    if cache.is_dir() { keep::sweep(cache, 0) } else { Ok(Swept::default()) }
}

impl From<Lacks> for Fetched {
    fn from(Lacks { package, because }: Lacks) -> Self {
        Self::Lacks(Inconclusive::MissingPackage { package, because: Some(because) })
    }
}

fn kept(place: &Path) -> Option<Lock> {
    let mut text = Vec::new();
    let mut file = File::open(place).ok()?;
    file.read_to_end(&mut text).ok()?;
    let lock = serde_json::from_slice(&text).ok()?;
    keep::touch(&file);
    Some(lock)
}

fn there(maker: &Maker<'_>, lock: &Lock) -> Option<Fetched> {
    if lock.packages.is_empty() {
        return Some(Fetched::Nothing);
    }
    Layer::find(maker.cache, &maker.name(lock)).map(Fetched::Layer)
}

fn keep_lock(place: &Path, lock: &Lock) -> io::Result<()> {
    let folder = place.parent().expect("a lock lies in a folder");
    let file = tempfile::NamedTempFile::with_prefix_in(".lock-", folder)?;
    fs::write(file.path(), serde_json::to_vec_pretty(lock).expect("a lock becomes JSON"))?;
    file.persist(place)?;
    Ok(())
}

/// Held until it is dropped, or the process dies.
async fn turn(path: PathBuf) -> Result<File, SandboxError> {
    let waiting = tokio::task::spawn_blocking(move || {
        let file = File::options().create(true).append(true).open(path)?;
        file.lock().map(|()| file)
    });
    waiting.await.expect("waiting does not panic").map_err(failed("wait for packages that another run fetches"))
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> SandboxError {
    move |source| SandboxError::Io { what, source }
}
