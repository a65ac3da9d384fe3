//! `GET /api/v1/validations/{id}/files/{path}`: one file as it was examined.

use std::io;
use std::sync::Arc;

use airlock_model::ValidationId;
use airlock_model::inspection::{FileEntry, FileKind};
use airlock_store::{BlobError, Blobs, ObjectKey};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::{Stream, stream};

use crate::auth::SignedIn;
use crate::extract::{PathOf, named};
use crate::problem::Problem;
use crate::state::ApiState;

/// How much of a file is in memory at once, in bytes.
const PIECE: u64 = 1024 * 1024;

/// One file as it was examined: text is shown as plain text, anything else is an attachment.
#[utoipa::path(get, path = "/api/v1/validations/{id}/files/{*path}", tag = "validation",
    params(("id" = String, Path, description = "The validation's id."),
           ("path" = String, Path, description = "The file's path below the plugin's top folder.")),
    security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn validation_file(
    State(state): State<Arc<ApiState>>,
    SignedIn(caller): SignedIn,
    PathOf((id, path)): PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let id: ValidationId = named("validation", &id)?;
    let report = state.store.report(&caller, id, &state.settings.tool).await?;
    let missing = || Problem::not_found("file");
    let file = report.files.into_iter().find(|file| file.path == path).ok_or_else(missing)?;
    let submission = state.store.validation(&caller, id).await?.summary.submission;
    let views = ObjectKey::views(submission);
    let first = match read(&*state.quarantine, &views, &file, 0).await {
        Ok(first) => first,
        Err(BlobError::Missing(_)) => return Err(missing()),
        Err(error) => return Err(Problem::unavailable(&error)),
    };
    let (kind, disposition) = match file.kind {
        FileKind::Python | FileKind::Text => ("text/plain; charset=utf-8", "inline"),
        FileKind::Binary => ("application/octet-stream", "attachment"),
    };
    let size = file.size;
    let body = Body::from_stream(pieces(Arc::clone(&state.quarantine), views, file, first));
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, disposition.to_owned()),
        (CONTENT_LENGTH, size.to_string()),
    ];
    Ok((headers, body).into_response())
}

async fn read(blobs: &dyn Blobs, views: &ObjectKey, file: &FileEntry, from: u64) -> Result<Bytes, BlobError> {
    blobs.get_range(views, file.offset + from, PIECE.min(file.size - from)).await
}

fn pieces(
    blobs: Arc<dyn Blobs>,
    views: ObjectKey,
    file: FileEntry,
    first: Bytes,
) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold((0, Some(first)), move |(from, ready)| {
        let (blobs, views, file) = (Arc::clone(&blobs), views.clone(), file.clone());
        async move {
            if from >= file.size {
                return None;
            }
            let piece = match ready {
                Some(first) => Ok(first),
                None => read(&*blobs, &views, &file, from).await,
            };
            match piece {
                Ok(piece) if !piece.is_empty() => {
                    let next = from + piece.len() as u64;
                    Some((Ok(piece), (next, None)))
                }
                Ok(_) => Some((Err(io::ErrorKind::UnexpectedEof.into()), (file.size, None))),
                Err(error) => Some((Err(io::Error::other(error)), (file.size, None))),
            }
        }
    })
}
