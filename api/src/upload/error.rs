//! Why an upload is refused before anything examines it, and what its sender is told.

use std::io;

use airlock_model::escape;
use airlock_store::{BlobError, StoreError, SubmitError};

use super::body::BodyError;
use super::claim::ClaimError;
use super::sniff::NotAnArchive;
use crate::problem::{Kind, Problem, sentence};

/// Why an upload is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The media type is not `multipart/form-data`.
    #[error("send the upload as multipart/form-data with the parts 'package' and 'manifest'")]
    NotMultipart,
    /// The body is compressed as a whole.
    #[error("send the body as it is, without Content-Encoding")]
    Encoded,
    /// The media type names no boundary, or one that cannot be.
    #[error("the Content-Type names no valid boundary")]
    NoBoundary,
    /// The multipart framing is wrong.
    #[error("the multipart body is malformed: {0}")]
    Malformed(String),
    /// A part that is neither `package` nor `manifest`.
    #[error("the part {} is not known; send one 'package' and one 'manifest'", escape::quoted(.0))]
    UnknownPart(String),
    /// A part without a name.
    #[error("a part has no name; send one 'package' and one 'manifest'")]
    NamelessPart,
    /// A second part of one name.
    #[error("the part '{0}' comes twice; send it once")]
    DuplicatePart(&'static str),
    /// A part is not there.
    #[error("the part '{0}' is missing; send one 'package' and one 'manifest'")]
    MissingPart(&'static str),
    /// More bytes than allowed.
    #[error("the {what} is larger than the {limit} bytes that this registry takes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most bytes.
        limit: u64,
    },
    /// The first bytes are not those of an archive.
    #[error("{0}; send a tar.gz or a zip")]
    NotAnArchive(#[from] NotAnArchive),
    /// The body broke off or came too slowly.
    #[error(transparent)]
    Body(BodyError),
    /// The manifest part names no plugin and version.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The store refused.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The quarantine storage failed.
    #[error(transparent)]
    Storage(BlobError),
    /// The task that accepts the upload died.
    #[error("the task that accepts an upload died: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl From<multer::Error> for UploadError {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::StreamReadFailed(cause) => match cause.downcast::<BodyError>() {
                Ok(body) => (*body).into(),
                Err(other) => Self::Malformed(other.to_string()),
            },
            multer::Error::NoMultipart | multer::Error::DecodeContentType(_) => Self::NotMultipart,
            multer::Error::NoBoundary => Self::NoBoundary,
            multer::Error::IncompleteStream
            | multer::Error::IncompleteFieldData { .. }
            | multer::Error::IncompleteHeaders => Self::Malformed("it ends before its final boundary".into()),
            other => Self::Malformed(other.to_string()),
        }
    }
}

impl From<BodyError> for UploadError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(limit) => Self::TooLarge { what: "body", limit },
            BodyError::Unparsed => Self::Malformed(error.to_string()),
            other => Self::Body(other),
        }
    }
}

impl From<BlobError> for UploadError {
    /// What went wrong with the incoming bytes was put into the error by [`to_io`].
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Incoming(cause) => match cause.downcast::<Self>() {
                Ok(upload) => upload,
                Err(other) => Self::Storage(BlobError::Incoming(other)),
            },
            other => Self::Storage(other),
        }
    }
}

/// Carries an upload's error through a writer that knows only I/O errors.
pub(crate) fn to_io(error: UploadError) -> io::Error {
    io::Error::other(error)
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            UploadError::NotMultipart | UploadError::Encoded => Self::new(Kind::UnsupportedMediaType, text),
            UploadError::NoBoundary
            | UploadError::Malformed(_)
            | UploadError::UnknownPart(_)
            | UploadError::NamelessPart
            | UploadError::DuplicatePart(_)
            | UploadError::MissingPart(_) => Self::new(Kind::BadUpload, text),
            UploadError::TooLarge { .. } | UploadError::Body(BodyError::TooLarge(_)) => Self::new(Kind::TooLarge, text),
            UploadError::NotAnArchive(_) => Self::new(Kind::NotAnArchive, text),
            UploadError::Body(BodyError::Idle(_) | BodyError::Deadline(_)) => Self::new(
                Kind::Timeout,
                format!("The upload came too slowly: {text} Try again over a better connection."),
            ),
            UploadError::Body(BodyError::Unparsed | BodyError::Aborted(_)) => {
                Self::new(Kind::BadUpload, "The body ended early or its framing is wrong. Send it again.")
            }
            UploadError::Claim(_) => Self::new(Kind::BadManifest, text),
            UploadError::Submit(refusal) => submit(refusal),
            UploadError::Storage(error) => Self::unavailable(&error),
            UploadError::Task(error) => Self::internal(&error),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        submit(error)
    }
}

fn submit(error: SubmitError) -> Problem {
    let text = sentence(&error.to_string());
    match error {
        SubmitError::NotOwner => Problem::new(Kind::NotOwner, text),
        SubmitError::NameConfusable { .. } => Problem::new(Kind::NameConfusable, text),
        SubmitError::VersionBusy { .. } => Problem::new(Kind::VersionBusy, text),
        SubmitError::Store(error) => Problem::from(error),
    }
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::Submit(SubmitError::Store(error))
    }
}
