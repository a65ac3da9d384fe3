//! What was seen in sandboxes beside results: the collection that they are held
//! against, the import of the entry point, and both summed up by capability.

use super::layout::{Ink, Page};
use crate::escape;
use crate::probe::{ProbeEnding, ProbeReport};
use crate::run::{Collection, RunReport};

/// Attempts of an import that are listed.
const MOST_ATTEMPTS: usize = 12;

/// Everything of a run that is not its tests'.
pub(super) fn shown(run: &RunReport, page: &mut Page) {
    if let Some(collection) = &run.collection {
        collected(collection, page);
    }
    if let Some(probe) = &run.probe {
        imported(probe, page);
    }
    summary(run, page);
}

/// What the separate collection found and cost.
fn collected(collection: &Collection, page: &mut Page) {
    let tests = if collection.tests == 1 { "1 test".to_owned() } else { format!("{} tests", collection.tests) };
    let line = format!("collected by a separate process: {tests}, {}", collection.resources.sentence());
    page.line(&format!("  {}", Ink::Faint.paint(&line, page.style())));
}

/// What importing the entry point did, each attempt with who saw it.
fn imported(probe: &ProbeReport, page: &mut Page) {
    page.heading("import");
    let (word, ink) = match &probe.ending {
        ProbeEnding::Imported => ("imported", Ink::Good),
        ProbeEnding::Lacks(_) => ("inconclusive", Ink::Warn),
        ProbeEnding::Failed(_) => ("failed", Ink::Warn),
        ProbeEnding::Stopped(_) => ("stopped", Ink::Bad),
    };
    page.labelled(2, word, ink, &probe.ending.sentence());
    for attempt in probe.attempts.iter().take(MOST_ATTEMPTS) {
        let decoy = if attempt.decoy { ", a decoy" } else { "" };
        let what = format!("{} ({}{decoy})", escape::line(&attempt.detail), attempt.seen_by.sentence());
        page.labelled(4, &format!("{}:", escape::line(&attempt.what)), Ink::Faint, &what);
    }
    if probe.attempts.len() > MOST_ATTEMPTS {
        page.line(&format!("    and {} more", probe.attempts.len() - MOST_ATTEMPTS));
    }
    let line = format!("engine {}: {}", escape::line(&probe.engine), probe.resources.sentence());
    page.line(&format!("  {}", Ink::Faint.paint(&line, page.style())));
}

/// Capabilities that were seen in use, beside what is declared and what the source shows.
fn summary(run: &RunReport, page: &mut Page) {
    if run.observed.is_empty() {
        return;
    }
    page.heading("observed");
    for one in &run.observed {
        let name = Ink::Strong.paint(&format!("{:<12}", one.capability.as_str()), page.style());
        let times = if one.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", one.attempts) };
        let (during, by) = (one.during.as_str(), one.seen_by.sentence());
        page.line(&format!("  {name} {times} {during}, {by}; {}", one.comparison()));
        page.labelled(4, "for instance", Ink::Faint, &escape::line(&one.first));
    }
}
