//! What a run of a suite costs in each engine, beside bare pytest on this machine and
//! beside a bare hardened `docker run` of the same suite, all in one run.
//!
//! The host's CPU time of a container is the container's own account, as the report
//! gives it; that of a wasm run is its child's; that of bare pytest its process's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use airlock_model::RunReport;
use airlock_model::limits::{Limits, RunLimits};
use airlock_model::probe::ProbeEnding;
use airlock_model::run::Resources;
use airlock_sandbox::docker::{ContainerSettings, DockerSandbox, DockerSettings};
use airlock_sandbox::wasm::WasmSandbox;
use airlock_sandbox::{ProbeRequest, RunRequest, Sandbox, runtime};
use airlock_scanner::{archive, python};
use anyhow::{Context as _, Result, ensure};

/// Measured runs of each kind; one more before them warms everything up.
const ROUNDS: usize = 15;
const IMAGE: &str = "airlock-sandbox:1";
/// A run of the tests takes one and the collection another.
const POOL: usize = 2;
const WASM: &str = "wasm: the tests";
const WASM_COLLECTION: &str = "wasm: collecting them beside";
const WASM_IMPORT: &str = "wasm: importing the entry point";
const DOCKER_RUN: &str = "bare hardened docker run";
const WAITING: &str = "container, waiting: the tests";
const BOTH: &str = "container, waiting: tests and collection";
/// In the order of the table.
const NAMES: [&str; 11] = [
    "bare pytest",
    WASM,
    WASM_COLLECTION,
    WASM_IMPORT,
    "wasm: tests and collection together",
    DOCKER_RUN,
    "container, started for the run",
    WAITING,
    "container, waiting: collecting them beside",
    "container, waiting: importing",
    BOTH,
];
const ENTRY_POINT: &str = "adds_numbers:Tool";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == "__jail") {
        return airlock_gate::jailed_main(&args[2], &args[3..]);
    }
    let [_, suite, cache, engine] = args.as_slice() else {
        say("usage: bench_sandbox SUITE RUNTIME ENGINE; ./scripts/bench sandbox gives them");
        return ExitCode::from(64);
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    match runtime.block_on(measure(Path::new(suite), Path::new(cache), engine)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("{error:?}"));
            ExitCode::FAILURE
        }
    }
}

async fn measure(suite: &Path, cache: &Path, engine: &str) -> Result<()> {
    let tree = archive::read_dir(suite, &Limits::default().archive)?.tree.context("a readable folder")?;
    let file = tempfile::NamedTempFile::new()?.into_temp_path();
    std::fs::write(&file, archive::pack("plugin", &tree)?)?;
    let mut plan = python::scan(&tree, &python::Settings::default()).plan;
    plan.plugin = "plugin".into();
    let request = RunRequest { canonical: file.to_path_buf(), plan, limits: RunLimits::default() };

    let wasm = WasmSandbox::new(runtime::find(cache)?, "/proc/self/exe".into(), false);
    let (cold, warm) = (docker(engine, 0).await?, docker(engine, POOL).await?);
    let mut taken: BTreeMap<&str, Vec<Cost>> = BTreeMap::new();
    // Each kind in turn, so that whatever else the machine does meets all of them alike.
    for round in 0..=ROUNDS {
        let mut costs = vec![("bare pytest", bare(python(suite))?)];
        costs.push((DOCKER_RUN, bare(docker_run(suite, engine))?));
        let [tests, collection, both] = suite_in(&wasm, &request).await?;
        costs.extend([(WASM, tests), (WASM_COLLECTION, collection), ("wasm: tests and collection together", both)]);
        costs.push((WASM_IMPORT, import_in(&wasm, &request).await?));
        costs.push(("container, started for the run", suite_in(&cold, &request).await?[2]));
        waits(&warm).await;
        let [tests, collection, both] = suite_in(&warm, &request).await?;
        costs.extend([(WAITING, tests), ("container, waiting: collecting them beside", collection), (BOTH, both)]);
        waits(&warm).await;
        costs.push(("container, waiting: importing", import_in(&warm, &request).await?));
        // What is done for the next containers must not meet what is measured next.
        waits(&warm).await;
        for (name, cost) in costs.into_iter().filter(|_| round > 0) {
            taken.entry(name).or_default().push(cost);
        }
    }
    warm.close().await?;

    say(&format!("{ROUNDS} runs of one suite                      wall, median, worst    CPU, median"));
    for name in NAMES {
        let (wall, cpu) = (sorted(&taken[name], |cost| cost.0), sorted(&taken[name], |cost| cost.1));
        let (cpu, worst) = (middle(&cpu), wall[wall.len() - 1]);
        let cpu = if cpu.is_zero() { "-".into() } else { format!("{} ms", cpu.as_millis()) };
        say(&format!("{name:44} {:>5} ms {:>7} ms {cpu:>12}", middle(&wall).as_millis(), worst.as_millis()));
    }
    say("ratios, each of two that were run one after the other            median, worst");
    let wall = |cost: &Cost| cost.0;
    let cpu = |cost: &Cost| cost.1;
    let added: Vec<Cost> =
        taken[WASM_COLLECTION].iter().zip(&taken[WASM_IMPORT]).map(|(a, b)| (a.0 + b.0, a.1 + b.1)).collect();
    for (name, left, right, of) in [
        ("CPU, wasm tests : bare pytest", &taken[WASM], &taken["bare pytest"], cpu as fn(&Cost) -> Duration),
        ("CPU, wasm collection and import : wasm tests", &added, &taken[WASM], cpu),
        ("wall, waiting container, tests : docker run", &taken[WAITING], &taken[DOCKER_RUN], wall),
        ("wall, the same from question to answer : docker run", &taken[BOTH], &taken[DOCKER_RUN], wall),
    ] {
        let mut ratios: Vec<f64> =
            left.iter().zip(right).map(|(left, right)| of(left).as_secs_f64() / of(right).as_secs_f64()).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        say(&format!("{name:64} {:.2}   {:.2}", ratios[ratios.len() / 2], ratios[ratios.len() - 1]));
    }
    Ok(())
}

/// Wall and CPU time.
type Cost = (Duration, Duration);

fn sorted(costs: &[Cost], of: impl Fn(&Cost) -> Duration) -> Vec<Duration> {
    let mut times: Vec<Duration> = costs.iter().map(of).collect();
    times.sort_unstable();
    times
}

fn middle(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

/// What a suite costs in a sandbox: the run of the tests and the collection, each by its
/// own report, and both from the question to the answer.
async fn suite_in(sandbox: &dyn Sandbox, request: &RunRequest) -> Result<[Cost; 3]> {
    let since = Instant::now();
    let report: RunReport = sandbox.run(request.clone()).await?;
    let wall = since.elapsed();
    ensure!(report.outcome.as_str() == "passed", "{report:#?}");
    let (tests, collection) = (cost(&report.resources), cost(&report.collection.context("a collection")?.resources));
    Ok([tests, collection, (wall, tests.1 + collection.1)])
}

/// The cost of importing the entry point of the suite's plugin.
async fn import_in(sandbox: &dyn Sandbox, request: &RunRequest) -> Result<Cost> {
    let RunRequest { canonical, plan, limits } = request;
    let probe = ProbeRequest::of(canonical.clone(), plan.clone(), ENTRY_POINT, limits).context("an entry point")?;
    let since = Instant::now();
    let report = sandbox.probe(probe).await?;
    ensure!(report.ending == ProbeEnding::Imported, "{report:#?}");
    Ok((since.elapsed(), Duration::from_millis(report.resources.cpu_ms)))
}

fn cost(resources: &Resources) -> Cost {
    (Duration::from_millis(resources.wall_ms), Duration::from_millis(resources.cpu_ms))
}

/// Waits until a run meets as many waiting containers as it takes, and nothing is done for others.
async fn waits(pool: &DockerSandbox) {
    while pool.waiting() < POOL {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn docker(host: &str, pool: usize) -> Result<DockerSandbox> {
    let container = ContainerSettings { image: IMAGE.into(), runtime: None, cpus: 1 };
    let settings = DockerSettings { host: host.into(), container, pool, limits: RunLimits::default(), packages: None };
    Ok(DockerSandbox::new(settings).await?)
}

fn python(suite: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]).current_dir(suite);
    command
}

/// What one would write by hand: everything dropped and limited, the suite mounted read-only.
fn docker_run(suite: &Path, engine: &str) -> Command {
    let place: PathBuf = suite.canonicalize().unwrap_or_else(|_| suite.to_owned());
    let mut command = Command::new("docker");
    command.arg("-H").arg(format!("unix://{engine}")).args(["run", "--rm", "--pull", "never", "--network", "none"]);
    command.args(["--read-only", "--tmpfs", "/tmp:size=64m", "--cap-drop", "ALL"]);
    command.args(["--security-opt", "no-new-privileges", "--user", "10001:10001", "--pids-limit", "64"]);
    command.args(["--memory", "512m", "--memory-swap", "512m", "--cpus", "1", "--log-driver", "none"]);
    command.arg("--volume").arg(format!("{}:/plugin:ro", place.display())).args(["--workdir", "/plugin", IMAGE]);
    command.args(["python3", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]);
    command
}

/// Wall time, and the CPU time of the process's children that have ended since.
fn bare(mut command: Command) -> Result<Cost> {
    let (since, before) = (Instant::now(), children());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok((since.elapsed(), children().saturating_sub(before)))
}

/// CPU time of all children that have ended.
fn children() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [13, 14].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    // The kernel shows hundredths of seconds here, whatever it counts in.
    Duration::from_millis(ticks * 10)
}

#[expect(clippy::print_stdout, reason = "figures are the output")]
fn say(line: &str) {
    println!("{line}");
}
