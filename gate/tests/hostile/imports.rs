//! Every plugin of `tests/plugins/imports/` through the gate, in each engine: what an
//! import of its entry point tried, who saw it, and which findings come of it.

use std::path::{Path, PathBuf};

use airlock_gate::advisories::Advisories;
use airlock_gate::{Gate, GateSettings, JailSettings, Tested};
use airlock_model::limits::{Limits, RunLimits};
use airlock_model::probe::{ProbeEnding, ProbeReport};
use airlock_model::run::SeenBy;
use airlock_model::{Outcome, Policy};
use airlock_scanner::archive;
use airlock_scanner::package::observed;
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::engines::Engine;
use crate::suites;

/// Lets everything through to the sandbox: what the source shows is tested elsewhere.
const LENIENT: &str = "[[finding]]\naction='note'\nbecause='x'\n[[run]]\naction='note'\nbecause='x'\n";

/// The content of `expected.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// How the import ends.
    ending: String,
    /// The rules about imports that find something, sorted.
    #[serde(default)]
    rules: Vec<String>,
    /// Paths that the host, and not only the interpreter inside, sees opened.
    #[serde(default)]
    seen_by_host: Vec<String>,
}

pub(crate) fn plugins() -> Vec<PathBuf> {
    suites::suites("imports")
}

pub(crate) fn run(plugin: &Path, engine: Engine) -> Result<()> {
    let path = plugin.join("expected.toml");
    let expected: Expected = toml::from_str(&std::fs::read_to_string(&path)?).with_context(|| format!("{path:?}"))?;
    let limits = RunLimits { wall_ms: 20_000, cpu_ms: 2_000, ..RunLimits::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (probe, rules) = runtime.block_on(probed(plugin, engine, limits))?;
    let ending = match probe.ending {
        ProbeEnding::Imported => "imported",
        ProbeEnding::Failed(_) => "failed",
        ProbeEnding::Lacks(_) => "lacks",
        ProbeEnding::Stopped(_) => "stopped",
    };
    ensure!(ending == expected.ending && rules == expected.rules, "{expected:#?}\n{rules:?}\n{probe:#?}");
    for path in &expected.seen_by_host {
        let seen = probe.attempts.iter().any(|attempt| attempt.seen_by == SeenBy::Host && attempt.detail == *path);
        ensure!(seen, "the host did not see {path}: {probe:#?}");
    }
    ensure!(!format!("{probe:?}").contains("AKIA"), "a secret was kept: {probe:#?}");
    Ok(())
}

/// The import's report, and which of its rules find something in it.
async fn probed(plugin: &Path, engine: Engine, limits: RunLimits) -> Result<(ProbeReport, Vec<String>)> {
    let prepared = engine.prepare(&limits).await?;
    let gate = Gate::new(GateSettings {
        limits: Limits { run: limits, ..Limits::default() },
        policy: Policy::parse("lenient", LENIENT)?,
        jail: JailSettings { program: "/proc/self/exe".into(), allow_weaker: false },
        sandbox: Some(prepared.sandbox()),
        jobs: 1,
        advisories: Advisories::default(),
    });
    let tree = archive::read_dir(plugin, &Limits::default().archive)?.tree.context("a readable folder")?;
    let name = plugin.file_name().context("a name")?.to_string_lossy();
    let upload = tempfile::NamedTempFile::new()?.into_temp_path();
    std::fs::write(&upload, archive::pack(&name, &tree)?)?;
    let inspected = gate.inspect(&upload, None).await?;
    let canonical = inspected.canonical.as_ref().context("a canonical archive")?;
    let tested = gate.test(canonical, &inspected.inspection, &[]).await?;
    let Tested::Ran(report) = &tested else { anyhow::bail!("{tested:?}: {:#?}", inspected.inspection.findings) };
    ensure!(report.outcome == Outcome::NoTests, "{report:#?}");
    let judgement = gate.judge(&inspected.inspection, Some(report), &[]);
    let mut rules: Vec<String> = judgement.findings.into_iter().map(|finding| finding.rule).collect();
    rules.retain(|rule| observed::ALL.iter().any(|known| known.id == *rule));
    rules.sort();
    rules.dedup();
    prepared.left_nothing().await?;
    Ok((*report.probe.clone().context("a probe")?, rules))
}
