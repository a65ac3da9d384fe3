//! Receiving uploads. Token and role were checked before anything here reads a
//! byte; nothing here opens an archive.
//!
//! The order is fixed: bytes into quarantine, then one transaction of the store,
//! then a wake-up. The transaction runs in a task of its own, so that a client
//! that goes away at the wrong moment cannot part an accepted upload from its
//! bytes.

pub(crate) mod body;
pub mod claim;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod quarantine;
pub(crate) mod sniff;

use std::sync::Arc;

use airlock_model::inspection::Blob;
use airlock_model::{Engine, StageName, ValidationState, escape};
use airlock_store::{Accepted, Caller, NewSubmission, SubmitError};
use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, LOCATION, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;

use crate::links::Links;
use crate::metrics;
use crate::problem::Problem;
use crate::state::{ApiSettings, ApiState};
use crate::wire::submission::AcceptedAnswer;

use body::{BodyLimits, LimitedBody};
use claim::Claim;
use error::UploadError;
use form::Received;
use quarantine::Quarantined;

/// What boundaries and part headers may add to a multipart body, in bytes.
const FRAMING: u64 = 16 * 1024;

/// What is kept of a client's own name for itself, in characters.
const CLIENT_NAME: usize = 200;

pub(crate) const fn body_limits(settings: &ApiSettings, bytes: u64) -> BodyLimits {
    BodyLimits { bytes, idle: settings.body_idle_timeout, total: settings.body_timeout }
}

/// Takes a multipart upload: into quarantine, into the store, and answers.
pub(crate) async fn form(
    state: Arc<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let most = state.settings.max_upload_bytes + claim::MOST_BYTES as u64 + FRAMING;
    let received = async {
        announced(&headers, most)?;
        form::receive(&state, &headers, body).await
    };
    let received = received.await.inspect_err(refused)?;
    accept(state, caller, &headers, received).await
}

/// Takes a package that is the whole body.
pub(crate) async fn raw(
    state: Arc<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
    claim: Claim,
) -> Result<Response, Problem> {
    let limit = state.settings.max_upload_bytes;
    let received = async {
        announced(&headers, limit)?;
        let body = LimitedBody::new(body, body_limits(&state.settings, limit));
        let progress = body.progress();
        let pieces = body.map(move |piece| {
            progress.made();
            piece.map_err(|error| match error {
                body::BodyError::TooLarge(limit) => UploadError::TooLarge { what: "package", limit },
                other => other.into(),
            })
        });
        quarantine::receive(&state.quarantine, pieces.boxed(), limit).await
    };
    let (object, upload) = received.await.inspect_err(refused)?;
    accept(state, caller, &headers, Received { object, upload, claim }).await
}

/// Refuses what announces itself as too large or as encoded, before a byte of it is read.
fn announced(headers: &HeaderMap, most: u64) -> Result<(), UploadError> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(UploadError::TooLarge { what: "body", limit: most });
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Err(UploadError::Encoded),
        _ => Ok(()),
    }
}

fn refused(error: &UploadError) {
    metrics::upload_refused();
    tracing::info!(upload.refusal = %escape::line(&error.to_string()), "an upload was refused");
}

async fn accept(
    state: Arc<ApiState>,
    caller: Caller,
    headers: &HeaderMap,
    received: Received,
) -> Result<Response, Problem> {
    let Received { object, upload, claim } = received;
    let client = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let new = NewSubmission {
        caller: caller.clone(),
        name: claim.name.clone(),
        version: claim.version.clone(),
        upload,
        object_key: object.key().clone(),
        client: client.map(|name| escape::line(name).chars().take(CLIENT_NAME).collect()),
    };
    let task = tokio::spawn(settle(Arc::clone(&state), new, object));
    let accepted = task.await.map_err(UploadError::from).and_then(|settled| settled.map_err(UploadError::from));
    let accepted = accepted.inspect_err(refused)?;
    metrics::upload_accepted(upload.size);
    answer(&state, &caller, &accepted, claim, upload).await
}

/// The part that must not stop half-way: the transaction, what becomes of the objects, the wake-up.
async fn settle(state: Arc<ApiState>, new: NewSubmission, object: Quarantined) -> Result<Accepted, SubmitError> {
    let accepted = match state.store.accept_submission(&new).await {
        Ok(accepted) => accepted,
        Err(SubmitError::Store(error)) => {
            // Whether the database committed is not known, and a lost upload is worse than an orphan.
            tracing::warn!(object.key = %object.key(), "the store failed; the object of this upload is kept");
            object.keep();
            return Err(error.into());
        }
        Err(refusal) => return Err(refusal),
    };
    // A repeated upload's own object is among the obsolete ones.
    object.keep();
    for key in &accepted.obsolete_objects {
        quarantine::delete(Arc::clone(&state.quarantine), key.clone()).await;
    }
    if !accepted.repeated {
        wake(&state, StageName::Inspect, None).await;
    }
    tracing::info!(
        validation.id = %accepted.validation,
        submission.id = %accepted.submission,
        plugin.name = %new.name,
        plugin.version = %new.version,
        upload.size = new.upload.size,
        upload.repeated = accepted.repeated,
        "an upload was accepted"
    );
    Ok(accepted)
}

/// Wakes a worker. The database holds the backlog, so a queue that is down only delays.
pub(crate) async fn wake(state: &ApiState, stage: StageName, needs: Option<Engine>) {
    if let Err(error) = state.queue.wake_for(stage, needs).await {
        tracing::warn!(stage.name = %stage, %error, "no worker could be woken; workers look by themselves");
    }
}

async fn answer(
    state: &ApiState,
    caller: &Caller,
    accepted: &Accepted,
    claim: Claim,
    upload: Blob,
) -> Result<Response, Problem> {
    let standing = if accepted.repeated {
        state.store.validation(caller, accepted.validation).await?.summary.state
    } else {
        ValidationState::Queued
    };
    let links = Links::new(&state.settings);
    let location = links.validation(accepted.validation);
    let body = AcceptedAnswer::of(accepted, claim, upload, standing, links);
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(body)).into_response())
}
