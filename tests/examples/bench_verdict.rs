//! How long a verdict takes from the end of an upload, on a running server of the
//! release build, beside bare pytest on the same suite in the same run.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use airlock_tests::client::{Client, accepted};
use airlock_tests::package::{self, Files};
use airlock_tests::server::Server;
use anyhow::{Result, ensure};

/// Measured uploads of each kind; one more before them warms everything up.
const ROUNDS: usize = 15;

#[tokio::main]
async fn main() -> Result<()> {
    let started = Instant::now();
    let mut server = Server::start().await;
    let cold = started.elapsed();
    let started = Instant::now();
    server.restart().await;
    let ready = started.elapsed();
    let idle = memory(server.pid(), "VmRSS:");
    let client = server.client("bench", "publisher");

    let untested = twenty_kilobytes(&package::plugin("no-tests"));
    let tested = package::plugin("adds-numbers");
    let plain = verdicts(&client, &untested).await?;
    let suite = verdicts(&client, &tested).await?;
    let pytest = bare_pytest(&tested)?;
    say(&format!("start to ready, first time: {} ms; everything cached: {} ms", cold.as_millis(), ready.as_millis()));
    say(&format!(
        "idle memory of serve: {} MB; after {} verdicts: {} MB",
        idle >> 20,
        2 * ROUNDS,
        memory(server.pid(), "VmRSS:") >> 20
    ));
    say(&format!("verdict, 20 KB without tests: median {} ms, worst {} ms", median(&plain), worst(&plain)));
    say(&format!("verdict, 5 tests: median {} ms, worst {} ms", median(&suite), worst(&suite)));
    match pytest {
        Some(pytest) => {
            let ratio = median(&suite) as f64 / median(&pytest) as f64;
            say(&format!(
                "bare pytest on the same suite: median {} ms; the whole verdict takes {ratio:.1} times that",
                median(&pytest)
            ));
        }
        None => say("bare pytest is not installed here: no ratio"),
    }
    Ok(())
}

/// The package padded with source to 20 KB.
fn twenty_kilobytes(files: &Files) -> Files {
    let function = |n: usize| {
        format!("def step_{n}(values: list[int]) -> int:\n    return sum(v * {n} for v in values if v > {n})\n\n\n")
    };
    let source: String = (0..200).map(function).collect();
    package::with(files, "steps.py", source.as_bytes())
}

/// Times from the end of each upload's answer to its settled state, as its event stream tells.
async fn verdicts(client: &Client, files: &Files) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    let name = package::field(files, "name");
    for round in 0..=ROUNDS {
        let version = format!("1.{round}.0");
        let archive = package::as_the_client_packs(&name, &package::at_version(files, &version));
        let response = client.put(&name, &version, archive).await;
        let uploaded = Instant::now();
        let id = accepted(response).await;
        client.get(&format!("/api/v1/validations/{id}/events")).await.text().await?;
        let took = uploaded.elapsed();
        ensure!(client.settled(&id).await["state"] == "published", "{name} {version} was not published");
        if round > 0 {
            times.push(took);
        }
    }
    Ok(times)
}

fn bare_pytest(files: &Files) -> Result<Option<Vec<Duration>>> {
    let folder = tempfile::tempdir()?;
    for (path, bytes) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below the folder"))?;
        std::fs::write(path, bytes)?;
    }
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let started = Instant::now();
        let status = Command::new("python3")
            .args(["-m", "pytest", "-q"])
            .current_dir(folder.path())
            .env("PYTHONPATH", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Ok(None);
        }
        if round > 0 {
            times.push(started.elapsed());
        }
    }
    Ok(Some(times))
}

fn median(times: &[Duration]) -> u128 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2].as_millis()
}

fn worst(times: &[Duration]) -> u128 {
    times.iter().max().map_or(0, Duration::as_millis)
}

/// A figure of a process's status, in bytes.
fn memory(pid: u32, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
