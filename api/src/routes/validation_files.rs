//! `GET /api/v1/validations/{id}/files`: what was examined, file by file.

use std::sync::Arc;

use airlock_model::inspection::FileKind;
use airlock_model::{Sha256, ValidationId};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::SignedIn;
use crate::extract::{PathOf, named};
use crate::problem::Problem;
use crate::state::ApiState;

/// The files of a package.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FilesAnswer {
    /// The files, by path; empty until the package has been inspected.
    files: Vec<FileAnswer>,
}

/// One file of a package.
#[derive(Debug, Serialize, ToSchema)]
struct FileAnswer {
    /// Relative to the plugin's top folder: untrusted text.
    path: String,
    /// Bytes.
    size: u64,
    /// SHA-256 of its bytes.
    #[schema(value_type = String)]
    sha256: Sha256,
    /// What it is.
    #[schema(value_type = String, example = "python")]
    kind: FileKind,
}

/// The files that were examined.
#[utoipa::path(get, path = "/api/v1/validations/{id}/files", tag = "validation",
    params(("id" = String, Path, description = "The validation's id.")), security(("token" = [])),
    responses((status = 200, body = FilesAnswer)))]
pub(super) async fn validation_files(
    State(state): State<Arc<ApiState>>,
    SignedIn(caller): SignedIn,
    PathOf(id): PathOf<String>,
) -> Result<Json<FilesAnswer>, Problem> {
    let id: ValidationId = named("validation", &id)?;
    let report = state.store.report(&caller, id, &state.settings.tool).await?;
    let files = report
        .files
        .into_iter()
        .map(|file| FileAnswer { path: file.path, size: file.size, sha256: file.sha256, kind: file.kind })
        .collect();
    Ok(Json(FilesAnswer { files }))
}
