//! `GET /api/v1/plugins/{name}/versions/{version}/sbom`: what a version is made
//! of: the plugin, its files, what it asks for, and the known vulnerabilities in that
//! when it was examined. A version gives the same document until it is examined again.

use std::sync::Arc;

use airlock_model::sbom::{self, Circumstances};
use airlock_model::{PluginName, PluginVersion};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use crate::auth::Reader;
use crate::extract::{PathOf, named};
use crate::problem::Problem;
use crate::state::ApiState;

/// The bill of materials of a version, as CycloneDX 1.6 JSON.
#[utoipa::path(get, path = "/api/v1/plugins/{name}/versions/{version}/sbom", tag = "catalogue",
    params(("name" = String, Path, description = "The plugin's name."),
           ("version" = String, Path, description = "The version.")),
    security((), ("token" = ["read"])),
    responses((status = 200, description = "The document.", content_type = "application/vnd.cyclonedx+json")))]
pub(super) async fn sbom(
    State(state): State<Arc<ApiState>>,
    _: Reader,
    PathOf((name, version)): PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let name: PluginName = named("plugin", &name)?;
    let version: PluginVersion = named("version", &version)?;
    let missing = || Problem::not_found("version of this plugin");
    let materials = state.store.materials(&name, &version).await?.ok_or_else(missing)?;
    let circumstances =
        Circumstances { supplier: Some(materials.supplier.as_str()), published_at: Some(materials.published_at) };
    let document = sbom::render(&materials.inspection, &state.settings.tool, circumstances).ok_or_else(missing)?;
    let headers = [
        (CONTENT_TYPE, sbom::MEDIA_TYPE.to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"{name}-{version}.cdx.json\"")),
    ];
    Ok((headers, format!("{document:#}\n")).into_response())
}
