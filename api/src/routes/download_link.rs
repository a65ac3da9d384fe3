//! `GET /api/v1/plugins/{name}/download?version=`: the seed guide's way to an archive.

use std::sync::Arc;

use airlock_model::{PluginName, PluginVersion, Sha256};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Reader;
use crate::extract::{PathOf, QueryOf, named};
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LinkParams {
    /// The version.
    version: String,
}

/// Where an archive is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinkAnswer {
    /// The archive's address.
    download_url: String,
    /// SHA-256 of the archive.
    #[schema(value_type = String)]
    sha256: Sha256,
    /// The archive's size in bytes.
    size: u64,
}

/// Where the archive of a version is.
#[utoipa::path(get, path = "/api/v1/plugins/{name}/download", tag = "guide",
    params(("name" = String, Path, description = "The plugin's name."), LinkParams),
    security((), ("token" = ["read"])), responses((status = 200, body = LinkAnswer)))]
pub(super) async fn download_link(
    State(state): State<Arc<ApiState>>,
    _: Reader,
    PathOf(name): PathOf<String>,
    QueryOf(params): QueryOf<LinkParams>,
) -> Result<Json<LinkAnswer>, Problem> {
    let name: PluginName = named("plugin", &name)?;
    let version: PluginVersion = named("version", &params.version)?;
    let served = state.store.version_for_download(&name, &version).await?;
    let served = served.ok_or_else(|| Problem::not_found("version of this plugin"))?;
    Ok(Json(LinkAnswer {
        download_url: Links::new(&state.settings).archive(&served.name, &served.version),
        sha256: served.canonical.sha256,
        size: served.canonical.size,
    }))
}
