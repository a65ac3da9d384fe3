//! One file held against the rules, and what its matches become.

use std::time::Duration;

use airlock_model::finding::{Finding, Severity, Span};
use airlock_model::{TreePath, escape};
use boreal::Scanner;
use boreal::scanner::{EvaluatedRule, ScanError, StringMatch};
use boreal::{Metadata, MetadataValue};

use super::{Rules, rules};

/// Places that a finding shows.
const MOST_PLACES: usize = 5;
/// Characters of a line that a finding shows.
const SNIPPET_COLUMNS: usize = 160;
/// Bytes of a match in a binary file that a finding shows.
const SHOWN_BYTES: usize = 24;

/// Holds one file against the rules.
pub(super) fn of(rules: &Rules, path: &TreePath, bytes: &[u8], time: Duration, worst: Severity) -> Vec<Finding> {
    let mut scanner = rules.scanner.clone();
    let params = scanner.scan_params().clone().timeout_duration(Some(time));
    scanner.set_scan_params(params);
    let known =
        [("filename", path.file_name()), ("filepath", path.as_str()), ("extension", path.extension().unwrap_or(""))];
    for (name, value) in known {
        scanner.define_symbol(name, value).expect("every rule set is compiled with these symbols as text");
    }
    let (result, fault) = match scanner.scan_mem(bytes) {
        Ok(result) => (result, None),
        Err((ScanError::Timeout, result)) => (result, Some("the time for one file ran out".to_owned())),
        Err((error, result)) => (result, Some(error.to_string())),
    };
    let text = std::str::from_utf8(bytes).ok();
    let mut findings: Vec<Finding> =
        result.rules.iter().map(|rule| finding(&scanner, rule, path, text, worst)).collect();
    findings.extend(fault.map(|why| unfinished(path, &why)));
    findings
}

/// The finding for a file that the rules were not held against to the end.
pub(super) fn unfinished(path: &TreePath, why: &str) -> Finding {
    let message = format!("the YARA rules were not held against all of this file: {}", escape::line(why));
    Finding::of(&rules::UNFINISHED, message).in_file(path.as_str())
}

fn finding(
    scanner: &Scanner,
    rule: &EvaluatedRule<'_>,
    path: &TreePath,
    text: Option<&str>,
    worst: Severity,
) -> Finding {
    let meta = |name: &str| words(scanner, rule.metadatas, name);
    let tags: Vec<&str> = rule.tags.iter().map(|tag| scanner.get_string_symbol(*tag)).collect();
    let tags = if tags.is_empty() { String::new() } else { format!(", tags {}", tags.join(", ")) };
    let about = meta("description").map(|about| format!(": {about}")).unwrap_or_default();
    let message = format!("matches the YARA rule {} (namespace {}{tags}){about}", rule.name, rule.namespace);
    let severity = meta("severity").as_deref().and_then(severity).unwrap_or(rules::MATCH.severity);
    let mut finding =
        Finding::of(&rules::MATCH, escape::line(&message)).in_file(path.as_str()).severity(severity.min(worst));
    let mut places: Vec<(&str, &StringMatch)> =
        rule.matches.iter().flat_map(|string| string.matches.iter().map(|place| (string.name, place))).collect();
    places.sort_by_key(|(name, place)| (place.offset, *name));
    if let (Some((_, first)), Some(text)) = (places.first(), text) {
        finding = at(finding, text, first);
    }
    for (name, place) in places.iter().take(MOST_PLACES) {
        let line = text.map(|text| span(text, place).line);
        let message = format!("${name} at offset {}: {}", place.offset, shown(place, text.is_some()));
        finding = finding.evidence(Some(path.as_str()), line, message);
    }
    if places.len() > MOST_PLACES {
        finding = finding.evidence(None, None, format!("and {} more places", places.len() - MOST_PLACES));
    }
    // Two rules may match the same bytes: the rule's name is part of what was found.
    let code = format!("{} {} {}", rule.namespace, rule.name, finding.snippet.as_deref().unwrap_or_default());
    finding.code(&code)
}

/// A value of the rule's own `meta`, as text.
fn words(scanner: &Scanner, metadatas: &[Metadata], name: &str) -> Option<String> {
    let found = metadatas.iter().find(|meta| scanner.get_string_symbol(meta.name).eq_ignore_ascii_case(name))?;
    Some(match found.value {
        MetadataValue::Bytes(value) => String::from_utf8_lossy(scanner.get_bytes_symbol(value)).into_owned(),
        MetadataValue::Integer(value) => value.to_string(),
        MetadataValue::Boolean(value) => value.to_string(),
    })
}

/// A severity as rules write it: a word, or a number from 0 to 100.
fn severity(text: &str) -> Option<Severity> {
    match text.trim().to_ascii_lowercase().as_str() {
        "critical" => Some(Severity::Critical),
        "high" => Some(Severity::High),
        "medium" | "moderate" => Some(Severity::Medium),
        "low" => Some(Severity::Low),
        "note" | "info" | "informational" | "none" => Some(Severity::Note),
        number => match number.parse::<u32>().ok()? {
            0 => Some(Severity::Note),
            1..=39 => Some(Severity::Low),
            40..=69 => Some(Severity::Medium),
            70..=89 => Some(Severity::High),
            _ => Some(Severity::Critical),
        },
    }
}

/// Points at a match in a text file and shows its line.
fn at(finding: Finding, text: &str, place: &StringMatch) -> Finding {
    let span = span(text, place);
    let start = boundary(text, place.offset);
    let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[begin..].split('\n').next().unwrap_or_default().trim_end_matches('\r');
    let finding = finding.at(span);
    if line.chars().count() <= SNIPPET_COLUMNS {
        return finding.snippet(escape::block(line));
    }
    // Of a long line, only what was matched.
    let end = boundary(text, place.offset.saturating_add(place.length)).max(start);
    let matched: String = text[start..end].chars().take(SNIPPET_COLUMNS).collect();
    finding.snippet(escape::line(&matched))
}

fn span(text: &str, place: &StringMatch) -> Span {
    let position = |offset: usize| {
        let before = &text[..boundary(text, offset)];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    };
    let (line, column) = position(place.offset);
    let (end_line, end_column) = position(place.offset.saturating_add(place.length));
    Span { line, column, end_line, end_column }
}

/// The offset, or the next smaller one that lies between two characters of the text.
fn boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What was matched: as text where the file is text, as bytes otherwise.
fn shown(place: &StringMatch, is_text: bool) -> String {
    if is_text {
        return escape::quoted(&String::from_utf8_lossy(&place.data));
    }
    let bytes = &place.data[..place.data.len().min(SHOWN_BYTES)];
    let more = if bytes.len() < place.length { " …" } else { "" };
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}{more}", hex.join(" "))
}
