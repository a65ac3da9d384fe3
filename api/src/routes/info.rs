//! `GET /api/v1/plugins/{name}`: everything about one plugin.

use std::sync::Arc;

use airlock_model::{PluginName, PluginVersion};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Reader;
use crate::extract::{PathOf, QueryOf, named};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::wire::plugin::PluginAnswer;

/// Which version to tell of.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct InfoParams {
    /// A version; the latest when absent.
    version: Option<String>,
}

/// Everything about one plugin.
#[utoipa::path(get, path = "/api/v1/plugins/{name}", tag = "catalogue",
    params(("name" = String, Path, description = "The plugin's name."), InfoParams),
    security((), ("token" = ["read"])), responses((status = 200, body = PluginAnswer)))]
pub(super) async fn info(
    State(state): State<Arc<ApiState>>,
    _: Reader,
    PathOf(name): PathOf<String>,
    QueryOf(params): QueryOf<InfoParams>,
) -> Result<Json<PluginAnswer>, Problem> {
    let name: PluginName = named("plugin", &name)?;
    let version = params.version.filter(|version| !version.is_empty());
    let version: Option<PluginVersion> = version.map(|version| named("version", &version)).transpose()?;
    // A client that has just downloaded expects to see it counted.
    if let Err(error) = state.store.flush_downloads().await {
        tracing::warn!(%error, "downloads could not be counted yet; they stay in memory");
    }
    let detail = state.store.plugin(&name, version.as_ref()).await?;
    let detail = detail.ok_or_else(|| Problem::not_found("plugin or version"))?;
    Ok(Json(PluginAnswer::of(detail, Links::new(&state.settings))))
}
