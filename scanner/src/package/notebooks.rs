//! The code of notebooks, examined as Python.

use airlock_model::finding::{Finding, Severity};

use crate::files::Notebook;
use crate::files::rules::NOTEBOOK;
use crate::python::{self, Settings};

/// Findings about the code cells of notebooks. A notebook only runs when a person runs it, so nothing in it refuses
/// the plugin, and what it merely uses is not told.
pub(super) fn scan(notebooks: &[Notebook], settings: &Settings) -> Vec<Finding> {
    notebooks.iter().flat_map(|notebook| one(notebook, settings)).collect()
}

fn one(notebook: &Notebook, settings: &Settings) -> Vec<Finding> {
    let findings = python::scan_text(&notebook.path, &notebook.code, settings).into_iter();
    // Nobody imports a notebook, so what runs at import is no fault of one.
    let ordinary = ["AL-CAPABILITY-", "AL-MALWARE-import-time-"];
    let used = |finding: &Finding| ordinary.iter().any(|beginning| finding.rule.starts_with(beginning));
    findings.filter(|finding| !used(finding)).map(|finding| placed(notebook, finding)).collect()
}

/// Names the cell, for the lines of a notebook's file are not those of its code.
fn placed(notebook: &Notebook, mut finding: Finding) -> Finding {
    let place = finding.line.and_then(|line| notebook.place(line)).unwrap_or_else(|| "its code".to_owned());
    finding.message = format!("{place}: {}", finding.message);
    for step in &mut finding.evidence {
        if let Some(place) = step.line.take().and_then(|line| notebook.place(line)) {
            step.message = format!("{place}: {}", step.message);
        }
    }
    (finding.line, finding.column, finding.end_line, finding.end_column) = (None, None, None, None);
    finding.severity = finding.severity.min(Severity::Medium);
    // Magics that were not known for what they are make code that is none.
    if finding.rule == "AL-CODE-unparseable" {
        let message = format!(
            "{} is a notebook whose code could not be read as Python; {}",
            airlock_model::escape::quoted(&notebook.path),
            finding.message
        );
        return Finding::of(&NOTEBOOK, message).in_file(&notebook.path).severity(Severity::Low);
    }
    finding
}
