//! `POST /api/v1/reviews/{validation}`: a person decides.

use std::sync::Arc;

use airlock_model::{StageName, ValidationId, ValidationState};
use airlock_store::ReviewDecision;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::Reviewer;
use crate::extract::{BodyOf, PathOf, named};
use crate::links::Links;
use crate::problem::{Kind, Problem};
use crate::state::ApiState;
use crate::upload::wake;
use crate::wire::validation::ValidationAnswer;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 4000;

/// What a person decides, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    /// Into the catalogue, or refused.
    decision: DecisionWord,
    /// Why; its publisher reads it.
    reason: String,
}

/// The two decisions.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DecisionWord {
    /// Into the catalogue.
    Approve,
    /// Refused.
    Reject,
}

impl From<DecisionWord> for ReviewDecision {
    fn from(word: DecisionWord) -> Self {
        match word {
            DecisionWord::Approve => Self::Approve,
            DecisionWord::Reject => Self::Reject,
        }
    }
}

/// Approves or rejects a held validation.
#[utoipa::path(post, path = "/api/v1/reviews/{validation}", tag = "review",
    params(("validation" = String, Path, description = "The validation's id.")), security(("token" = ["review"])),
    request_body = Decide, responses((status = 200, body = ValidationAnswer)))]
pub(super) async fn review_decide(
    State(state): State<Arc<ApiState>>,
    Reviewer(caller): Reviewer,
    PathOf(id): PathOf<String>,
    BodyOf(decide): BodyOf<Decide>,
) -> Result<Json<ValidationAnswer>, Problem> {
    let id: ValidationId = named("validation", &id)?;
    let reason = decide.reason.trim();
    if reason.is_empty() || reason.contains('\0') || reason.chars().count() > LONGEST_REASON {
        let detail =
            format!("A decision needs a reason of 1 to {LONGEST_REASON} characters, which its publisher reads.");
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    let standing = state.store.decide_review(&caller, id, decide.decision.into(), reason).await?;
    if standing == ValidationState::Promoting {
        wake(&state, StageName::Promote, None).await;
    }
    tracing::info!(validation.id = %id, validation.state = %standing, "a person decided a held validation");
    let view = state.store.validation(&caller, id).await?;
    Ok(Json(ValidationAnswer::of(view, Links::new(&state.settings))))
}
