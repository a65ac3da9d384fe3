//! Two runs at once: neither finds anything of the other.

use airlock_model::{Outcome, RunReport};
use airlock_sandbox::Sandbox;
use airlock_sandbox::docker::DockerSandbox;
use airlock_sandbox::wasm::WasmSandbox;
use anyhow::{Context as _, Result, ensure};

use crate::Test;
use crate::docker::settings;
use crate::jail::block_on;
use crate::suite::{Suite, runtime, suite};

pub(crate) const TESTS: &[Test] =
    &[("apart::two_runs_in_wasm", two_runs_in_wasm), ("apart::two_runs_in_containers", two_runs_in_containers)];

/// How long each leaves its marks and looks for the other's, in seconds.
const LOOKS: u64 = 4;

/// A suite that leaves marks of its own, and looks for the other's all the while. It prints
/// when it began and when it ended, so that the test knows that both were there at once.
fn looks_for(own: &str, other: &str, marks: &str) -> Suite {
    let code = format!(
        "import glob, os, time
OWN, OTHER = {own:?}, {other:?}
{marks}
def test_a():
    os.write(1, f'from {{time.time()}}\\n'.encode())
    kept = leave_marks()
    until = time.monotonic() + {LOOKS}
    while time.monotonic() < until:
        found = look()
        assert not found, found
        time.sleep(0.05)
    os.write(1, f'until {{time.time()}}\\n'.encode())
"
    );
    suite(&code).inventory(&["test_a"])
}

const FILES: &str = "
def leave_marks():
    open(f'/tmp/mark-{OWN}', 'w').close()

def look():
    assert os.path.exists(f'/tmp/mark-{OWN}')
    return [path for path in glob.glob('/**', recursive=True) if path.endswith(f'mark-{OTHER}')]
";

const EVERYTHING: &str = "
import socket, subprocess
PORTS = {'one': 47821, 'two': 47822}

def listener(family, address):
    server = socket.socket(family)
    server.bind(address)
    server.listen()
    return server

def leave_marks():
    for folder in ('/tmp', '/dev/shm'):
        open(f'{folder}/mark-{OWN}', 'w').close()
    return [
        listener(socket.AF_INET, ('127.0.0.1', PORTS[OWN])),
        listener(socket.AF_UNIX, chr(0) + f'mark-{OWN}'),
        subprocess.Popen(['/usr/bin/sleep', str(PORTS[OWN])]),
    ]

def answers(family, address):
    with socket.socket(family) as client:
        return client.connect_ex(address) == 0

def commands():
    for place in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            yield open(place).read()
        except OSError:
            pass

def look():
    assert answers(socket.AF_INET, ('127.0.0.1', PORTS[OWN])) and answers(socket.AF_UNIX, chr(0) + f'mark-{OWN}')
    found = [f'{folder}/mark-{OTHER}' for folder in ('/tmp', '/dev/shm') if os.path.exists(f'{folder}/mark-{OTHER}')]
    found += [name for name in commands() if str(PORTS[OTHER]) in name]
    found += [f'port {port}' for port in [PORTS[OTHER]] if answers(socket.AF_INET, ('127.0.0.1', port))]
    found += [f'socket {OTHER}' for _ in [0] if answers(socket.AF_UNIX, chr(0) + f'mark-{OTHER}')]
    return found
";

/// The time that a report's output gives for this word, in seconds.
fn told(report: &RunReport, word: &str) -> Result<f64> {
    let line = report.output.lines().find_map(|line| line.trim().strip_prefix(word));
    Ok(line.with_context(|| format!("{word:?} in {report:#?}"))?.trim().parse()?)
}

async fn both(sandbox: &dyn Sandbox, marks: &str) -> Result<()> {
    let ((one, _one), (two, _two)) =
        (looks_for("one", "two", marks).request()?, looks_for("two", "one", marks).request()?);
    let (one, two) = tokio::try_join!(sandbox.run(one), sandbox.run(two))?;
    for report in [&one, &two] {
        ensure!(report.outcome == Outcome::Passed, "{report:#?}");
    }
    let shared = told(&one, "until")?.min(told(&two, "until")?) - told(&one, "from")?.max(told(&two, "from")?);
    ensure!(shared > 0.0, "they did not run at once, but {shared} s apart");
    Ok(())
}

fn two_runs_in_wasm() -> Result<()> {
    block_on(both(&WasmSandbox::new(runtime(), "/proc/self/exe".into(), false), FILES))
}

fn two_runs_in_containers() -> Result<()> {
    block_on(async { both(&DockerSandbox::new(settings(0)?).await?, EVERYTHING).await })
}
