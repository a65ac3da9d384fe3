//! From what is asked for to a layer: the lock that is kept, or a new one; the layer that
//! is there, or a new one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airlock_model::inventory::Wanted;
use airlock_model::run::Inconclusive;
use tempfile::TempDir;

use super::layer::{self, Layer};
use super::lock::{self, Lock};
use super::pip::{self, Lacks};
use super::{PackageSettings, Target};
use crate::SandboxError;

/// Gives layers of packages. Cheap to clone; several processes may share the folder.
#[derive(Debug, Clone)]
pub struct Packages(pub(super) Arc<PackageSettings>);

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
}

impl Packages {
    /// The layer of what is asked for. Locks are kept: what was asked for once is answered
    /// with the same wheels from then on, until the operator removes them.
    pub(crate) async fn layer(&self, target: &Target, asked: &[Wanted]) -> Result<Fetched, SandboxError> {
        if asked.is_empty() {
            return Ok(Fetched::Nothing);
        }
        let (locks, layers) = (self.0.cache.join("locks"), self.0.cache.join("layers"));
        for folder in [&locks, &layers] {
            fs::create_dir_all(folder).map_err(failed("make the folder of packages"))?;
        }
        let place = locks.join(format!("{}.json", lock::question(&self.0, target, asked)));
        if let Some(lock) = kept(&place)
            && let Some(fetched) = there(&layers, &lock)
        {
            return Ok(fetched);
        }
        // Who asks the same at the same time waits, and finds what the first has made.
        let turn = turn(place.with_extension("lock")).await?;
        let fetched = self.fetch(target, asked, &place, &layers).await;
        drop(turn);
        fetched
    }

    async fn fetch(
        &self,
        target: &Target,
        asked: &[Wanted],
        place: &Path,
        layers: &Path,
    ) -> Result<Fetched, SandboxError> {
        let scratch = TempDir::with_prefix_in(".fetching-", &self.0.cache).map_err(failed("make room for packages"))?;
        let lock = match kept(place) {
            Some(lock) => lock,
            None => match pip::resolve(&self.0, target, asked, scratch.path()).await? {
                Ok(lock) => lock,
                Err(lacks) => return Ok(lacks.into()),
            },
        };
        if let Some(fetched) = there(layers, &lock) {
            keep(place, &lock).map_err(failed("keep the lock of packages"))?;
            return Ok(fetched);
        }
        if let Err(lacks) = pip::download(&self.0, target, &lock, scratch.path()).await? {
            return Ok(lacks.into());
        }
        let (wheels, folder, limits) = (scratch.path().join("wheels"), layers.to_owned(), self.0.limits);
        let made = {
            let lock = lock.clone();
            tokio::task::spawn_blocking(move || Layer::make(&folder, &lock, &wheels, limits)).await
        };
        let made = made.expect("unpacking does not panic").map_err(failed("unpack packages"))?;
        match made {
            Ok(layer) => {
                keep(place, &lock).map_err(failed("keep the lock of packages"))?;
                tracing::info!(layer = layer.hash, packages = lock.packages.len(), "packages for tests are ready");
                Ok(Fetched::Layer(layer))
            }
            Err(lacks) => Ok(lacks.into()),
        }
    }
}

/// The layers below a folder, by their hashes.
pub fn cached(cache: &Path) -> io::Result<Vec<Cached>> {
    let layers = cache.join("layers");
    let entries = match fs::read_dir(&layers) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some(layer) = Layer::find(&layers, &name) else { continue };
        let packages = layer.lock.packages.into_iter().map(|one| (one.name, one.version)).collect();
        found.push(Cached { hash: name, packages });
    }
    found.sort_by(|a, b| a.hash.cmp(&b.hash));
    Ok(found)
}

/// Removes every lock and layer below a folder, so that the next run resolves anew.
pub fn remove(cache: &Path) -> io::Result<()> {
    for name in ["locks", "layers"] {
        let folder = cache.join(name);
        match layer::set_writable(&folder, true).and_then(|()| fs::remove_dir_all(&folder)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

impl From<Lacks> for Fetched {
    fn from(Lacks { package, because }: Lacks) -> Self {
        Self::Lacks(Inconclusive::MissingPackage { package, because: Some(because) })
    }
}

fn kept(place: &Path) -> Option<Lock> {
    serde_json::from_slice(&fs::read(place).ok()?).ok()
}

fn there(layers: &Path, lock: &Lock) -> Option<Fetched> {
    if lock.packages.is_empty() {
        return Some(Fetched::Nothing);
    }
    Layer::find(layers, &lock.hash()).map(Fetched::Layer)
}

fn keep(place: &Path, lock: &Lock) -> io::Result<()> {
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
