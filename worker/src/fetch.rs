//! Fetching an object by its hash into a private file. Bytes other than the
//! recorded ones never reach a stage.

use std::path::Path;

use airlock_model::Sha256;
use airlock_model::inspection::Blob;
use airlock_store::{Blobs, ObjectKey};
use sha2::Digest as _;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::error::StageError;
use crate::work_dir::WorkDir;

const CHUNK: usize = 64 * 1024;

/// A private copy of an object whose bytes are the recorded ones; deleted when dropped.
#[derive(Debug)]
pub(crate) struct Fetched {
    file: NamedTempFile,
    /// What it is.
    pub(crate) blob: Blob,
}

impl Fetched {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }
}

/// Fetches the object at `key`, which must be `recorded`.
pub(crate) async fn fetch(
    from: &dyn Blobs,
    key: &ObjectKey,
    recorded: Blob,
    work_dir: &WorkDir,
) -> Result<Fetched, StageError> {
    let io = |source| StageError::Io { key: key.clone(), source };
    let file = work_dir.file().map_err(io)?;
    let mut to = File::from_std(file.reopen().map_err(io)?);
    // One byte more than recorded is enough to see that there is more.
    let mut bytes = from.get(key).await?.bytes.take(recorded.size + 1);
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let got = bytes.read(&mut buffer).await.map_err(airlock_store::BlobError::Io)?;
        if got == 0 {
            break;
        }
        hasher.update(&buffer[..got]);
        to.write_all(&buffer[..got]).await.map_err(io)?;
    }
    to.flush().await.map_err(io)?;
    let found = Sha256::new(hasher.finalize().into());
    if found == recorded.sha256 {
        Ok(Fetched { file, blob: recorded })
    } else {
        Err(StageError::OtherBytes { key: key.clone(), recorded: recorded.sha256, found })
    }
}
