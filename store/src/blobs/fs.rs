//! Objects in a local folder: written beside their place, made durable, then
//! renamed into it.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::{BlobError, Blobs, Incoming, Object, ObjectKey};

/// Half-written objects wait here; no key can name it, since none begins with a dot.
const UNFINISHED: &str = ".unfinished";

/// Objects in a local folder.
#[derive(Debug, Clone)]
pub struct FsBlobs {
    root: PathBuf,
}

impl FsBlobs {
    /// Opens a folder, makes it if it is missing, and throws away what an earlier process left half-written.
    pub async fn open(root: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let root = root.into();
        let unfinished = root.join(UNFINISHED);
        fs::create_dir_all(&unfinished).await?;
        let mut left = fs::read_dir(&unfinished).await?;
        while let Some(entry) = left.next_entry().await? {
            fs::remove_file(entry.path()).await?;
        }
        Ok(Self { root })
    }

    fn place(&self, key: &ObjectKey) -> PathBuf {
        self.root.join(key.as_str())
    }

    async fn write(&self, to: &Path, mut bytes: Incoming<'_>) -> Result<u64, BlobError> {
        let mut file = File::options().write(true).create_new(true).open(to).await?;
        let mut written = 0;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(BlobError::Incoming)?;
            file.write_all(&chunk).await?;
            written += chunk.len() as u64;
        }
        file.flush().await?;
        file.sync_all().await?;
        Ok(written)
    }

    async fn settle(&self, from: &Path, to: &Path) -> io::Result<()> {
        let folder = to.parent().expect("a key's place is inside the root");
        fs::create_dir_all(folder).await?;
        fs::rename(from, to).await?;
        // The names on the way are durable too, or a loss of power could lose the object.
        let mut folder = Some(folder);
        while let Some(path) = folder.filter(|path| path.starts_with(&self.root)) {
            File::open(path).await?.sync_all().await?;
            folder = path.parent();
        }
        Ok(())
    }
}

#[async_trait]
impl Blobs for FsBlobs {
    async fn put_stream<'a>(&self, key: &ObjectKey, bytes: Incoming<'a>) -> Result<u64, BlobError> {
        let unfinished = Unfinished(self.root.join(UNFINISHED).join(Uuid::new_v4().simple().to_string()));
        let written = self.write(&unfinished.0, bytes).await?;
        self.settle(&unfinished.0, &self.place(key)).await?;
        Ok(written)
    }

    async fn put_file(&self, key: &ObjectKey, file: &Path) -> Result<u64, BlobError> {
        let file = File::open(file).await?;
        self.put_stream(key, ReaderStream::with_capacity(file, 64 * 1024).boxed()).await
    }

    async fn get(&self, key: &ObjectKey) -> Result<Object, BlobError> {
        let file = open(key, &self.place(key)).await?;
        let size = file.metadata().await?.len();
        Ok(Object { size, bytes: Box::pin(file) })
    }

    async fn get_range(&self, key: &ObjectKey, offset: u64, length: u64) -> Result<Bytes, BlobError> {
        let mut file = open(key, &self.place(key)).await?;
        file.seek(SeekFrom::Start(offset)).await?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes).await?;
        Ok(bytes.into())
    }

    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>, BlobError> {
        match fs::metadata(self.place(key)).await {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), BlobError> {
        match fs::remove_file(self.place(key)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn ping(&self) -> Result<(), BlobError> {
        fs::metadata(self.root.join(UNFINISHED)).await?;
        Ok(())
    }
}

async fn open(key: &ObjectKey, path: &Path) -> Result<File, BlobError> {
    File::open(path).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BlobError::Missing(key.clone()),
        _ => error.into(),
    })
}

/// A file that is removed unless it was renamed away, also when the writing future is dropped half-way.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Nothing to do about a failure here: the next start clears the folder.
        let _ = std::fs::remove_file(&self.0);
    }
}
