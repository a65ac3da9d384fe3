//! `airlock config`: what is in force, and where it comes from.

use clap::Args;

use crate::command_line::{Data, Shared};
use crate::config::{self, reference};
use crate::exit::{Exit, Failure};
use crate::rooms::{gate, policy};
use crate::terminal;

/// Print the configuration in force, with secrets masked.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(flatten)]
    data: Data,

    /// Print the default file, with every key explained, to start a file of your own from.
    #[arg(long, conflicts_with_all = ["policy", "reference"])]
    default: bool,

    /// Print the policy in force, to start a policy of your own from.
    #[arg(long, conflicts_with = "reference")]
    policy: bool,

    /// Print the reference page in Markdown.
    #[arg(long)]
    reference: bool,
}

impl Config {
    pub(crate) fn run(&self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        self.data.apply(&mut layers)?;
        let config = layers.config()?;
        let text = if self.default {
            config::DEFAULT.to_owned()
        } else if self.reference {
            reference::markdown()
        } else if self.policy {
            policy::text(&config)?.1
        } else {
            config::show(&layers)
        };
        terminal::print(&text)?;
        // What a start would stumble over is told here as well.
        gate::yara(&config)?;
        Ok(Exit::Fine)
    }
}
