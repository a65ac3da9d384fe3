//! `airlock review`: held plugins before a person.

use std::fmt::Write as _;

use airlock_model::{ValidationId, escape};
use clap::{Args, Subcommand};

use crate::client::{Listed, Registry};
use crate::command_line::Format;
use crate::commands::check::rendered;
use crate::exit::{Exit, Failure};
use crate::terminal::{self, BOLD, FAINT};

/// See and decide held plugins.
#[derive(Debug, Args)]
pub(crate) struct Review {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List what is held.
    List {
        #[command(flatten)]
        registry: Registry,
    },
    /// Show the whole report on one.
    Show {
        /// The validation's id.
        id: ValidationId,

        /// How to write the report.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,

        #[command(flatten)]
        registry: Registry,
    },
    /// Approve one: it goes into the catalogue.
    Approve(Decision),
    /// Reject one.
    Reject(Decision),
}

#[derive(Debug, Args)]
struct Decision {
    /// The validation's id.
    id: ValidationId,

    /// Why; its publisher reads it.
    #[arg(long)]
    reason: String,

    #[command(flatten)]
    registry: Registry,
}

impl Review {
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        match self.what {
            What::List { registry } => {
                let held = registry.client()?.held().await?;
                terminal::print(&list(&held))?;
            }
            What::Show { id, format, registry } => {
                let report = registry.client()?.report(id).await?;
                terminal::print(&rendered(&report, format))?;
            }
            What::Approve(decision) => decision.send("approve", "approved").await?,
            What::Reject(decision) => decision.send("reject", "rejected").await?,
        }
        Ok(Exit::Fine)
    }
}

impl Decision {
    async fn send(&self, decision: &str, done: &str) -> Result<(), Failure> {
        self.registry.client()?.decide(self.id, decision, &self.reason).await?;
        terminal::print(&format!("{done} {}\n", self.id))
    }
}

fn list(held: &[Listed]) -> String {
    if held.is_empty() {
        return "nothing is held\n".to_owned();
    }
    let mut out = String::new();
    for one in held {
        let publisher = escape::line(&one.publisher);
        let _ = writeln!(out, "{}  {BOLD}{} {}{BOLD:#}  by {publisher}", one.id, one.plugin, one.version);
        for reason in &one.reasons {
            let _ = writeln!(out, "  {FAINT}{}{FAINT:#}", escape::line(reason));
        }
    }
    out
}
