//! What is left out of a plugin without being a fault: folders and files that
//! tools leave behind and that packers take along (WIRE.md section 3).

use std::collections::BTreeMap;

use airlock_model::escape::quoted;

use super::faults::Faults;
use super::rules;

/// Why something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Drop {
    /// The repository of a version-control system.
    VersionControl,
    /// A cache of an interpreter or a tool.
    Cache,
    /// A virtual environment.
    VirtualEnvironment,
    /// What macOS adds to archives and folders.
    MacOs,
}

impl Drop {
    const fn what(self) -> &'static str {
        match self {
            Self::VersionControl => "version control",
            Self::Cache => "caches",
            Self::VirtualEnvironment => "virtual environments",
            Self::MacOs => "macOS metadata",
        }
    }
}

/// The file that marks a folder as a virtual environment (PEP 405).
pub(crate) const ENVIRONMENT_MARK: &str = "pyvenv.cfg";

/// Whether a path component of this name, and everything below it, is left out. Case does not matter, as it does not
/// where most names come from, but for `CVS`: a folder `cvs` may well be a part of a plugin.
pub(crate) fn component(name: &str) -> Option<Drop> {
    match name.to_ascii_lowercase().as_str() {
        _ if name == "CVS" => Some(Drop::VersionControl),
        ".git" | ".hg" | ".svn" | ".bzr" | "_darcs" | ".jj" => Some(Drop::VersionControl),
        "__pycache__" | ".pytest_cache" | ".mypy_cache" | ".ruff_cache" | ".hypothesis" | ".tox" | ".nox"
        | ".ipynb_checkpoints" | ".eggs" => Some(Drop::Cache),
        ".venv" | ".virtualenv" => Some(Drop::VirtualEnvironment),
        "__macosx" | ".ds_store" | ".appledouble" | ".spotlight-v100" | ".trashes" | ".fseventsd" => Some(Drop::MacOs),
        _ if name.starts_with("._") => Some(Drop::MacOs),
        _ => None,
    }
}

/// Counts what was left out, for one note of each kind.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    kinds: BTreeMap<Drop, (u64, String)>,
}

impl Dropped {
    /// Remembers one member.
    pub(crate) fn count(&mut self, drop: Drop, path: &str) {
        let (count, _) = self.kinds.entry(drop).or_insert_with(|| (0, path.to_owned()));
        *count += 1;
    }

    /// Whether nothing was left out.
    pub(crate) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// One note for each kind.
    pub(crate) fn report(self, faults: &mut Faults) {
        for (drop, (count, first)) in self.kinds {
            let (what, first) = (drop.what(), quoted(&first));
            let members = if count == 1 { "1 member was".into() } else { format!("{count} members were") };
            faults.add(&rules::DROPPED, None, format!("{members} left out as {what}, the first of them {first}."));
        }
    }
}
