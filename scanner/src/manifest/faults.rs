//! Where findings about the manifest are gathered, each with its source line.

use std::collections::HashMap;

use airlock_model::finding::{Finding, RuleMeta, Severity, Span};

/// The file every finding of this room is about.
pub(super) const FILE: &str = "plugin.yaml";

/// Longer source lines are cut in snippets.
const LONGEST_LINE: usize = 160;

/// More findings than this of one rule are only counted.
const MOST_PER_RULE: usize = 200;

/// Gathers findings; remembers whether one of them bars the manifest.
pub(super) struct Faults<'s> {
    lines: Vec<&'s str>,
    findings: Vec<Finding>,
    counts: HashMap<String, usize>,
    barred: bool,
    /// Keys about which more than "unknown" has been said.
    explained: Vec<Span>,
}

impl<'s> Faults<'s> {
    /// Starts with the text of the manifest, empty when there is none.
    pub(super) fn new(source: &'s str) -> Self {
        Self {
            lines: lines(source),
            findings: Vec::new(),
            counts: HashMap::new(),
            barred: false,
            explained: Vec::new(),
        }
    }

    /// Adds a finding at a place of the file.
    pub(super) fn add(&mut self, span: Span, finding: Finding) {
        let snippet = self.line(span.line).map(cut);
        let finding = finding.at(span);
        self.push(match snippet {
            Some(text) => finding.snippet(text),
            None => finding,
        });
    }

    /// Adds a finding about the file as a whole.
    pub(super) fn add_whole(&mut self, finding: Finding) {
        self.push(finding);
    }

    /// Adds a finding of `rule` with its message and remedy at a place of the file.
    pub(super) fn say(&mut self, rule: &RuleMeta, span: Span, message: impl Into<String>, remedy: impl Into<String>) {
        self.add(span, Finding::of(rule, message).remedy(remedy));
    }

    /// Remembers that a key has been reported as what it was likely meant to be.
    pub(super) fn explain(&mut self, key: Span) {
        self.explained.push(key);
    }

    /// Whether a key has been reported already.
    pub(super) fn is_explained(&self, key: Span) -> bool {
        self.explained.contains(&key)
    }

    /// Whether findings of `rule` are only counted by now, so that nothing need be worked out for them.
    pub(super) fn is_full(&self, rule: &RuleMeta) -> bool {
        self.counts.get(rule.id).is_some_and(|count| *count >= MOST_PER_RULE)
    }

    /// Whether something was found that bars the manifest.
    pub(super) const fn barred(&self) -> bool {
        self.barred
    }

    /// The findings.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    fn push(&mut self, finding: Finding) {
        self.barred |= finding.severity >= Severity::High;
        let count = self.counts.entry(finding.rule.clone()).or_insert(0);
        *count += 1;
        if *count <= MOST_PER_RULE {
            self.findings.push(finding.in_file(FILE));
        }
    }

    fn line(&self, number: u32) -> Option<&'s str> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lines.get(index).copied().filter(|line| !line.trim().is_empty())
    }
}

/// Lines as YAML counts them: ended by a line feed, a carriage return, or both.
fn lines(source: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = source;
    while let Some(end) = rest.find(['\n', '\r']) {
        lines.push(&rest[..end]);
        let width = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[end + width..];
    }
    lines.push(rest);
    lines
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
