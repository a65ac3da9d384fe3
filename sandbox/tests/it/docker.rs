//! Containers: that they are single-use and ready ahead of time, and that none is left
//! whatever happens to the run, to its worker or to the engine. What suites do inside is
//! the gate's table of hostile suites.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use airlock_model::Outcome;
use airlock_model::limits::RunLimits;
use airlock_sandbox::docker::{ContainerSettings, DockerSandbox, DockerSettings};
use airlock_sandbox::{RunRequest, Sandbox as _, SandboxError};
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::Test;
use crate::suite::{Suite, suite};

pub(crate) const TESTS: &[Test] = &[
    ("docker::a_suite_passes_and_nothing_is_left", a_suite_passes_and_nothing_is_left),
    ("docker::waiting_containers_are_used_once_and_replaced", waiting_containers_are_used_once_and_replaced),
    ("docker::other_limits_take_a_container_of_their_own", other_limits_take_a_container_of_their_own),
    ("docker::dropping_a_run_ends_it", dropping_a_run_ends_it),
    ("docker::a_container_ends_with_its_worker", a_container_ends_with_its_worker),
    ("docker::orphans_are_removed_when_their_time_is_up", orphans_are_removed_when_their_time_is_up),
    ("docker::an_end_from_outside_is_no_verdict", an_end_from_outside_is_no_verdict),
    ("docker::an_engine_that_goes_away_mid_run_is_no_verdict", an_engine_that_goes_away),
    ("docker::what_is_missing_is_named_with_its_remedy", what_is_missing_is_named_with_its_remedy),
    ("docker::a_missing_package_is_confirmed_by_the_image", a_missing_package_is_confirmed_by_the_image),
];

#[derive(Debug, Deserialize)]
struct Service {
    socket: String,
}

#[derive(Debug, Deserialize)]
struct Services {
    docker: Service,
}

/// The engine that `./scripts/test` started; without one these tests fail.
fn socket() -> Result<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/.cache/services.json");
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{path}: start the services with ./scripts/test services"))?;
    Ok(serde_json::from_str::<Services>(&text)?.docker.socket)
}

/// The engine's own client, for looking at it from the side.
fn docker(args: &[&str]) -> Result<String> {
    let output = Command::new("docker").arg("-H").arg(format!("unix://{}", socket()?)).args(args).output()?;
    ensure!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

pub(crate) fn settings(pool: usize) -> Result<DockerSettings> {
    Ok(DockerSettings {
        host: socket()?,
        container: ContainerSettings { image: "airlock-sandbox:1".into(), runtime: None, cpus: 1 },
        pool,
        limits: limits(),
        packages: None,
    })
}

fn limits() -> RunLimits {
    RunLimits { wall_ms: 20_000, cpu_ms: 15_000, ..RunLimits::default() }
}

fn passing() -> Suite {
    suite("def test_a(tmp_path): (tmp_path / 'a').write_text('b')\n").inventory(&["test_a"])
}

fn sleeping() -> Suite {
    suite("import time\ndef test_a(): time.sleep(3600)\n").inventory(&["test_a"])
}

/// Two threads, so that what runs in the background runs.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

/// Waits until something holds that others bring about.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let since = Instant::now();
    while !holds().await? {
        ensure!(since.elapsed() < Duration::from_secs(60), "waited a minute for: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn nothing_left(sandbox: &DockerSandbox) -> Result<()> {
    until("no container is left", async || Ok(sandbox.containers().await? == 0)).await
}

fn a_suite_passes_and_nothing_is_left() -> Result<()> {
    block_on(async {
        let sandbox = DockerSandbox::new(settings(0)?).await?;
        let (request, _archive) = passing().request()?;
        let report = sandbox.run(request).await?;
        ensure!(report.outcome == Outcome::Passed && report.engine == "docker", "{report:#?}");
        let used = report.resources;
        ensure!(used.cpu_ms > 0 && used.disk_bytes > 0 && used.peak_memory_bytes > 1 << 20, "{used:?}");
        ensure!(report.output.contains("1 passed"), "{}", report.output);
        ensure!(sandbox.containers().await? == 0, "the run's container is left");
        Ok(())
    })
}

fn waiting_containers_are_used_once_and_replaced() -> Result<()> {
    block_on(async {
        let sandbox = DockerSandbox::new(settings(2)?).await?;
        until("two wait", async || Ok(sandbox.waiting() == 2)).await?;
        for _ in 0..3 {
            let (request, _archive) = passing().request()?;
            ensure!(sandbox.run(request).await?.outcome == Outcome::Passed);
        }
        until("two wait again", async || Ok(sandbox.waiting() == 2)).await?;
        // Used ones are removed beside the next runs, by the time that it is closed at the latest.
        until("used ones are gone", async || Ok(sandbox.containers().await? == 2)).await?;
        let (request, _archive) = passing().request()?;
        ensure!(sandbox.run(request).await?.outcome == Outcome::Passed);
        sandbox.close().await?;
        ensure!(sandbox.containers().await? == 0, "closing waits for what is still to be removed");
        Ok(())
    })
}

fn other_limits_take_a_container_of_their_own() -> Result<()> {
    block_on(async {
        let sandbox = DockerSandbox::new(settings(1)?).await?;
        until("one waits", async || Ok(sandbox.waiting() == 1)).await?;
        let (mut request, _archive) = sleeping().request()?;
        request.limits = RunLimits { wall_ms: 1_000, ..limits() };
        ensure!(sandbox.run(request).await?.outcome == Outcome::TimedOut, "the other's clock was used");
        sandbox.close().await?;
        nothing_left(&sandbox).await
    })
}

fn dropping_a_run_ends_it() -> Result<()> {
    block_on(async {
        let sandbox = DockerSandbox::new(settings(0)?).await?;
        let (request, _archive) = sleeping().request()?;
        let running = tokio::spawn({
            let sandbox = sandbox.clone();
            async move { sandbox.run(request).await }
        });
        until("it runs", async || Ok(sandbox.containers().await? == 1)).await?;
        running.abort();
        ensure!(running.await.is_err_and(|error| error.is_cancelled()));
        nothing_left(&sandbox).await
    })
}

/// The worker is a process of this same program that opens a container and then hangs.
fn a_container_ends_with_its_worker() -> Result<()> {
    let mut worker = Command::new("/proc/self/exe").args(["__worker", &socket()?]).stdout(Stdio::piped()).spawn()?;
    let mut told = String::new();
    let out = worker.stdout.take().context("its output")?;
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut told)?;
    let label = format!("label=airlock.sandbox.worker={}", told.trim());
    let running = || docker(&["ps", "--quiet", "--filter", &label]);
    ensure!(!running()?.is_empty(), "no container waits for {told:?}");
    worker.kill()?;
    worker.wait()?;
    let ended = block_on(until("the container ends", async || Ok(running()?.is_empty())));
    for left in docker(&["ps", "--all", "--quiet", "--filter", &label])?.lines() {
        docker(&["rm", "--force", left])?;
    }
    ended
}

/// The other side of the test above.
pub(crate) fn worker(socket: &str) -> Result<()> {
    block_on(async {
        let sandbox = DockerSandbox::new(DockerSettings { host: socket.to_owned(), ..settings(1)? }).await?;
        until("one waits", async || Ok(sandbox.waiting() == 1)).await?;
        writeln!(std::io::stdout(), "{}", sandbox.worker())?;
        std::future::pending().await
    })
}

fn orphans_are_removed_when_their_time_is_up() -> Result<()> {
    let make = |lifetime: &str| {
        let label = format!("airlock.sandbox.lifetime={lifetime}");
        let whose = "airlock.sandbox.worker=of-a-test";
        docker(&["create", "--pull", "never", "--label", whose, "--label", &label, "airlock-sandbox:1", "true"])
    };
    let (old, young) = (make("0")?, make("3600")?);
    std::thread::sleep(Duration::from_millis(2_100));
    block_on(async {
        // A new sandbox looks by itself.
        let _sandbox = DockerSandbox::new(settings(0)?).await?;
        let left =
            docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", "label=airlock.sandbox.worker=of-a-test"])?;
        docker(&["rm", "--force", &young])?;
        ensure!(left.contains(&young) && !left.contains(&old), "{left}");
        Ok(())
    })
}

/// A suite whose one test starts a program that nothing else starts, and waits for it.
fn waiting() -> Suite {
    suite("import subprocess\ndef test_a(): subprocess.run(['/usr/bin/sleep', '3599'])\n").inventory(&["test_a"])
}

/// The container of this worker in which the test of [`waiting`] runs, as soon as it does.
async fn where_it_waits(worker: &str) -> Result<String> {
    let label = format!("label=airlock.sandbox.worker={worker}");
    let waits = |container: &&str| {
        docker(&["top", container, "-eo", "pid,args"]).is_ok_and(|processes| processes.contains("sleep 3599"))
    };
    let mut found = None;
    until("the test runs", async || {
        found = docker(&["ps", "--quiet", "--filter", &label])?.lines().find(waits).map(str::to_owned);
        Ok(found.is_some())
    })
    .await?;
    found.context("it was just there")
}

fn an_end_from_outside_is_no_verdict() -> Result<()> {
    block_on(async {
        let sandbox = DockerSandbox::new(settings(0)?).await?;
        let (request, _archive) = waiting().request()?;
        let running = tokio::spawn({
            let sandbox = sandbox.clone();
            async move { sandbox.run(request).await }
        });
        docker(&["kill", &where_it_waits(sandbox.worker()).await?])?;
        let error = running.await?.err().context("a report")?;
        ensure!(matches!(error, SandboxError::ContainerEnded { code: 137, .. }), "{error:?}");
        nothing_left(&sandbox).await
    })
}

/// The engine's socket, through a line that can be cut.
fn line() -> Result<(String, tempfile::TempDir, tokio::sync::watch::Sender<bool>)> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("docker.sock");
    let listener = tokio::net::UnixListener::bind(&place)?;
    let far = socket()?;
    let (cut, is_cut) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (far, mut is_cut) = (far.clone(), is_cut.clone());
            tokio::spawn(async move {
                let Ok(mut far) = tokio::net::UnixStream::connect(far).await else { return };
                tokio::select! {
                    _ = is_cut.wait_for(|cut| *cut) => {}
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                }
            });
        }
    });
    Ok((format!("unix://{}", place.display()), folder, cut))
}

fn an_engine_that_goes_away() -> Result<()> {
    block_on(async {
        let (host, _folder, cut) = line()?;
        let sandbox = DockerSandbox::new(DockerSettings { host, ..settings(0)? }).await?;
        let (request, _archive) = waiting().request()?;
        let running = tokio::spawn({
            let sandbox = sandbox.clone();
            async move { sandbox.run(request).await }
        });
        let label = format!("label=airlock.sandbox.worker={}", sandbox.worker());
        let there = || docker(&["ps", "--quiet", "--filter", &label]);
        where_it_waits(sandbox.worker()).await?;
        cut.send_replace(true);
        let error = running.await?.err().context("a report")?;
        // The container that collects runs beside the one that waits, and may not be ready when the line is cut.
        let is_ours = matches!(
            error,
            SandboxError::Engine { .. } | SandboxError::EngineUnreachable { .. } | SandboxError::Prepare(_)
        );
        ensure!(is_ours, "{error:?}");
        // Nobody could remove them; they end by themselves, since whoever fed them is gone.
        until("the containers end", async || Ok(there()?.is_empty())).await?;
        for left in docker(&["ps", "--all", "--quiet", "--filter", &label])?.lines() {
            docker(&["rm", "--force", left])?;
        }
        Ok(())
    })
}

fn what_is_missing_is_named_with_its_remedy() -> Result<()> {
    block_on(async {
        let mut absent = settings(0)?;
        absent.container.image = "airlock-sandbox:none".into();
        let error = DockerSandbox::new(absent).await.err().context("an image that is not there")?.to_string();
        ensure!(error.contains("airlock-sandbox:none") && error.contains("docker build"), "{error}");
        let nowhere = DockerSettings { host: "unix:///nowhere/docker.sock".into(), ..settings(0)? };
        let error = DockerSandbox::new(nowhere).await.err().context("an engine that is not there")?.to_string();
        ensure!(error.contains("/nowhere/docker.sock") && error.contains("sandbox.docker.host"), "{error}");
        Ok(())
    })
}

fn a_missing_package_is_confirmed_by_the_image() -> Result<()> {
    block_on(async {
        let sandbox = DockerSandbox::new(settings(0)?).await?;
        let run = async |suite: Suite| -> Result<Outcome> {
            let (request, _archive): (RunRequest, _) = suite.request()?;
            Ok(sandbox.run(request).await?.outcome)
        };
        let needs = || suite("import numpy\ndef test_a(): pass\n").inventory(&["test_a"]);
        let outcome = run(needs().imports(&["numpy"])).await?;
        ensure!(outcome.as_str() == "inconclusive", "{outcome:?}");
        let claims = suite("def test_a(): raise ModuleNotFoundError('gone', name='json')\n").inventory(&["test_a"]);
        let outcome = run(claims.imports(&["json"])).await?;
        ensure!(outcome == Outcome::Failed { failed: 1 }, "{outcome:?}");
        Ok(())
    })
}
