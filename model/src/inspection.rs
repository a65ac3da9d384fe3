//! What the inspect stage found out about one package.

use serde::{Deserialize, Serialize};

use crate::advisory::AdvisoryCheck;
use crate::difference::Difference;
use crate::digest::Sha256;
use crate::finding::{Capability, Finding, Permission};
use crate::inventory::Requirement;
use crate::manifest::Manifest;
use crate::run::TestPlan;

/// Bytes that are kept, by hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// SHA-256 of the bytes.
    pub sha256: Sha256,
    /// How many bytes.
    pub size: u64,
}

/// One use of a capability, with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityUse {
    /// Which capability.
    pub capability: Capability,
    /// The qualified name that is reached, for instance `subprocess.run`.
    pub what: String,
    /// The function it happens in, `<module>` at the top level.
    pub function: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// How it stands to the manifest's `permissions`.
    pub permission: Permission,
}

/// What a file is, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Python source.
    Python,
    /// Other text.
    Text,
    /// Anything else.
    Binary,
}

/// One file of the canonical archive; its view is `size` bytes at `offset` of
/// the views object, the files' bytes one after the other in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the plugin's top folder; escape before showing.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Where its bytes begin in the views object.
    pub offset: u64,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// What it is.
    pub kind: FileKind,
}

/// Everything the inspect stage hands on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The upload as it came.
    pub upload: Blob,
    /// The archive that Airlock packed from the tree; absent when there is no tree to pack.
    pub canonical: Option<Blob>,
    /// The manifest; absent when it has a fault that rejects.
    pub manifest: Option<Manifest>,
    /// Settled findings (see [`crate::fingerprint::settle`]), without decisions.
    pub findings: Vec<Finding>,
    /// The uses of capabilities, by place; of very many, the first of each capability.
    pub capabilities: Vec<CapabilityUse>,
    /// What the test stage needs to know.
    pub plan: TestPlan,
    /// The files of the canonical archive, by path.
    pub files: Vec<FileEntry>,
    /// The README's text, for the catalogue.
    pub readme: Option<String>,
    /// The changelog's text, for the catalogue.
    pub changelog: Option<String>,
    /// The version of the rule set that looked.
    pub rule_set: String,
    /// Everything that the package asks for.
    #[serde(default)]
    pub dependencies: Vec<Requirement>,
    /// What advisories say of it; absent until the gate has asked them.
    #[serde(default)]
    pub advisories: Option<AdvisoryCheck>,
    /// What is different from an earlier version; absent where none was compared.
    #[serde(default)]
    pub difference: Option<Difference>,
}

impl Inspection {
    /// An inspection of `upload` that found nothing out, to be filled.
    #[must_use]
    pub fn empty(upload: Blob, rule_set: impl Into<String>) -> Self {
        Self {
            upload,
            canonical: None,
            manifest: None,
            findings: Vec::new(),
            capabilities: Vec::new(),
            plan: TestPlan::default(),
            files: Vec::new(),
            readme: None,
            changelog: None,
            rule_set: rule_set.into(),
            dependencies: Vec::new(),
            advisories: None,
            difference: None,
        }
    }
}
