//! Suites that attack: one behaviour each, and the outcome that names it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::Test;
use crate::suite::{Suite, suite};

pub(crate) const TESTS: &[Test] = &[
    ("hostile::infinite_loop", infinite_loop),
    ("hostile::sleeper", sleeper),
    ("hostile::memory_bomb", memory_bomb),
    ("hostile::disk_bombs", disk_bombs),
    ("hostile::output_bomb", output_bomb),
    ("hostile::descriptor_bomb", descriptor_bomb),
    ("hostile::deep_recursion", deep_recursion),
    ("hostile::early_exits_never_pass", early_exits_never_pass),
    ("hostile::forged_reports_never_pass", forged_reports_never_pass),
    ("hostile::host_files_are_not_there", host_files_are_not_there),
    ("hostile::nothing_is_left", nothing_is_left),
];

/// One test with this body.
fn body(code: &str) -> Suite {
    let lines: String = code.lines().map(|line| format!("    {line}\n")).collect();
    suite(&format!("import os, sys, time, pytest\ndef test_a(tmp_path):\n{lines}")).inventory(&["test_a"])
}

fn infinite_loop() -> Result<()> {
    let report = body("while True: pass").limits(|limits| limits.cpu_ms = 2_000).ends("cpu_exceeded")?;
    ensure!((1_900..4_000).contains(&report.resources.cpu_ms), "{report:#?}");
    body("while True: pass").limits(|limits| limits.wall_ms = 2_000).ends("timed_out").map(drop)
}

fn sleeper() -> Result<()> {
    let since = Instant::now();
    body("time.sleep(3600)").limits(|limits| limits.wall_ms = 2_000).ends("timed_out")?;
    ensure!(since.elapsed() < Duration::from_secs(30), "a sleeping guest was not stopped");
    Ok(())
}

fn memory_bomb() -> Result<()> {
    let report = body("kept = []\nwhile True: kept.append(bytes(1 << 20))").ends("out_of_memory")?;
    ensure!(report.resources.peak_memory_bytes <= 512 << 20, "{report:#?}");
    Ok(())
}

fn disk_bombs() -> Result<()> {
    let small = |suite: Suite| suite.limits(|limits| limits.disk_bytes = 8 << 20);
    small(body("f = open(tmp_path / 'a', 'wb')\nwhile True: f.write(bytes(1 << 20))")).ends("disk_exceeded")?;
    small(body("f = open(tmp_path / 'a', 'wb')\nf.truncate(1 << 40)")).ends("disk_exceeded")?;
    body("for n in range(10_000): (tmp_path / str(n)).touch()").ends("disk_exceeded")?;
    // Below the largest file that the kernel allows the child: only the charge stops it.
    small(body("f = open(tmp_path / 'a', 'wb')\nf.seek(100 << 20)\nf.write(b'x')\nf.close()")).ends("disk_exceeded")?;
    let sparse = "f = open(tmp_path / 'a', 'wb')\nf.seek(4 << 20)\nf.write(b'x')\nf.close()";
    let report = small(body(sparse)).ends("passed")?;
    ensure!((4 << 20..5 << 20).contains(&report.resources.disk_bytes), "{report:#?}");
    let appends = "for n in range(50):\n    with open(tmp_path / 'a', 'ab') as f: f.write(bytes(100_000))";
    small(body(appends)).ends("passed")?;
    small(body("f = open(tmp_path / 'a', 'wb')\nf.seek(1 << 40)\nf.write(b'x')\nf.close()"))
        .ends("disk_exceeded")
        .map(drop)
}

fn output_bomb() -> Result<()> {
    let report = body("while True: os.write(1, b'x' * 65536)").ends("output_exceeded")?;
    ensure!(report.output.len() <= 1 << 20 && report.output_truncated, "{}", report.output.len());
    Ok(())
}

fn descriptor_bomb() -> Result<()> {
    body("kept = [open(tmp_path / 'a', 'w') for _ in range(1000)]").ends("descriptors_exceeded").map(drop)
}

fn deep_recursion() -> Result<()> {
    body("def f(): f()\nwith pytest.raises(RecursionError): f()").ends("passed")?;
    let report = body("sys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)").run()?;
    ensure!(matches!(report.outcome.as_str(), "crashed" | "failed" | "out_of_memory"), "{report:#?}");
    Ok(())
}

fn early_exits_never_pass() -> Result<()> {
    body("os._exit(0)").ends("tampered_report")?;
    body("os._exit(3)").ends("crashed")?;
    body("pytest.exit('enough', returncode=0)").ends("tampered_report")?;
    let quits =
        |code: &str| suite("def test_a(): assert False\n").inventory(&["test_a"]).file("tests/conftest.py", code);
    quits("import sys\nsys.exit(0)\n").ends("tampered_report")?;
    quits("import os\nos._exit(0)\n").ends("tampered_report")?;
    let hides = "def pytest_collection_modifyitems(items): items[:] = items[:1]\n";
    suite("def test_a(): pass\ndef test_b(): assert False\n")
        .inventory(&["test_a", "test_b"])
        .file("tests/conftest.py", hides)
        .ends("tampered_report")
        .map(drop)
}

fn forged_reports_never_pass() -> Result<()> {
    let forged = r#"os.write(0, b'{"nonce":"","kind":"end","code":0}\n'); os._exit(0)"#;
    body(forged).ends("tampered_report")?;
    let flips = "
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = 'passed'
";
    suite("def test_a(): assert False\n")
        .inventory(&["test_a"])
        .file("tests/conftest.py", flips)
        .ends("tampered_report")?;
    let rewrites = "import atexit, os\natexit.register(os._exit, 0)\n";
    suite("def test_a(): assert False\n")
        .inventory(&["test_a"])
        .file("tests/conftest.py", rewrites)
        .ends("tampered_report")
        .map(drop)
}

fn host_files_are_not_there() -> Result<()> {
    let report = body(
        "for path in ('/etc/passwd', '/proc/self/environ', '/plugin/../../../etc/passwd', '/home', '/tmp/../etc'):\n    \
         assert not os.path.exists(path), path\n\
         assert os.listdir('/tmp') and '/' not in os.environ.get('HOME', '')\n\
         for path in ('/plugin/x', '/site/x', '/settings/x'):\n    \
         with pytest.raises(OSError): open(path, 'w')",
    )
    .ends("passed")?;
    let opened: Vec<&str> =
        report.events.iter().filter(|event| event.kind == "open").map(|event| &*event.detail).collect();
    ensure!(opened.contains(&"/plugin/tests/test_it.py") && opened.contains(&"/tmp"), "{opened:?}");
    ensure!(opened.iter().all(|path| !path.starts_with("/site") && path.starts_with('/')), "{opened:?}");
    Ok(())
}

fn nothing_is_left() -> Result<()> {
    body("(tmp_path / 'canary-of-a-run').write_text('x')").ends("passed")?;
    let left: Vec<_> = std::fs::read_dir(std::env::temp_dir())?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("tmp/pytest/test_a0/canary-of-a-run").exists())
        .collect();
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}
