//! Objects in a folder and on an S3 server.

use std::io;

use airlock_store::blobs::Incoming;
use airlock_store::{BlobError, Blobs, FsBlobs, ObjectKey, S3Blobs, S3Settings};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;

use crate::services::services;

macro_rules! on_both_storages {
    ($($name:ident),+ $(,)?) => {
        mod fs {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(&super::FsBlobs::open(folder.path().join("objects")).await.unwrap()).await;
            })+
        }
        mod s3 {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::bucket().await).await;
            })+
        }
    };
}

on_both_storages!(
    what_was_put_is_got,
    large_objects_go_through_in_parts,
    a_broken_stream_leaves_nothing,
    missing_objects_are_missing,
    ranges_end_where_the_object_ends,
    files_go_in_and_out,
);

async fn bucket() -> S3Blobs {
    let s3 = services().s3;
    let blobs = S3Blobs::new(&S3Settings {
        endpoint: s3.endpoint,
        region: s3.region,
        bucket: "airlock-store-tests".to_owned(),
        prefix: format!("{}/", Uuid::new_v4().simple()),
        access_key: s3.access_key,
        secret_key: s3.secret_key,
        path_style: true,
    });
    blobs.create_bucket().await.expect("the S3 server answers: run ./scripts/test, which starts it");
    blobs
}

fn chunks(parts: Vec<io::Result<Bytes>>) -> Incoming<'static> {
    futures::stream::iter(parts).boxed()
}

async fn read(blobs: &dyn Blobs, key: &ObjectKey) -> Vec<u8> {
    let mut object = blobs.get(key).await.unwrap();
    let mut bytes = Vec::new();
    object.bytes.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(object.size, bytes.len() as u64);
    bytes
}

async fn what_was_put_is_got(blobs: &dyn Blobs) {
    blobs.ping().await.unwrap();
    let key = ObjectKey::new_upload();
    let parts = vec![Ok(Bytes::from_static(b"hello ")), Ok(Bytes::new()), Ok(Bytes::from_static(b"world"))];
    assert_eq!(blobs.put_stream(&key, chunks(parts)).await.unwrap(), 11);
    assert_eq!(read(blobs, &key).await, b"hello world");
    assert_eq!(blobs.size(&key).await.unwrap(), Some(11));
    assert_eq!(blobs.put_stream(&key, chunks(vec![Ok(Bytes::from_static(b"again"))])).await.unwrap(), 5);
    assert_eq!(read(blobs, &key).await, b"again");
    let empty = ObjectKey::new_upload();
    assert_eq!(blobs.put_stream(&empty, chunks(Vec::new())).await.unwrap(), 0);
    assert_eq!(blobs.size(&empty).await.unwrap(), Some(0));
}

async fn large_objects_go_through_in_parts(blobs: &dyn Blobs) {
    const CHUNK: usize = 1_000_003;
    let expected: Vec<u8> = (0..21).flat_map(|number: u8| vec![number; CHUNK]).collect();
    let key = ObjectKey::new_upload();
    let parts = (0..21).map(|number: u8| Ok(Bytes::from(vec![number; CHUNK]))).collect();
    assert_eq!(blobs.put_stream(&key, chunks(parts)).await.unwrap(), expected.len() as u64);
    assert!(read(blobs, &key).await == expected, "the parts are in order");
    let exact = Bytes::from(vec![7; 16 * 1024 * 1024]);
    assert_eq!(blobs.put_stream(&key, chunks(vec![Ok(exact.clone())])).await.unwrap(), exact.len() as u64);
    assert!(read(blobs, &key).await == exact, "a multiple of a part has no empty part after it");
}

async fn a_broken_stream_leaves_nothing(blobs: &dyn Blobs) {
    for size in [10, 9 * 1024 * 1024] {
        let key = ObjectKey::new_upload();
        let parts = vec![Ok(Bytes::from(vec![1; size])), Err(io::Error::other("the client went away"))];
        let broken = blobs.put_stream(&key, chunks(parts)).await;
        assert!(matches!(broken, Err(BlobError::Incoming(_))), "{broken:?}");
        assert_eq!(blobs.size(&key).await.unwrap(), None);
    }
}

async fn missing_objects_are_missing(blobs: &dyn Blobs) {
    let key = ObjectKey::new_upload();
    assert!(matches!(blobs.get(&key).await, Err(BlobError::Missing(_))));
    assert!(matches!(blobs.get_range(&key, 0, 5).await, Err(BlobError::Missing(_))));
    assert_eq!(blobs.size(&key).await.unwrap(), None);
    blobs.delete(&key).await.unwrap();
    blobs.put_stream(&key, chunks(vec![Ok(Bytes::from_static(b"x"))])).await.unwrap();
    blobs.delete(&key).await.unwrap();
    assert_eq!(blobs.size(&key).await.unwrap(), None);
}

async fn ranges_end_where_the_object_ends(blobs: &dyn Blobs) {
    let key = ObjectKey::new_upload();
    blobs.put_stream(&key, chunks(vec![Ok(Bytes::from_static(b"0123456789"))])).await.unwrap();
    assert_eq!(blobs.get_range(&key, 2, 3).await.unwrap(), "234");
    assert_eq!(blobs.get_range(&key, 8, 100).await.unwrap(), "89");
    assert_eq!(blobs.get_range(&key, 3, 0).await.unwrap(), "");
    assert_eq!(blobs.get_range(&key, 10, 5).await.unwrap(), "");
    assert_eq!(blobs.get_range(&key, 4, u64::MAX).await.unwrap(), "456789");
}

async fn files_go_in_and_out(blobs: &dyn Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    std::fs::write(&from, b"the canonical archive").unwrap();
    let key = ObjectKey::new_upload();
    assert_eq!(blobs.put_file(&key, &from).await.unwrap(), 21);
    assert_eq!(blobs.get_to_file(&key, &to).await.unwrap(), 21);
    assert_eq!(std::fs::read(&to).unwrap(), b"the canonical archive");
}

#[tokio::test]
async fn a_dropped_write_leaves_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = FsBlobs::open(folder.path()).await.unwrap();
    let endless = futures::stream::iter([Ok(Bytes::from_static(b"x"))]).chain(futures::stream::pending()).boxed();
    let key = ObjectKey::new_upload();
    let write = blobs.put_stream(&key, endless);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), write).await.is_err());
    assert_eq!(std::fs::read_dir(folder.path().join(".unfinished")).unwrap().count(), 0);
    assert_eq!(blobs.size(&key).await.unwrap(), None);
}
