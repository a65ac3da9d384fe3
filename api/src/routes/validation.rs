//! `GET /api/v1/validations/{id}`: where a validation stands.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::auth::SignedIn;
use crate::extract::{PathOf, named};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::wire::validation::ValidationAnswer;

/// Where a validation stands.
#[utoipa::path(get, path = "/api/v1/validations/{id}", tag = "validation",
    params(("id" = String, Path, description = "The validation's id.")), security(("token" = [])),
    responses((status = 200, body = ValidationAnswer)))]
pub(super) async fn validation(
    State(state): State<Arc<ApiState>>,
    SignedIn(caller): SignedIn,
    PathOf(id): PathOf<String>,
) -> Result<Json<ValidationAnswer>, Problem> {
    let view = state.store.validation(&caller, named("validation", &id)?).await?;
    Ok(Json(ValidationAnswer::of(view, Links::new(&state.settings))))
}
