//! Objects in an S3 bucket.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{DisplayErrorContext, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::{BlobError, Blobs, Incoming, Object, ObjectKey};

/// The size of one part of a multipart upload; what is smaller goes in one piece.
const PART: usize = 8 * 1024 * 1024;

/// How to reach a bucket.
#[derive(Clone)]
pub struct S3Settings {
    /// The service's address; TLS unless it begins with `http:`.
    pub endpoint: String,
    /// The region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// What every key begins with; empty for nothing.
    pub prefix: String,
    /// The public half of the credentials.
    pub access_key: String,
    /// The secret half of the credentials.
    pub secret_key: String,
    /// Whether the bucket is named in the path instead of the host name.
    pub path_style: bool,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Objects in an S3 bucket.
#[derive(Clone)]
pub struct S3Blobs {
    client: Client,
    bucket: String,
    prefix: String,
}

impl fmt::Debug for S3Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3Blobs({}/{})", self.bucket, self.prefix)
    }
}

impl S3Blobs {
    /// A client for one bucket. Nothing is sent yet.
    #[must_use]
    pub fn new(settings: &S3Settings) -> Self {
        let credentials =
            Credentials::new(&settings.access_key, &settings.secret_key, None, None, "airlock configuration");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .endpoint_url(&settings.endpoint)
            .force_path_style(settings.path_style)
            // Several services other than the first one refuse the newer checksum trailers.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .credentials_provider(credentials)
            .build();
        Self { client: Client::from_conf(config), bucket: settings.bucket.clone(), prefix: settings.prefix.clone() }
    }

    /// Makes the bucket if it is missing, for a first start.
    pub async fn create_bucket(&self) -> Result<(), BlobError> {
        if self.client.head_bucket().bucket(&self.bucket).send().await.is_ok() {
            return Ok(());
        }
        match self.client.create_bucket().bucket(&self.bucket).send().await {
            Err(error)
                if !error
                    .as_service_error()
                    .is_some_and(|e| e.is_bucket_already_owned_by_you() || e.is_bucket_already_exists()) =>
            {
                Err(service(error))
            }
            _ => Ok(()),
        }
    }

    fn key(&self, key: &ObjectKey) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn put_whole(&self, key: &ObjectKey, bytes: Bytes) -> Result<u64, BlobError> {
        let size = bytes.len() as u64;
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(self.key(key))
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(service)?;
        Ok(size)
    }

    async fn put_parts(&self, key: &ObjectKey, first: Bytes, mut rest: Chunks<'_>) -> Result<u64, BlobError> {
        let name = self.key(key);
        let begun =
            self.client.create_multipart_upload().bucket(&self.bucket).key(&name).send().await.map_err(service)?;
        let id = begun.upload_id().ok_or_else(|| BlobError::Service("no upload id was given".into()))?.to_owned();
        let mut abort = AbortOnDrop { blobs: Some(self.clone()), key: name.clone(), id: id.clone() };
        let mut parts = Vec::new();
        let mut size = 0;
        let mut next = Some(first);
        while let Some(part) = next {
            size += part.len() as u64;
            let number = i32::try_from(parts.len() + 1).expect("an upload's limit is far below so many parts");
            let sent = self
                .client
                .upload_part()
                .bucket(&self.bucket)
                .key(&name)
                .upload_id(&id)
                .part_number(number)
                .body(ByteStream::from(part))
                .send()
                .await
                .map_err(service)?;
            parts.push(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag().map(str::to_owned)).build());
            next = rest.next().await?;
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        self.client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(&name)
            .upload_id(&id)
            .multipart_upload(parts)
            .send()
            .await
            .map_err(service)?;
        abort.blobs = None;
        Ok(size)
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn put_stream<'a>(&self, key: &ObjectKey, bytes: Incoming<'a>) -> Result<u64, BlobError> {
        let mut chunks = Chunks { incoming: bytes, waiting: VecDeque::new(), held: 0, ended: false };
        let first = chunks.next().await?.unwrap_or_default();
        if first.len() < PART {
            return self.put_whole(key, first).await;
        }
        self.put_parts(key, first, chunks).await
    }

    async fn put_file(&self, key: &ObjectKey, file: &Path) -> Result<u64, BlobError> {
        let file = File::open(file).await?;
        self.put_stream(key, ReaderStream::with_capacity(file, 64 * 1024).boxed()).await
    }

    async fn get(&self, key: &ObjectKey) -> Result<Object, BlobError> {
        let answer = self.client.get_object().bucket(&self.bucket).key(self.key(key)).send().await;
        let answer = answer.map_err(|error| missing_or(key, error, GetObjectError::is_no_such_key))?;
        let size = u64::try_from(answer.content_length().unwrap_or(0)).unwrap_or(0);
        Ok(Object { size, bytes: Box::pin(answer.body.into_async_read()) })
    }

    async fn get_range(&self, key: &ObjectKey, offset: u64, length: u64) -> Result<Bytes, BlobError> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        // Services read both ends as signed numbers.
        let end = offset.saturating_add(length - 1).min(i64::MAX as u64);
        let range = format!("bytes={offset}-{end}");
        let answer = self.client.get_object().bucket(&self.bucket).key(self.key(key)).range(range).send().await;
        let answer = match answer {
            Ok(answer) => answer,
            // An offset behind the end is no error here: there are no bytes.
            Err(error) if status(&error) == Some(416) => return Ok(Bytes::new()),
            Err(error) => return Err(missing_or(key, error, GetObjectError::is_no_such_key)),
        };
        let bytes = answer.body.collect().await.map_err(|error| BlobError::Service(error.to_string()))?;
        Ok(bytes.into_bytes())
    }

    async fn size(&self, key: &ObjectKey) -> Result<Option<u64>, BlobError> {
        let answer = self.client.head_object().bucket(&self.bucket).key(self.key(key)).send().await;
        match answer {
            Ok(answer) => Ok(Some(u64::try_from(answer.content_length().unwrap_or(0)).unwrap_or(0))),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(service(error)),
        }
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), BlobError> {
        let answer = self.client.delete_object().bucket(&self.bucket).key(self.key(key)).send().await;
        match answer {
            Err(error) if status(&error) != Some(404) => Err(service(error)),
            _ => Ok(()),
        }
    }

    async fn ping(&self) -> Result<(), BlobError> {
        self.client.head_bucket().bucket(&self.bucket).send().await.map_err(service)?;
        Ok(())
    }
}

/// Cuts incoming bytes into parts of [`PART`], the last one smaller; holds no more than one part and one chunk.
struct Chunks<'a> {
    incoming: Incoming<'a>,
    waiting: VecDeque<Bytes>,
    held: usize,
    ended: bool,
}

impl Chunks<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, BlobError> {
        while self.held < PART && !self.ended {
            match self.incoming.next().await {
                Some(chunk) => {
                    let chunk = chunk.map_err(BlobError::Incoming)?;
                    self.held += chunk.len();
                    self.waiting.push_back(chunk);
                }
                None => self.ended = true,
            }
        }
        if self.held == 0 {
            return Ok(None);
        }
        let mut part = BytesMut::with_capacity(self.held.min(PART));
        while part.len() < PART {
            let Some(mut chunk) = self.waiting.pop_front() else { break };
            let taken = chunk.split_to(chunk.len().min(PART - part.len()));
            part.extend_from_slice(&taken);
            if !chunk.is_empty() {
                self.waiting.push_front(chunk);
            }
        }
        self.held -= part.len();
        Ok(Some(part.freeze()))
    }
}

/// Gives up a multipart upload that was not completed, so that its parts are not paid for for ever.
struct AbortOnDrop {
    blobs: Option<S3Blobs>,
    key: String,
    id: String,
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        let Some(blobs) = self.blobs.take() else { return };
        let (key, id) = (std::mem::take(&mut self.key), std::mem::take(&mut self.id));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let abort = blobs.client.abort_multipart_upload().bucket(&blobs.bucket).key(key).upload_id(id);
                if let Err(error) = abort.send().await {
                    tracing::warn!(error = %DisplayErrorContext(&error), "a broken upload could not be given up");
                }
            });
        }
    }
}

fn service<E: std::error::Error + Send + Sync + 'static, R: fmt::Debug + Send + Sync + 'static>(
    error: SdkError<E, R>,
) -> BlobError {
    BlobError::Service(DisplayErrorContext(&error).to_string())
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn missing_or<E: std::error::Error + Send + Sync + 'static>(
    key: &ObjectKey,
    error: SdkError<E>,
    is_missing: impl Fn(&E) -> bool,
) -> BlobError {
    if error.as_service_error().is_some_and(is_missing) || status(&error) == Some(404) {
        BlobError::Missing(key.clone())
    } else {
        service(error)
    }
}
