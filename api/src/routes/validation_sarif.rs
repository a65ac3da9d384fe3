//! `GET /api/v1/validations/{id}/report.sarif`: the findings for other tools.

use std::sync::Arc;

use airlock_model::report::sarif;
use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use serde_json::Value;

use super::validation_report::report;
use crate::auth::SignedIn;
use crate::extract::{PathOf, named};
use crate::problem::Problem;
use crate::state::ApiState;

/// The findings as SARIF 2.1.0.
#[utoipa::path(get, path = "/api/v1/validations/{id}/report.sarif", tag = "validation",
    params(("id" = String, Path, description = "The validation's id.")), security(("token" = [])),
    responses((status = 200, description = "A SARIF 2.1.0 log.", content_type = "application/sarif+json")))]
pub(super) async fn validation_sarif(
    State(state): State<Arc<ApiState>>,
    SignedIn(caller): SignedIn,
    PathOf(id): PathOf<String>,
) -> Result<([(HeaderName, &'static str); 1], Json<Value>), Problem> {
    let report = report(&state, &caller, named("validation", &id)?).await?;
    let rule = |id: &str| state.rules.iter().find(|rule| rule.id == id).copied();
    let log = sarif::render_with(&report, &rule);
    Ok(([(CONTENT_TYPE, "application/sarif+json")], Json(log)))
}
