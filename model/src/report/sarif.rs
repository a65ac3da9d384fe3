//! The report as SARIF 2.1.0, for code-scanning tools and editors.
//!
//! Columns count characters (`unicodeCodePoints`), files are relative to
//! `PLUGINROOT`, and untrusted text is made inert before it gets in.

mod flow;
mod rules;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Report, Suppressed, shows_region_alone};
use crate::escape;
use crate::finding::{Evidence, Finding, PolicyAction, RuleMeta, Severity};
use crate::state::ValidationState;
use crate::verdict::Verdict;

/// Where the schema of this version is published.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What file addresses are relative to.
const ROOT: &str = "PLUGINROOT";

/// The file at which findings about the whole package stand.
const MANIFEST: &str = "plugin.yaml";

/// Renders a report as one SARIF log with one run; rules are described by what their findings say.
#[must_use]
pub fn render(report: &Report) -> Value {
    render_with(report, &|_| None)
}

/// Renders a report, taking the help of each rule from its page where `rule` knows it.
#[must_use]
pub fn render_with(report: &Report, rule: &dyn Fn(&str) -> Option<&'static RuleMeta>) -> Value {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in report.findings.iter().chain(report.suppressed.iter().map(|one| &one.finding)) {
        by_rule.entry(&finding.rule).or_default().push(finding);
    }
    let index: BTreeMap<&str, usize> = by_rule.keys().enumerate().map(|(index, id)| (*id, index)).collect();
    let rules: Vec<Value> = by_rule.iter().map(|(id, findings)| rules::descriptor(id, findings, rule(id))).collect();
    let index = |finding: &Finding| index.get(finding.rule.as_str()).copied();
    let mut results: Vec<Value> = report.findings.iter().map(|finding| result(finding, index(finding))).collect();
    results.extend(report.suppressed.iter().map(|one| set_aside(one, index(&one.finding))));
    if report.known.is_some() {
        // What the baseline has is left out, so everything here is new.
        results.iter_mut().for_each(|result| result["baselineState"] = json!("new"));
    }
    let mut run = Map::new();
    run.insert("tool".into(), json!({ "driver": rules::driver(report, rules) }));
    run.insert("invocations".into(), json!([invocation(report)]));
    run.insert("columnKind".into(), json!("unicodeCodePoints"));
    run.insert("originalUriBaseIds".into(), json!({ ROOT: { "description": text("The plugin's top folder.") } }));
    run.insert("automationDetails".into(), json!({ "id": identity(report) }));
    run.insert("results".into(), Value::Array(results));
    run.insert("properties".into(), properties(report));
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

fn result(finding: &Finding, index: Option<usize>) -> Value {
    let message = format!("{}\n{}", escape::block(&finding.message), escape::block(&finding.remedy));
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": message.trim_end() },
        "suppressions": suppressions(finding),
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "capability": finding.capability,
            "permission": finding.permission,
            "decision": finding.decision.as_ref().map(|decision| {
                json!({ "action": decision.action, "because": escape::line(&decision.because) })
            }),
        },
    });
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(file) = &finding.file {
        let mut place = physical(file, region(finding));
        if let Some(context) = context(finding) {
            place["contextRegion"] = context;
        }
        result["locations"] = json!([{ "physicalLocation": place }]);
    } else {
        // Code hosts refuse a result without a place; what concerns the whole package stands at its manifest.
        result["locations"] = json!([{ "physicalLocation": physical(MANIFEST, None) }]);
    }
    if !finding.fingerprint.is_empty() {
        result["partialFingerprints"] = json!({ "airlock/v1": finding.fingerprint });
    }
    let related: Vec<Value> =
        finding.evidence.iter().enumerate().map(|(number, step)| location(step, Some(number + 1))).collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    if let Some(flow) = flow::of(finding) {
        result["codeFlows"] = json!([flow]);
    }
    result
}

/// A waived finding is shown and suppressed, with who accepted it and why.
fn suppressions(finding: &Finding) -> Value {
    let because = finding.decision.as_ref().and_then(|decision| decision.because.strip_prefix("waived: "));
    match because {
        Some(because) => {
            json!([{ "kind": "external", "status": "accepted", "justification": escape::line(because) }])
        }
        None => json!([]),
    }
}

/// A finding that a comment in the source sets aside is shown and suppressed.
fn set_aside(one: &Suppressed, index: Option<usize>) -> Value {
    let mut result = result(&one.finding, index);
    result["suppressions"] =
        json!([{ "kind": "inSource", "status": "accepted", "justification": escape::line(&one.comment) }]);
    result
}

fn location(step: &Evidence, id: Option<usize>) -> Value {
    let mut location = json!({ "message": text(&step.message) });
    if let Some(id) = id {
        location["id"] = json!(id);
    }
    if let Some(file) = &step.file {
        let region = step.line.filter(|line| *line > 0).map(|line| json!({ "startLine": line }));
        location["physicalLocation"] = physical(file, region);
    }
    location
}

fn physical(file: &str, region: Option<Value>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": address(file), "uriBaseId": ROOT } });
    if let Some(region) = region {
        physical["region"] = region;
    }
    physical
}

fn region(finding: &Finding) -> Option<Value> {
    let line = finding.line.filter(|line| *line > 0)?;
    let mut region = json!({ "startLine": line });
    if let Some(column) = finding.column.filter(|column| *column > 0) {
        region["startColumn"] = json!(column);
    }
    if let Some(end_line) = finding.end_line.filter(|end| *end >= line) {
        region["endLine"] = json!(end_line);
        let past = end_line > line || finding.end_column >= finding.column;
        if let Some(end_column) = finding.end_column.filter(|end| *end > 0 && past) {
            region["endColumn"] = json!(end_column);
        }
    }
    if let Some(snippet) = finding.snippet.as_deref().filter(|_| shows_region_alone(finding)) {
        region["snippet"] = text(snippet);
    }
    Some(region)
}

/// The whole lines around a region, where that is what the finding shows.
fn context(finding: &Finding) -> Option<Value> {
    let line = finding.line.filter(|line| *line > 0)?;
    let snippet = finding.snippet.as_deref().filter(|_| !shows_region_alone(finding))?;
    let more = u32::try_from(snippet.matches('\n').count()).unwrap_or(0);
    let end_line = line.saturating_add(more).max(finding.end_line.unwrap_or(line));
    Some(json!({ "startLine": line, "endLine": end_line, "snippet": text(snippet) }))
}

fn invocation(report: &Report) -> Value {
    let mut notifications = Vec::new();
    let mut notify = |id: &str, level: &str, message: String| {
        notifications.push(json!({ "descriptor": { "id": id }, "level": level, "message": { "text": message } }));
    };
    if let Some(verdict) = report.verdict {
        let reasons: Vec<String> = report.reasons.iter().map(|reason| escape::line(reason)).collect();
        let level = match verdict {
            Verdict::Approve => "note",
            Verdict::Hold => "warning",
            Verdict::Reject => "error",
        };
        notify(
            "verdict",
            level,
            format!("verdict: {}\n{}", verdict.as_str(), reasons.join("\n")).trim_end().to_owned(),
        );
    }
    if let Some(tests) = &report.tests {
        let level = match report.tests_decision.as_ref().map(|decision| decision.action) {
            Some(PolicyAction::Reject) => "error",
            Some(PolicyAction::Hold) => "warning",
            Some(PolicyAction::Note) | None => "note",
        };
        notify("tests", level, format!("tests: {}: {}", tests.outcome.as_str(), tests.outcome.sentence()));
    } else if let Some(why) = &report.tests_not_run {
        notify("tests", "note", format!("tests not run: {}", escape::line(why)));
    }
    for one in &report.unread {
        notify("unread", "error", format!("{} was not looked at: {}", escape::line(&one.path), escape::line(&one.why)));
    }
    json!({
        "executionSuccessful": report.state != Some(ValidationState::Errored) && report.unread.is_empty(),
        "toolExecutionNotifications": notifications,
    })
}

fn properties(report: &Report) -> Value {
    json!({
        "schema": report.schema,
        "ruleSet": report.rule_set,
        "plugin": report.plugin,
        "pluginVersion": report.version,
        "validation": report.validation,
        "state": report.state,
        "verdict": report.verdict,
        "findingsCount": report.findings_count,
        "suppressedCount": report.suppressed.len(),
        "knownCount": report.known,
        "upload": report.upload,
        "canonical": report.canonical,
    })
}

/// What tells this run from others of the same tool.
fn identity(report: &Report) -> String {
    let plugin = report.plugin.as_ref().map_or("-", |plugin| plugin.as_str());
    let version = report.version.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let validation = report.validation.map_or_else(|| "local".to_owned(), |validation| validation.to_string());
    format!("airlock/{plugin}/{version}/{validation}")
}

fn text(text: &str) -> Value {
    json!({ "text": escape::block(text) })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Note => "note",
    }
}

/// A path as a relative address: everything but unreserved characters and `/` is percent-encoded.
fn address(file: &str) -> String {
    let mut address = String::with_capacity(file.len());
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                address.push(char::from(byte));
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address
}

#[cfg(test)]
mod tests;
