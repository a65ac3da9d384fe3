//! The report as text for a terminal or a log. Everything that comes from a
//! plugin is escaped, so that nothing in it can move the cursor or hide.

mod difference;
mod finding;
mod layout;
mod observed;
mod sections;

use std::collections::BTreeMap;

use super::Report;
use crate::escape;
use crate::finding::{Finding, FindingsCount, Severity};
use crate::verdict::Verdict;
use layout::{Ink, Page};

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour with ANSI sequences.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100 }
    }
}

/// Renders a whole report: verdict, reasons, findings by file, tests, capabilities, size by
/// kind of file, dependencies, the difference from an earlier version, counts.
#[must_use]
pub fn render(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    headline(report, &mut page);
    sections::reasons(report, &mut page);
    findings(&report.findings, &mut page);
    sections::tests(report, &mut page);
    sections::capabilities(report, &mut page);
    sections::files(report, &mut page);
    difference::dependencies(report, &mut page);
    difference::difference(report, &mut page);
    page.blank();
    page.line(&counts(&report.findings_count, style));
    page.into_text()
}

/// Renders one finding with its file, ending in a line feed.
#[must_use]
pub fn finding(finding: &Finding, style: Style) -> String {
    let mut page = Page::new(style);
    finding::write(finding, true, &mut page);
    page.into_text()
}

/// Renders findings by file, without a verdict.
#[must_use]
pub fn listing(all: &[Finding], style: Style) -> String {
    let mut page = Page::new(style);
    findings(all, &mut page);
    page.into_text()
}

/// One line that counts findings by severity.
#[must_use]
pub fn counts(count: &FindingsCount, style: Style) -> String {
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| {
            let number = match severity {
                Severity::Critical => count.critical,
                Severity::High => count.high,
                Severity::Medium => count.medium,
                Severity::Low => count.low,
                Severity::Note => count.note,
            };
            let ink = if number == 0 { Ink::Faint } else { Ink::of(severity) };
            ink.paint(&format!("{number} {}", severity.as_str()), style)
        })
        .collect();
    format!("findings: {}", parts.join(", "))
}

fn headline(report: &Report, page: &mut Page) {
    let (word, ink) = match report.verdict {
        Some(Verdict::Approve) => ("APPROVED", Ink::Good),
        Some(Verdict::Hold) => ("HELD for a person's decision", Ink::Warn),
        Some(Verdict::Reject) => ("REJECTED", Ink::Bad),
        None => ("NOT DECIDED", Ink::Faint),
    };
    let plugin = report.plugin.as_ref().map_or("(no usable manifest)", |plugin| plugin.as_str());
    let version = report.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let word = ink.paint(word, page.style());
    let what = Ink::Strong.paint(&format!("{plugin}{version}"), page.style());
    page.line(&format!("{word}  {what}"));
    if let Some(state) = report.state {
        let id = report.validation.map(|id| format!(" (validation {id})")).unwrap_or_default();
        page.line(&format!("state: {state}{id}"));
    }
}

fn findings(all: &[Finding], page: &mut Page) {
    let mut by_file: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
    for finding in all {
        by_file.entry(finding.file.as_deref()).or_default().push(finding);
    }
    for (file, findings) in by_file {
        page.blank();
        let title = file.map_or_else(|| "the package as a whole".to_owned(), escape::line);
        page.line(&Ink::Heading.paint(&title, page.style()));
        for finding in findings {
            finding::write(finding, false, page);
        }
    }
}

#[cfg(test)]
mod tests;
