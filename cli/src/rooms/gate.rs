//! The gate, and the sandbox behind it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use airlock_gate::advisories::Advisories;
use airlock_gate::{Gate, GateSettings, JailSettings, YaraSettings};
use airlock_sandbox::docker::{ContainerSettings, DockerSandbox, DockerSettings};
use airlock_sandbox::packages::Packages;
use airlock_sandbox::wasm::WasmSandbox;
use airlock_sandbox::{PassOn, Sandbox, SandboxError};
use airlock_scanner::yara::YaraError;

use crate::config::{Config, Engine};
use crate::exit::{Doing as _, Failure};
use crate::rooms::policy;
use crate::runtime;

/// A gate with a sandbox, or without one where no tests are to be run.
pub(crate) fn gate(config: &Config, sandbox: Option<Arc<dyn Sandbox>>) -> Result<Gate, Failure> {
    let gate = Gate::new(GateSettings {
        limits: config.limits.clone(),
        policy: policy::policy(config)?,
        jail: JailSettings { program: this_program()?, allow_weaker: config.jail.allow_weaker },
        sandbox,
        jobs: 0,
        advisories: Advisories::in_folder(config.advisories_dir(), config.advisories_max_age()),
    });
    Ok(match yara(config)? {
        Some(yara) => {
            tracing::info!(yara.rules = yara.rules(), "YARA rules are ready");
            gate.with_yara(yara)
        }
        None => gate,
    })
}

/// The operator's YARA rules, read and compiled, where there are any.
pub(crate) fn yara(config: &Config) -> Result<Option<YaraSettings>, Failure> {
    let Some(folder) = config.yara_dir() else { return Ok(None) };
    YaraSettings::read(folder, config.scan.yara_worst).map(Some).map_err(broken_rules)
}

/// Rules that cannot be used are a mistake in the configuration, and say nothing about any plugin.
pub(crate) fn broken_rules(error: YaraError) -> Failure {
    Failure::usage(error).remedy("mend the rule or take its file away; scan.yara_dir or --yara names the folder")
}

/// The sandbox that is configured; its interpreter is installed when it is missing.
/// Whoever runs more than one suite has containers started ahead of time (`pool`).
pub(crate) async fn sandbox(config: &Config, pool: Pool) -> Result<Option<Arc<dyn Sandbox>>, Failure> {
    // What is wrong with these settings is told before any engine is asked.
    config.packages().map_err(Failure::usage)?;
    match config.sandbox.engine {
        Engine::None => Ok(None),
        Engine::Wasm => Ok(Some(Arc::new(wasm(config).await?))),
        Engine::Docker => Ok(Some(Arc::new(docker(config, pool).await?))),
        Engine::Auto => {
            let wasm = Arc::new(wasm(config).await?);
            match docker(config, pool).await {
                Ok(docker) => Ok(Some(Arc::new(PassOn::new(wasm, Arc::new(docker))))),
                Err(error) => {
                    tracing::warn!(error = %error, "tests run in wasm alone: containers are not to be had");
                    Ok(Some(wasm))
                }
            }
        }
    }
}

/// How long the engine has to remove what waits.
const CLOSING: Duration = Duration::from_secs(10);

/// Removes the containers that wait, which nobody else would do before they are orphans.
pub(crate) async fn close(sandbox: Option<Arc<dyn Sandbox>>) {
    let Some(sandbox) = sandbox else { return };
    // An engine that does not answer must not keep this process from ending.
    match tokio::time::timeout(CLOSING, sandbox.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "containers that waited were not removed; the next worker does it");
        }
        Err(_) => tracing::warn!("the container engine does not answer; the next worker removes what waited"),
    }
}

/// Whether containers are started ahead of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// As many as are configured.
    Configured,
    /// None: this process runs one suite.
    None,
}

/// Containers, if the engine answers and the image is there.
pub(crate) async fn docker(config: &Config, pool: Pool) -> Result<DockerSandbox, SandboxError> {
    let docker = &config.sandbox.docker;
    let settings = config.packages().map_err(|error| SandboxError::Prepare(error.to_string()))?;
    let program = this_program().map_err(|failure| SandboxError::Prepare(failure.to_string()))?;
    let packages = Packages::new(settings, program, config.jail.allow_weaker);
    DockerSandbox::new(DockerSettings {
        host: config.docker_host(),
        container: ContainerSettings {
            image: docker.image.clone(),
            runtime: config.docker_runtime().map(str::to_owned),
            cpus: docker.cpus,
        },
        pool: if pool == Pool::Configured { docker.pool } else { 0 },
        limits: config.limits.run.clone(),
        packages,
    })
    .await
}

/// The interpreter in wasm; it is installed when it is missing.
pub(crate) async fn wasm(config: &Config) -> Result<WasmSandbox, Failure> {
    let mut runtime = runtime::ensure(&config.runtime_dir()).await?;
    if let Some(folder) = config.site_dir() {
        runtime = runtime
            .with_site(folder.to_owned())
            .map_err(|error| Failure::usage(error).remedy("see that sandbox.site_dir names a folder of packages"))?;
    }
    let (program, allow_weaker) = (this_program()?, config.jail.allow_weaker);
    let packages = Packages::new(config.packages().map_err(Failure::usage)?, program.clone(), allow_weaker);
    Ok(WasmSandbox::new(runtime, program, allow_weaker).with_packages(packages).with_seed(config.wasm_seed()))
}

/// This program, to be started as the confined child.
fn this_program() -> Result<PathBuf, Failure> {
    // Names the running binary even when its file has been replaced since.
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { Ok(own) } else { std::env::current_exe().doing("finding this program's own file") }
}
