//! The sandbox's interpreter: found, or installed when it is missing.

use std::path::Path;
use std::process::Stdio;

use airlock_sandbox::runtime::{self, Progress, Runtime, RuntimeError, Source};

use crate::exit::{Doing as _, Failure};
use crate::progress::Line;
use crate::terminal;

/// The installed interpreter; installs it when it is missing, with visible progress.
pub(crate) async fn ensure(dir: &Path) -> Result<Runtime, Failure> {
    match find(dir).await {
        Err(RuntimeError::Missing(_) | RuntimeError::Damaged { .. }) => install_apart(dir).await?,
        other => return other.map_err(broken),
    }
    find(dir).await.map_err(broken)
}

/// Looks for an installed interpreter.
pub(crate) async fn find(dir: &Path) -> Result<Runtime, RuntimeError> {
    let dir = dir.to_owned();
    tokio::task::spawn_blocking(move || runtime::find(&dir)).await.expect("looking does not panic")
}

/// Installs in a process of its own, because compiling takes memory that a server
/// would keep for the rest of its life.
async fn install_apart(dir: &Path) -> Result<(), Failure> {
    terminal::tell("The sandbox's interpreter is not installed yet; preparing it once.");
    let program = std::env::current_exe().doing("finding this program's own file")?;
    let status = tokio::process::Command::new(program)
        .args(["runtime", "install", "--into"])
        .arg(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .doing("starting the installation of the sandbox's interpreter")?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::ours("the sandbox's interpreter could not be installed; what was wrong stands above")
        .remedy("mend that and start again, or run no tests with sandbox.engine = \"none\""))
}

/// Installs in this process, telling each step.
pub(crate) fn install(dir: &Path, source: &Source) -> Result<Runtime, Failure> {
    let line = Line::new("sandbox");
    let mut progress = |step: Progress| match step {
        Progress::Waiting => line.now("waiting for another installation to end"),
        Progress::Fetching { what } => line.now(&format!("fetching {what}")),
        Progress::Verifying => line.now("verifying and unpacking"),
        Progress::Compiling { what } => line.now(&format!("compiling {what}")),
        Progress::Done => {}
    };
    let installed = runtime::install(dir, source, &mut progress);
    match &installed {
        Ok(_) => line.end("installed"),
        Err(_) => line.clear(),
    }
    installed.map_err(broken)
}

/// Every such error says itself what to do.
fn broken(error: RuntimeError) -> Failure {
    Failure::ours(error)
}
