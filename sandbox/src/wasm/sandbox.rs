//! The parent's side of a job: one private folder, one jailed child, one report.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use airlock_model::inventory::Wanted;
use airlock_model::limits::RunLimits;
use airlock_model::probe::ProbeReport;
use airlock_model::run::Inconclusive;
use airlock_model::{Engine, RunReport};
use async_trait::async_trait;
use tempfile::TempDir;

use super::facts::Orders;
use super::report::{self, ENGINE};
use crate::jail::{Child, Ended, JailLimits, Profile, run_child};
use crate::job::Job;
use crate::packages::{Fetched, Packages};
use crate::probe::Decoys;
use crate::runtime::Runtime;
use crate::verdict::Carries;
use crate::{ProbeRequest, RunRequest, Sandbox, SandboxError, without};

/// Memory of the child beside the guest's: wasmtime, buffers, stacks, the report.
const HEADROOM: u64 = 256 << 20;
/// Wall time of the child beside the guest's: start, unpacking, the answer.
const GRACE: Duration = Duration::from_secs(20);
/// CPU seconds beside the guest's.
const GRACE_CPU: u64 = 10;
/// The largest answer: the report's frames, the end of the output and paths, escaped as JSON.
const ANSWER: u64 = 64 << 20;
/// Descriptors of the child beside the guest's.
const OWN_DESCRIPTORS: u64 = 64;
/// The largest file that unpacking may write.
const LARGEST_FILE: u64 = 256 << 20;

impl Carries for Runtime {
    fn carries(&self, module: &str) -> bool {
        self.carries(module)
    }

    fn lacks_standard(&self, module: &str) -> bool {
        self.lacks_standard(module)
    }

    fn lacks_feature(&self, feature: &str) -> bool {
        self.lacks_feature(feature)
    }

    fn operator_carries(&self, module: &str) -> bool {
        self.operator_carries(module)
    }

    fn operator_imports(&self, module: &str) -> bool {
        self.operator_imports(module)
    }
}

/// What one child is to do.
struct Work<'a> {
    canonical: &'a Path,
    plugin: &'a str,
    limits: &'a RunLimits,
    job: Job,
}

/// Runs suites in CPython for WASI, each in a jailed child of its own.
#[derive(Debug, Clone)]
pub struct WasmSandbox {
    runtime: Runtime,
    program: PathBuf,
    allow_weaker: bool,
    packages: Option<Packages>,
    seed: Option<u64>,
}

impl WasmSandbox {
    /// `program` is started as `<program> __jail wasm <orders>` and must hand the
    /// orders to [`jailed_main`](super::jailed_main) before it does anything else.
    #[must_use]
    pub const fn new(runtime: Runtime, program: PathBuf, allow_weaker: bool) -> Self {
        Self { runtime, program, allow_weaker, packages: None, seed: None }
    }

    /// The same sandbox, giving tests the packages that they ask for.
    #[must_use]
    pub fn with_packages(self, packages: Option<Packages>) -> Self {
        Self { packages, ..self }
    }

    /// The same sandbox, whose guests draw the same lots in each run, begun with this number.
    #[must_use]
    pub fn with_seed(self, seed: Option<u64>) -> Self {
        Self { seed, ..self }
    }

    /// Makes the packages that tests ask for ready ahead of their run; tells why one cannot be had.
    pub async fn fetch(&self, asked: &[Wanted]) -> Result<Option<Inconclusive>, SandboxError> {
        Ok(self.equipped(asked).await?.1)
    }

    /// The runtime of one run, with the packages that are asked for; and why it has none, if
    /// one of them cannot be had.
    async fn equipped(&self, asked: &[Wanted]) -> Result<(Runtime, Option<Inconclusive>), SandboxError> {
        let Some(packages) = &self.packages else { return Ok((self.runtime.clone(), None)) };
        Ok(match packages.layer(&self.runtime.target(), asked, Some(&self.runtime.interpreter())).await? {
            Fetched::Nothing => (self.runtime.clone(), None),
            Fetched::Lacks(cause) => (self.runtime.clone(), Some(cause)),
            Fetched::Layer(layer) => {
                let with = self.runtime.with_layer(layer);
                (with.map_err(|error| SandboxError::Prepare(error.to_string()))?, None)
            }
        })
    }

    fn orders(&self, runtime: &Runtime, work: Work<'_>, private: PathBuf) -> Orders {
        let Work { plugin, limits, job, .. } = work;
        let jail = JailLimits {
            memory_bytes: limits.memory_bytes.saturating_add(HEADROOM),
            cpu_seconds: limits.cpu_ms.div_ceil(1000).saturating_add(GRACE_CPU),
            wall: Duration::from_millis(limits.wall_ms).saturating_add(GRACE),
            output_bytes: ANSWER,
            open_files: limits.descriptors.saturating_add(OWN_DESCRIPTORS),
            file_size: limits.disk_bytes.max(LARGEST_FILE),
        };
        let image = runtime.image(job.module());
        let mut read = vec![runtime.compiled(), image.clone(), runtime.site()];
        read.extend(runtime.extra_site().into_iter().chain(runtime.layer()).map(PathBuf::from));
        Orders {
            profile: Profile { limits: jail, read, write: vec![private.clone()], allow_weaker: self.allow_weaker },
            limits: limits.clone(),
            compiled: runtime.compiled(),
            image,
            site: runtime.site(),
            extra_site: runtime.extra_site().map(PathBuf::from),
            layer: runtime.layer().map(PathBuf::from),
            private,
            plugin: plugin.to_owned(),
            job,
            seed: self.seed,
        }
    }

    /// Starts a child on an archive and waits for its end; nothing of it is left then.
    async fn child(&self, runtime: &Runtime, work: Work<'_>) -> Result<Ended, SandboxError> {
        let io = |what| move |source| SandboxError::Io { what, source };
        let archive = File::open(work.canonical).map_err(io("open the canonical archive"))?;
        let private = TempDir::with_prefix("airlock-run-").map_err(|source| match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                SandboxError::HostFull { folder: std::env::temp_dir() }
            }
            _ => SandboxError::Io { what: "make a folder for the run", source },
        })?;
        // The jail sees resolved paths; a temporary folder may lie behind a link.
        let place = private.path().canonicalize().map_err(io("find its own folder"))?;
        let orders = self.orders(runtime, work, place);
        let text = serde_json::to_string(&orders).expect("orders hold only what JSON can hold");
        let limits = orders.profile.limits;
        let args = ["__jail".into(), "wasm".into(), text.into()];
        let child = Child { program: self.program.clone(), args: args.into(), stdin: Some(archive), limits };
        let ended = run_child(child).await?;
        tokio::task::spawn_blocking(move || private.close())
            .await
            .map_err(|error| SandboxError::Protocol(error.to_string()))?
            .map_err(io("remove the folder of a run"))?;
        Ok(ended)
    }
}

#[async_trait]
impl Sandbox for WasmSandbox {
    fn engine(&self) -> Engine {
        ENGINE
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        let RunRequest { canonical, plan, limits } = &request;
        let (runtime, lacks) = self.equipped(&plan.packages).await?;
        let job = |job| self.child(&runtime, Work { canonical, plugin: &plan.plugin, limits, job });
        let (tests, collection) = tokio::try_join!(job(Job::tests(plan)), job(Job::collect(plan)))?;
        let report = report::tests(plan, limits, &tests, &collection, &runtime)?;
        Ok(without::tests(report, lacks))
    }

    async fn probe(&self, request: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        let decoys = Decoys::around(rand::random());
        let job = Job::probe(&request, decoys.clone());
        let ProbeRequest { canonical, plan, limits, .. } = &request;
        let (runtime, lacks) = self.equipped(&plan.packages).await?;
        let ended = self.child(&runtime, Work { canonical, plugin: &plan.plugin, limits, job }).await?;
        Ok(without::probe(report::probe(plan, limits, &decoys, &ended, &runtime)?, lacks))
    }
}
