//! What the parts of a scan gave together.

use std::collections::HashMap;

use airlock_model::Tree;
use airlock_model::finding::Finding;
use airlock_model::fingerprint::settle;
use airlock_model::inspection::CapabilityUse;
use airlock_model::report::{Suppressed, Unread};
use airlock_scanner::files::{self, Redactor};
use airlock_scanner::python::{self, Settings, Suppressions};
use airlock_scanner::yara::{self, Bounds, Rules};
use rayon::ThreadPool;
use rayon::prelude::*;

use super::context;

/// What to look for, and how.
pub(super) struct Wanted {
    pub(super) settings: Settings,
    pub(super) yara: Option<(Rules, Bounds)>,
    /// The most bytes of a file that YARA rules are held against.
    pub(super) file_bytes: u64,
    pub(super) trust_suppressions: bool,
    /// Whether findings show whole lines of source, for people.
    pub(super) whole_lines: bool,
}

/// What all parts together gave.
#[derive(Default)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) capabilities: Vec<CapabilityUse>,
    pub(super) unread: Vec<Unread>,
    pub(super) files: u64,
}

impl Found {
    /// Scans one part, whose places are shown behind `prefix`.
    pub(super) fn add(&mut self, part: &Tree, prefix: &str, wanted: &Wanted, threads: &ThreadPool) {
        let scan = python::scan_by(threads, part, &wanted.settings);
        self.files += scan.python_files;
        let mut findings = scan.findings;
        if let Some((rules, bounds)) = &wanted.yara {
            let matched = yara::check(part, rules, bounds, wanted.settings.jobs);
            findings.extend(matched.into_iter().filter(|finding| wanted.settings.reports(&finding.rule)));
        }
        let share = findings.len().div_ceil(threads.current_num_threads()).max(1);
        let shown = |findings: &[Finding]| files::secrets_shown(part, findings);
        let all = || findings.par_chunks(share).map(shown).reduce(Redactor::default, Redactor::and);
        let secrets = in_order(threads.install(all), || shown(&findings));
        // The fingerprint tells places apart by the path that is shown.
        findings.iter_mut().for_each(|finding| shown_behind(finding, prefix));
        let mut findings = settle(findings);
        if wanted.whole_lines {
            for finding in &mut findings {
                if let Some(bytes) = finding.file.as_deref().and_then(|file| part.get(file.strip_prefix(prefix)?)) {
                    context::widen(finding, bytes);
                }
            }
        }
        let own = |findings: &mut [Finding]| {
            findings.par_chunks_mut(share).map(Redactor::of_findings).reduce(Redactor::default, Redactor::and)
        };
        let own = threads.install(|| own(&mut findings));
        let secrets = in_order(own, || Redactor::of_findings(&mut findings)).and(secrets);
        threads.install(|| findings.par_chunks_mut(share).for_each(|findings| secrets.blot(findings)));
        if wanted.trust_suppressions {
            self.set_aside(part, prefix, &mut findings);
        }
        self.findings.append(&mut findings);
        self.capabilities.extend(scan.capabilities.into_iter().map(|mut used| {
            used.file = format!("{prefix}{}", used.file);
            used
        }));
    }

    /// Moves what comments in the source cover.
    fn set_aside(&mut self, part: &Tree, prefix: &str, findings: &mut Vec<Finding>) {
        let mut by_file: HashMap<String, Suppressions> = HashMap::new();
        let mut left = Vec::with_capacity(findings.len());
        for finding in findings.drain(..) {
            let comment = finding.file.as_deref().and_then(|file| {
                let bytes = part.get(file.strip_prefix(prefix)?)?;
                let suppressions = by_file.entry(file.to_owned()).or_insert_with(|| Suppressions::of(bytes));
                suppressions.covering(&finding).map(str::to_owned)
            });
            match comment {
                Some(comment) => self.suppressed.push(Suppressed { finding, comment }),
                None => left.push(finding),
            }
        }
        *findings = left;
    }
}

/// What several threads remembered, or, where there are too many secrets to be told apart, what one thread does: which
/// ones are kept must not depend on the number of threads.
fn in_order(together: Redactor, by_one: impl FnOnce() -> Redactor) -> Redactor {
    if together.is_full() { by_one() } else { together }
}

fn shown_behind(finding: &mut Finding, prefix: &str) {
    finding.file = finding.file.take().map(|file| format!("{prefix}{file}"));
    for evidence in &mut finding.evidence {
        evidence.file = evidence.file.take().map(|file| format!("{prefix}{file}"));
    }
}
