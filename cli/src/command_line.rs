//! The command line: the commands, and the options that all of them share.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::config::Layers;
use crate::exit::Failure;

const AFTER: &str = "\
Exit codes:
  0   approved, done, nothing found
  1   rejected, refused, something found
  2   held for a person
  3   could not decide: a fault, and not the plugin's
  64  the command line or the configuration is wrong";

/// A plugin registry with an airlock in front of it: every upload is quarantined,
/// examined, judged, and promoted or refused with reasons.
#[derive(Debug, Parser)]
#[command(name = "airlock", version, after_help = AFTER, max_term_width = 100, propagate_version = false)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) shared: Shared,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Shared {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "AIRLOCK_CONFIG", global = true, help_heading = "Configuration")]
    config: Option<PathBuf>,

    /// Sets one key of the configuration, for instance limits.run.wall_ms=5000; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment, global = true, help_heading = "Configuration")]
    set: Vec<(String, String)>,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .ok_or_else(|| "write KEY=VALUE, for instance limits.run.wall_ms=5000".to_owned())
}

impl Shared {
    /// Every source of settings up to `--set`; what the command's own flags set comes on top.
    /// `beneath` replaces defaults before anything that a person has written.
    pub(crate) fn layers(&self, beneath: &[(&'static str, &str, &str)]) -> Result<Layers, Failure> {
        let mut layers = Layers::new();
        for (flag, key, value) in beneath {
            layers.set(flag, key, value)?;
        }
        if let Some(file) = &self.config {
            layers.file(file)?;
        }
        layers.environment()?;
        for (key, value) in &self.set {
            layers.set("--set", key, value)?;
        }
        Ok(layers)
    }
}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::usage(error)
    }
}

/// Where the server's data is, for commands that work on it.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// The folder for everything that is kept on this machine.
    #[arg(long = "data", value_name = "DIR", global = true)]
    dir: Option<PathBuf>,
}

impl Data {
    /// Lays the flag over the settings.
    pub(crate) fn apply(&self, layers: &mut Layers) -> Result<(), Failure> {
        match &self.dir {
            Some(dir) => Ok(layers.set("--data", "data", &path_text(dir)?)?),
            None => Ok(()),
        }
    }
}

/// A path as a setting's text.
pub(crate) fn path_text(path: &std::path::Path) -> Result<String, Failure> {
    let text = path.to_str().ok_or_else(|| {
        Failure::usage(format!("the path {} is not valid UTF-8", path.display())).remedy("choose a path that is")
    })?;
    Ok(text.to_owned())
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// The report as JSON.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
}

/// How results without findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The commands; each is one file of [`crate::commands`].
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole registry in one process.
    Serve(commands::serve::Serve),
    /// Run only the HTTP side.
    Api(commands::api::Api),
    /// Run only workers.
    Worker(commands::worker::Worker),
    /// Send a plugin through the whole gate at home, by the same rules as the registry.
    Check(commands::check::Check),
    /// Scan Python source, any folder or file.
    Scan(commands::scan::Scan),
    /// Pack a plugin's folder into the archive that the registry would serve.
    Pack(commands::pack::Pack),
    /// Upload a plugin to a registry.
    Publish(commands::publish::Publish),
    /// Show where a validation stands.
    Status(commands::status::Status),
    /// See and decide held plugins.
    Review(commands::review::Review),
    /// Bring in known vulnerabilities, and look them up.
    Advisories(commands::advisories::Advisories),
    /// List the rules, or show one.
    Rules(commands::rules::Rules),
    /// Install, show or remove the sandbox's interpreter.
    Runtime(commands::runtime::Runtime),
    /// Run tests in the sandbox.
    Sandbox(commands::sandbox::Sandbox),
    /// Manage users.
    User(commands::user::User),
    /// Manage API tokens.
    Token(commands::token::Token),
    /// Print the configuration in force, with secrets masked.
    Config(commands::config::Config),
    /// Bring the database's schema up to date.
    Migrate(commands::migrate::Migrate),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn assignments_split_at_the_first_equals_sign() {
        assert_eq!(assignment("a.b=c=d"), Ok(("a.b".to_owned(), "c=d".to_owned())));
        assert!(assignment("a.b").is_err());
    }
}
