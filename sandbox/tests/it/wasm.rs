//! What a guest in wasm gets of the host's clocks and randomness, and what becomes of it when
//! the host has no room left.

use std::process::Command;

use airlock_sandbox::wasm::WasmSandbox;
use airlock_sandbox::{Sandbox as _, SandboxError};
use anyhow::{Context as _, Result, bail, ensure};

use crate::Test;
use crate::jail::block_on;
use crate::suite::{Suite, runtime, suite};

pub(crate) const TESTS: &[Test] = &[
    ("wasm::clocks_are_coarse", clocks_are_coarse),
    ("wasm::randomness_is_new_in_each_run", randomness_is_new_in_each_run),
    ("wasm::a_seed_makes_randomness_the_same", a_seed_makes_randomness_the_same),
    ("wasm::a_full_disk_of_the_host_is_no_verdict", a_full_disk),
];

fn sandbox() -> WasmSandbox {
    WasmSandbox::new(runtime(), "/proc/self/exe".into(), false)
}

fn clocks_are_coarse() -> Result<()> {
    let code = "
import time
def test_a():
    for clock in (time.time_ns, time.monotonic_ns, time.perf_counter_ns):
        seen = {clock() for _ in range(5000)}
        assert all(now % 100_000 == 0 for now in seen), clock
    for name in ('time', 'monotonic', 'perf_counter'):
        assert time.get_clock_info(name).resolution == 1e-4, name
    before = time.monotonic()
    time.sleep(0.05)
    assert 0.05 <= time.monotonic() - before
";
    suite(code).inventory(&["test_a"]).ends("passed").map(drop)
}

/// What a guest draws from everything that draws.
fn drawn(sandbox: &WasmSandbox) -> Result<String> {
    let code = "
import os, random, secrets, uuid
def test_a():
    drawn = f'{os.urandom(8).hex()} {random.random()} {secrets.token_hex(8)} {uuid.uuid4()}'
    os.write(1, f'drawn {drawn}\\n'.encode())
";
    let (request, _archive) = suite(code).inventory(&["test_a"]).request()?;
    let report = block_on(sandbox.run(request))?;
    let line = report.output.lines().find(|line| line.starts_with("drawn ")).map(str::to_owned);
    line.with_context(|| format!("{report:#?}"))
}

fn randomness_is_new_in_each_run() -> Result<()> {
    let (one, other) = (drawn(&sandbox())?, drawn(&sandbox())?);
    for (one, other) in one.split(' ').zip(other.split(' ')).skip(1) {
        ensure!(one != other, "{one} was drawn twice");
    }
    Ok(())
}

fn a_seed_makes_randomness_the_same() -> Result<()> {
    let seeded = |seed| drawn(&sandbox().with_seed(Some(seed)));
    let (one, again, other) = (seeded(7)?, seeded(7)?, seeded(8)?);
    ensure!(one == again && one != other, "{one}\n{again}\n{other}");
    Ok(())
}

/// Has a process of its own, with a disk of one mebibyte for its temporary files, run both suites.
fn a_full_disk() -> Result<()> {
    // Without root the name space gives the right to mount.
    let apart: &[&str] = if is_root()? { &["--mount"] } else { &["--mount", "--map-root-user"] };
    let folder = tempfile::tempdir()?;
    let script = "mount -t tmpfs -o size=1m none \"$0\" && TMPDIR=\"$0\" exec \"$1\" __full";
    let output = Command::new("unshare")
        .args(apart)
        .args(["sh", "-c", script])
        .arg(folder.path())
        .arg(std::env::current_exe()?)
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn is_root() -> Result<bool> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    Ok(status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0")))
}

/// The other side of the test above.
pub(crate) fn on_a_small_disk() -> Result<()> {
    let passes = || suite("def test_a(tmp_path): (tmp_path / 'a').write_bytes(bytes(1000))\n").inventory(&["test_a"]);
    let run = |suite: Suite| -> Result<_> {
        let (request, _archive) = suite.request()?;
        Ok(block_on(sandbox().run(request)))
    };
    let full = |suite: Suite| match run(suite)? {
        Err(SandboxError::HostFull { folder }) if folder == std::env::temp_dir() => Ok(()),
        other => bail!("{other:#?}"),
    };
    ensure!(run(passes())?.context("there is room")?.outcome.as_str() == "passed");
    full(passes().file("data.txt", &"x".repeat(2 << 20))).context("while it is unpacked")?;
    let writes = "def test_a(tmp_path):
    try:
        (tmp_path / 'a').write_bytes(bytes(2 << 20))
    except OSError:
        pass
";
    full(suite(writes).inventory(&["test_a"])).context("while it runs")?;
    ensure!(run(passes())?.context("there is room again")?.outcome.as_str() == "passed");
    ensure!(std::fs::read_dir(std::env::temp_dir())?.next().is_none(), "something is left");
    Ok(())
}
