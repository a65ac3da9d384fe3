//! Code that is itself a constant of the code: scanned in turn, to a bounded depth.

use airlock_model::escape;
use airlock_model::finding::{Confidence, Evidence, Finding, Severity};
use ruff_python_ast::ModModule;

use super::decode::DecodeFault;
use super::exports::Neighbours;
use super::model;
use super::parse::{self, ParseFault};
use super::scan::{Settings, cut_short, refused};
use super::source::Source;
use crate::rules::check::{Found, Payload};
use crate::rules::code::too_complex;
use crate::rules::dispatch;

/// How many payloads may lie inside one another.
const DEPTH: u32 = 3;
/// The most bytes of payloads that one file has examined.
const BYTES: usize = 2 * 1024 * 1024;

/// Examines the payloads that the rules noted; what is found in them points at the
/// outer line and shows the inner one as evidence.
pub(super) fn examine(outer: &Source<'_>, found: &mut Found, exports: &Neighbours<'_>, settings: &Settings) {
    let mut left = BYTES;
    let mut pending: Vec<(Payload, u32)> = found.payloads.drain(..).map(|payload| (payload, 1)).collect();
    while let Some((payload, depth)) = pending.pop() {
        let Some(rest) = left.checked_sub(payload.text.len()) else {
            found.findings.push(unexamined(outer, &payload, "is more than is examined"));
            continue;
        };
        left = rest;
        let (text, module) = match read(&payload.text) {
            Ok(read) => read,
            // What does not parse does not run.
            Err(ParseFault::Syntax { .. } | ParseFault::Decode(DecodeFault::Nul { .. })) => continue,
            Err(fault) => {
                let mut finding = refused(&Source::new(outer.path, &payload.text), &fault);
                finding.message = format!("in the code given to {}: {}", payload.sink, finding.message);
                // A text is read without regard to its cookie, bytes are not.
                let finding = finding.confidence(Confidence::Medium).at(outer.span(payload.range));
                found.findings.push(outer.show(finding, payload.range));
                continue;
            }
        };
        let source = Source::new(outer.path, text);
        let mut inner = Found::default();
        let cut = {
            let model = model::of(&source, &module, payload.at_import).beside(exports);
            dispatch::run(&model, settings.permissions.as_ref(), exports, &mut inner);
            cut_short(&model)
        };
        let line = outer.line(payload.range.start());
        for mut finding in inner.findings.into_iter().chain(cut) {
            let code = finding.snippet.take().unwrap_or_default();
            let evidence = format!("line {} of that code: {}", finding.line.unwrap_or(1), escape::line(&code));
            finding.message = format!("in the code given to {}: {}", payload.sink, finding.message);
            finding.evidence.clear();
            finding.evidence.push(Evidence { file: Some(outer.path.to_owned()), line: Some(line), message: evidence });
            found.findings.push(outer.show(finding.at(outer.span(payload.range)), payload.range));
        }
        for mut used in inner.capabilities {
            used.line = line;
            found.capabilities.push(used);
        }
        if depth < DEPTH {
            let range = payload.range;
            pending.extend(inner.payloads.into_iter().map(|deeper| (Payload { range, ..deeper }, depth + 1)));
        } else if !inner.payloads.is_empty() {
            found.findings.push(unexamined(outer, &payload, "holds code within code, deeper than is examined"));
        }
    }
}

/// Reads a payload as the interpreter would: `eval` passes over blanks before an expression.
fn read(text: &str) -> Result<(&str, ModModule), ParseFault> {
    let text = parse::text(text.as_bytes(), BYTES as u64)?.trim_start_matches([' ', '\t']);
    Ok((text, parse::module(text)?))
}

/// The finding for a payload that is not followed to its end.
fn unexamined(outer: &Source<'_>, payload: &Payload, why: &str) -> Finding {
    let finding = Finding::of(&too_complex::RULE.meta, format!("the code given to {} {why}", payload.sink));
    let finding = finding.severity(Severity::Medium).in_file(outer.path).at(outer.span(payload.range));
    outer.show(finding, payload.range)
}
