//! What is different from an earlier version of the same plugin: a pure function of
//! two inspections.

mod compare;

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::finding::{Capability, Severity};
use crate::inspection::{CapabilityUse, Inspection};
use crate::inventory::RequirementKind;
use crate::manifest::Permissions;
use crate::version::PluginVersion;

/// How many entries each list holds at most; the rest is counted.
pub const MOST: usize = 500;

/// Rules that speak of the step itself. Their findings come and go with every
/// version, so they are not compared.
pub const STEP_RULES: &[&str] = &["AL-CAPABILITY-new-in-patch", "AL-CAPABILITY-widened-in-patch"];

/// An earlier version to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    /// The version.
    pub version: PluginVersion,
    /// What was found out about it, its findings among it.
    pub inspection: Inspection,
}

/// How far apart the two versions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Another major number.
    Major,
    /// Another minor number.
    Minor,
    /// Same major and minor number: people take it without reading.
    Patch,
    /// The other version is the newer one.
    Back,
}

impl Step {
    /// The step from one version to another.
    #[must_use]
    pub fn between(earlier: &PluginVersion, later: &PluginVersion) -> Self {
        let (a, b) = (earlier.semver(), later.semver());
        match () {
            () if earlier >= later => Self::Back,
            () if a.major != b.major => Self::Major,
            () if a.minor != b.minor => Self::Minor,
            () => Self::Patch,
        }
    }

    /// The step's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Back => "back",
        }
    }
}

/// Some entries and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The first [`MOST`].
    pub items: Vec<T>,
    /// How many more there are.
    pub more: u64,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { items: Vec::new(), more: 0 }
    }
}

impl<T> Listed<T> {
    fn of(all: impl IntoIterator<Item = T>) -> Self {
        let mut items: Vec<T> = all.into_iter().collect();
        let more = items.len().saturating_sub(MOST) as u64;
        items.truncate(MOST);
        Self { items, more }
    }

    /// How many there are, those that are not listed among them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.items.len() as u64 + self.more
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// One file that is there in one version only, or in both with other bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    /// The path; escape before showing.
    pub path: String,
    /// Its size before; absent when it was not there.
    pub size_before: Option<u64>,
    /// Its size now; absent when it is not there any more.
    pub size_after: Option<u64>,
    /// The hash now, of a removed file the one before.
    pub sha256: Sha256,
}

/// The files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChanges {
    /// Only in this version.
    pub added: Listed<FileChange>,
    /// Only in the earlier version.
    pub removed: Listed<FileChange>,
    /// In both, with other bytes.
    pub changed: Listed<FileChange>,
    /// How many are the same.
    pub unchanged: u64,
}

/// The capabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityChanges {
    /// Capabilities of which the earlier version had no use at all.
    pub gained: Vec<Capability>,
    /// Capabilities of which this version has no use any more.
    pub lost: Vec<Capability>,
    /// Uses that the earlier version did not have in that file.
    pub new: Listed<CapabilityUse>,
    /// Uses that are not in that file any more.
    pub gone: Listed<CapabilityUse>,
}

/// One requirement whose versions, scope or source are others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementChange {
    /// What kind of thing.
    pub kind: RequirementKind,
    /// Its name.
    pub name: String,
    /// What was asked for, by every file that asks.
    pub before: Vec<String>,
    /// What is asked for.
    pub after: Vec<String>,
}

/// The dependencies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyChanges {
    /// Not asked for before.
    pub added: Listed<RequirementChange>,
    /// Not asked for any more.
    pub removed: Listed<RequirementChange>,
    /// Asked for otherwise.
    pub changed: Listed<RequirementChange>,
}

/// One text that is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChange {
    /// Before.
    pub before: String,
    /// Now.
    pub after: String,
}

/// One permission that is wider than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widened {
    /// Which; absent when the whole block is gone.
    pub capability: Option<Capability>,
    /// What is new in it, in words; escape before showing.
    pub what: String,
    /// Whether a person should look when a patch release does so.
    pub grave: bool,
}

/// The `permissions` block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionChange {
    /// The block before; absent when there was none.
    pub before: Option<Permissions>,
    /// The block now; absent when there is none.
    pub after: Option<Permissions>,
    /// In what it is wider.
    pub widened: Vec<Widened>,
}

/// One finding, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChange {
    /// The rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// The file; escape before showing.
    pub file: Option<String>,
    /// The line.
    pub line: Option<u32>,
    /// What was found; escape before showing.
    pub message: String,
    /// By what it is told from others.
    pub fingerprint: String,
}

/// The findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingChanges {
    /// Not in the earlier version.
    pub new: Listed<FindingChange>,
    /// Not in this version any more.
    pub gone: Listed<FindingChange>,
}

/// What is different from the earlier version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The earlier version; absent when this is the first one, and then everything else is empty.
    pub previous: Option<PluginVersion>,
    /// How far apart they are.
    pub step: Option<Step>,
    /// Whether the earlier version was examined by the same rule set. When not, findings and capabilities may differ
    /// although the code does not.
    pub same_rules: bool,
    /// The files.
    pub files: FileChanges,
    /// The capabilities.
    pub capabilities: CapabilityChanges,
    /// The dependencies.
    pub dependencies: DependencyChanges,
    /// The entry point, when it is another.
    pub entry_point: Option<TextChange>,
    /// The `permissions` block, when it is another.
    pub permissions: Option<PermissionChange>,
    /// The findings.
    pub findings: FindingChanges,
}

impl Difference {
    /// Compares an inspection, whose findings are settled, with an earlier version.
    #[must_use]
    pub fn between(earlier: Option<&Earlier>, version: &PluginVersion, later: &Inspection) -> Self {
        let Some(earlier) = earlier else {
            return Self { same_rules: true, ..Self::default() };
        };
        let before = &earlier.inspection;
        Self {
            previous: Some(earlier.version.clone()),
            step: Some(Step::between(&earlier.version, version)),
            same_rules: before.rule_set == later.rule_set,
            files: compare::files(before, later),
            capabilities: compare::capabilities(before, later),
            dependencies: compare::dependencies(before, later),
            entry_point: compare::entry_point(before, later),
            permissions: compare::permissions(before, later),
            findings: compare::findings(&before.findings, &later.findings),
        }
    }
}

#[cfg(test)]
mod tests;
