//! `POST /api/v1/validations/{id}/retry`: the stage that we failed at begins again.

use std::sync::Arc;

use airlock_model::ValidationId;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::auth::Publisher;
use crate::extract::{PathOf, named};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::upload::wake;
use crate::wire::validation::ValidationAnswer;

/// Lets the stage that the registry failed at begin again. Only an errored validation can be retried.
#[utoipa::path(post, path = "/api/v1/validations/{id}/retry", tag = "validation",
    params(("id" = String, Path, description = "The validation's id.")), security(("token" = ["publish"])),
    responses((status = 202, body = ValidationAnswer)))]
pub(super) async fn validation_retry(
    State(state): State<Arc<ApiState>>,
    Publisher(caller): Publisher,
    PathOf(id): PathOf<String>,
) -> Result<(StatusCode, Json<ValidationAnswer>), Problem> {
    let id: ValidationId = named("validation", &id)?;
    let retried = state.store.retry(&caller, id).await?;
    wake(&state, retried.stage, retried.needs).await;
    tracing::info!(validation.id = %id, stage.name = %retried.stage, stage.attempt = retried.attempt, "a validation is retried");
    let view = state.store.validation(&caller, id).await?;
    Ok((StatusCode::ACCEPTED, Json(ValidationAnswer::of(view, Links::new(&state.settings)))))
}
