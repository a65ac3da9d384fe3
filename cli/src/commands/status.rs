//! `airlock status`: where a validation stands.

use std::fmt::Write as _;

use airlock_model::{StageState, ValidationId, escape};
use clap::Args;

use crate::client::{Registry, Validation};
use crate::command_line::PlainFormat;
use crate::exit::{Exit, Failure};
use crate::progress;
use crate::terminal::{self, BOLD, FAINT};

/// Show where a validation stands.
///
/// Exits with 0 while it is under way or when it is published, 1 when it was rejected, 2 when it is
/// held for a person, 3 when the registry could not decide.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The validation's id, as `airlock publish` prints it.
    id: ValidationId,

    /// How to write it.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
    format: PlainFormat,

    #[command(flatten)]
    registry: Registry,
}

impl Status {
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let validation = self.registry.client()?.validation(self.id).await?;
        terminal::print(&match self.format {
            PlainFormat::Text => text(&validation),
            PlainFormat::Json => {
                format!("{:#}\n", serde_json::to_value(&validation).expect("plain values become JSON"))
            }
        })?;
        Ok(validation.listed.state.into())
    }
}

fn text(validation: &Validation) -> String {
    let listed = &validation.listed;
    let mut out = format!("{BOLD}{} {}{BOLD:#}: {}\n", listed.plugin, listed.version, progress::state(listed.state));
    for stage in &validation.stages {
        let _ = write!(out, "  {:8} {}", stage.name.as_str(), stage.state);
        if stage.attempt > 1 {
            let _ = write!(out, ", attempt {}", stage.attempt);
        }
        if stage.state == StageState::Pending {
            if let Some(position) = stage.queue_position {
                let _ = write!(out, ", {position} in the queue");
            }
            if let Some(seconds) = stage.eta_seconds {
                let _ = write!(out, ", about {seconds} s");
            }
        }
        out.push('\n');
    }
    for reason in &listed.reasons {
        let _ = writeln!(out, "  {}", escape::line(reason));
    }
    if let Some(error) = &listed.error {
        let _ = writeln!(out, "  the registry's own fault: {}", escape::line(error));
    }
    let _ = writeln!(out, "{FAINT}{}{FAINT:#}", listed.links.html);
    out
}
