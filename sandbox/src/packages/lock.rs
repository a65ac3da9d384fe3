//! The lock: which wheels a set of requirements came to, by their hashes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use airlock_model::Sha256;
use airlock_model::inventory::Wanted;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{PackageSettings, Target};

/// Counts up when layers are laid out otherwise than before.
const FORMAT: u32 = 2;

/// One wheel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Locked {
    /// The package's normalised name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// The wheel's file name.
    pub(crate) file: String,
    /// The wheel's SHA-256.
    pub(crate) sha256: Sha256,
}

/// What a set of requirements came to, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lock {
    /// The wheels, sorted.
    pub(crate) packages: Vec<Locked>,
}

impl Lock {
    /// The lock of these wheels.
    pub(super) fn of(mut packages: Vec<Locked>) -> Self {
        packages.sort();
        Self { packages }
    }

    /// Names the layer of these wheels, with byte code of that interpreter.
    pub(super) fn hash(&self, interpreter: Option<&str>) -> String {
        let mut text = format!("{FORMAT} {}\n", interpreter.unwrap_or("-"));
        for one in &self.packages {
            let _ = writeln!(text, "{}=={} --hash=sha256:{}", one.name, one.version, one.sha256);
        }
        short(&text)
    }
}

/// Names what was asked for, of whom and for which interpreter; the lock is kept under it.
pub(super) fn question(settings: &PackageSettings, target: &Target, asked: &[Wanted]) -> String {
    let allowed: BTreeMap<_, _> = settings.allowed();
    let text = json!([FORMAT, target, asked, allowed, settings.wheelhouse, settings.index]);
    short(&text.to_string())
}

fn short(text: &str) -> String {
    let mut hash = Sha256::of(text.as_bytes()).to_string();
    hash.truncate(32);
    hash
}
