//! What was seen of a plugin in sandboxes, by capability, beside what is known of it otherwise.

use serde::{Deserialize, Serialize};

use crate::finding::{Capability, Permission};
use crate::run::SeenBy;

/// When something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum During {
    /// While the entry point was imported and nothing else was done.
    Import,
    /// While the plugin's own tests ran; they may do what the plugin does not.
    Tests,
}

impl During {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Import => "at import",
            Self::Tests => "in its tests",
        }
    }
}

/// Everything that was seen of one capability, from one side, in one kind of run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The capability.
    pub capability: Capability,
    /// In which kind of run.
    pub during: During,
    /// Who saw it.
    pub seen_by: SeenBy,
    /// How many different attempts.
    pub attempts: u64,
    /// The first of them; escape before showing.
    pub first: String,
    /// How it stands to the manifest's `permissions`.
    pub permission: Permission,
    /// Whether the scanner infers this capability from the source.
    pub in_source: bool,
}

impl Observed {
    /// How it compares with what is declared and what the source shows, in words.
    #[must_use]
    pub fn comparison(&self) -> String {
        let source = if self.in_source { "in the source too" } else { "not in the source" };
        let declared = match self.permission {
            Permission::Absent => "the manifest has no permissions block",
            Permission::Declared => "declared",
            Permission::Beyond => "beyond what the manifest declares",
        };
        format!("{source}; {declared}")
    }
}
