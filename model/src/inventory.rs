//! The inventory: everything that a package asks for, whichever of its files asks.

use serde::{Deserialize, Serialize};

/// What kind of thing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequirementKind {
    /// Another plugin of a registry.
    Plugin,
    /// A Python package.
    Package,
    /// The Python interpreter.
    Interpreter,
    /// Something of the operating system.
    System,
}

impl RequirementKind {
    /// The kind's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Package => "package",
            Self::Interpreter => "interpreter",
            Self::System => "system",
        }
    }
}

/// When it is needed, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// By the plugin, as its manifest says.
    Plugin,
    /// By the plugin, as files for Python's own tools say.
    Runtime,
    /// To build it.
    Build,
    /// For something that not everybody needs.
    Optional,
    /// By those who work on it.
    Dev,
}

impl Scope {
    /// The scope's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Runtime => "runtime",
            Self::Build => "build",
            Self::Optional => "optional",
            Self::Dev => "dev",
        }
    }
}

/// One thing that one line of one file asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Requirement {
    /// What kind of thing.
    pub kind: RequirementKind,
    /// Its name; of Python packages the normalised one (lower case, `-` for each run of `-`, `_` and `.`).
    /// Escape the names of system packages before showing.
    pub name: String,
    /// The versions that will do, as written; empty for any.
    pub specifier: String,
    /// The one version that will do, where there is only one.
    pub pinned: Option<String>,
    /// Extras of the package that are asked for, normalised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<String>,
    /// The environments in which it is asked for; escape before showing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Where its code comes from, when it is not an index: a URL or a path; escape before showing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How many hashes its archive may have; none when it may have any.
    #[serde(default)]
    pub hashes: u32,
    /// The file that asks, relative to the plugin's top folder; escape before showing.
    pub file: String,
    /// The line, from 1; absent where the file does not ask in words.
    pub line: Option<u32>,
    /// When it is needed.
    pub scope: Scope,
    /// The extra or group that it belongs to; escape before showing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl Requirement {
    /// A requirement of any version.
    #[must_use]
    pub fn of(kind: RequirementKind, name: impl Into<String>, scope: Scope, file: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            specifier: String::new(),
            pinned: None,
            extras: Vec::new(),
            marker: None,
            source: None,
            hashes: 0,
            file: file.into(),
            line: None,
            scope,
            group: None,
        }
    }
}

/// The name under which a Python package is known, whatever its spelling (PEP 503).
#[must_use]
pub fn normalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            other => out.push(other.to_ascii_lowercase()),
        }
    }
    out
}

/// A package that a plugin's tests are to find, as far as it can be had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wanted {
    /// Its normalised name.
    pub name: String,
    /// The versions that will do, as written; empty for any.
    pub specifier: String,
    /// Extras of the package, normalised.
    #[serde(default)]
    pub extras: Vec<String>,
    /// The environments in which it is asked for, as written.
    #[serde(default)]
    pub marker: Option<String>,
    /// Where its code comes from, when it is not an index.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether the tests say nothing without it. What only those ask for who work on the
    /// plugin (linters among it) is given to the tests where it is allowed, and left out elsewhere.
    pub required: bool,
}

/// Groups and extras of which tests make use.
const OF_TESTS: [&str; 5] = ["dev", "development", "test", "testing", "tests"];

/// What the inventory asks for on behalf of the tests, each once.
///
/// The framework's own package, which the manifest asks for on behalf of every plugin, is not
/// required: operators install it ahead, or tests find that it is missing.
#[must_use]
pub fn wanted(requirements: &[Requirement]) -> Vec<Wanted> {
    let of_tests = |one: &Requirement| match one.scope {
        Scope::Plugin | Scope::Runtime | Scope::Dev => true,
        Scope::Optional => one.group.as_deref().is_some_and(|group| OF_TESTS.contains(&&*normalised(group))),
        Scope::Build => false,
    };
    let mut found: Vec<Wanted> = requirements
        .iter()
        .filter(|one| one.kind == RequirementKind::Package && of_tests(one))
        .map(|one| Wanted {
            name: one.name.clone(),
            specifier: one.specifier.clone(),
            extras: one.extras.clone(),
            marker: one.marker.clone(),
            source: one.source.clone(),
            required: one.scope == Scope::Runtime,
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_want_what_the_plugin_and_its_tests_ask_for() {
        let asked = |name: &str, scope, group: Option<&str>| Requirement {
            group: group.map(str::to_owned),
            ..Requirement::of(RequirementKind::Package, name, scope, "pyproject.toml")
        };
        let requirements = [
            asked("runtime", Scope::Runtime, None),
            asked("runtime", Scope::Runtime, None),
            asked("framework", Scope::Plugin, None),
            asked("linter", Scope::Dev, None),
            asked("tests", Scope::Optional, Some("Test")),
            asked("drawing", Scope::Optional, Some("plots")),
            asked("builder", Scope::Build, None),
            Requirement::of(RequirementKind::Plugin, "other", Scope::Plugin, "plugin.yaml"),
        ];
        let found = wanted(&requirements);
        let found: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.required)).collect();
        assert_eq!(found, [("framework", false), ("linter", false), ("runtime", true), ("tests", false)]);
    }

    #[test]
    fn one_package_has_one_name() {
        for spelling in ["Friendly-Bard", "friendly_bard", "FRIENDLY.BARD", "friendly-._.-bard"] {
            assert_eq!(normalised(spelling), "friendly-bard");
        }
    }

    #[test]
    fn scopes_are_ordered_by_need() {
        assert!(Scope::Plugin < Scope::Runtime && Scope::Runtime < Scope::Optional && Scope::Optional < Scope::Dev);
    }
}
