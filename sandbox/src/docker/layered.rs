//! Images that carry a layer: the sandbox's own image and one folder more, named by the
//! lock's hash. Nothing is started to make one: files are put into a container that never
//! runs, and what it is then is kept under a name.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::path::PathBuf;

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::{ContainerConfig, ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CommitContainerOptions, CreateContainerOptions, ListImagesOptions, RemoveImageOptions, UploadToContainerOptions,
};
use tokio_util::io::ReaderStream;

use super::container::{Container, Labels};
use super::engine::failed;
use crate::SandboxError;
use crate::packages::Layer;

/// The name of all images with a layer; their tags tell which.
const NAME: &str = "airlock-layer";
/// Every such image has this label; the value is the lock's hash.
const LABEL: &str = "airlock.sandbox.layer";
/// The folder, which the launcher appends to the import path.
const FOLDER: &str = "layer";

/// The image of a layer upon `base`, and whether it was made for this; it is where it is missing. Two who make it at once
/// make the same, and the name stays with either.
pub(super) async fn image(
    docker: &Docker,
    base: &str,
    layer: &Layer,
    labels: &Labels<'_>,
) -> Result<(String, bool), SandboxError> {
    let found = docker.inspect_image(base).await.map_err(failed("look at the image"))?;
    let id = found.id.unwrap_or_default();
    let id: String = id.trim_start_matches("sha256:").chars().take(12).collect();
    let tag = format!("{}-{id}", layer.hash);
    let name = format!("{NAME}:{tag}");
    match docker.inspect_image(&name).await {
        Ok(_) => return Ok((name, false)),
        Err(Error::DockerResponseServerError { status_code: 404, .. }) => {}
        Err(error) => return Err(failed("look at an image with packages")(error)),
    }
    let named = CreateContainerOptions { name: Some(format!("airlock-{}", labels.run())), ..Default::default() };
    let created = docker.create_container(Some(named), body(base, labels)).await;
    let created = created.map_err(failed("create a container for packages"))?;
    let container = Container::new(docker.clone(), created.id);
    let made = fill(docker, container.id(), layer, &tag).await;
    container.remove().await.map_err(failed("remove a container"))?;
    made.map(|()| (name, true))
}

/// A container that is never started.
fn body(base: &str, labels: &Labels<'_>) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(base.into()),
        entrypoint: Some(Vec::new()),
        cmd: Some(vec!["true".into()]),
        labels: Some(labels.map()),
        host_config: Some(HostConfig { network_mode: Some("none".into()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    }
}

async fn fill(docker: &Docker, container: &str, layer: &Layer, tag: &str) -> Result<(), SandboxError> {
    let io = |source| SandboxError::Io { what: "pack packages for a container", source };
    let site = layer.site.clone();
    let packed = tokio::task::spawn_blocking(move || packed(site)).await.expect("packing does not panic");
    let stream = ReaderStream::new(tokio::fs::File::from_std(packed.map_err(io)?));
    let there = UploadToContainerOptions { path: "/".into(), ..UploadToContainerOptions::default() };
    let sent = docker.upload_to_container(container, Some(there), bollard::body_try_stream(stream)).await;
    sent.map_err(failed("put packages into a container"))?;
    let options = CommitContainerOptions {
        container: Some(container.to_owned()),
        repo: Some(NAME.into()),
        tag: Some(tag.to_owned()),
        ..CommitContainerOptions::default()
    };
    let labels = HashMap::from([(LABEL.to_owned(), layer.hash.clone())]);
    let config = ContainerConfig { labels: Some(labels), ..ContainerConfig::default() };
    docker.commit_container(options, config).await.map(drop).map_err(failed("keep an image with packages"))
}

/// The folder as an archive, in a file without a name.
fn packed(site: PathBuf) -> io::Result<File> {
    let mut archive = tar::Builder::new(tempfile::tempfile()?);
    archive.mode(tar::HeaderMode::Deterministic);
    archive.follow_symlinks(false);
    archive.append_dir_all(FOLDER, site)?;
    let mut file = archive.into_inner()?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// Removes every image with a layer that no container uses, and tells how many there were.
pub(super) async fn remove(docker: &Docker) -> Result<usize, SandboxError> {
    remove_all_but(docker, &BTreeSet::new()).await
}

/// Removes the images that no container uses of layers that are not kept.
pub(super) async fn remove_all_but(docker: &Docker, kept: &BTreeSet<String>) -> Result<usize, SandboxError> {
    let filters = HashMap::from([("label".to_owned(), vec![LABEL.to_owned()])]);
    let options = ListImagesOptions { filters: Some(filters), ..ListImagesOptions::default() };
    let found = docker.list_images(Some(options)).await.map_err(failed("list images with packages"))?;
    let mut count = 0;
    for image in found.iter().filter(|image| image.labels.get(LABEL).is_none_or(|hash| !kept.contains(hash))) {
        match docker.remove_image(&image.id, None::<RemoveImageOptions>, None).await {
            Ok(_) => count += 1,
            // A container uses it, or somebody else was faster.
            Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => {}
            Err(error) => return Err(failed("remove an image with packages")(error)),
        }
    }
    Ok(count)
}
