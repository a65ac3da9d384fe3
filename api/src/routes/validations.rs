//! `GET /api/v1/validations`: the caller's own, newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::SignedIn;
use crate::extract::{QueryOf, written};
use crate::links::Links;
use crate::problem::Problem;
use crate::query;
use crate::state::ApiState;
use crate::wire::validation::ValidationsPage;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// What an earlier page gave as `next`.
    pub(super) cursor: Option<String>,
    /// The most entries, 20 unless said otherwise, at most 100.
    pub(super) limit: Option<u32>,
}

impl PageParams {
    pub(super) fn cursor(&self) -> Result<Option<airlock_store::Cursor>, Problem> {
        let given = self.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        given.map(|cursor| written("The cursor", cursor)).transpose()
    }
}

/// The caller's validations, newest first.
#[utoipa::path(get, path = "/api/v1/validations", tag = "validation", params(PageParams), security(("token" = [])),
    responses((status = 200, body = ValidationsPage)))]
pub(super) async fn validations(
    State(state): State<Arc<ApiState>>,
    SignedIn(caller): SignedIn,
    QueryOf(params): QueryOf<PageParams>,
) -> Result<Json<ValidationsPage>, Problem> {
    let limit = query::page(params.limit);
    let page = state.store.list_validations(&caller, params.cursor()?, limit).await?;
    Ok(Json(ValidationsPage::of(page, Links::new(&state.settings))))
}
