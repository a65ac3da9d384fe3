//! What a run of a suite costs in each engine, beside bare pytest on this machine and
//! beside a bare hardened `docker run` of the same suite, all in one run.
//!
//! The host's CPU time of a container is the container's own account, as the report
//! gives it; that of a wasm run is its child's; that of bare pytest its process's.

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

    let native = rounds(|| bare(python(suite)))?;
    let contained = rounds(|| bare(docker_run(suite, engine)))?;
    let wasm = WasmSandbox::new(runtime::find(cache)?, "/proc/self/exe".into(), false);
    let wasm_import = imports(&wasm, &request, None).await?;
    let wasm = in_sandbox(&wasm, &request, None).await?;
    let cold = docker(engine, 0).await?;
    let cold = in_sandbox(&cold, &request, None).await?;
    let warm = docker(engine, 2).await?;
    let waiting_import = imports(&warm, &request, Some(&warm)).await?;
    let waiting = in_sandbox(&warm, &request, Some(&warm)).await?;
    warm.close().await?;

    say(&format!("{:42} {:>10} {:>10}", "medians of 15 runs of one suite", "wall", "CPU"));
    for (name, figures) in [
        ("bare pytest", &native),
        ("wasm: the tests", &wasm.tests),
        ("wasm: collecting them beside", &wasm.collection),
        ("wasm: importing the entry point", &wasm_import),
        ("wasm: tests and collection together", &wasm.both),
        ("bare hardened docker run", &contained),
        ("container, started for the run", &cold.both),
        ("container, waiting: the tests", &waiting.tests),
        ("container, waiting: collecting them beside", &waiting.collection),
        ("container, waiting: importing", &waiting_import),
        ("container, waiting: tests and collection", &waiting.both),
    ] {
        let cpu = if figures.1.is_zero() { "-".into() } else { format!("{} ms", figures.1.as_millis()) };
        say(&format!("{name:42} {:>7} ms {cpu:>10}", figures.0.as_millis()));
    }
    say(&format!("CPU, wasm tests : bare pytest           {:.2}", ratio(wasm.tests.1, native.1)));
    let added = wasm.collection.1 + wasm_import.1;
    say(&format!("CPU, wasm collection and import : tests {:.2}", ratio(added, wasm.tests.1)));
    say(&format!("wall, waiting container, tests : docker run    {:.2}", ratio(waiting.tests.0, contained.0)));
    say(&format!("the same with collection beside them           {:.2}", ratio(waiting.both.0, contained.0)));
    Ok(())
}

/// Median wall and CPU time.
type Cost = (Duration, Duration);

/// What a suite costs in a sandbox.
struct Costs {
    /// The run of the tests, by its own report.
    tests: Cost,
    /// The collection, by its own report.
    collection: Cost,
    /// Both, from the question to the answer.
    both: Cost,
}

fn ratio(left: Duration, right: Duration) -> f64 {
    left.as_secs_f64() / right.as_secs_f64()
}

fn rounds(mut run: impl FnMut() -> Result<Cost>) -> Result<Cost> {
    run()?;
    medians((0..ROUNDS).map(|_| run()).collect::<Result<_>>()?)
}

#[expect(clippy::unnecessary_wraps, reason = "the end of both ways to measure")]
fn medians(runs: Vec<Cost>) -> Result<Cost> {
    let (mut wall, mut cpu): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    wall.sort_unstable();
    cpu.sort_unstable();
    Ok((wall[wall.len() / 2], cpu[cpu.len() / 2]))
}

/// With `pool` each run starts only when two containers wait, as on a worker that is not overrun.
async fn in_sandbox(sandbox: &dyn Sandbox, request: &RunRequest, pool: Option<&DockerSandbox>) -> Result<Costs> {
    let (mut tests, mut collection, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        waits(pool).await;
        let since = Instant::now();
        let report: RunReport = sandbox.run(request.clone()).await?;
        ensure!(report.outcome.as_str() == "passed", "{report:#?}");
        let wall = since.elapsed();
        if round > 0 {
            let (own, other) = (cost(&report.resources), cost(&report.collection.context("a collection")?.resources));
            tests.push(own);
            collection.push(other);
            both.push((wall, own.1 + other.1));
        }
    }
    Ok(Costs { tests: medians(tests)?, collection: medians(collection)?, both: medians(both)? })
}

/// The cost of importing the entry point of the suite's plugin.
async fn imports(sandbox: &dyn Sandbox, request: &RunRequest, pool: Option<&DockerSandbox>) -> Result<Cost> {
    let RunRequest { canonical, plan, limits } = request;
    let probe = ProbeRequest::of(canonical.clone(), plan.clone(), ENTRY_POINT, limits).context("an entry point")?;
    let mut runs = Vec::new();
    for round in 0..=ROUNDS {
        waits(pool).await;
        let since = Instant::now();
        let report = sandbox.probe(probe.clone()).await?;
        ensure!(report.ending == ProbeEnding::Imported, "{report:#?}");
        if round > 0 {
            runs.push((since.elapsed(), Duration::from_millis(report.resources.cpu_ms)));
        }
    }
    medians(runs)
}

fn cost(resources: &Resources) -> Cost {
    (Duration::from_millis(resources.wall_ms), Duration::from_millis(resources.cpu_ms))
}

async fn waits(pool: Option<&DockerSandbox>) {
    while pool.is_some_and(|pool| pool.waiting() < 2) {
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
