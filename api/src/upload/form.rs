//! Reading the multipart body of an upload: one `package`, one `manifest`, in
//! either order, and nothing else.

use airlock_model::inspection::Blob;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::BytesMut;
use futures::StreamExt as _;
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::body::{LimitedBody, Progress};
use super::claim::{self, Claim};
use super::error::UploadError;
use super::quarantine::{self, Quarantined};
use super::{FRAMING, body_limits};
use crate::state::ApiState;

/// The longest boundary that RFC 2046 allows.
const LONGEST_BOUNDARY: usize = 70;

/// An upload in quarantine, and what it claims to be.
pub(crate) struct Received {
    pub(crate) object: Quarantined,
    pub(crate) upload: Blob,
    pub(crate) claim: Claim,
}

/// Reads the body to its end.
pub(crate) async fn receive(state: &ApiState, headers: &HeaderMap, body: Body) -> Result<Received, UploadError> {
    let boundary = boundary(headers)?;
    let limit = state.settings.max_upload_bytes;
    let body = LimitedBody::new(body, body_limits(&state.settings, limit + claim::MOST_BYTES as u64 + FRAMING));
    let progress = body.progress();
    let sizes = SizeLimit::new().per_field(limit.saturating_add(1));
    let mut form = Multipart::with_constraints(body, boundary, Constraints::new().size_limit(sizes));
    let (mut package, mut claimed) = (None, None);
    while let Some(field) = form.next_field().await? {
        progress.made();
        match field.name() {
            Some("package") if package.is_some() => return Err(UploadError::DuplicatePart("package")),
            Some("manifest") if claimed.is_some() => return Err(UploadError::DuplicatePart("manifest")),
            Some("package") => package = Some(store(state, field, progress.clone(), limit).await?),
            Some("manifest") => claimed = Some(claim::read(&text(field, &progress).await?)?),
            Some(other) => return Err(UploadError::UnknownPart(other.to_owned())),
            None => return Err(UploadError::NamelessPart),
        }
    }
    let (object, upload) = package.ok_or(UploadError::MissingPart("package"))?;
    Ok(Received { object, upload, claim: claimed.ok_or(UploadError::MissingPart("manifest"))? })
}

fn boundary(headers: &HeaderMap) -> Result<String, UploadError> {
    let content_type = headers.get(CONTENT_TYPE).ok_or(UploadError::NotMultipart)?;
    let boundary = multer::parse_boundary(content_type.to_str().map_err(|_| UploadError::NotMultipart)?)?;
    if boundary.is_empty() || boundary.len() > LONGEST_BOUNDARY {
        return Err(UploadError::NoBoundary);
    }
    Ok(boundary)
}

async fn store(
    state: &ApiState,
    field: Field<'static>,
    progress: Progress,
    limit: u64,
) -> Result<(Quarantined, Blob), UploadError> {
    let pieces = field.map(move |piece| {
        progress.made();
        piece.map_err(|error| match error {
            multer::Error::FieldSizeExceeded { .. } => UploadError::TooLarge { what: "package", limit },
            other => other.into(),
        })
    });
    quarantine::receive(&state.quarantine, pieces.boxed(), limit).await
}

async fn text(mut field: Field<'static>, progress: &Progress) -> Result<BytesMut, UploadError> {
    let mut text = BytesMut::new();
    while let Some(piece) = field.chunk().await? {
        progress.made();
        if text.len() + piece.len() > claim::MOST_BYTES {
            return Err(UploadError::TooLarge { what: "manifest part", limit: claim::MOST_BYTES as u64 });
        }
        text.extend_from_slice(&piece);
    }
    Ok(text)
}
