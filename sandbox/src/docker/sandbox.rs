//! The sandbox: takes a waiting container or starts one, runs, reports, refills.

use std::sync::Arc;
use std::time::Duration;

use airlock_model::inventory::Wanted;
use airlock_model::limits::RunLimits;
use airlock_model::probe::ProbeReport;
use airlock_model::run::Inconclusive;
use airlock_model::{Engine, RunReport};
use async_trait::async_trait;
use bollard::Docker;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::blame::facts;
use super::container::{Container, ContainerSettings, Labels};
use super::pool::{LONGEST_WAIT, Pool};
use super::report::{self, Done, ENGINE};
use super::session::{Session, Work};
use super::upkeep::Upkeep;
use super::{WORKER_LABEL, engine, layered, orphans};
use crate::job::Job;
use crate::packages::{Fetched, Layer, Packages, Target};
use crate::probe::Decoys;
use crate::{ProbeRequest, RunRequest, Sandbox, SandboxError, without};

/// Time of a container beside its waiting and its run: start, unpacking, removal.
const GRACE: Duration = Duration::from_secs(300);
/// How long the engine may take to say that it is there.
const ANSWER: Duration = Duration::from_secs(10);
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
    /// What gives tests the packages that they ask for.
    pub packages: Option<Packages>,
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
    upkeep: Upkeep,
    /// The image's interpreter, as its first container told.
    target: OnceCell<Target>,
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
        let (pool, upkeep, target) = (Pool::default(), Upkeep::default(), OnceCell::new());
        let sandbox = Self(Arc::new(Inner { docker, settings, worker, pool, upkeep, target }));
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

    /// Lets the waiting containers go, and waits until the used ones are removed. A sandbox
    /// that is merely dropped leaves that to the engine and to those who look for orphans.
    pub async fn close(&self) -> Result<(), SandboxError> {
        for session in self.0.pool.close() {
            session.close().await?;
        }
        self.0.upkeep.done().await;
        Ok(())
    }

    async fn open(&self, limits: &RunLimits, image: Option<String>) -> Result<Session, SandboxError> {
        let inner = &self.0;
        let run = run_id();
        let mut container = inner.settings.container.clone();
        container.image = image.unwrap_or(container.image);
        Session::open(&inner.docker, &container, limits, self.labels(&run, limits)).await
    }

    fn labels<'a>(&'a self, run: &'a str, limits: &RunLimits) -> Labels<'a> {
        let wall = Duration::from_millis(limits.wall_ms);
        let lifetime_seconds = LONGEST_WAIT.saturating_add(wall).saturating_add(GRACE).as_secs();
        Labels { worker: &self.0.worker, run, lifetime_seconds }
    }

    /// The image of a run, where it is not the sandbox's own; and why it lacks a package.
    async fn equipped(&self, asked: &[Wanted]) -> Result<Equipped, SandboxError> {
        let inner = &self.0;
        let Some(packages) = inner.settings.packages.as_ref().filter(|_| !asked.is_empty()) else {
            return Ok(Equipped::default());
        };
        let target = inner.target.get_or_try_init(|| self.ask_target()).await?;
        Ok(match packages.layer(target, asked, None).await? {
            Fetched::Nothing => Equipped::default(),
            Fetched::Lacks(cause) => Equipped { lacks: Some(cause), ..Equipped::default() },
            Fetched::Layer(layer) => {
                let (run, base) = (run_id(), &inner.settings.container.image);
                let labels = self.labels(&run, &inner.settings.limits);
                let (image, is_new) = layered::image(&inner.docker, base, &layer, &labels).await?;
                if is_new {
                    // An image is of no use without its layer: whoever asks for it again has both made anew.
                    layered::remove_all_but(&inner.docker, &packages.hashes()?).await?;
                }
                Equipped { image: Some(image), lacks: None, _layer: Some(layer) }
            }
        })
    }

    /// Makes the packages that tests ask for ready ahead of their run; tells why one cannot be had.
    pub async fn fetch(&self, asked: &[Wanted]) -> Result<Option<Inconclusive>, SandboxError> {
        Ok(self.equipped(asked).await?.lacks)
    }

    /// Has a container of its own tell what the image is.
    async fn ask_target(&self) -> Result<Target, SandboxError> {
        let session = self.session(&self.0.settings.limits, None).await?;
        let target = session.carried.target().clone();
        session.close().await?;
        self.refill();
        Ok(target)
    }

    /// Removes the images that carry layers of packages, and tells how many there were.
    pub async fn remove_layers(&self) -> Result<usize, SandboxError> {
        layered::remove(&self.0.docker).await
    }

    /// A waiting container, if it was made for these limits, or one of its own. Those that
    /// wait carry the sandbox's own image: which packages a plugin asks for is not known ahead.
    async fn session(&self, limits: &RunLimits, image: Option<String>) -> Result<Session, SandboxError> {
        if image.is_none()
            && fits(&self.0.settings.limits, limits)
            && let Some(mut session) = self.0.pool.take()
        {
            session.limits = limits.clone();
            return Ok(session);
        }
        // Starting goes on to its end even if nobody waits for it any more: only a container
        // whose creation was answered can be removed.
        let (sandbox, limits) = (self.clone(), limits.clone());
        let opened = tokio::spawn(async move { sandbox.open(&limits, image).await }).await;
        opened.map_err(|error| SandboxError::Protocol(error.to_string()))?
    }

    /// One job in a container of its own.
    async fn job(&self, work: Work<'_>, limits: &RunLimits, image: Option<String>) -> Result<Done, SandboxError> {
        let session = self.session(limits, image).await?;
        self.refill();
        let (run, carried, ended) = session.run(&work).await?;
        if let Some(container) = ended {
            self.discard(container).await?;
        }
        let facts = facts(&run, limits, self.0.settings.container.is_gvisor())?;
        Ok(Done { run, facts, carried })
    }

    /// Removes a container that has ended by itself. Whoever has others wait for the next runs
    /// goes on running, so that nobody needs to wait for this; everybody else may end with the answer.
    async fn discard(&self, container: Container) -> Result<(), SandboxError> {
        if self.0.settings.pool == 0 {
            return container.remove().await.map_err(engine::failed("remove a container"));
        }
        self.0.upkeep.remove(container);
        Ok(())
    }

    /// Starts what the pool lacks, in the background.
    fn refill(&self) {
        for _ in 0..self.0.pool.announce(self.0.settings.pool) {
            let sandbox = self.clone();
            self.0.upkeep.start(async move {
                if let Err(error) = sandbox.start_one().await {
                    tracing::warn!(error = %error, "a container could not be started ahead of time");
                }
            });
        }
    }

    /// Starts a container that was announced to the pool.
    async fn start_one(&self) -> Result<(), SandboxError> {
        let Inner { pool, settings, .. } = &*self.0;
        if pool.is_closed() {
            return Ok(());
        }
        let opened = self.open(&settings.limits, None).await;
        let (opened, failed) = opened.map_or_else(|error| (None, Err(error)), |session| (Some(session), Ok(())));
        match pool.put(opened) {
            Some(late) => late.close().await,
            None => failed,
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
    async fn close(&self) -> Result<(), SandboxError> {
        // The one above, which has more callers than those who know the trait alone.
        DockerSandbox::close(self).await
    }

    fn engine(&self) -> Engine {
        ENGINE
    }

    async fn answering(&self) -> Vec<Engine> {
        let answer = timeout(ANSWER, self.0.docker.ping()).await;
        if matches!(answer, Ok(Ok(_))) {
            return vec![ENGINE];
        }
        tracing::warn!(?answer, "the container engine does not answer");
        Vec::new()
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        let RunRequest { canonical, plan, limits } = &request;
        let (tests, collect) = (Job::tests(plan), Job::collect(plan));
        let Equipped { image, lacks, _layer } = self.equipped(&plan.packages).await?;
        let _underway = self.0.upkeep.run();
        let job = |job| self.job(Work { canonical, plugin: &plan.plugin, job }, limits, image.clone());
        let (tests, collection) = tokio::try_join!(job(&tests), job(&collect))?;
        Ok(without::tests(report::tests(plan, tests, collection), lacks))
    }

    async fn probe(&self, request: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        let decoys = Decoys::around(rand::random());
        let job = Job::probe(&request, decoys.clone());
        let ProbeRequest { canonical, plan, limits, .. } = &request;
        let Equipped { image, lacks, _layer } = self.equipped(&plan.packages).await?;
        let _underway = self.0.upkeep.run();
        let done = self.job(Work { canonical, plugin: &plan.plugin, job: &job }, limits, image).await?;
        Ok(without::probe(report::probe(plan, &decoys, done), lacks))
    }
}

/// What a run is made with.
#[derive(Default)]
struct Equipped {
    /// The image with its packages; none where the sandbox's own will do.
    image: Option<String>,
    /// Why it is without a package.
    lacks: Option<Inconclusive>,
    /// Keeps the packages, and with them the image, from being removed.
    _layer: Option<Layer>,
}

fn run_id() -> String {
    format!("{:032x}", rand::random::<u128>())
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
