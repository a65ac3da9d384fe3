//! `airlock scan`: the rules for Python code over any tree.

mod baseline;
mod context;
mod found;
mod names;
mod walk;

use std::path::PathBuf;

use airlock_model::fingerprint::settle;
use airlock_model::report::text;
use airlock_model::{Report, Severity};
use airlock_scanner::python::Settings;
use airlock_scanner::yara::{Bounds, Rules, Sources};
use airlock_scanner::{RULE_SET, rules};
use clap::{Args, ValueEnum};

use crate::command_line::{Format, Shared};
use crate::commands::check::{name_pages, rendered};
use crate::commands::rules::nearest;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::home;
use crate::rooms::TOOL;
use crate::rooms::gate::broken_rules;
use crate::terminal::{self, BAD, BOLD, FAINT};
use baseline::Baseline;
use found::{Found, Wanted};

/// Scan Python source, any folder or file.
///
/// Folders are searched for .py and .pyw files and for Python scripts without an ending; links are
/// not followed, and version control, caches and virtual environments are passed over unless named.
/// A file that is reached twice is scanned once. Exits with 0 when nothing was found at the
/// threshold, 1 when something was, 3 when nothing was found and something could not be read.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Folders and files.
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    /// How to write the findings.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Files analysed at once; 0 for as many as there are processors.
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,

    /// Report only these rules, by id or its beginning, such as AL-CODE; separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "What is reported")]
    select: Vec<String>,

    /// Do not report these rules, by id or its beginning; separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "What is reported")]
    ignore: Vec<String>,

    /// Leave out findings that are milder than this.
    #[arg(
        long,
        value_enum,
        value_name = "SEVERITY",
        default_value_t = Threshold::Low,
        help_heading = "What is reported"
    )]
    min_severity: Threshold,

    /// The mildest finding that makes this exit with 1; anything that is reported unless given.
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "What is reported")]
    fail_on: Option<Threshold>,

    /// Leave out what an earlier report has, JSON or SARIF, made from the same folder.
    #[arg(long, value_name = "FILE", help_heading = "What is reported")]
    baseline: Option<PathBuf>,

    /// Write the findings, as they are without a baseline, to a file for later --baseline, and exit with 0.
    #[arg(long, value_name = "FILE", conflicts_with = "baseline", help_heading = "What is reported")]
    write_baseline: Option<PathBuf>,

    /// Honour `# nosec` and `# noqa` comments. The registry never does.
    #[arg(long, help_heading = "What is reported")]
    trust_suppressions: bool,

    /// A folder of YARA rules that are held against every file, whatever its kind.
    #[arg(long, value_name = "DIR")]
    yara: Option<PathBuf>,
}

/// The severities, as the command line writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Note,
    Low,
    Medium,
    High,
    Critical,
}

impl From<Threshold> for Severity {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Note => Self::Note,
            Threshold::Low => Self::Low,
            Threshold::Medium => Self::Medium,
            Threshold::High => Self::High,
            Threshold::Critical => Self::Critical,
        }
    }
}

impl Scan {
    pub(crate) fn run(&self, shared: &Shared) -> Result<Exit, Failure> {
        let config = shared.layers(&[])?.config()?;
        self.select.iter().chain(&self.ignore).try_for_each(|prefix| known(prefix))?;
        self.paths.iter().try_for_each(|path| home::must_be_readable(path))?;
        let baseline = self.baseline.as_deref().map(Baseline::read).transpose()?;
        let mut found = Found::default();
        let wanted = self.wanted(&config)?;
        walk::walk(&self.paths, &wanted, &mut found)?;

        let threshold = Severity::from(self.min_severity);
        let mut findings = settle(found.findings);
        findings.retain(|finding| finding.severity >= threshold);
        found.suppressed.retain(|one| one.finding.severity >= threshold);
        let known = baseline.map(|baseline| {
            let before = findings.len();
            findings.retain(|finding| !baseline.has(finding));
            (before - findings.len()) as u64
        });
        let mut report = Report::new(TOOL).with_findings(findings);
        report.rule_set = Some(RULE_SET.to_owned());
        report.capabilities = found.capabilities;
        report.suppressed = found.suppressed;
        report.known = known;
        report.unread = found.unread;
        name_pages(&mut report, &config);
        self.tell(&report, found.files)
    }

    fn wanted(&self, config: &Config) -> Result<Wanted, Failure> {
        let limits = &config.limits.scan;
        let folder = self.yara.as_deref().or(config.yara_dir());
        let rules = folder.map(|folder| Rules::compile(&Sources::read(folder)?)).transpose().map_err(broken_rules)?;
        let bounds = Bounds { file_ms: limits.yara_file_ms, tree_ms: limits.yara_ms, worst: config.scan.yara_worst };
        Ok(Wanted {
            settings: Settings {
                permissions: None,
                limits: limits.clone(),
                select: self.select.clone(),
                ignore: self.ignore.clone(),
                jobs: self.jobs,
            },
            yara: rules.map(|rules| (rules, bounds)),
            file_bytes: config.limits.archive.file_bytes,
            trust_suppressions: self.trust_suppressions,
            whole_lines: self.format == Format::Text,
        })
    }

    /// Writes the report, and tells what it means for the exit code.
    fn tell(&self, report: &Report, files: u64) -> Result<Exit, Failure> {
        if let Some(file) = &self.write_baseline {
            baseline::write(file, report)?;
            let count = report.findings.len();
            terminal::tell(&format!("{count} findings written to {}", file.display()));
        }
        for one in report.unread.iter().filter(|_| self.format != Format::Text) {
            terminal::tell(&unread(one));
        }
        match self.format {
            Format::Text => terminal::print(&as_text(report, files))?,
            other => terminal::print_data(&rendered(report, other))?,
        }
        let fail_on = self.fail_on.map_or(Severity::Note, Severity::from);
        if self.write_baseline.is_none() && report.findings.iter().any(|finding| finding.severity >= fail_on) {
            return Ok(Exit::No);
        }
        Ok(if report.unread.is_empty() { Exit::Fine } else { Exit::Ours })
    }
}

/// A prefix that no rule has is a slip of the pen that would hide everything or nothing.
fn known(prefix: &str) -> Result<(), Failure> {
    if !prefix.is_empty() && rules::all().iter().any(|rule| rule.id.starts_with(prefix)) {
        return Ok(());
    }
    let failure = Failure::usage(format!("no rule's id begins with {}", airlock_model::escape::quoted(prefix)));
    Err(match nearest(prefix) {
        Some(id) => failure.remedy(format!("the nearest is {id}; `airlock rules` lists them all")),
        None => failure.remedy("`airlock rules` lists them all"),
    })
}

fn as_text(report: &Report, files: u64) -> String {
    let style = terminal::report_style();
    let mut out = text::listing(&report.findings, style);
    if !out.is_empty() {
        out.push('\n');
    }
    for one in &report.unread {
        out.push_str(&format!("{}\n", unread(one)));
    }
    let files = if files == 1 { "1 Python file".to_owned() } else { format!("{files} Python files") };
    match report.findings.len() {
        0 => out.push_str(&format!("{BOLD}nothing found{BOLD:#} in {files}\n")),
        _ => out.push_str(&format!("{} in {files}\n", text::counts(&report.findings_count, style))),
    }
    if let Some(known) = report.known {
        out.push_str(&format!("left out: {known} that the baseline has\n"));
    }
    if !report.suppressed.is_empty() {
        let count = report.suppressed.len();
        out.push_str(&format!("set aside: {count} by nosec and noqa comments, which the registry does not honour\n"));
    }
    if let Some(worst) = report.findings.first() {
        out.push_str(&format!("{FAINT}`airlock rules {}` explains a rule{FAINT:#}\n", worst.rule));
    }
    out
}

fn unread(one: &airlock_model::report::Unread) -> String {
    let (path, why) = (airlock_model::escape::line(&one.path), airlock_model::escape::line(&one.why));
    format!("{BAD}not looked at:{BAD:#} {path}: {why}")
}
