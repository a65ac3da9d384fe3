//! The sandbox: takes a waiting container or starts one, runs, reports, refills.

use std::sync::Arc;
use std::time::Duration;

use airlock_model::RunReport;
use airlock_model::limits::RunLimits;
use airlock_model::probe::ProbeReport;
use async_trait::async_trait;
use bollard::Docker;

use super::blame::facts;
use super::container::{ContainerSettings, Labels};
use super::pool::{LONGEST_WAIT, Pool};
use super::report::{self, Done, ENGINE};
use super::session::{Session, Work};
use super::{WORKER_LABEL, engine, orphans};
use crate::job::Job;
use crate::probe::Decoys;
use crate::{ProbeRequest, RunRequest, Sandbox, SandboxError};

/// Time of a container beside its waiting and its run: start, unpacking, removal.
const GRACE: Duration = Duration::from_secs(300);
/// How often a sandbox looks for containers whose worker is gone.
const REAP: Duration = Duration::from_secs(300);

/// How runs in containers are set up.
#[derive(Debug, Clone)]
pub struct DockerSettings {
    /// The engine's address; empty takes the usual socket.
    pub host: String,
    /// What every container is made of.
    pub container: ContainerSettings,
    /// How many containers wait, started ahead of time.
    pub pool: usize,
    /// What those may use; runs with other limits start their own.
    pub limits: RunLimits,
}

/// Runs suites in containers, each in a fresh one.
#[derive(Clone)]
pub struct DockerSandbox(Arc<Inner>);

struct Inner {
    docker: Docker,
    settings: DockerSettings,
    /// Random, so that it is told apart from every other process.
    worker: String,
    pool: Pool,
}

impl std::fmt::Debug for DockerSandbox {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DockerSandbox").field("worker", &self.0.worker).finish_non_exhaustive()
    }
}

impl DockerSandbox {
    /// Connects to the engine, sees that the image is there, removes what dead
    /// workers left, and starts filling the pool.
    pub async fn new(settings: DockerSettings) -> Result<Self, SandboxError> {
        let docker = engine::connect(&settings.host).await?;
        let image = &settings.container.image;
        docker.inspect_image(image).await.map_err(|error| match error {
            bollard::errors::Error::DockerResponseServerError { status_code: 404, .. } => {
                SandboxError::ImageMissing { image: image.clone() }
            }
            error => engine::failed("look at the image")(error),
        })?;
        let worker = format!("{:016x}", rand::random::<u64>());
        let sandbox = Self(Arc::new(Inner { docker, settings, worker, pool: Pool::default() }));
        sandbox.reap().await?;
        if sandbox.0.settings.pool > 0 {
            sandbox.refill();
            sandbox.keep_reaping();
        }
        Ok(sandbox)
    }

    /// Removes containers that dead workers left, and tells how many.
    pub async fn reap(&self) -> Result<usize, SandboxError> {
        let reaped = orphans::reap(&self.0.docker).await?;
        if reaped > 0 {
            tracing::info!(containers = reaped, "removed sandbox containers that a worker left behind");
        }
        Ok(reaped)
    }

    /// How many containers of this sandbox there are, waiting ones among them.
    pub async fn containers(&self) -> Result<usize, SandboxError> {
        let label = format!("{WORKER_LABEL}={}", self.0.worker);
        Ok(orphans::ours(&self.0.docker, label).await?.len())
    }

    /// The word that marks this sandbox's containers, as the value of the label `airlock.sandbox.worker`.
    #[must_use]
    pub fn worker(&self) -> &str {
        &self.0.worker
    }

    /// How many containers wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.pool.len()
    }

    /// Lets the waiting containers go. A sandbox that is merely dropped leaves that to the engine.
    pub async fn close(&self) -> Result<(), SandboxError> {
        for session in self.0.pool.close() {
            session.close().await?;
        }
        Ok(())
    }

    async fn open(&self, limits: &RunLimits) -> Result<Session, SandboxError> {
        let inner = &self.0;
        let run = format!("{:032x}", rand::random::<u128>());
        let wall = Duration::from_millis(limits.wall_ms);
        let lifetime_seconds = LONGEST_WAIT.saturating_add(wall).saturating_add(GRACE).as_secs();
        let labels = Labels { worker: &inner.worker, run: &run, lifetime_seconds };
        Session::open(&inner.docker, &inner.settings.container, limits, labels).await
    }

    /// A waiting container, if it was made for these limits, or one of its own.
    async fn session(&self, limits: &RunLimits) -> Result<Session, SandboxError> {
        if fits(&self.0.settings.limits, limits)
            && let Some(mut session) = self.0.pool.take()
        {
            session.limits = limits.clone();
            return Ok(session);
        }
        // Starting goes on to its end even if nobody waits for it any more: only a container
        // whose creation was answered can be removed.
        let (sandbox, limits) = (self.clone(), limits.clone());
        let opened = tokio::spawn(async move { sandbox.open(&limits).await }).await;
        opened.map_err(|error| SandboxError::Protocol(error.to_string()))?
    }

    /// One job in a container of its own.
    async fn job(&self, work: Work<'_>, limits: &RunLimits) -> Result<Done, SandboxError> {
        let session = self.session(limits).await?;
        self.refill();
        let (run, carried) = session.run(&work).await?;
        let facts = facts(&run, limits, self.0.settings.container.is_gvisor())?;
        Ok(Done { run, facts, carried })
    }

    /// Starts what the pool lacks, in the background.
    fn refill(&self) {
        for _ in 0..self.0.pool.announce(self.0.settings.pool) {
            let sandbox = self.clone();
            tokio::spawn(async move {
                let session = sandbox.open(&sandbox.0.settings.limits).await;
                if let Err(error) = &session {
                    tracing::warn!(error = %error, "a container could not be started ahead of time");
                }
                sandbox.0.pool.put(session.ok());
            });
        }
    }

    /// Looks for orphans for as long as the sandbox is there.
    fn keep_reaping(&self) {
        let inner = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(REAP).await;
                let Some(inner) = inner.upgrade() else { return };
                if let Err(error) = Self(inner).reap().await {
                    tracing::warn!(error = %error, "looking for containers that were left behind failed");
                }
            }
        });
    }
}

#[async_trait]
impl Sandbox for DockerSandbox {
    fn engine(&self) -> &'static str {
        ENGINE
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        let RunRequest { canonical, plan, limits } = &request;
        let (tests, collect) = (Job::tests(plan), Job::collect(plan));
        let job = |job| self.job(Work { canonical, plugin: &plan.plugin, job }, limits);
        let (tests, collection) = tokio::try_join!(job(&tests), job(&collect))?;
        Ok(report::tests(plan, tests, collection))
    }

    async fn probe(&self, request: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        let decoys = Decoys::around(rand::random());
        let job = Job::probe(&request, decoys.clone());
        let ProbeRequest { canonical, plan, limits, .. } = &request;
        let done = self.job(Work { canonical, plugin: &plan.plugin, job: &job }, limits).await?;
        Ok(report::probe(plan, &decoys, done))
    }
}

/// Whether a container that was made for `made` can serve a job that may use `asked`: what is
/// built into it must be the same, and it must live long enough. The rest is told to it later.
fn fits(made: &RunLimits, asked: &RunLimits) -> bool {
    let RunLimits { wall_ms, cpu_ms, output_bytes, descriptors, .. } = *made;
    asked.wall_ms <= wall_ms && RunLimits { wall_ms, cpu_ms, output_bytes, descriptors, ..asked.clone() } == *made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_container_serves_whatever_needs_no_other_one() {
        let made = RunLimits::default();
        assert!(fits(&made, &made));
        assert!(fits(&made, &RunLimits { wall_ms: 1, cpu_ms: 1, output_bytes: 1, ..made.clone() }));
        assert!(!fits(&made, &RunLimits { wall_ms: made.wall_ms + 1, ..made.clone() }));
        assert!(!fits(&made, &RunLimits { memory_bytes: 1, ..made.clone() }));
    }
}
