//! Where findings about the manifest are gathered, each with its source line.

use std::collections::HashMap;

use airlock_model::finding::{Finding, Span};

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
}

impl<'s> Faults<'s> {
    /// Starts with the text of the manifest, empty when there is none.
    pub(super) fn new(source: &'s str) -> Self {
        Self { lines: lines(source), findings: Vec::new(), counts: HashMap::new() }
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

    /// The findings.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    fn push(&mut self, finding: Finding) {
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
