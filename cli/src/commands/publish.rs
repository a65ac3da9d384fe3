//! `airlock publish`: upload a plugin, and watch it go through.

use std::path::{Path, PathBuf};

use airlock_model::run::TestOutcome;
use airlock_model::verdict::judge;
use airlock_model::{Manifest, ValidationState, escape, report};
use clap::Args;

use crate::client::{Client, Registry, Validation};
use crate::command_line::{Format, Shared};
use crate::commands::check;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::home::{self, Folder, Upload};
use crate::progress::{self, Line};
use crate::rooms;
use crate::terminal::{self, BOLD};

/// Upload a plugin to a registry.
///
/// With --wait, exits with 0 when it is published, 1 when it is rejected, 2 when it is held for a
/// person, 3 when the registry could not decide.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    /// The plugin's folder, or an archive of it.
    path: PathBuf,

    /// Watch until there is a verdict.
    #[arg(long)]
    wait: bool,

    /// How to write what --wait ends with; json and sarif give the whole report.
    #[arg(long, value_enum, default_value_t = Format::Text, requires = "wait")]
    format: Format,

    #[command(flatten)]
    registry: Registry,
}

impl Publish {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let config = shared.layers(&[])?.config()?;
        home::must_be_readable(&self.path)?;
        let client = self.registry.client()?;
        let (upload, manifest) = ready(&config, &self.path).await?;
        let line = Line::new(format!("{} {}", manifest.name, manifest.version));
        line.now("uploading");
        let accepted = client.upload(&manifest.name, &manifest.version, upload.path()).await;
        let accepted = accepted.inspect_err(|_| line.clear())?;
        if accepted.repeated {
            line.now("these very bytes are in the registry already");
        }
        if !self.wait {
            line.clear();
            terminal::print(&format!("{}\n", accepted.id))?;
            terminal::tell(&format!("watch it at {} or with `airlock status {}`", accepted.links.html, accepted.id));
            return Ok(Exit::Fine);
        }
        let validation = client.follow(accepted.id, |what| line.happened(what)).await;
        let validation = validation.inspect_err(|_| line.clear())?;
        line.clear();
        if self.format == Format::Text {
            return conclude(&client, &validation).await;
        }
        terminal::print(&check::rendered(&client.report(accepted.id).await?, self.format))?;
        Ok(validation.listed.state.into())
    }
}

/// The archive to upload, and what it says it is.
async fn ready(config: &Config, path: &Path) -> Result<(Upload, Manifest), Failure> {
    if path.is_dir() {
        let mut folder = Folder::read(path, &config.limits)?;
        let manifest = folder.manifest.take().ok_or_else(|| barred(config, std::mem::take(&mut folder.findings)))?;
        let archive = airlock_scanner::archive::pack(manifest.name.as_str(), &folder.tree).map_err(Failure::refused)?;
        return Ok((Upload::Packed(home::keep(&archive)?), manifest));
    }
    // An archive is opened only in the confined child, which does not have the token.
    let gate = rooms::gate::gate(config, None)?;
    let inspection = gate.inspect(path, None).await?.inspection;
    let manifest = inspection.manifest.ok_or_else(|| barred(config, inspection.findings))?;
    Ok((Upload::Given(path.to_owned()), manifest))
}

/// Why there is no manifest to upload by.
fn barred(config: &Config, findings: Vec<airlock_model::Finding>) -> Failure {
    let policy = match rooms::policy::policy(config) {
        Ok(policy) => policy,
        Err(failure) => return failure,
    };
    for finding in judge(&policy, &findings, None, &[]).findings {
        terminal::tell(report::text::finding(&finding, terminal::report_style()).trim_end());
    }
    Failure::refused("nothing was uploaded, because no name and version could be read")
        .remedy("mend what stands above; `airlock check` shows everything there is to mend")
}

/// Shows how it ended.
async fn conclude(client: &Client, validation: &Validation) -> Result<Exit, Failure> {
    let listed = &validation.listed;
    let mut text = format!("{BOLD}{} {}{BOLD:#}: {}\n", listed.plugin, listed.version, progress::state(listed.state));
    if matches!(listed.state, ValidationState::Published) {
        text.push_str(&format!("  see {}\n", listed.links.html));
        terminal::print(&text)?;
        return Ok(Exit::Fine);
    }
    for reason in &listed.reasons {
        text.push_str(&format!("  {}\n", escape::line(reason)));
    }
    if let Some(error) = &listed.error {
        text.push_str(&format!("  the registry's own fault: {}\n", escape::line(error)));
    }
    terminal::print(&text)?;
    let report = client.report(listed.id).await?;
    for finding in report.findings.iter().filter(|finding| bars(finding)) {
        terminal::print(&report::text::finding(finding, terminal::report_style()))?;
    }
    terminal::print(&failed_tests(&report))?;
    terminal::print(&format!("  the whole report: {}\n", listed.links.html))?;
    Ok(listed.state.into())
}

/// The tests that did not pass, by the plugin's own word.
fn failed_tests(report: &airlock_model::Report) -> String {
    let mut out = String::new();
    for test in report.tests.iter().flat_map(|run| &run.tests) {
        if !matches!(test.outcome, TestOutcome::Failed | TestOutcome::Error) {
            continue;
        }
        out.push_str(&format!("  {}\n", escape::line(&test.id)));
        for line in test.message.iter().flat_map(|message| message.lines()) {
            out.push_str(&format!("    {}\n", escape::line(line)));
        }
    }
    out
}

fn bars(finding: &airlock_model::Finding) -> bool {
    use airlock_model::finding::PolicyAction;
    finding.decision.as_ref().is_some_and(|decision| decision.action > PolicyAction::Note)
}
