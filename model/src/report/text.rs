//! The report as text for a terminal or a log.

use super::Report;
use crate::escape;
use crate::finding::Finding;

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

/// Renders a whole report.
#[must_use]
pub fn render(report: &Report, style: Style) -> String {
    let verdict = report.verdict.map_or("undecided", crate::verdict::Verdict::as_str);
    let mut out = format!("{verdict}\n");
    for reason in &report.reasons {
        out.push_str(&format!("  {}\n", escape::line(reason)));
    }
    for one in &report.findings {
        out.push_str(&finding(one, style));
    }
    out
}

/// Renders one finding.
#[must_use]
pub fn finding(finding: &Finding, _style: Style) -> String {
    let file = escape::line(finding.file.as_deref().unwrap_or("-"));
    let line = finding.line.unwrap_or(0);
    let message = escape::line(&finding.message);
    format!("{} {file}:{line} {} {message}\n", finding.severity.as_str(), finding.rule)
}
