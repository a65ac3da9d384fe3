//! What the log says about the tool and its rules.

use serde_json::{Value, json};

use super::{level, text};
use crate::escape;
use crate::finding::{Finding, RuleMeta, Severity};
use crate::report::Report;

pub(super) fn driver(report: &Report, rules: Vec<Value>) -> Value {
    let version = report.tool.rsplit(' ').next().unwrap_or(&report.tool);
    let mut driver = json!({
        "name": "Airlock",
        "version": escape::line(version),
        "rules": rules,
        "notifications": [
            { "id": "verdict", "shortDescription": text("What the policy decided.") },
            { "id": "tests", "shortDescription": text("How the plugin's own tests ended.") },
            { "id": "unread", "shortDescription": text("What could not be read, and was not looked at.") },
        ],
    });
    if semver::Version::parse(version).is_ok() {
        driver["semanticVersion"] = json!(version);
    }
    driver
}

pub(super) fn descriptor(id: &str, findings: &[&Finding], meta: Option<&RuleMeta>) -> Value {
    let Some(first) = findings.first() else { return json!({ "id": id }) };
    let worst = findings.iter().map(|finding| finding.severity).max().unwrap_or(first.severity);
    let remedy = meta.map_or(first.remedy.as_str(), |meta| meta.remedy);
    let mut help = json!({ "text": format!("{}\n\n{}", escape::line(&first.title), escape::block(remedy)) });
    if let Some(meta) = meta.filter(|meta| !meta.doc.is_empty()) {
        help["markdown"] = json!(meta.doc);
    }
    let mut tags = vec![json!("security")];
    let number = first.cwe.as_deref().and_then(|cwe| cwe.strip_prefix("CWE-")).and_then(|n| n.parse::<u32>().ok());
    tags.extend(number.map(|number| json!(format!("external/cwe/cwe-{number:03}"))));
    let mut descriptor = json!({
        "id": id,
        "name": camel(id),
        "shortDescription": text(&first.title),
        "fullDescription": text(&format!("{}. {}", first.title, remedy)),
        "help": help,
        "defaultConfiguration": { "level": level(worst) },
        "properties": {
            "tags": tags,
            "precision": first.confidence.as_str(),
            "security-severity": score(worst),
            "equivalents": first.equivalents,
        },
    });
    if first.url.starts_with("https://") || first.url.starts_with("http://") {
        descriptor["helpUri"] = json!(first.url);
    }
    descriptor
}

/// The scale of code-scanning tools, where 9 and more is critical, 7 high, 4 medium.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Note => "0.0",
    }
}

/// `AL-CODE-os-system` as `CodeOsSystem`.
pub(super) fn camel(id: &str) -> String {
    id.split('-')
        .skip(1)
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()
            })
        })
        .collect()
}
