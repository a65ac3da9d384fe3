//! `airlock sandbox doctor`: which engines work here, by what they were seen to do.

use std::fmt::Write as _;

use airlock_model::run::SeenBy;
use airlock_sandbox::Sandbox;
use airlock_sandbox::doctor::{Check, examine};
use serde::Serialize;

use crate::command_line::{PlainFormat, Shared};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::progress::Line;
use crate::rooms::gate::{self, Pool};
use crate::terminal::{self, BAD, BOLD, GOOD};

/// What was found out about one engine.
#[derive(Debug, Serialize)]
struct Engine {
    engine: &'static str,
    /// Whether it may be relied on: it runs, and each check holds.
    fit: bool,
    /// Why it does not run at all.
    why_not: Option<String>,
    checks: Vec<Check>,
}

pub(super) async fn run(shared: &Shared, format: PlainFormat) -> Result<Exit, Failure> {
    let config = shared.layers(&[])?.config()?;
    let line = Line::new("doctor");
    line.now("trying wasm");
    let wasm = wasm(&config).await;
    line.now("trying containers");
    let docker = docker(&config).await;
    line.clear();
    let engines = [wasm, docker];
    terminal::print(&match format {
        PlainFormat::Text => text(&engines),
        PlainFormat::Json => {
            format!("{:#}\n", serde_json::json!({ "engines": engines.iter().collect::<Vec<_>>() }))
        }
    })?;
    Ok(if engines.iter().any(|engine| engine.fit) { Exit::Fine } else { Exit::No })
}

async fn wasm(config: &Config) -> Engine {
    match gate::wasm(config).await {
        Ok(sandbox) => examined("wasm", &sandbox).await,
        Err(failure) => absent("wasm", failure.to_string()),
    }
}

async fn docker(config: &Config) -> Engine {
    match gate::docker(config, Pool::None).await {
        Ok(sandbox) => examined("docker", &sandbox).await,
        Err(error) => absent("docker", error.to_string()),
    }
}

async fn examined(engine: &'static str, sandbox: &dyn Sandbox) -> Engine {
    match examine(sandbox).await {
        Ok(checks) => Engine { engine, fit: checks.iter().all(|check| check.holds), why_not: None, checks },
        Err(error) => absent(engine, error.to_string()),
    }
}

const fn absent(engine: &'static str, why: String) -> Engine {
    Engine { engine, fit: false, why_not: Some(why), checks: Vec::new() }
}

fn text(engines: &[Engine]) -> String {
    let mut out = String::new();
    for engine in engines {
        let (style, word) = if engine.fit { (GOOD, "works") } else { (BAD, "does not work here") };
        let _ = writeln!(out, "{BOLD}{}{BOLD:#} {style}{word}{style:#}", engine.engine);
        if let Some(why) = &engine.why_not {
            let _ = writeln!(out, "  {why}");
        }
        for check in &engine.checks {
            let (style, word) = if check.holds { (GOOD, "holds") } else { (BAD, "FAILS") };
            let by = match check.seen_by {
                SeenBy::Host => "seen by the host",
                SeenBy::Guest => "seen from within",
            };
            let _ = writeln!(out, "  {style}{word}{style:#}  {:30} {} ({by})", check.what, check.seen);
        }
    }
    out
}
