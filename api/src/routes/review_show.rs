//! `GET /api/v1/reviews/{validation}`: one validation before a person, with what was decided so far.

use std::sync::Arc;

use airlock_model::{Report, ValidationId};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::validation_report::report;
use crate::auth::Reviewer;
use crate::extract::{PathOf, named};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::wire::validation::{ReviewAnswer, ValidationAnswer};

/// One validation before a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReviewShown {
    /// Where it stands.
    validation: ValidationAnswer,
    /// The decisions of persons, oldest first.
    decisions: Vec<ReviewAnswer>,
    /// Everything that was found.
    #[schema(value_type = Object)]
    report: Report,
}

/// One validation before a person, with its report and what was decided so far.
#[utoipa::path(get, path = "/api/v1/reviews/{validation}", tag = "review",
    params(("validation" = String, Path, description = "The validation's id.")), security(("token" = ["review"])),
    responses((status = 200, body = ReviewShown)))]
pub(super) async fn review_show(
    State(state): State<Arc<ApiState>>,
    Reviewer(caller): Reviewer,
    PathOf(id): PathOf<String>,
) -> Result<Json<ReviewShown>, Problem> {
    let id: ValidationId = named("validation", &id)?;
    let view = state.store.validation(&caller, id).await?;
    let report = report(&state, &caller, id).await?;
    let decisions = state.store.reviews_of(id).await?.into_iter().map(ReviewAnswer::from).collect();
    let validation = ValidationAnswer::of(view, Links::new(&state.settings));
    Ok(Json(ReviewShown { validation, decisions, report }))
}
