//! `PUT /api/v1/plugins/{name}/{version}`: an upload whose body is the archive.

use std::sync::Arc;

use airlock_model::{PluginName, PluginVersion};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::auth::Publisher;
use crate::extract::{PathOf, written};
use crate::problem::Problem;
use crate::state::ApiState;
use crate::upload::{self, claim::Claim};
use crate::wire::submission::AcceptedAnswer;

/// Uploads a version: the body is the archive as it is.
#[utoipa::path(put, path = "/api/v1/plugins/{name}/{version}", tag = "upload", security(("token" = ["publish"])),
    params(("name" = String, Path, description = "The plugin's name."),
           ("version" = String, Path, description = "The version.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = AcceptedAnswer, description = "In quarantine; follow the validation.")))]
pub(super) async fn put(
    State(state): State<Arc<ApiState>>,
    Publisher(caller): Publisher,
    PathOf((name, version)): PathOf<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let name: PluginName = written("The plugin name", &name)?;
    let version: PluginVersion = written("The version", &version)?;
    // Whether the name is someone else's is known before a byte of the body is read.
    state.store.may_publish(&caller, &name).await?;
    upload::raw(state, caller, headers, body, Claim { name, version }).await
}
