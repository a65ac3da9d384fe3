//! What the registry answers, as far as the command line reads it.

use airlock_model::finding::FindingsCount;
use airlock_model::{PluginName, PluginVersion, StageName, StageState, ValidationId, ValidationState, Verdict};
use serde::{Deserialize, Serialize};

/// Problem details (RFC 9457).
#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) detail: String,
}

/// An upload was accepted.
#[derive(Debug, Deserialize)]
pub(crate) struct Accepted {
    /// The validation to follow.
    pub(crate) id: ValidationId,
    /// Whether these bytes were there already.
    pub(crate) repeated: bool,
    /// Where people look.
    pub(crate) links: Links,
}

/// Addresses that belong to a validation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Links {
    /// The page for people.
    pub(crate) html: String,
}

/// A validation without its stages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// The id.
    pub(crate) id: ValidationId,
    /// The plugin.
    pub(crate) plugin: PluginName,
    /// The version.
    pub(crate) version: PluginVersion,
    /// Who uploaded it.
    pub(crate) publisher: String,
    /// Where it stands.
    pub(crate) state: ValidationState,
    /// What was decided.
    pub(crate) verdict: Option<Verdict>,
    /// How many findings of each severity.
    pub(crate) findings_count: FindingsCount,
    /// Why, worst first.
    pub(crate) reasons: Vec<String>,
    /// What went wrong on the registry's side.
    pub(crate) error: Option<String>,
    /// Addresses.
    pub(crate) links: Links,
}

/// A validation with its stages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Validation {
    /// Everything but the stages.
    #[serde(flatten)]
    pub(crate) listed: Listed,
    /// The stages so far.
    pub(crate) stages: Vec<Stage>,
}

/// One stage of a validation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Stage {
    /// Which.
    pub(crate) name: StageName,
    /// Where it stands.
    pub(crate) state: StageState,
    /// The attempt, from 1.
    pub(crate) attempt: u32,
    /// How many wait before it, itself included.
    pub(crate) queue_position: Option<u64>,
    /// When it will probably be done.
    pub(crate) eta_seconds: Option<u64>,
}

/// One page of a list of validations.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) validations: Vec<Listed>,
    /// What the next page is asked for with.
    pub(super) next: Option<String>,
}
