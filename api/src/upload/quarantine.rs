//! Bytes on their way into quarantine: hashed, counted and looked at while they
//! stream, and deleted again unless the store accepted them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use airlock_model::Sha256;
use airlock_model::inspection::Blob;
use airlock_store::{Blobs, ObjectKey};
use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt as _};
use sha2::Digest as _;

use super::error::{UploadError, to_io};
use super::sniff;

/// A package's bytes as they come.
pub(crate) type Package<'a> = BoxStream<'a, Result<Bytes, UploadError>>;

/// An object in quarantine that nothing refers to yet. Dropped, also by a client that goes
/// away, it is deleted; [`Quarantined::keep`] leaves it to the store.
pub(crate) struct Quarantined {
    blobs: Arc<dyn Blobs>,
    key: Option<ObjectKey>,
}

impl Quarantined {
    fn new(blobs: Arc<dyn Blobs>) -> Self {
        Self { blobs, key: Some(ObjectKey::new_upload()) }
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn key(&self) -> &ObjectKey {
        self.key.as_ref().expect("the key is taken only when the object is given up")
    }

    /// Leaves the object where it is.
    pub(crate) fn keep(mut self) {
        self.key = None;
    }
}

impl Drop for Quarantined {
    fn drop(&mut self) {
        // Without a runtime the process is ending, and the object stays behind as an orphan.
        if let (Some(key), Ok(runtime)) = (self.key.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(delete(Arc::clone(&self.blobs), key));
        }
    }
}

/// Deletes an object; a failure leaves an orphan, which is logged and harms nobody.
pub(crate) async fn delete(blobs: Arc<dyn Blobs>, key: ObjectKey) {
    if let Err(error) = blobs.delete(&key).await {
        tracing::warn!(object.key = %key, %error, "an object in quarantine could not be deleted");
    }
}

/// Writes a package into quarantine. Memory holds one piece at a time, whatever its size.
pub(crate) async fn receive(
    blobs: &Arc<dyn Blobs>,
    package: Package<'_>,
    limit: u64,
) -> Result<(Quarantined, Blob), UploadError> {
    let (head, rest) = head(package).await?;
    let measure = Measure { limit, ..Measure::default() };
    let measure = Arc::new(Mutex::new(measure));
    let pieces = measured(stream::iter([Ok(head)]).chain(rest), Arc::clone(&measure));
    let object = Quarantined::new(Arc::clone(blobs));
    blobs.put_stream(object.key(), pieces.boxed()).await?;
    let measure = std::mem::take(&mut *measure.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((object, Blob { sha256: Sha256::new(measure.hasher.finalize().into()), size: measure.size }))
}

/// Reads as much as it takes to see what the package is, and refuses what is no archive.
async fn head(mut package: Package<'_>) -> Result<(Bytes, Package<'_>), UploadError> {
    let mut head = BytesMut::new();
    while head.len() < sniff::LOOKED_AT {
        match package.next().await.transpose()? {
            Some(piece) => head.extend_from_slice(&piece),
            None => break,
        }
    }
    let looked_at = head.len().min(sniff::LOOKED_AT);
    sniff::first_bytes(&head[..looked_at])?;
    Ok((head.freeze(), package))
}

#[derive(Default)]
struct Measure {
    hasher: sha2::Sha256,
    size: u64,
    limit: u64,
}

fn measured<'a>(
    pieces: impl Stream<Item = Result<Bytes, UploadError>> + Send + 'a,
    measure: Arc<Mutex<Measure>>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'a {
    pieces.map(move |piece| {
        let piece = piece.map_err(to_io)?;
        let mut measure = measure.lock().unwrap_or_else(PoisonError::into_inner);
        measure.size += piece.len() as u64;
        if measure.size > measure.limit {
            return Err(to_io(UploadError::TooLarge { what: "package", limit: measure.limit }));
        }
        measure.hasher.update(&piece);
        Ok(piece)
    })
}
