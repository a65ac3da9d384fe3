//! The suites and what stands beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use airlock_model::RunReport;
use airlock_model::limits::{Limits, RunLimits};
use airlock_sandbox::RunRequest;
use airlock_scanner::{archive, python};
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tempfile::TempPath;

use crate::engines::Engine;

/// The content of `expected.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Beside {
    /// The part of the threat list that it belongs to.
    pub(crate) attacks: Option<String>,
    /// Whether a second run must end as the first did.
    #[serde(default)]
    pub(crate) twice: bool,
    wasm: Ends,
    docker: Ends,
    /// As in the engine's own runtime, unless it differs.
    runsc: Option<Ends>,
    #[serde(default)]
    limits: BTreeMap<String, u64>,
    /// What the report must at least say that was used.
    #[serde(default)]
    pub(crate) used: Used,
}

/// The least that is used of something, in each engine.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Used {
    disk_bytes: Option<u64>,
    output_bytes: Option<u64>,
    peak_memory_bytes: Option<u64>,
    cpu_ms: Option<u64>,
    wall_ms: Option<u64>,
    /// Where there are processes at all.
    processes: Option<u64>,
}

impl Used {
    pub(crate) fn holds(&self, report: &RunReport) -> Result<()> {
        let used = &report.resources;
        let pairs = [
            ("disk_bytes", self.disk_bytes, used.disk_bytes),
            ("output_bytes", self.output_bytes, used.output_bytes),
            ("peak_memory_bytes", self.peak_memory_bytes, used.peak_memory_bytes),
            ("cpu_ms", self.cpu_ms, used.cpu_ms),
            ("wall_ms", self.wall_ms, used.wall_ms),
            ("processes", self.processes.filter(|_| report.engine != "wasm"), used.processes),
        ];
        for (name, least, told) in pairs {
            ensure!(least.is_none_or(|least| told >= least), "{name}: {told} is told, less than {least:?}: {used:?}");
        }
        Ok(())
    }
}

/// How a suite ends in an engine.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ends {
    As { outcome: OneOrMore },
    NotApplicable { not_applicable: String },
}

/// One word or several, of which any is right.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMore {
    One(String),
    Any(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn holds(&self, word: &str) -> bool {
        match self {
            Self::One(one) => one == word,
            Self::Any(any) => any.iter().any(|one| one == word),
        }
    }
}

impl Beside {
    pub(crate) fn of(suite: &Path) -> Self {
        let path = suite.join("expected.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn ends(&self, engine: Engine) -> Ends {
        match engine {
            Engine::Wasm => self.wasm.clone(),
            Engine::Docker => self.docker.clone(),
            Engine::Gvisor => self.runsc.clone().unwrap_or_else(|| self.docker.clone()),
        }
    }
}

/// The suites of one folder, in order.
pub(crate) fn suites(folder: &str) -> Vec<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/plugins").join(folder);
    let entries = std::fs::read_dir(place).expect("a folder of suites");
    let mut suites: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    suites.sort();
    suites
}

/// What is asked of an engine, as the gate would ask it, and the file that it names.
pub(crate) fn request(suite: &Path, beside: &Beside) -> Result<(RunRequest, TempPath)> {
    let tree = archive::read_dir(suite, &Limits::default().archive)?.tree.context("a readable folder")?;
    let file = tempfile::NamedTempFile::new()?.into_temp_path();
    std::fs::write(&file, archive::pack("plugin", &tree)?)?;
    let mut plan = python::scan(&tree, &python::Settings::default()).plan;
    plan.plugin = "plugin".into();
    let mut limits = serde_json::to_value(RunLimits::default())?;
    for (name, limit) in &beside.limits {
        ensure!(limits.get(name).is_some(), "there is no limit {name}");
        limits[name] = (*limit).into();
    }
    Ok((RunRequest { canonical: file.to_path_buf(), plan, limits: serde_json::from_value(limits)? }, file))
}
