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
    let (code, mut findings) = python::pool::on_big_stack(|| readable(notebook)).unwrap_or_default();
    let scanned = python::scan_text(&notebook.path, code.as_deref().unwrap_or(&notebook.code), settings).into_iter();
    findings.extend(scanned.filter(|finding| !is_ordinary(notebook, finding)).map(|finding| placed(notebook, finding)));
    findings
}

/// Nobody imports a notebook, so what runs at import is no fault of one; its commands are told with it, and the words
/// that they are put into are not the author's.
fn is_ordinary(notebook: &Notebook, finding: &Finding) -> bool {
    let at_any_line = ["AL-CAPABILITY-", "AL-MALWARE-import-time-"];
    let of_commands = ["AL-CODE-shell", "AL-CODE-partial-path", "AL-CODE-disguised-call", "AL-CODE-wildcard-injection"];
    let command = || finding.line.is_some_and(|line| notebook.commands.iter().any(|(at, _)| *at == line));
    at_any_line.iter().any(|beginning| finding.rule.starts_with(beginning))
        || (of_commands.contains(&finding.rule.as_str()) && command())
}

/// The code without cells that are no Python, where there are any: one must not hide the others.
fn readable(notebook: &Notebook) -> (Option<String>, Vec<Finding>) {
    let parses = |text: &str| python::parse::module(text).is_ok();
    if parses(&notebook.code) {
        return (None, Vec::new());
    }
    let lines: Vec<&str> = notebook.code.split('\n').collect();
    let mut from = 0;
    let (mut code, mut refused) = (String::with_capacity(notebook.code.len()), Vec::new());
    for chunk in notebook.places.chunk_by(|a, b| a.0 == b.0) {
        let cell = lines.get(from..from + chunk.len()).unwrap_or_default().join("\n") + "\n";
        from += chunk.len();
        if parses(&cell) {
            code.push_str(&cell);
        } else {
            refused.extend(chunk.first().map(|(number, _)| *number));
            code.push_str(&"\n".repeat(chunk.len()));
        }
    }
    let Some(first) = refused.first() else { return (None, Vec::new()) };
    let others = if refused.len() > 1 { format!(" and {} others", refused.len() - 1) } else { String::new() };
    let message = format!(
        "{} is a notebook; code cell {first}{others} could not be read as Python and was not examined.",
        airlock_model::escape::quoted(&notebook.path)
    );
    let finding = Finding::of(&NOTEBOOK, message).in_file(&notebook.path).severity(Severity::Medium);
    (Some(code), vec![finding.remedy(MEND)])
}

/// What to do about cells that are no Python.
const MEND: &str = "Mend the cells, so that they are Python with IPython's magics, or leave them out of the package.";

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
        return Finding::of(&NOTEBOOK, message).in_file(&notebook.path).severity(Severity::Medium).remedy(MEND);
    }
    finding
}
