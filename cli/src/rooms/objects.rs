//! Object storage: quarantine and catalogue.

use std::path::PathBuf;
use std::sync::Arc;

use airlock_store::{Blobs, FsBlobs, S3Blobs, S3Settings};

use crate::config::{Config, StorageKind};
use crate::exit::Failure;
use crate::rooms::store::make_private;

/// Quarantine and catalogue.
pub(super) async fn open(config: &Config) -> Result<(Arc<dyn Blobs>, Arc<dyn Blobs>), Failure> {
    match config.storage.kind {
        StorageKind::Fs => Ok((folder(config.quarantine_dir()).await?, folder(config.catalogue_dir()).await?)),
        StorageKind::S3 => {
            let s3 = &config.storage.s3;
            if s3.endpoint.is_empty() {
                return Err(Failure::usage("storage.kind is \"s3\", and storage.s3.endpoint is empty")
                    .remedy("set storage.s3.endpoint to the service's address"));
            }
            let quarantine = bucket(config, &s3.quarantine_bucket, (&s3.access_key_id, &s3.secret_access_key)).await;
            let catalogue = bucket(config, &s3.catalogue_bucket, config.catalogue_credentials()).await;
            Ok((quarantine, catalogue))
        }
    }
}

async fn folder(dir: PathBuf) -> Result<Arc<dyn Blobs>, Failure> {
    make_private(&dir)?;
    let blobs = FsBlobs::open(&dir).await.map_err(|error| {
        Failure::ours(format!("{error} ({})", dir.display())).remedy("see that the folder can be written")
    })?;
    Ok(Arc::new(blobs))
}

/// A bucket, made when it is missing. A service that does not answer yet is no
/// reason not to start: `/ready` tells of it.
async fn bucket(config: &Config, name: &str, (access_key, secret_key): (&str, &str)) -> Arc<dyn Blobs> {
    let s3 = &config.storage.s3;
    let blobs = S3Blobs::new(&S3Settings {
        endpoint: s3.endpoint.clone(),
        region: s3.region.clone(),
        bucket: name.to_owned(),
        prefix: String::new(),
        access_key: access_key.to_owned(),
        secret_key: secret_key.to_owned(),
        path_style: s3.path_style,
    });
    if let Err(error) = blobs.create_bucket().await {
        tracing::warn!(bucket = name, %error, "the bucket could not be found or made");
    }
    Arc::new(blobs)
}
