//! The runtime: installed once, from a folder, found again, mended when damaged.

use std::path::Path;
use std::process::Command;

use airlock_sandbox::runtime::{self, Progress, Runtime, RuntimeError, Source};
use anyhow::{Context as _, Result, ensure};

use crate::Test;
use crate::suite::{cache, runtime as installed, suite};

pub(crate) const TESTS: &[Test] = &[
    ("runtime::installs_from_a_folder_and_mends_damage", installs_from_a_folder_and_mends_damage),
    ("runtime::offers_the_operators_packages", offers_the_operators_packages),
];

/// Installs and counts how often the interpreter was compiled.
fn install(dir: &Path, wheels: &Path) -> (Result<Runtime, RuntimeError>, usize) {
    let mut compiled = 0;
    let count = &mut |progress| compiled += usize::from(progress == Progress::Compiling { what: "the interpreter" });
    (runtime::install(dir, &Source::Dir(wheels.to_owned()), count), compiled)
}

/// Fills a folder with what the error about a missing wheel asks for.
fn bring(wheels: &Path, dir: &Path) -> Result<()> {
    std::fs::create_dir_all(wheels)?;
    for _ in 0..10 {
        let missing = match install(dir, wheels).0 {
            Err(RuntimeError::NoWheel { name, version, .. }) => format!("{name}=={version}"),
            other => return other.map(drop).context("the wheels are there"),
        };
        let status = Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--python-version", "3.12"])
            .args(["--only-binary=:all:", "--dest"])
            .arg(wheels)
            .arg(&missing)
            .status()?;
        ensure!(status.success(), "pip could not fetch {missing}");
    }
    anyhow::bail!("more than ten wheels are missing")
}

fn installs_from_a_folder_and_mends_damage() -> Result<()> {
    let wheels = cache().join("wheels");
    let folder = tempfile::tempdir()?;
    let dir = folder.path();
    ensure!(matches!(runtime::find(dir), Err(RuntimeError::Missing(_))));
    bring(&wheels, dir)?;
    let runtime = runtime::find(dir)?;
    ensure!(runtime.carries("pytest") && install(dir, &wheels).1 == 0, "it is found and used again");

    let compiled = runtime.root().join("python.cwasm");
    let mut bytes = std::fs::read(&compiled)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&compiled, bytes)?;
    let error = runtime::find(dir).expect_err("the module is damaged");
    ensure!(matches!(error, RuntimeError::Damaged { .. }), "{error}");
    ensure!(error.to_string().contains("python.cwasm") && error.to_string().contains("runtime install"), "{error}");
    // Two mend it at once: the second waits and uses what the first made.
    let ((one, a), (two, b)) = std::thread::scope(|scope| {
        let other = scope.spawn(|| install(dir, &wheels));
        (install(dir, &wheels), other.join().expect("an installer that does not panic"))
    });
    ensure!(one?.root() == two?.root() && a + b == 1, "compiled {a} and {b} times");
    ensure!(runtime::find(dir).is_ok());
    Ok(())
}

fn offers_the_operators_packages() -> Result<()> {
    let site = tempfile::tempdir()?;
    std::fs::create_dir(site.path().join("framework"))?;
    std::fs::write(site.path().join("framework/__init__.py"), "def double(n): return 2 * n\n")?;
    std::fs::write(site.path().join("needy.py"), "import ssl\n")?;
    let runtime = installed().with_site(site.path().canonicalize()?)?;
    ensure!(runtime.carries("framework") && !installed().carries("framework"));
    let tests = "import framework\ndef test_a(): assert framework.double(21) == 42\n";
    suite(tests).inventory(&["test_a"]).imports(&["framework"]).runtime(runtime.clone()).passes(1)?;
    // What the operator's package needs is not in the tree, yet its lack is no fault of the plugin.
    let needy = suite("import needy\ndef test_a(): pass\n").inventory(&["test_a"]).imports(&["needy"]);
    let report = needy.runtime(runtime).ends("inconclusive")?;
    ensure!(report.outcome.sentence().contains("ssl"), "{report:#?}");
    Ok(())
}
