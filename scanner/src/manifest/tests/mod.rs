//! Manifests good, bad and hostile, and what is said about them.

mod bad;
mod good;
mod hostile;
mod methods;
mod names;
mod schema;

use std::fmt::Write as _;

use airlock_model::limits::ScanLimits;
use airlock_model::{Finding, Severity, Tree, TreePath, fingerprint};

use super::{ManifestCheck, check};

/// The smallest manifest that is right, one line for each required field.
const SMALLEST: &[(&str, &str)] = &[
    ("name", "weather"),
    ("version", "1.0.0"),
    ("type", "tool"),
    ("title", "Weather"),
    ("description", "Tells the weather of a place."),
    ("author", "{name: Ada Lovelace}"),
    ("entry_point", "weather.plugin:Weather"),
];

/// The smallest manifest with some lines written otherwise and others added.
fn with(lines: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in SMALLEST {
        let value = lines.iter().find(|(other, _)| other == key).map_or(*value, |(_, value)| *value);
        let _ = writeln!(text, "{key}: {value}");
    }
    for (key, value) in lines.iter().filter(|(key, _)| SMALLEST.iter().all(|(known, _)| known != key)) {
        let _ = writeln!(text, "{key}: {value}");
    }
    text
}

fn check_bytes(manifest: &[u8]) -> ManifestCheck {
    let mut tree = Tree::new();
    let path = |text: &str| TreePath::new(text).expect("a plain path");
    tree.insert(path("plugin.yaml"), manifest.to_vec());
    tree.insert(path("weather/__init__.py"), Vec::new());
    tree.insert(path("weather/plugin.py"), b"class Weather:\n    async def arun(self): ...\n".to_vec());
    check(&tree, &ScanLimits::default())
}

/// The findings as a person meets them.
fn told(check: &ManifestCheck) -> String {
    let mut findings = fingerprint::settle(check.findings.clone());
    findings.sort_by(|a, b| (a.line, a.column, &a.rule).cmp(&(b.line, b.column, &b.rule)));
    let mut out = String::from(if check.manifest.is_some() { "read\n" } else { "not read\n" });
    for finding in &findings {
        let place = match (finding.line, finding.column) {
            (Some(line), Some(column)) => format!("{line}:{column}"),
            _ => "-".to_owned(),
        };
        let _ = writeln!(out, "{place} {} {}", finding.severity.as_str(), finding.rule);
        let _ = writeln!(out, "    {}", finding.message);
        for line in finding.remedy.lines() {
            let _ = writeln!(out, "    > {line}");
        }
        for step in &finding.evidence {
            let _ = writeln!(out, "    @{} {}", step.line.unwrap_or(0), step.message);
        }
    }
    out
}

/// The rules of what is worse than a note.
fn rules_of(check: &ManifestCheck) -> Vec<&str> {
    let worse = |finding: &&Finding| finding.severity > Severity::Note;
    check.findings.iter().filter(worse).map(|finding| finding.rule.as_str()).collect()
}
