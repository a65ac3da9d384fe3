//! `GET /api/v1/validations/{id}/report`: everything that was found.

use std::sync::Arc;

use airlock_model::{Report, ValidationId};
use airlock_store::Caller;
use axum::Json;
use axum::extract::State;

use crate::auth::SignedIn;
use crate::extract::{PathOf, named};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;

/// Everything that was found, as far as the validation has come.
#[utoipa::path(get, path = "/api/v1/validations/{id}/report", tag = "validation",
    params(("id" = String, Path, description = "The validation's id.")), security(("token" = [])),
    responses((status = 200, description = "The report.", content_type = "application/json")))]
pub(super) async fn validation_report(
    State(state): State<Arc<ApiState>>,
    SignedIn(caller): SignedIn,
    PathOf(id): PathOf<String>,
) -> Result<Json<Report>, Problem> {
    Ok(Json(report(&state, &caller, named("validation", &id)?).await?))
}

/// The report, its rules' pages under this registry's own address.
pub(crate) async fn report(state: &ApiState, caller: &Caller, id: ValidationId) -> Result<Report, Problem> {
    let mut report = state.store.report(caller, id, &state.settings.tool).await?;
    let links = Links::new(&state.settings);
    for finding in report.findings.iter_mut().filter(|finding| finding.url.starts_with('/')) {
        finding.url = links.absolute(&finding.url);
    }
    Ok(report)
}
