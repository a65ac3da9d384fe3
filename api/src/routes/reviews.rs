//! `GET /api/v1/reviews`: what waits for a person.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::validations::PageParams;
use crate::auth::Reviewer;
use crate::extract::QueryOf;
use crate::links::Links;
use crate::problem::Problem;
use crate::query;
use crate::state::ApiState;
use crate::wire::validation::ValidationsPage;

/// The validations that wait for a person's decision, newest first.
#[utoipa::path(get, path = "/api/v1/reviews", tag = "review", params(PageParams), security(("token" = ["review"])),
    responses((status = 200, body = ValidationsPage)))]
pub(super) async fn reviews(
    State(state): State<Arc<ApiState>>,
    _: Reviewer,
    QueryOf(params): QueryOf<PageParams>,
) -> Result<Json<ValidationsPage>, Problem> {
    let page = state.store.list_held(params.cursor()?, query::page(params.limit)).await?;
    Ok(Json(ValidationsPage::of(page, Links::new(&state.settings))))
}
