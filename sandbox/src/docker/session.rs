//! One container from its start to the end of the job in it.

use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use airlock_model::escape;
use airlock_model::limits::RunLimits;
use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::{
    AttachContainerOptions, CreateContainerOptions, StartContainerOptions, StatsOptions, WaitContainerOptions,
};
use futures::{FutureExt as _, Stream, StreamExt as _};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::container::{Container, ContainerSettings, Labels};
use super::engine::failed;
use super::image::Carried;
use super::wire::{Ended, Frame, Frames, Wrong};
use crate::SandboxError;
use crate::job::Job;
use crate::probe::Decoys;
use crate::verdict::{Carries as _, Printed, REPORT};

/// How long a container may take until its supervisor is ready, and until the plugin is in its place.
const PREPARE: Duration = Duration::from_secs(60);
/// How often the engine is asked for CPU time; it cannot be used up faster than on every CPU.
const LOOK: Duration = Duration::from_millis(250);
/// How long the engine may take to tell how a container ended.
const AFTERMATH: Duration = Duration::from_secs(10);
/// How much of standard error is kept; only the supervisor writes there, when it fails.
const SAID: usize = 4096;

/// A container whose supervisor waits for a plugin.
pub(super) struct Session {
    container: Container,
    output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    input: Pin<Box<dyn AsyncWrite + Send>>,
    frames: Frames,
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

/// How a run ended, as far as the host's side knows.
#[derive(Debug)]
pub(super) enum How {
    /// The supervisor told.
    Ended(Box<Ended>),
    /// Our wall clock ended it.
    TimedOut,
    /// The engine's account of CPU time ended it.
    CpuExceeded,
    /// Somebody else wrote to the supervisor's pipe.
    Forged,
    /// The container ended before the supervisor told anything.
    Vanished {
        /// The first process's exit code.
        code: i64,
        /// What the supervisor said, escaped.
        said: String,
    },
}

/// What a run left.
pub(super) struct Run {
    pub(super) how: How,
    /// The engine says that the kernel ended a process for want of memory.
    pub(super) oom_killed: bool,
    pub(super) printed: Printed,
    pub(super) output_bytes: u64,
    pub(super) report: Vec<u8>,
    pub(super) nonce: String,
    pub(super) wall: Duration,
    /// CPU time by the engine's account, in microseconds.
    pub(super) cpu_us: Option<u64>,
}

/// Counts and keeps what arrives during a run.
struct Taken {
    printed: Printed,
    output_bytes: u64,
    report: Vec<u8>,
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
    async fn frame(&mut self) -> Result<Option<Frame>, SandboxError> {
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

    fn last_words(&self) -> String {
        escape::line(String::from_utf8_lossy(&self.said).trim())
    }

    /// Its frames ended before the run began.
    fn ended_early(&self) -> SandboxError {
        let said = self.last_words();
        let silent = "its container, or the line to it, ended without a word".to_owned();
        SandboxError::Prepare(if said.is_empty() { silent } else { said })
    }

    /// Hands the plugin over and follows the job to its end, and gives the container too where
    /// nothing is left in it that could run. An error is ours.
    pub(super) async fn run(mut self, work: &Work<'_>) -> Result<(Run, Carried, Option<Container>), SandboxError> {
        let nonce = format!("{:032x}", rand::random::<u128>());
        let hand_over = tokio::time::timeout(PREPARE, self.hand_over(work, &nonce)).await;
        hand_over.map_err(|_| SandboxError::Prepare("the container did not take the plugin in time".into()))??;
        let mut taken = Taken { printed: Printed::default(), output_bytes: 0, report: Vec::new() };
        let (how, wall, cpu_us) = self.follow(&mut taken).await?;
        let (how, oom_killed) = self.settle(how).await?;
        let carried = std::mem::take(&mut self.carried);
        let Taken { printed, output_bytes, report } = taken;
        // Before the supervisor tells of the end it kills whatever the tests left, and then ends itself.
        // Every other end may leave something that runs.
        let ended = if let How::Ended(_) = how {
            Some(self.container)
        } else {
            self.container.remove().await.map_err(failed("remove a container"))?;
            None
        };
        let run = Run { how, oom_killed, printed, output_bytes, report, nonce, wall, cpu_us };
        Ok((run, carried, ended))
    }

    async fn hand_over(&mut self, work: &Work<'_>, nonce: &str) -> Result<(), SandboxError> {
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

    /// Takes frames until the job ends or a clock ends it.
    async fn follow(&mut self, taken: &mut Taken) -> Result<(Option<How>, Duration, Option<u64>), SandboxError> {
        let before = match tokio::time::timeout(PREPARE, self.frame()).await {
            Ok(Ok(Some(Frame::Started(started)))) => started.cpu_us.unwrap_or(0),
            Ok(Ok(Some(_))) => return Err(SandboxError::Protocol("it began with something else".into())),
            Ok(Ok(None)) => return Err(self.ended_early()),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(SandboxError::Prepare("the plugin was not unpacked in time".into())),
        };
        let seal = self.frames.seal();
        if let Err(error) = self.input.write_all(format!("{seal}\n").as_bytes()).await {
            tracing::debug!(error = %error, "a container did not take its seal");
        }
        let (docker, id) = (self.container.docker().clone(), self.container.id().to_owned());
        let since = Instant::now();
        let mut cpu_us = None;
        let deadline = tokio::time::sleep(Duration::from_millis(self.limits.wall_ms));
        let mut looks = tokio::time::interval_at(tokio::time::Instant::now() + LOOK, LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        tokio::pin!(deadline);
        let how = loop {
            let frame = tokio::select! {
                biased;
                () = &mut deadline => break Some(How::TimedOut),
                _ = looks.tick() => {
                    let used = cpu_time(&docker, &id).await.map(|used| used.saturating_sub(before));
                    cpu_us = used.or(cpu_us);
                    if used.is_some_and(|used| used / 1000 >= self.limits.cpu_ms) {
                        break Some(How::CpuExceeded);
                    }
                    continue;
                }
                frame = self.frame() => frame?,
            };
            match frame {
                Some(Frame::Output(bytes)) => taken.output(&bytes),
                Some(Frame::Report(bytes)) => taken.report(&bytes)?,
                Some(Frame::Forged) => break Some(How::Forged),
                Some(Frame::Ended(ended)) => break Some(How::Ended(ended)),
                Some(_) => return Err(SandboxError::Protocol("it began twice".into())),
                None => break None,
            }
        };
        Ok((how, since.elapsed(), cpu_us))
    }

    /// Asks the engine how the container ended, where the supervisor could not tell:
    /// its own end, or the want of memory where it sees no counters.
    async fn settle(&mut self, how: Option<How>) -> Result<(How, bool), SandboxError> {
        match how {
            Some(How::Ended(ended)) if ended.oom_kills.is_some() => Ok((How::Ended(ended), false)),
            Some(how @ (How::TimedOut | How::CpuExceeded | How::Forged)) => Ok((how, false)),
            how => {
                let (docker, id) = (self.container.docker(), self.container.id());
                let mut ended = docker.wait_container(id, None::<WaitContainerOptions>);
                if tokio::time::timeout(AFTERMATH, ended.next()).await.is_err() {
                    return Err(SandboxError::Protocol("it closed its output and went on".into()));
                }
                let container = docker.inspect_container(id, None).await.map_err(failed("look at a container"))?;
                let state = container.state.unwrap_or_default();
                let code = state.exit_code.unwrap_or_default();
                let vanished = How::Vanished { code, said: self.last_words() };
                Ok((how.unwrap_or(vanished), state.oom_killed.unwrap_or_default()))
            }
        }
    }
}

impl Taken {
    fn output(&mut self, bytes: &[u8]) {
        self.output_bytes += bytes.len() as u64;
        self.printed.take(bytes);
    }

    fn report(&mut self, bytes: &[u8]) -> Result<(), SandboxError> {
        if self.report.len() + bytes.len() > REPORT {
            return Err(SandboxError::Protocol("its report is longer than the supervisor lets it be".into()));
        }
        self.report.extend_from_slice(bytes);
        Ok(())
    }
}

async fn open(path: &Path) -> Result<tokio::fs::File, SandboxError> {
    let opened = tokio::fs::File::open(path).await;
    opened.map_err(|source| SandboxError::Io { what: "open the canonical archive", source })
}

/// CPU time of a container by the engine's account, in microseconds.
async fn cpu_time(docker: &Docker, id: &str) -> Option<u64> {
    let once = StatsOptions { stream: false, one_shot: true };
    let stats = docker.stats(id, Some(once)).next().await?.ok()?;
    Some(stats.cpu_stats?.cpu_usage?.total_usage? / 1000)
}
