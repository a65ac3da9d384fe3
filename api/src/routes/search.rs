//! `GET /api/v1/search`: the existing client's search.

use std::sync::Arc;

use airlock_store::SearchQuery;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Reader;
use crate::extract::QueryOf;
use crate::problem::Problem;
use crate::query;
use crate::state::ApiState;
use crate::wire::plugin::{SearchAnswer, SearchResult};

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParams {
    /// Words that must all occur.
    q: Option<String>,
    /// A plugin type, as `tool` or `PluginType.TOOL`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// A category, as `utility` or `PluginCategory.UTILITY`.
    category: Option<String>,
    /// The most results, 20 unless said otherwise, at most 100.
    limit: Option<u32>,
    /// How many to pass over.
    offset: Option<u32>,
}

/// Searches the catalogue.
#[utoipa::path(get, path = "/api/v1/search", tag = "catalogue", params(SearchParams), security((), ("token" = ["read"])),
    responses((status = 200, body = SearchAnswer)))]
pub(super) async fn search(
    State(state): State<Arc<ApiState>>,
    _: Reader,
    QueryOf(params): QueryOf<SearchParams>,
) -> Result<Json<SearchAnswer>, Problem> {
    let wanted = SearchQuery {
        text: query::text(params.q)?,
        kind: query::kind(params.kind.as_deref())?,
        category: query::category(params.category.as_deref())?,
        tags: Vec::new(),
        limit: query::limit(params.limit),
        offset: params.offset.unwrap_or(0),
    };
    let found = state.store.search(&wanted).await?;
    Ok(Json(SearchAnswer { results: found.entries.iter().map(SearchResult::from).collect(), total: found.total }))
}
