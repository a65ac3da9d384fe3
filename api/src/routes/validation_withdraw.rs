//! `POST /api/v1/validations/{id}/withdraw`: its publisher takes an upload back.

use std::sync::Arc;

use airlock_model::ValidationId;
use axum::Json;
use axum::extract::State;

use crate::auth::Publisher;
use crate::extract::{PathOf, named};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::upload::quarantine;
use crate::wire::validation::ValidationAnswer;

/// Takes an upload back. Refused once it is on its way into the catalogue, or has ended.
#[utoipa::path(post, path = "/api/v1/validations/{id}/withdraw", tag = "validation",
    params(("id" = String, Path, description = "The validation's id.")), security(("token" = ["publish"])),
    responses((status = 200, body = ValidationAnswer)))]
pub(super) async fn validation_withdraw(
    State(state): State<Arc<ApiState>>,
    Publisher(caller): Publisher,
    PathOf(id): PathOf<String>,
) -> Result<Json<ValidationAnswer>, Problem> {
    let id: ValidationId = named("validation", &id)?;
    let withdrawn = state.store.withdraw(&caller, id).await?;
    for key in withdrawn.obsolete_objects {
        quarantine::delete(Arc::clone(&state.quarantine), key).await;
    }
    tracing::info!(validation.id = %id, "a validation was withdrawn");
    let view = state.store.validation(&caller, id).await?;
    Ok(Json(ValidationAnswer::of(view, Links::new(&state.settings))))
}
