//! The gate, and the sandbox behind it.

use std::path::PathBuf;
use std::sync::Arc;

use airlock_gate::advisories::Advisories;
use airlock_gate::{Gate, GateSettings, JailSettings};
use airlock_sandbox::Sandbox;
use airlock_sandbox::wasm::WasmSandbox;

use crate::config::{Config, Engine};
use crate::exit::{Doing as _, Failure};
use crate::rooms::policy;
use crate::runtime;

/// A gate with a sandbox, or without one where no tests are to be run.
pub(crate) fn gate(config: &Config, sandbox: Option<Arc<dyn Sandbox>>) -> Result<Gate, Failure> {
    Ok(Gate::new(GateSettings {
        limits: config.limits.clone(),
        policy: policy::policy(config)?,
        jail: JailSettings { program: this_program()?, allow_weaker: config.jail.allow_weaker },
        sandbox,
        jobs: 0,
        advisories: Advisories::in_folder(config.advisories_dir(), config.advisories_max_age()),
    }))
}

/// The sandbox that is configured; its interpreter is installed when it is missing.
pub(crate) async fn sandbox(config: &Config) -> Result<Option<Arc<dyn Sandbox>>, Failure> {
    match config.sandbox.engine {
        Engine::None => Ok(None),
        Engine::Wasm => Ok(Some(Arc::new(wasm(config).await?))),
    }
}

async fn wasm(config: &Config) -> Result<WasmSandbox, Failure> {
    let mut runtime = runtime::ensure(&config.runtime_dir()).await?;
    if let Some(folder) = config.site_dir() {
        runtime = runtime
            .with_site(folder.to_owned())
            .map_err(|error| Failure::usage(error).remedy("see that sandbox.site_dir names a folder of packages"))?;
    }
    Ok(WasmSandbox::new(runtime, this_program()?, config.jail.allow_weaker))
}

/// This program, to be started as the confined child.
fn this_program() -> Result<PathBuf, Failure> {
    // Names the running binary even when its file has been replaced since.
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { Ok(own) } else { std::env::current_exe().doing("finding this program's own file") }
}
