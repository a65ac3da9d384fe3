//! `airlock sandbox packages`: what plugins' tests ask for, fetched ahead, listed, removed.

use std::path::{Path, PathBuf};

use airlock_model::Outcome;
use airlock_sandbox::packages;
use clap::{Subcommand, ValueEnum};

use crate::command_line::Shared;
use crate::config::{Config, Engine as Configured};
use crate::exit::{Doing as _, Exit, Failure};
use crate::home::{self, Folder};
use crate::progress::Line;
use crate::rooms::gate::{self, Pool};
use crate::terminal;

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Fetch what the tests of a plugin's folder ask for, so that its run need not.
    ///
    /// Exits with 0 when everything is there, 2 when a package cannot be had, 3 when fetching failed.
    Fetch {
        /// The plugin's folder.
        dir: PathBuf,

        /// The engine that the packages are for.
        #[arg(long, value_enum, default_value_t = Engine::Wasm)]
        engine: Engine,
    },
    /// List the layers that are kept.
    List,
    /// Remove all locks and layers, so that the next runs resolve anew.
    Remove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// Pure Python for the interpreter in wasm.
    Wasm,
    /// What fits the image of containers.
    Docker,
}

pub(super) async fn run(shared: &Shared, what: What) -> Result<Exit, Failure> {
    let config = shared.layers(&[])?.config()?;
    match what {
        What::Fetch { dir, engine } => fetch(&config, &dir, engine).await,
        What::List => list(&config),
        What::Remove => remove(&config).await,
    }
}

async fn fetch(config: &Config, dir: &Path, engine: Engine) -> Result<Exit, Failure> {
    home::must_be_readable(dir)?;
    let settings = config.packages().map_err(Failure::usage)?;
    if settings.allow.is_empty() {
        return Err(Failure::usage("no package is allowed, so there is nothing to fetch")
            .remedy("name those that tests may be given in sandbox.packages.allow"));
    }
    let asked = Folder::read(dir, &config.limits)?.wanted(&config.limits);
    let line = Line::new("packages");
    line.now("fetching");
    let lacks = match engine {
        Engine::Wasm => gate::wasm(config).await?.fetch(&asked).await,
        Engine::Docker => gate::docker(config, Pool::None).await?.fetch(&asked).await,
    };
    line.clear();
    match lacks? {
        Some(cause) => {
            terminal::print(&format!("{}\n", Outcome::Inconclusive(cause).sentence()))?;
            Ok(Exit::Held)
        }
        None => list(config),
    }
}

fn list(config: &Config) -> Result<Exit, Failure> {
    let folder = config.packages_dir();
    let layers = packages::cached(&folder).doing(format_args!("reading {}", folder.display()))?;
    let mut out = String::new();
    for layer in layers {
        let names: Vec<String> = layer.packages.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let names = airlock_model::escape::line(&names.join(", "));
        out.push_str(&format!("{}  {:>6} KiB  {names}\n", layer.hash, layer.bytes / 1024));
    }
    terminal::print(if out.is_empty() { "no packages are kept\n" } else { &out })?;
    Ok(Exit::Fine)
}

async fn remove(config: &Config) -> Result<Exit, Failure> {
    let folder = config.packages_dir();
    let swept = packages::remove(&folder).doing(format_args!("removing what is kept in {}", folder.display()))?;
    if matches!(config.sandbox.engine, Configured::Docker | Configured::Auto) {
        gate::docker(config, Pool::None).await?.remove_layers().await?;
    }
    terminal::print(&format!("removed what was kept in {}\n", folder.display()))?;
    if swept.in_use > 0 {
        terminal::print(&format!("{} layers are in use by runs and stay\n", swept.in_use))?;
    }
    Ok(Exit::Fine)
}
