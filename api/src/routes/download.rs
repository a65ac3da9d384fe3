//! `GET /api/v1/plugins/{name}/download/{version}`: an archive, byte for byte what was examined.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use airlock_model::inspection::Blob;
use airlock_model::{PluginName, PluginVersion, Sha256};
use airlock_store::{BlobError, ObjectKey};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use sha2::Digest as _;
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

use crate::auth::Reader;
use crate::extract::{PathOf, named};
use crate::metrics;
use crate::problem::Problem;
use crate::state::ApiState;

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Why a published archive cannot be served. Always our fault.
#[derive(Debug, thiserror::Error)]
enum DownloadError {
    #[error("the catalogue lacks the archive of a published version: {0}")]
    Missing(ObjectKey),
    #[error("the archive {key} has {found} bytes instead of {expected}")]
    Size { key: ObjectKey, found: u64, expected: u64 },
    #[error(transparent)]
    Storage(BlobError),
}

impl From<DownloadError> for Problem {
    fn from(error: DownloadError) -> Self {
        match error {
            DownloadError::Missing(_) | DownloadError::Size { .. } => Self::internal(&error),
            DownloadError::Storage(_) => Self::unavailable(&error),
        }
    }
}

/// The archive of a version: a tar.gz with everything under `<name>/`.
#[utoipa::path(get, path = "/api/v1/plugins/{name}/download/{version}", tag = "catalogue",
    params(("name" = String, Path, description = "The plugin's name."),
           ("version" = String, Path, description = "The version.")),
    security((), ("token" = ["read"])),
    responses((status = 200, body = Vec<u8>, content_type = "application/gzip"),
              (status = 304, description = "The client has these bytes.")))]
pub(super) async fn download(
    State(state): State<Arc<ApiState>>,
    _: Reader,
    method: Method,
    headers: HeaderMap,
    PathOf((name, version)): PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let name: PluginName = named("plugin", &name)?;
    let version: PluginVersion = named("version", &version)?;
    let served = state.store.version_for_download(&name, &version).await?;
    let served = served.ok_or_else(|| Problem::not_found("version of this plugin"))?;
    let etag = format!("\"{}\"", served.canonical.sha256);
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, etag)]).into_response());
    }
    let bytes = open(&state, served.canonical).await?;
    if method == Method::GET {
        state.store.count_download(&name, &version);
        metrics::downloaded(&name, &version);
    }
    let body = Body::from_stream(verified(bytes, served.canonical.sha256));
    let checksum = served.canonical.sha256.to_string();
    let headers = [
        (CONTENT_TYPE, "application/gzip".to_owned()),
        (CONTENT_LENGTH, served.canonical.size.to_string()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}-{version}.tar.gz\"")),
        (ETAG, etag),
    ];
    Ok((headers, [("x-checksum-sha256", checksum)], body).into_response())
}

async fn open(state: &ApiState, archive: Blob) -> Result<Pin<Box<dyn AsyncRead + Send>>, DownloadError> {
    let key = ObjectKey::catalogue(&archive.sha256);
    let object = state.catalogue.get(&key).await.map_err(|error| match error {
        BlobError::Missing(key) => DownloadError::Missing(key),
        other => DownloadError::Storage(other),
    })?;
    if object.size != archive.size {
        return Err(DownloadError::Size { key, found: object.size, expected: archive.size });
    }
    Ok(object.bytes)
}

struct Verifying<S> {
    pieces: S,
    hasher: sha2::Sha256,
    held: Option<Bytes>,
}

/// Passes bytes on one piece late, and the last one only when all of them have the hash that was
/// recorded: a client never gets the whole of a wrong archive.
fn verified(bytes: Pin<Box<dyn AsyncRead + Send>>, expected: Sha256) -> impl Stream<Item = io::Result<Bytes>> {
    let pieces = ReaderStream::with_capacity(bytes, PIECE);
    let begin = Some(Verifying { pieces, hasher: sha2::Sha256::new(), held: None });
    stream::unfold(begin, move |state| async move {
        let mut state = state?;
        loop {
            match state.pieces.next().await {
                Some(Ok(piece)) => {
                    state.hasher.update(&piece);
                    if let Some(out) = state.held.replace(piece) {
                        return Some((Ok(out), Some(state)));
                    }
                }
                Some(Err(error)) => return Some((Err(error), None)),
                None => {
                    let found = Sha256::new(state.hasher.finalize().into());
                    if found == expected {
                        return Some((Ok(state.held.take()?), None));
                    }
                    tracing::error!(archive.expected = %expected, archive.found = %found, "an archive in the catalogue has other bytes than were recorded; its download was broken off");
                    return Some((Err(io::Error::other("the archive's hash is not the recorded one")), None));
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn served(bytes: &[u8], expected: Sha256) -> (usize, bool) {
        let reader: Pin<Box<dyn AsyncRead + Send>> = Box::pin(io::Cursor::new(bytes.to_vec()));
        let pieces: Vec<_> = verified(reader, expected).collect().await;
        let length = pieces.iter().flatten().map(Bytes::len).sum();
        (length, pieces.iter().all(Result::is_ok))
    }

    #[tokio::test]
    async fn right_bytes_are_served_whole_and_wrong_ones_never() {
        let bytes = vec![7_u8; 3 * PIECE + 1];
        assert_eq!(served(&bytes, Sha256::of(&bytes)).await, (bytes.len(), true));
        let (length, complete) = served(&bytes, Sha256::of(b"other")).await;
        assert!(length < bytes.len() && !complete);
    }
}
