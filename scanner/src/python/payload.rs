//! Code that is itself a constant of the code: scanned in turn, to a bounded depth.

use airlock_model::escape;
use airlock_model::finding::Evidence;

use super::model;
use super::parse;
use super::scan::{Settings, cut_short};
use super::source::Source;
use crate::rules::check::{Found, Payload};
use crate::rules::dispatch;

/// How many payloads may lie inside one another.
const DEPTH: u32 = 3;
/// The most bytes of payloads that one file has examined.
const BYTES: usize = 2 * 1024 * 1024;

/// Examines the payloads that the rules noted; what is found in them points at the
/// outer line and shows the inner one as evidence.
pub(super) fn examine(outer: &Source<'_>, found: &mut Found, settings: &Settings) {
    let mut left = BYTES;
    let mut pending: Vec<(Payload, u32)> = found.payloads.drain(..).map(|payload| (payload, 1)).collect();
    while let Some((payload, depth)) = pending.pop() {
        let Some(rest) = left.checked_sub(payload.text.len()) else { continue };
        left = rest;
        // What does not parse is no code, or is caught as what it is where it is run.
        let Ok(module) = parse::module(&payload.text) else { continue };
        let source = Source::new(outer.path, &payload.text);
        let mut inner = Found::default();
        let cut = {
            let model = model::of(&source, &module, payload.at_import);
            dispatch::run(&model, settings.permissions.as_ref(), &mut inner);
            cut_short(&model)
        };
        let line = outer.line(payload.range.start());
        for mut finding in inner.findings.into_iter().chain(cut) {
            let code = finding.snippet.take().unwrap_or_default();
            let evidence = format!("line {} of that code: {}", finding.line.unwrap_or(1), escape::line(&code));
            finding.message = format!("in the code given to {}: {}", payload.sink, finding.message);
            finding.evidence.clear();
            finding.evidence.push(Evidence { file: Some(outer.path.to_owned()), line: Some(line), message: evidence });
            found.findings.push(finding.at(outer.span(payload.range)).snippet(outer.snippet(payload.range)));
        }
        for mut used in inner.capabilities {
            used.line = line;
            found.capabilities.push(used);
        }
        if depth < DEPTH {
            let range = payload.range;
            pending.extend(inner.payloads.into_iter().map(|deeper| (Payload { range, ..deeper }, depth + 1)));
        }
    }
}
