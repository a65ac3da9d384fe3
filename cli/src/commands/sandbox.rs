//! `airlock sandbox`: tests in the sandbox, without the rest of the gate, and whether it works here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use airlock_model::run::SeenBy;
use airlock_model::{Outcome, RunReport, escape};
use airlock_sandbox::{RunRequest, SandboxError};
use airlock_scanner::{archive, python};
use clap::{Args, Subcommand, ValueEnum};

use crate::command_line::{PlainFormat, Shared};
use crate::exit::{Exit, Failure};
use crate::home::{self, Folder};
use crate::progress::Line;
use crate::rooms;
use crate::terminal::{self, BAD, BOLD, GOOD, WAITS};

mod doctor;
mod packages;

/// The top folder of code that is no plugin.
const NAMELESS: &str = "plugin";

/// Run tests in the sandbox.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run the tests of a folder, with or without a manifest.
    ///
    /// Exits with 0 when every test passed, 1 when the run went wrong, 2 when it says nothing, 3 when
    /// the sandbox itself failed.
    Run {
        /// The folder.
        dir: PathBuf,

        /// The engine.
        #[arg(long, value_enum, default_value_t = Engine::Wasm)]
        engine: Engine,

        /// How to write the report.
        #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
        format: PlainFormat,
    },
    /// Fetch, list or remove packages that plugins' tests ask for.
    Packages {
        #[command(subcommand)]
        what: packages::What,
    },
    /// Try which engines work here, by running small suites that reach for what they must not get.
    ///
    /// Exits with 0 when at least one engine is fit, 1 when none is.
    Doctor {
        /// How to write the table.
        #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
        format: PlainFormat,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// CPython for WASI in wasmtime.
    Wasm,
    /// A fresh container.
    Docker,
    /// In wasm first, and in a container what needs something that wasm lacks.
    Auto,
}

impl Engine {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::Docker => "docker",
            Self::Auto => "auto",
        }
    }
}

impl Sandbox {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        match self.what {
            What::Run { dir, engine, format } => run(shared, &dir, engine, format).await,
            What::Packages { what } => packages::run(shared, what).await,
            What::Doctor { format } => doctor::run(shared, format).await,
        }
    }
}

async fn run(shared: &Shared, dir: &Path, engine: Engine, format: PlainFormat) -> Result<Exit, Failure> {
    let mut layers = shared.layers(&[])?;
    layers.set("--engine", "sandbox.engine", engine.as_str())?;
    let config = layers.config()?;
    home::must_be_readable(dir)?;
    let folder = Folder::read(dir, &config.limits)?;
    let name = folder.manifest.as_ref().map_or(NAMELESS, |manifest| manifest.name.as_str()).to_owned();
    let archive = archive::pack(&name, &folder.tree).map_err(Failure::refused)?;
    let canonical = home::keep(&archive)?;
    let settings = python::Settings { limits: config.limits.scan.clone(), ..python::Settings::default() };
    let mut plan = python::scan(&folder.tree, &settings).plan;
    plan.plugin = name;
    plan.packages = folder.wanted(&config.limits);
    let sandbox = rooms::gate::sandbox(&config, rooms::gate::Pool::None).await?;
    let sandbox = sandbox.ok_or_else(|| Failure::usage("no sandbox is configured"))?;
    let line = Line::new("sandbox");
    line.now("running tests");
    let limits = config.limits.run_of(folder.manifest.as_ref().map(|manifest| manifest.kind));
    let request = RunRequest { canonical: canonical.to_path_buf(), plan, limits };
    let report = sandbox.run(request).await;
    line.clear();
    let report = report?;
    terminal::print(&match format {
        PlainFormat::Text => text(&report),
        PlainFormat::Json => format!("{:#}\n", serde_json::to_value(&report).expect("a report becomes JSON")),
    })?;
    Ok(exit(&report.outcome))
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        Self::ours(error).remedy("this is a fault of the sandbox or of this machine; it says nothing about the tests")
    }
}

fn exit(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Passed => Exit::Fine,
        Outcome::NoTests | Outcome::Inconclusive(_) => Exit::Held,
        _ => Exit::No,
    }
}

fn text(report: &RunReport) -> String {
    let style = match exit(&report.outcome) {
        Exit::Fine => GOOD,
        Exit::Held => WAITS,
        _ => BAD,
    };
    let mut out = format!("{style}{}{style:#}: {}\n", report.outcome.as_str(), report.outcome.sentence());
    if !report.tests.is_empty() {
        out.push_str("reported by the plugin's own tests:\n");
    }
    for test in &report.tests {
        let outcome = serde_json::to_value(test.outcome).expect("a word becomes JSON");
        let outcome = outcome.as_str().unwrap_or_default();
        let _ = writeln!(out, "  {outcome:8} {} ({} ms)", escape::line(&test.id), test.duration_ms);
        if let Some(message) = &test.message {
            for line in message.lines() {
                let _ = writeln!(out, "           {}", escape::line(line));
            }
        }
    }
    for event in &report.events {
        let by = match event.seen_by {
            SeenBy::Host => "seen by the host",
            SeenBy::Guest => "seen from within",
        };
        let _ = writeln!(out, "  {} {} ({by})", escape::line(&event.kind), escape::line(&event.detail));
    }
    let _ = writeln!(out, "{BOLD}used{BOLD:#} {}", report.resources.sentence());
    if let Some(collection) = &report.collection {
        let _ = writeln!(
            out,
            "{BOLD}collected{BOLD:#} by a separate process: {} tests, {}",
            collection.tests,
            collection.resources.sentence()
        );
    }
    out
}
