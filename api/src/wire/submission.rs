//! The answer to an upload: the guide's three members, and where to follow it.

use airlock_model::inspection::Blob;
use airlock_model::{PluginName, PluginVersion, Sha256, ValidationId, ValidationState};
use airlock_store::Accepted;
use serde::Serialize;
use utoipa::ToSchema;

use crate::links::Links;
use crate::upload::claim::Claim;
use crate::wire::validation::ValidationLinks;

/// What became of an upload.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedAnswer {
    /// Always true: a refusal is a problem with a status of its own.
    pub success: bool,
    /// The validation to follow.
    #[schema(value_type = String, format = "uuid")]
    pub id: ValidationId,
    /// The validation's address, which the header `Location` carries too.
    pub url: String,
    /// The plugin.
    #[schema(value_type = String, example = "weather-tool")]
    pub plugin: PluginName,
    /// The version.
    #[schema(value_type = String, example = "1.0.0")]
    pub version: PluginVersion,
    /// Where the validation stands.
    #[schema(value_type = String, example = "queued")]
    pub state: ValidationState,
    /// SHA-256 of what was received.
    #[schema(value_type = String)]
    pub sha256: Sha256,
    /// How many bytes were received.
    pub size: u64,
    /// Whether these very bytes had been accepted before, so that nothing new begins.
    pub repeated: bool,
    /// The validation of other bytes of this version that this one takes the place of.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub superseded: Option<ValidationId>,
    /// Where what belongs to the validation is.
    pub links: ValidationLinks,
}

impl AcceptedAnswer {
    /// Tells what was accepted.
    #[must_use]
    pub fn of(accepted: &Accepted, claim: Claim, upload: Blob, state: ValidationState, links: Links<'_>) -> Self {
        Self {
            success: true,
            id: accepted.validation,
            url: links.validation(accepted.validation),
            plugin: claim.name,
            version: claim.version,
            state,
            sha256: upload.sha256,
            size: upload.size,
            repeated: accepted.repeated,
            superseded: accepted.superseded,
            links: ValidationLinks::of(accepted.validation, links),
        }
    }
}
