//! Object storage: two places, `quarantine` and `catalogue`, each behind
//! [`Blobs`], either a local folder or a bucket. Objects are written once under
//! opaque keys, never changed, and streamed in both directions.

mod fs;
mod key;
mod s3;

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use tokio::io::AsyncRead;

pub use fs::FsBlobs;
pub use key::{KeyError, ObjectKey};
pub use s3::{S3Blobs, S3Settings};

/// Bytes on their way in. An error of the stream ends the writing and leaves no object.
pub type Incoming<'a> = BoxStream<'a, io::Result<Bytes>>;

/// Why an object could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object.
    #[error("there is no object {0}")]
    Missing(ObjectKey),
    /// The stream of incoming bytes broke: the sender's error, not the storage's.
    #[error("the incoming bytes broke off: {0}")]
    Incoming(#[source] io::Error),
    /// A file could not be written or read.
    #[error("the object storage folder does not answer as it should: {0}")]
    Io(#[from] io::Error),
    /// The S3 service refused or could not be reached.
    #[error("the object storage service does not answer as it should: {0}")]
    Service(String),
}

/// An object being read.
pub struct Object {
    /// How many bytes it has.
    pub size: u64,
    /// Its bytes.
    pub bytes: Pin<Box<dyn AsyncRead + Send>>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object").field("size", &self.size).finish_non_exhaustive()
    }
}

/// One place for objects. Memory stays bounded whatever an object's size.
#[async_trait]
pub trait Blobs: Send + Sync + fmt::Debug {
    /// Writes a stream; the object appears whole or not at all. Returns how many bytes were written.
    async fn put_stream<'a>(&self, key: &ObjectKey, bytes: Incoming<'a>) -> Result<u64, BlobError>;

    /// Writes a file's bytes; the object appears whole or not at all. Returns how many bytes were written.
    async fn put_file(&self, key: &ObjectKey, file: &Path) -> Result<u64, BlobError>;

    /// Opens an object for reading.
    async fn get(&self, key: &ObjectKey) -> Result<Object, BlobError>;

    /// Reads `length` bytes from `offset`, fewer where the object ends before.
    async fn get_range(&self, key: &ObjectKey, offset: u64, length: u64) -> Result<Bytes, BlobError>;

    /// Writes an object's bytes into a new file. Returns how many there were.
    async fn get_to_file(&self, key: &ObjectKey, file: &Path) -> Result<u64, BlobError> {
        let mut object = self.get(key).await?;
        let mut to = tokio::fs::File::create(file).await?;
        let written = tokio::io::copy(&mut object.bytes, &mut to).await?;
        tokio::io::AsyncWriteExt::flush(&mut to).await?;
        if written == object.size {
            Ok(written)
        } else {
            let text = format!("the object {key} broke off after {written} of {} bytes", object.size);
            Err(BlobError::Io(io::Error::new(io::ErrorKind::UnexpectedEof, text)))
        }
    }

    /// The object's size, `None` when there is no such object.
    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>, BlobError>;

    /// Deletes an object; one that is not there is deleted already.
    async fn delete(&self, key: &ObjectKey) -> Result<(), BlobError>;

    /// Whether the storage answers.
    async fn ping(&self) -> Result<(), BlobError>;
}
