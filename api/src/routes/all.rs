//! `GET /api/v1/plugins/all`: the whole catalogue, for the existing client's cache.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::auth::Reader;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::wire::plugin::{CachedResult, CatalogueAnswer};

/// The whole catalogue, for a client's cache.
#[utoipa::path(get, path = "/api/v1/plugins/all", tag = "catalogue", security((), ("token" = ["read"])),
    responses((status = 200, body = CatalogueAnswer)))]
pub(super) async fn all(State(state): State<Arc<ApiState>>, _: Reader) -> Result<Json<CatalogueAnswer>, Problem> {
    let (entries, updated_at) = state.store.all().await?;
    let plugins = entries
        .into_iter()
        .map(|entry| CachedResult { result: (&entry).into(), search_text: entry.search_text })
        .collect();
    Ok(Json(CatalogueAnswer { plugins, updated_at }))
}
