//! All Python files of a tree, in parallel, each on its own.

use airlock_model::finding::{Finding, Span};
use airlock_model::inspection::CapabilityUse;
use airlock_model::limits::ScanLimits;
use airlock_model::manifest::Permissions;
use airlock_model::run::TestPlan;
use airlock_model::{Severity, Tree, escape};
use rayon::prelude::*;

use super::layout;
use super::model::{self, Model};
use super::parse::{self, ParseFault};
use super::payload;
use super::plan::{self, FilePlan};
use super::pool;
use super::source::Source;
use crate::rules::check::Found;
use crate::rules::code::{encoding, scanner_fault, too_complex, unparseable};
use crate::rules::dispatch;

/// What to hold the code against, and how to look.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The manifest's `permissions` block, where it has one.
    pub permissions: Option<Permissions>,
    /// Sizes.
    pub limits: ScanLimits,
    /// Rule ids, or their beginnings, to report; all when empty.
    pub select: Vec<String>,
    /// Rule ids, or their beginnings, not to report.
    pub ignore: Vec<String>,
    /// Threads; 0 for as many as there are processors.
    pub jobs: usize,
}

impl Settings {
    /// Whether findings of a rule are reported.
    pub(crate) fn reports(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|prefix| rule.starts_with(prefix.as_str()));
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}

/// What the Python room found out about a tree.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The findings, by place; [`airlock_model::fingerprint::settle`] ranks and caps them.
    pub findings: Vec<Finding>,
    /// Every use of a capability, by place.
    pub capabilities: Vec<CapabilityUse>,
    /// What the test stage needs to know; its `plugin` is left empty.
    pub plan: TestPlan,
    /// How many Python files were looked at.
    pub python_files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What one file gave.
#[derive(Default)]
struct FileScan {
    findings: Vec<Finding>,
    capabilities: Vec<CapabilityUse>,
    plan: FilePlan,
}

/// Scans every Python file of a tree.
#[must_use]
pub fn scan(tree: &Tree, settings: &Settings) -> Scan {
    let files: Vec<(&str, &[u8])> = tree
        .iter()
        .filter(|(path, bytes)| layout::is_python(path, bytes))
        .map(|(path, bytes)| (path.as_str(), bytes))
        .collect();
    let one = |(path, bytes): &(&str, &[u8])| {
        pool::guarded(|| scan_file(path, bytes, settings)).unwrap_or_else(|fault| faulted(path, &fault.0))
    };
    let scans: Vec<FileScan> = match pool::pool(settings.jobs) {
        Ok(pool) => pool.install(|| files.par_iter().map(one).collect()),
        Err(fault) => files.iter().map(|(path, _)| faulted(path, &fault.0)).collect(),
    };
    let mut scan = Scan {
        python_files: files.len() as u64,
        bytes: files.iter().map(|(_, bytes)| bytes.len() as u64).sum(),
        ..Scan::default()
    };
    let mut plans = Vec::with_capacity(scans.len());
    for file in scans {
        scan.findings.extend(file.findings.into_iter().filter(|finding| settings.reports(&finding.rule)));
        scan.capabilities.extend(file.capabilities);
        plans.push(file.plan);
    }
    scan.plan = plan::of(tree, plans);
    scan
}

fn scan_file(path: &str, bytes: &[u8], settings: &Settings) -> FileScan {
    let text = match parse::text(bytes, settings.limits.source_bytes) {
        Ok(text) => text,
        Err(fault) => {
            return FileScan { findings: vec![refused(&Source::new(path, ""), &fault)], ..FileScan::default() };
        }
    };
    let source = Source::new(path, text);
    let module = match parse::module(text) {
        Ok(module) => module,
        Err(fault) => return FileScan { findings: vec![refused(&source, &fault)], ..FileScan::default() },
    };
    let mut found = Found::default();
    let (plan, cut) = {
        let model = model::of(&source, &module);
        dispatch::run(&model, settings.permissions.as_ref(), &mut found);
        (FilePlan::of(&model), cut_short(&model))
    };
    found.findings.extend(cut);
    payload::examine(&source, &mut found, settings);
    FileScan { findings: found.findings, capabilities: found.capabilities, plan }
}

/// The finding for a file whose meaning was not followed to its end.
pub(super) fn cut_short(model: &Model<'_>) -> Option<Finding> {
    let message = if model.cut {
        "the tree of this file is deeper than is examined"
    } else if model.exhausted.get() {
        "the names of this file lead through more steps than are followed"
    } else {
        return None;
    };
    Some(Finding::of(&too_complex::RULE.meta, message).severity(Severity::Medium).in_file(model.source.path))
}

/// The finding for a file that has no tree.
fn refused(source: &Source<'_>, fault: &ParseFault) -> Finding {
    let line = |line| Span { line, column: 1, end_line: line, end_column: 1 };
    let finding = match fault {
        ParseFault::Decode(fault) => Finding::of(&encoding::RULE.meta, fault.sentence()).at(line(fault.line())),
        ParseFault::TooLarge { limit } => Finding::of(
            &too_complex::RULE.meta,
            format!("the file is larger than {limit} bytes, the most that is examined"),
        ),
        ParseFault::TooDeep(what, range) => {
            Finding::of(&too_complex::RULE.meta, what.sentence()).at(source.span(*range))
        }
        ParseFault::Syntax { message, range } => {
            let span = source.span(*range);
            Finding::of(&unparseable::RULE.meta, format!("not valid Python: {}", escape::line(message)))
                .at(span)
                .snippet(source.line_text(span.line))
        }
    };
    finding.in_file(source.path)
}

/// The finding for a file on which we failed.
fn faulted(path: &str, what: &str) -> FileScan {
    let message = format!("the scanner failed on this file: {}", escape::line(what));
    FileScan { findings: vec![Finding::of(&scanner_fault::RULE.meta, message).in_file(path)], ..FileScan::default() }
}
