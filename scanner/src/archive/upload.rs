//! The upload's bytes: read once, hashed to the end, held up to the limit.

use std::io::{self, Read};

use airlock_model::digest::Sha256;
use airlock_model::inspection::Blob;
use airlock_model::limits::ArchiveLimits;
use sha2::Digest as _;

/// An upload in memory.
pub(crate) struct Upload {
    bytes: Vec<u8>,
    blob: Blob,
}

impl Upload {
    /// Reads to the end. Bytes beyond `limits.compressed_bytes` are hashed and
    /// counted, then forgotten.
    pub(crate) fn read(mut reader: impl Read, limits: &ArchiveLimits) -> io::Result<Self> {
        let mut hasher = sha2::Sha256::new();
        let mut bytes = Vec::new();
        let mut size = 0_u64;
        let mut buffer = vec![0_u8; 64 * 1024];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let chunk = &buffer[..count];
            hasher.update(chunk);
            size += count as u64;
            if size <= limits.compressed_bytes {
                bytes.extend_from_slice(chunk);
            }
        }
        Ok(Self { bytes, blob: Blob { sha256: Sha256::new(hasher.finalize().into()), size } })
    }

    /// Digest and size of the whole upload.
    pub(crate) const fn blob(&self) -> Blob {
        self.blob
    }

    /// The bytes; incomplete when the upload is over the limit.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
