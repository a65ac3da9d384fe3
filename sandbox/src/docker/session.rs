//! One container, from its start until the plugin is handed over to it.

use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use airlock_model::escape;
use airlock_model::limits::RunLimits;
use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::{AttachContainerOptions, CreateContainerOptions, StartContainerOptions};
use futures::{FutureExt as _, Stream, StreamExt as _};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::container::{Container, ContainerSettings, Labels};
use super::engine::failed;
use super::image::Carried;
use super::wire::{Frame, Frames, Wrong};
use crate::SandboxError;
use crate::job::Job;
use crate::probe::Decoys;
use crate::verdict::Carries as _;

/// How long a container may take until its supervisor is ready, and until the plugin is in its place.
pub(super) const PREPARE: Duration = Duration::from_secs(60);
/// How much of standard error is kept; only the supervisor writes there, when it fails.
const SAID: usize = 4096;

/// A container whose supervisor waits for a plugin.
pub(super) struct Session {
    pub(super) container: Container,
    output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    pub(super) input: Pin<Box<dyn AsyncWrite + Send>>,
    pub(super) frames: Frames,
    said: Vec<u8>,
    pub(super) carried: Carried,
    pub(super) limits: RunLimits,
    pub(super) born: Instant,
}

/// What a container is to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work<'a> {
    /// The canonical archive.
    pub(super) canonical: &'a Path,
    /// Its top folder.
    pub(super) plugin: &'a str,
    /// What to do with it.
    pub(super) job: &'a Job,
}

impl Session {
    /// Creates a container, starts it and waits until its supervisor is ready.
    pub(super) async fn open(
        docker: &Docker,
        settings: &ContainerSettings,
        limits: &RunLimits,
        labels: Labels<'_>,
    ) -> Result<Self, SandboxError> {
        let name = CreateContainerOptions { name: Some(format!("airlock-{}", labels.run)), ..Default::default() };
        let created = docker.create_container(Some(name), settings.body(limits, &labels)).await;
        let created = created.map_err(|error| match error {
            Error::DockerResponseServerError { status_code: 404, .. } => {
                SandboxError::ImageMissing { image: settings.image.clone() }
            }
            error => failed("create a container")(error),
        })?;
        let container = Container::new(docker.clone(), created.id);
        let options =
            AttachContainerOptions { stream: true, stdin: true, stdout: true, stderr: true, ..Default::default() };
        let attached = docker.attach_container(container.id(), Some(options)).await.map_err(failed("attach to it"))?;
        let started = docker.start_container(container.id(), None::<StartContainerOptions>).await;
        started.map_err(failed("start a container"))?;
        let mut session = Self {
            container,
            output: attached.output,
            input: attached.input,
            frames: Frames::default(),
            said: Vec::new(),
            carried: Carried::default(),
            limits: limits.clone(),
            born: Instant::now(),
        };
        match tokio::time::timeout(PREPARE, session.frame()).await {
            Ok(Ok(Some(Frame::Ready(ready)))) => session.carried = ready.into(),
            Ok(Ok(None)) => return Err(session.ended_early()),
            Ok(Ok(Some(_))) => return Err(SandboxError::Protocol("it began with something else".into())),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(SandboxError::Prepare("its container did not get ready in time".into())),
        }
        Ok(session)
    }

    /// Removes a container that was never used.
    pub(super) async fn close(self) -> Result<(), SandboxError> {
        self.container.remove().await.map_err(failed("remove a container"))
    }

    /// Whether it still waits; a container that ended has closed its output.
    pub(super) fn waits(&mut self) -> bool {
        self.output.next().now_or_never().is_none()
    }

    /// The next whole frame; nothing once the container has closed its output.
    pub(super) async fn frame(&mut self) -> Result<Option<Frame>, SandboxError> {
        loop {
            match self.frames.next() {
                Ok(Some(frame)) => return Ok(Some(frame)),
                Ok(None) => {}
                Err(Wrong::Forged) => return Ok(Some(Frame::Forged)),
                Err(Wrong::Senseless(why)) => return Err(SandboxError::Protocol(why)),
            }
            match self.output.next().await {
                Some(Ok(LogOutput::StdOut { message })) => self.frames.take(&message),
                Some(Ok(LogOutput::StdErr { message })) => {
                    self.said.extend_from_slice(&message);
                    let excess = self.said.len().saturating_sub(SAID);
                    self.said.drain(..excess);
                }
                Some(Ok(_)) => return Err(SandboxError::Protocol("its streams are mixed up".into())),
                Some(Err(error)) => return Err(failed("read from a container")(error)),
                None => return Ok(None),
            }
        }
    }

    pub(super) fn last_words(&self) -> String {
        escape::line(String::from_utf8_lossy(&self.said).trim())
    }

    /// Its frames ended before the run began.
    pub(super) fn ended_early(&self) -> SandboxError {
        let said = self.last_words();
        let silent = "its container, or the line to it, ended without a word".to_owned();
        SandboxError::Prepare(if said.is_empty() { silent } else { said })
    }

    pub(super) async fn hand_over(&mut self, work: &Work<'_>, nonce: &str) -> Result<(), SandboxError> {
        let io = |what| move |source| SandboxError::Io { what, source };
        let mut archive = open(work.canonical).await?;
        let size = archive.metadata().await.map_err(io("look at the canonical archive"))?.len();
        let settings = self.settings(work, nonce, size);
        // A supervisor that fails while it is fed says why, and that comes out when its output is read.
        let fed = async {
            self.input.write_all(format!("{settings}\n").as_bytes()).await?;
            tokio::io::copy(&mut archive, &mut self.input).await?;
            self.input.flush().await
        };
        if let Err(error) = fed.await {
            tracing::debug!(error = %error, "a container did not take its input");
        }
        Ok(())
    }

    /// What the supervisor reads before the archive.
    fn settings(&self, work: &Work<'_>, nonce: &str, archive_bytes: u64) -> Value {
        let mut settings = work.job.settings();
        // Newer versions of pytest have it built in.
        let subtests = self.carried.carries("pytest_subtests").then_some("pytest_subtests.plugin");
        let ours = json!({
            "job": work.job.module(),
            "nonce": nonce,
            "plugin": work.plugin,
            "roots": ["/plugin", "/plugin/src"],
            "ini": "/dev/null",
            "plugins": subtests.into_iter().collect::<Vec<_>>(),
            "limits": self.limits,
            "archive_bytes": archive_bytes,
            "home": Decoys::HOME,
            "files": [],
            "variables": {},
        });
        let all = settings.as_object_mut().expect("settings are an object");
        all.extend(ours.as_object().expect("settings are an object").clone());
        if let Job::Probe { decoys, .. } = work.job {
            settings["files"] = json!(decoys.files);
            let home = ("HOME".to_owned(), Decoys::HOME.to_owned());
            settings["variables"] = decoys
                .variables
                .iter()
                .cloned()
                .chain([home])
                .map(|(name, value)| (name, value.into()))
                .collect::<Map<_, _>>()
                .into();
        }
        settings
    }
}

async fn open(path: &Path) -> Result<tokio::fs::File, SandboxError> {
    let opened = tokio::fs::File::open(path).await;
    opened.map_err(|source| SandboxError::Io { what: "open the canonical archive", source })
}
