//! Runs small suites in the real sandbox.

use std::path::PathBuf;
use std::sync::OnceLock;

use airlock_model::limits::RunLimits;
use airlock_model::probe::ProbeReport;
use airlock_model::run::TestPlan;
use airlock_model::{Outcome, RunReport};
use airlock_sandbox::runtime::{self, Runtime, Source};
use airlock_sandbox::wasm::WasmSandbox;
use airlock_sandbox::{ProbeRequest, RunRequest, Sandbox as _};
use anyhow::{Context as _, Result, ensure};

use crate::jail::block_on;

#[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask for the cache folder")]
pub(crate) fn cache() -> PathBuf {
    let var = |name| std::env::var_os(name).map(PathBuf::from);
    let base = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir).join(runtime::OF_TESTS)
}

pub(crate) fn runtime() -> Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let install = || runtime::install(&cache(), &Source::Pip, &mut |_| ()).expect("the runtime installs");
    RUNTIME.get_or_init(install).clone()
}

/// A suite to run: files, and what the host has read from them.
pub(crate) struct Suite {
    files: Vec<(String, String)>,
    plan: TestPlan,
    limits: RunLimits,
    runtime: Option<Runtime>,
}

/// A suite of one test file.
pub(crate) fn suite(tests: &str) -> Suite {
    let plan = TestPlan { plugin: "demo".into(), ..TestPlan::default() };
    let limits = RunLimits { wall_ms: 20_000, cpu_ms: 15_000, ..RunLimits::default() };
    Suite { files: vec![], plan, limits, runtime: None }.file("tests/test_it.py", tests)
}

/// A package without tests.
pub(crate) fn package(files: &[(&str, &str)]) -> Suite {
    let plan = TestPlan { plugin: "demo".into(), ..TestPlan::default() };
    let empty = Suite { files: vec![], plan, limits: RunLimits::default(), runtime: None };
    files.iter().fold(empty, |suite, (path, text)| suite.file(path, text))
}

impl Suite {
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// What the host found in the source, as `name` or `Class::name` of the one test file.
    pub(crate) fn inventory(mut self, tests: &[&str]) -> Self {
        self.plan.inventory = tests.iter().map(|test| format!("tests/test_it.py::{test}")).collect();
        self
    }

    pub(crate) fn imports(mut self, modules: &[&str]) -> Self {
        self.plan.imports = modules.iter().map(|module| (*module).to_owned()).collect();
        self
    }

    pub(crate) fn standard(mut self, modules: &[&str]) -> Self {
        self.plan.standard_imports = modules.iter().map(|module| (*module).to_owned()).collect();
        self
    }

    pub(crate) fn plan(mut self, change: impl FnOnce(&mut TestPlan)) -> Self {
        change(&mut self.plan);
        self
    }

    pub(crate) fn limits(mut self, change: impl FnOnce(&mut RunLimits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// Runs in this interpreter instead of the plain one.
    pub(crate) fn runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = Some(runtime);
        self
    }

    pub(crate) fn run(self) -> Result<RunReport> {
        let runtime = self.runtime.clone().unwrap_or_else(runtime);
        let sandbox = WasmSandbox::new(runtime, "/proc/self/exe".into(), false);
        let (request, _archive) = self.request()?;
        block_on(sandbox.run(request)).context("the sandbox failed")
    }

    /// Imports an entry point among decoys.
    pub(crate) fn probe(self, module: &str, attribute: &str) -> Result<ProbeReport> {
        let runtime = self.runtime.clone().unwrap_or_else(runtime);
        let sandbox = WasmSandbox::new(runtime, "/proc/self/exe".into(), false);
        let (RunRequest { canonical, plan, limits }, _archive) = self.request()?;
        let request = ProbeRequest::of(canonical, plan, &format!("{module}:{attribute}"), &limits);
        block_on(sandbox.probe(request.context("an entry point")?)).context("the sandbox failed")
    }

    /// What is asked of a sandbox, and the file that it names.
    pub(crate) fn request(self) -> Result<(RunRequest, tempfile::TempPath)> {
        let archive = tempfile::NamedTempFile::new()?.into_temp_path();
        std::fs::write(&archive, pack(&self.files)?)?;
        Ok((RunRequest { canonical: archive.to_path_buf(), plan: self.plan, limits: self.limits }, archive))
    }

    /// Runs and asks for an outcome's name.
    pub(crate) fn ends(self, outcome: &str) -> Result<RunReport> {
        let report = self.run()?;
        ensure!(report.outcome.as_str() == outcome, "expected {outcome}: {report:#?}");
        Ok(report)
    }

    /// Runs and asks for exactly this outcome.
    pub(crate) fn ends_as(self, outcome: &Outcome) -> Result<RunReport> {
        let report = self.run()?;
        ensure!(report.outcome == *outcome, "expected {outcome:?}: {report:#?}");
        Ok(report)
    }

    pub(crate) fn passes(self, tests: usize) -> Result<RunReport> {
        let report = self.ends_as(&Outcome::Passed)?;
        ensure!(report.tests.len() == tests, "expected {tests} tests: {report:#?}");
        Ok(report)
    }
}

fn pack(files: &[(String, String)]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("demo/{path}"), text.as_bytes())?;
    }
    Ok(archive.into_inner()?.finish()?)
}
