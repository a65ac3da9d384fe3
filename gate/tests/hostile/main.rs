//! Every suite of `tests/plugins/hostile/` and `tests/plugins/benign/` in each engine,
//! one test each: the outcome that stands beside it, what the host guards untouched,
//! and nothing left; and every plugin of `tests/plugins/imports/` imported in each. A missing engine fails these tests; nothing is left out but what
//! `expected.toml` says does not exist in an engine, with the reason.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use airlock_model::RunReport;
use airlock_model::limits::RunLimits;
use anyhow::{Context as _, Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::engines::Engine;
use crate::host::Host;
use crate::suites::{Beside, Ends, OneOrMore, suites};

mod engines;
mod host;
mod imports;
mod suites;

/// How much longer than its wall clock a run may take to be ended, in milliseconds.
const LATE: u64 = 10_000;
/// What a report may hold of the output.
const MOST_OUTPUT: usize = 128 << 10;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == "__jail") {
        return airlock_gate::jailed_main(&args[2], &args[3..]);
    }
    let mut trials = vec![Trial::test("there_are_enough", || there_are_enough().map_err(told))];
    for folder in ["hostile", "benign"] {
        for suite in suites(folder) {
            let beside = Beside::of(&suite);
            for engine in Engine::all() {
                let Ends::As { outcome } = beside.ends(engine) else { continue };
                let name = suite.file_name().expect("a folder has a name").to_string_lossy();
                let name = format!("{folder}::{name}::{}", engine.as_str());
                let suite = suite.clone();
                trials.push(Trial::test(name, move || run(&suite, engine, &outcome).map_err(told)));
            }
        }
    }
    for plugin in imports::plugins() {
        for engine in Engine::all() {
            let name = plugin.file_name().expect("a folder has a name").to_string_lossy();
            let name = format!("imports::{name}::{}", engine.as_str());
            let plugin = plugin.clone();
            trials.push(Trial::test(name, move || imports::run(&plugin, engine).map_err(told)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn told(error: anyhow::Error) -> Failed {
    format!("{error:?}").into()
}

fn there_are_enough() -> Result<()> {
    let mut attacks: BTreeMap<String, usize> = BTreeMap::new();
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    for suite in suites("hostile") {
        let beside = Beside::of(&suite);
        let kind = beside.attacks.clone().with_context(|| format!("{} attacks nothing", suite.display()))?;
        for engine in [Engine::Wasm, Engine::Docker, Engine::Gvisor] {
            match beside.ends(engine) {
                Ends::NotApplicable { not_applicable } => {
                    ensure!(!not_applicable.is_empty(), "{} gives no reason", suite.display());
                }
                Ends::As { outcome } => {
                    let fooled = kind == "honest results" && outcome.holds("passed");
                    ensure!(!fooled, "a faked result may pass: {}", suite.display());
                    *tried.entry(engine.as_str()).or_default() += 1;
                }
            }
        }
        *attacks.entry(kind).or_default() += 1;
    }
    ensure!(tried.len() == 3 && tried.values().all(|count| *count >= 45), "{tried:?}");
    let kinds: Vec<&str> = attacks.keys().map(String::as_str).collect();
    ensure!(kinds == ["honest results", "isolation", "leftovers", "limits"], "{kinds:?}");
    Ok(())
}

fn run(suite: &Path, engine: Engine, outcome: &OneOrMore) -> Result<()> {
    let beside = Beside::of(suite);
    let (request, _archive) = suites::request(suite, &beside)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let prepared = engine.prepare(&request.limits).await?;
        let host = Host::guard()?;
        for _ in 0..=usize::from(beside.twice) {
            let report = prepared.run(request.clone()).await?;
            ensure!(outcome.holds(report.outcome.as_str()), "expected {outcome:?}: {report:#?}");
            within_limits(&report, &request.limits, engine)?;
            beside.used.holds(&report)?;
        }
        prepared.left_nothing().await?;
        host.is_untouched()
    })
}

/// What was used is no more than what was allowed, and a little.
fn within_limits(report: &RunReport, limits: &RunLimits, engine: Engine) -> Result<()> {
    let used = &report.resources;
    ensure!(used.wall_ms < limits.wall_ms + LATE, "it went on beyond its wall clock: {used:?}");
    // In gVisor a suite can bring down the kernel with all its counters, before anybody has read them.
    let lost = engine == Engine::Gvisor && ["crashed", "out_of_memory"].contains(&report.outcome.as_str());
    let measured = used.wall_ms > 0 && used.processes > 0 && used.cpu_ms > 0 && used.peak_memory_bytes > 0;
    ensure!(lost || measured, "something is not measured: {report:#?}");
    let sentence = used.sentence();
    ensure!(["wall", "CPU", "memory", "written", "process"].iter().all(|word| sentence.contains(word)), "{sentence}");
    ensure!(report.output.len() < MOST_OUTPUT, "the report holds {} bytes of output", report.output.len());
    Ok(())
}
