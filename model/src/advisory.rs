//! What advisories say about what a package asks for. Reading and matching them is
//! the gate's; this module only holds the result.

use serde::{Deserialize, Serialize};

use crate::finding::Severity;
use crate::inventory::{RequirementKind, Scope};
use crate::time::Timestamp;

/// How much of what a requirement allows is vulnerable, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// Every version that it allows, as with a pinned one.
    Every,
    /// Its lowest allowed version, and not all of them.
    Lowest,
    /// Some version that it allows.
    Some,
}

impl Exposure {
    /// The exposure's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Lowest => "lowest",
            Self::Some => "some",
        }
    }
}

/// One known vulnerability in something that the package asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vulnerability {
    /// The advisory's id.
    pub id: String,
    /// Other ids of the same vulnerability, sorted.
    pub aliases: Vec<String>,
    /// What it is, in the advisory's words; escape before showing.
    pub summary: String,
    /// How bad it is.
    pub severity: Severity,
    /// The CVSS vector that says so, where there is one.
    pub vector: Option<String>,
    /// What kind of thing is vulnerable.
    pub kind: RequirementKind,
    /// Its name, as in the inventory.
    pub name: String,
    /// The versions that are asked for, as written.
    pub specifier: String,
    /// The one version that is asked for, where there is only one.
    pub version: Option<String>,
    /// The lowest version that mends it, where the advisory names one.
    pub fixed: Option<String>,
    /// How much of what is allowed is vulnerable.
    pub exposure: Exposure,
    /// When it is needed.
    pub scope: Scope,
    /// The file that asks.
    pub file: String,
    /// The line that asks.
    pub line: Option<u32>,
    /// When the advisory was last changed.
    pub modified: Timestamp,
}

/// Whether and against what the inventory was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvisoryCheck {
    /// Whether there were any advisories.
    pub checked: bool,
    /// How many advisories there were.
    pub records: u64,
    /// When the folder was last brought up to date.
    pub updated_at: Option<Timestamp>,
    /// The newest change of any advisory.
    pub newest: Option<Timestamp>,
    /// The vulnerabilities, worst exposure and severity first.
    pub vulnerabilities: Vec<Vulnerability>,
}
