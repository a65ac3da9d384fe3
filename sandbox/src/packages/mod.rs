//! Packages that tests ask for: resolved and fetched by pip in a step of its own, from
//! wheels alone, held against a lock by their hashes, and unpacked into a read-only folder,
//! the layer, that is named by the lock's hash and used by every run that asks for the same.
//!
//! Nothing of a package is executed here: pip is kept from starting programs, wheels are unpacked by our own code in
//! a jailed child, and so is byte code made of them, by the interpreter in wasm. Which packages there may be is the
//! operator's list.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::escape;
use airlock_model::inventory::normalised;
use pep440_rs::VersionSpecifiers;
use serde::{Deserialize, Serialize};

use confined::Confined;

mod cache;
mod confined;
mod jailed;
mod keep;
mod layer;
mod lock;
mod pip;
mod wheel;

pub(crate) use cache::Fetched;
pub use cache::{Cached, Packages, cached, remove};
pub use jailed::jailed_main;
pub(crate) use keep::Held;
pub use keep::Swept;
pub(crate) use layer::Layer;

/// Where packages come from, which there may be, and how much of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageSettings {
    /// What may be fetched, dependencies included. While it is empty nothing is.
    pub allow: Vec<Allowed>,
    /// A folder of wheels; with one, nothing is asked for over the network.
    pub wheelhouse: Option<PathBuf>,
    /// The index that pip asks; without one, pip's own choice.
    pub index: Option<String>,
    /// The folder that keeps locks and layers.
    pub cache: PathBuf,
    /// Variables for pip: its path, proxies, certificates. It sees no others.
    pub environment: Vec<(String, String)>,
    /// Bounds of one layer.
    pub limits: PackageLimits,
    /// What all layers may hold together, in bytes; those that nobody used for longest go first.
    pub keep_bytes: u64,
}

/// Bounds of one layer and of its fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageLimits {
    /// Packages.
    pub most: usize,
    /// Bytes of all their files.
    pub unpacked_bytes: u64,
    /// Files.
    pub files: u64,
    /// How long pip may take, for resolving and for fetching each; and as CPU time, for unpacking and for byte code each.
    pub time: Duration,
}

/// One package that the operator allows, with the versions that will do, for instance
/// `attrs` or `requests>=2.31,<3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    name: String,
    specifier: String,
}

/// Why a text allows no package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is no package's name, alone or with versions such as 'requests>=2.31,<3'", escape::quoted(.0))]
pub struct NotAllowedText(String);

impl FromStr for Allowed {
    type Err = NotAllowedText;

    fn from_str(text: &str) -> Result<Self, NotAllowedText> {
        let wrong = || NotAllowedText(text.to_owned());
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
        let (name, specifier) = text.split_at(end);
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if !edge(name.chars().next()) || !edge(name.chars().last()) {
            return Err(wrong());
        }
        let specifier = specifier.trim();
        let parsed: VersionSpecifiers = specifier.parse().map_err(|_| wrong())?;
        Ok(Self { name: normalised(name), specifier: parsed.to_string().replace(' ', "") })
    }
}

/// The interpreter that is to import the packages, as pip is told of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    /// Its version, for instance `3.12`.
    pub(crate) python: String,
    /// `cp`, or `py` where only pure Python will do.
    pub(crate) implementation: String,
    /// Binary interfaces; none leaves them to pip.
    pub(crate) abis: Vec<String>,
    /// Platforms that wheels may be made for.
    pub(crate) platforms: Vec<String>,
    /// What markers ask for.
    pub(crate) markers: BTreeMap<String, String>,
    /// Packages that the sandbox carries, with their versions.
    pub(crate) carried: BTreeMap<String, String>,
}

/// The interpreter that byte code is made by and for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// What tells it from others.
    pub(crate) id: String,
    /// Its module, compiled.
    pub(crate) compiled: PathBuf,
}

impl PackageSettings {
    /// The names that are allowed, with their versions.
    fn allowed(&self) -> BTreeMap<&str, &str> {
        self.allow.iter().map(|one| (one.name.as_str(), one.specifier.as_str())).collect()
    }
}

impl Packages {
    /// Packages by these settings; none where the operator allows none. Wheels are unpacked in children that are
    /// started as `<program> __jail layer <orders>` and must hand the orders to [`jailed_main`] before they do anything
    /// else.
    #[must_use]
    pub fn new(settings: PackageSettings, program: PathBuf, allow_weaker: bool) -> Option<Self> {
        let confined = Confined { program, allow_weaker, limits: settings.limits };
        (!settings.allow.is_empty()).then(|| Self { settings: Arc::new(settings), confined: Arc::new(confined) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_a_name_with_versions() {
        let allowed = |text: &str| text.parse::<Allowed>().map(|one| format!("{}{}", one.name, one.specifier));
        assert_eq!(allowed("Typing_Extensions").as_deref(), Ok("typing-extensions"));
        assert_eq!(allowed("requests >=2.31, <3").as_deref(), Ok("requests>=2.31,<3"));
        for wrong in ["", "*", "-r", "a b", "a @ https://x", "requests[socks]", "a>=", "a/b", "a-"] {
            assert!(allowed(wrong).is_err(), "{wrong}");
        }
    }
}
