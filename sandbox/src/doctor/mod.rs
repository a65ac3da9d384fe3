//! Tries an engine: small suites that reach for what they must not get, and that
//! ask for more than their limits.

use std::io::Write as _;

use airlock_model::limits::RunLimits;
use airlock_model::run::{SeenBy, TestOutcome, TestPlan};
use serde::Serialize;

use crate::{RunRequest, Sandbox, SandboxError};

/// The top folder of the suites.
const PLUGIN: &str = "doctor";
const MIB: u64 = 1 << 20;

/// One thing that was tried in an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What must hold, for instance `network closed`.
    pub what: &'static str,
    /// Whether it held.
    pub holds: bool,
    /// What was seen.
    pub seen: String,
    /// Who saw it: the host by the way the suite ended, or the suite from within.
    pub seen_by: SeenBy,
}

/// A suite that asks for more than it is allowed, and the outcome that must stop it.
struct Excess {
    what: &'static str,
    code: &'static str,
    outcome: &'static str,
    /// Engines that have such a thing at all.
    engines: &'static [&'static str],
}

const EXCESSES: [Excess; 5] = [
    Excess {
        what: "memory limit",
        code: "def test_it():\n    kept = []\n    while True: kept.append(bytearray(1 << 20))\n",
        outcome: "out_of_memory",
        engines: &["wasm", "docker"],
    },
    Excess {
        what: "disk limit",
        code: "def test_it(tmp_path):\n    with open(tmp_path / 'a', 'wb') as file:\n        while True: file.write(bytes(1 << 20))\n",
        outcome: "disk_exceeded",
        engines: &["wasm", "docker"],
    },
    Excess {
        what: "output limit",
        code: "import os\ndef test_it():\n    while True: os.write(1, bytes(1 << 16))\n",
        outcome: "output_exceeded",
        engines: &["wasm", "docker"],
    },
    Excess {
        what: "wall clock",
        code: "import time\ndef test_it(): time.sleep(3600)\n",
        outcome: "timed_out",
        engines: &["wasm", "docker"],
    },
    Excess {
        what: "process limit",
        code: "import os, time\ndef test_it():\n    while True:\n        if os.fork() == 0: time.sleep(3600)\n",
        outcome: "too_many_processes",
        engines: &["docker"],
    },
];

/// What a suite looks at from within: the name of its test, and what must hold.
const WITHIN: [(&str, &str, &[&str]); 9] = [
    ("test_network", "network closed", &["wasm", "docker"]),
    ("test_environment", "no environment of the host", &["wasm", "docker"]),
    ("test_root", "read-only root", &["wasm", "docker"]),
    ("test_socket", "no container engine's socket", &["wasm", "docker"]),
    ("test_processes", "no processes of the host", &["wasm", "docker"]),
    ("test_user", "an ordinary user", &["docker"]),
    ("test_capabilities", "no capabilities", &["docker"]),
    ("test_privileges", "no new privileges", &["docker"]),
    ("test_seccomp", "system calls filtered", &["docker"]),
];

/// Runs every check that applies to this engine. An error is what keeps the engine from running at all.
pub async fn examine(sandbox: &dyn Sandbox) -> Result<Vec<Check>, SandboxError> {
    let engine = sandbox.engine().as_str();
    let mut checks = within(sandbox, engine).await?;
    for excess in EXCESSES.iter().filter(|excess| excess.engines.contains(&engine)) {
        let suite = Suite::new(excess.code, &["test_it"])?;
        let report = sandbox.run(suite.request.clone()).await?;
        let outcome = report.outcome.as_str();
        checks.push(Check {
            what: excess.what,
            holds: outcome == excess.outcome,
            seen: outcome.to_owned(),
            seen_by: SeenBy::Host,
        });
    }
    Ok(checks)
}

async fn within(sandbox: &dyn Sandbox, engine: &str) -> Result<Vec<Check>, SandboxError> {
    let wanted: Vec<_> = WITHIN.iter().filter(|(.., engines)| engines.contains(&engine)).collect();
    let names: Vec<&str> = wanted.iter().map(|(test, ..)| *test).collect();
    let code = include_str!("within.py");
    let suite = Suite::new(code, &names)?;
    let report = sandbox.run(suite.request.clone()).await?;
    let seen = |test: &str| {
        let id = format!("tests/test_within.py::{test}");
        match report.tests.iter().find(|result| result.id == id) {
            Some(result) if result.outcome == TestOutcome::Passed => (true, "as it must be".to_owned()),
            Some(result) => {
                let message = result.message.as_deref().unwrap_or("it did not pass");
                let line = message.lines().rev().find(|line| line.starts_with('E') || !line.trim().is_empty());
                (false, airlock_model::escape::line(line.unwrap_or_default().trim()))
            }
            None => (false, format!("not run: {}", report.outcome.sentence())),
        }
    };
    Ok(wanted
        .into_iter()
        .map(|(test, what, _)| {
            let (holds, seen) = seen(test);
            Check { what, holds, seen, seen_by: SeenBy::Guest }
        })
        .collect())
}

/// A request together with the file that it names.
struct Suite {
    request: RunRequest,
    _archive: tempfile::TempPath,
}

impl Suite {
    fn new(code: &str, tests: &[&str]) -> Result<Self, SandboxError> {
        let io = |source| SandboxError::Io { what: "write a suite of its own", source };
        let archive = pack(code).map_err(io)?;
        let plan = TestPlan {
            plugin: PLUGIN.into(),
            inventory: tests.iter().map(|test| format!("tests/test_within.py::{test}")).collect(),
            ..TestPlan::default()
        };
        let limits = RunLimits {
            wall_ms: 5_000,
            cpu_ms: 5_000,
            memory_bytes: 128 * MIB,
            disk_bytes: 8 * MIB,
            output_bytes: 256 << 10,
            processes: 24,
            ..RunLimits::default()
        };
        Ok(Self { request: RunRequest { canonical: archive.to_path_buf(), plan, limits }, _archive: archive })
    }
}

fn pack(code: &str) -> std::io::Result<tempfile::TempPath> {
    let mut file = tempfile::NamedTempFile::new()?;
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_ustar();
    header.set_size(code.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, format!("{PLUGIN}/tests/test_within.py"), code.as_bytes())?;
    file.write_all(&archive.into_inner()?.finish()?)?;
    Ok(file.into_temp_path())
}
