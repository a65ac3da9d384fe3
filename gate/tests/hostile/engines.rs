//! The engines that suites are run in.

use std::path::PathBuf;
use std::sync::Arc;

use airlock_model::RunReport;
use airlock_model::limits::RunLimits;
use airlock_sandbox::docker::{ContainerSettings, DockerSandbox, DockerSettings};
use airlock_sandbox::runtime::{self, Source};
use airlock_sandbox::wasm::WasmSandbox;
use airlock_sandbox::{RunRequest, Sandbox};
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// An engine with its runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Wasm,
    Docker,
    Gvisor,
}

/// What `./scripts/test` says of the container engine that it started.
#[derive(Debug, Deserialize)]
struct Service {
    socket: String,
    gvisor: bool,
}

#[derive(Debug, Deserialize)]
struct Services {
    docker: Service,
}

impl Service {
    /// An engine that is missing is a failure of the tests, not a reason to skip them.
    fn running() -> Result<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/.cache/services.json");
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("{path}: start the services with ./scripts/test services"))?;
        let services: Services = serde_json::from_str(&text).with_context(|| path.to_owned())?;
        Ok(services.docker)
    }
}

/// An engine that is ready for one suite.
pub(crate) enum Prepared {
    Wasm(Box<WasmSandbox>),
    Docker(DockerSandbox),
}

impl Engine {
    /// The engines to be tried. gVisor is one of them where the container engine has it as a runtime.
    pub(crate) fn all() -> Vec<Self> {
        let gvisor = Service::running().is_ok_and(|service| service.gvisor);
        [Self::Wasm, Self::Docker].into_iter().chain(gvisor.then_some(Self::Gvisor)).collect()
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::Docker => "docker",
            Self::Gvisor => "runsc",
        }
    }

    pub(crate) async fn prepare(self, limits: &RunLimits) -> Result<Prepared> {
        if self == Self::Wasm {
            let install = || runtime::install(&cache().join(runtime::OF_TESTS), &Source::Pip, &mut |_| ());
            // Whoever comes first on a machine runs the interpreter, which no thread of this runtime may wait for.
            let runtime = tokio::task::spawn_blocking(install).await??;
            let sandbox = WasmSandbox::new(runtime, "/proc/self/exe".into(), false);
            return Ok(Prepared::Wasm(Box::new(sandbox)));
        }
        let settings = DockerSettings {
            host: Service::running()?.socket,
            container: ContainerSettings {
                image: "airlock-sandbox:1".into(),
                runtime: (self == Self::Gvisor).then(|| "runsc".to_owned()),
                cpus: 1,
            },
            pool: 0,
            limits: limits.clone(),
            packages: None,
        };
        Ok(Prepared::Docker(DockerSandbox::new(settings).await?))
    }
}

impl Prepared {
    pub(crate) async fn run(&self, request: RunRequest) -> Result<RunReport> {
        Ok(match self {
            Self::Wasm(sandbox) => sandbox.run(request).await?,
            Self::Docker(sandbox) => sandbox.run(request).await?,
        })
    }

    /// The engine as a gate takes it.
    pub(crate) fn sandbox(&self) -> Arc<dyn Sandbox> {
        match self {
            Self::Wasm(sandbox) => Arc::new((**sandbox).clone()),
            Self::Docker(sandbox) => Arc::new(sandbox.clone()),
        }
    }

    pub(crate) async fn left_nothing(&self) -> Result<()> {
        if let Self::Docker(sandbox) = self {
            let left = sandbox.containers().await?;
            ensure!(left == 0, "{left} containers were left");
        }
        let left = children()?;
        ensure!(left.is_empty(), "processes were left: {left:?}");
        Ok(())
    }
}

/// The processes below this one, by their command lines. Each of these tests has a process of its own.
fn children() -> Result<Vec<String>> {
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let place = entry?.path();
        // One that ends meanwhile is not left.
        let Ok(status) = std::fs::read_to_string(place.join("status")) else { continue };
        if status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|parent| parent.trim() == own)) {
            found.push(std::fs::read_to_string(place.join("cmdline")).unwrap_or_default().replace('\0', " "));
        }
    }
    Ok(found)
}

/// Outside the checkout, so that only the first run of the tests on a machine compiles the interpreter.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask for the cache folder")]
fn cache() -> PathBuf {
    let var = |name| std::env::var_os(name).map(PathBuf::from);
    let base = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir)
}
