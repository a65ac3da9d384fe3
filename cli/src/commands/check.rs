//! `airlock check`: the whole gate at home.

use std::path::{Path, PathBuf};

use airlock_gate::{Gate, GateError, Inspected, Tested, no_tests_because};
use airlock_model::fingerprint::settle;
use airlock_model::sbom::{self, Circumstances};
use airlock_model::{Earlier, Inspection, Report, report};
use airlock_scanner::rules;
use clap::Args;
use serde::Serialize;

use crate::command_line::{Format, Shared, path_text};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::home::{self, Folder, Upload};
use crate::progress::Line;
use crate::rooms::{self, TOOL};
use crate::terminal;

/// Send a plugin through the whole gate at home, by the same rules as the registry.
///
/// Exits with 0 when it would be approved, 1 when it would be rejected, 2 when it
/// would be held for a person, 3 when it could not be decided.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The plugin's folder, or an archive of it.
    path: PathBuf,

    /// How to write the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Compare with an earlier version: its archive, or its folder.
    #[arg(long, value_name = "PATH")]
    against: Option<PathBuf>,

    /// Write the bill of materials to this file, as CycloneDX JSON.
    #[arg(long, value_name = "FILE")]
    sbom: Option<PathBuf>,

    /// A folder of YARA rules that are held against every file.
    #[arg(long, value_name = "DIR")]
    yara: Option<PathBuf>,
}

impl Check {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        if let Some(dir) = &self.yara {
            layers.set("--yara", "scan.yara_dir", &path_text(dir)?)?;
        }
        let config = layers.config()?;
        home::must_be_readable(&self.path)?;
        if let Some(against) = &self.against {
            home::must_be_readable(against)?;
        }
        if let Some(file) = &self.sbom {
            home::must_have_a_folder(file)?;
        }
        let mut report = judged(&config, &self).await?;
        name_pages(&mut report, &config);
        terminal::print(&rendered(&report, self.format))?;
        Ok(report.verdict.map_or(Exit::Ours, Exit::from))
    }
}

async fn judged(config: &Config, asked: &Check) -> Result<Report, Failure> {
    let line = Line::new("check");
    let gate = rooms::gate::gate(config, None)?;
    let mut inspected = inspected(config, &gate, &asked.path, &line).await?;
    if let Some(against) = &asked.against {
        let earlier = earlier(config, &gate, against, &line).await?;
        gate.compare(&mut inspected.inspection, Some(&earlier));
    }
    if let Some(file) = &asked.sbom {
        write_sbom(&inspected.inspection, file)?;
    }
    let inspection = &inspected.inspection;
    let runs = no_tests_because(inspection, gate.condemned(inspection, &[])).is_none();
    let gate = if runs {
        rooms::gate::gate(config, rooms::gate::sandbox(config, rooms::gate::Pool::None).await?)?
    } else {
        gate
    };
    if runs {
        line.now(if inspection.plan.inventory.is_empty() { "importing it" } else { "running its tests" });
    }
    let tested = match &inspected.canonical {
        Some(canonical) => gate.test(canonical, inspection, &[]).await?,
        None => Tested::NotRun(gate.skips_tests(inspection, &[]).unwrap_or_default().to_owned()),
    };
    line.clear();
    let report = Report::new(TOOL).judged(gate.judge(inspection, tested.report(), &[]));
    Ok(filled(report, inspected, tested))
}

/// Examines a folder by packing it, so that it is held to what an upload is held
/// to, and adds what only the folder shows.
async fn inspected(config: &Config, gate: &Gate, path: &Path, line: &Line) -> Result<Inspected, Failure> {
    line.now("examining");
    if !path.is_dir() {
        return Ok(gate.inspect(path, None).await?);
    }
    let folder = Folder::read(path, &config.limits)?;
    let upload = Upload::Packed(home::keep(&folder.pack()?)?);
    let mut inspected = gate.inspect(upload.path(), None).await?;
    let mut findings = std::mem::take(&mut inspected.inspection.findings);
    findings.extend(folder.findings);
    inspected.inspection.findings = settle(findings);
    Ok(inspected)
}

/// The earlier version, examined by the same rules.
async fn earlier(config: &Config, gate: &Gate, path: &Path, line: &Line) -> Result<Earlier, Failure> {
    let inspection = inspected(config, gate, path, line).await?.inspection;
    let Some(version) = inspection.manifest.as_ref().map(|manifest| manifest.version.clone()) else {
        return Err(Failure::usage(format!(
            "{} cannot be compared with: it has no manifest that can be read",
            path.display()
        ))
        .remedy("name the archive or the folder of an earlier version; `airlock check` shows what is wrong with it"));
    };
    Ok(Earlier { version, inspection })
}

fn write_sbom(inspection: &Inspection, file: &Path) -> Result<(), Failure> {
    let Some(document) = sbom::render(inspection, TOOL, Circumstances::default()) else {
        return Err(Failure::refused("there is no bill of materials of a plugin whose manifest cannot be read")
            .remedy("`airlock check` without --sbom shows what is wrong with it"));
    };
    home::write_whole(file, format!("{document:#}\n").as_bytes()).map(drop)
}

fn filled(mut report: Report, inspected: Inspected, tested: Tested) -> Report {
    let inspection = inspected.inspection;
    report.plugin = inspection.manifest.as_ref().map(|manifest| manifest.name.clone());
    report.version = inspection.manifest.as_ref().map(|manifest| manifest.version.clone());
    match tested {
        Tested::Ran(run) => report.tests = Some(*run),
        Tested::NotRun(why) => report.tests_not_run = Some(why),
    }
    report.examined(inspection)
}

/// A report in the form that was asked for, with a line feed at its end.
pub(super) fn rendered(report: &Report, format: Format) -> String {
    match format {
        Format::Text => report::text::render(report, terminal::report_style()),
        Format::Json => json(report),
        Format::Sarif => json(&report::sarif::render_with(report, &rules::find)),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).map(|text| text + "\n").expect("reports become JSON")
}

/// Completes the addresses of rule pages where the registry that serves them is configured.
pub(super) fn name_pages(report: &mut Report, config: &Config) {
    let Some(registry) = config.rules_at() else { return };
    let aside = report.suppressed.iter_mut().map(|one| &mut one.finding);
    for finding in report.findings.iter_mut().chain(aside).filter(|finding| finding.url.starts_with('/')) {
        finding.url.insert_str(0, registry);
    }
}

impl From<GateError> for Failure {
    fn from(error: GateError) -> Self {
        Self::ours(error).remedy("this is a fault of the gate or of this machine; it says nothing about the plugin")
    }
}
