//! The published pages of the rules, made from the rules themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use airlock_model::RuleMeta;
use airlock_scanner::rules;

/// Every page by file name, with an index.
pub(crate) fn all() -> BTreeMap<String, String> {
    let rules = rules::all();
    let mut pages: BTreeMap<String, String> =
        rules.iter().map(|rule| (format!("{}.md", rule.id), page(rule))).collect();
    let mut index = String::from("# Rules\n\n| rule | finds | severity | confidence |\n|---|---|---|---|\n");
    for rule in rules {
        let (severity, confidence) = (rule.severity.as_str(), rule.confidence.as_str());
        writeln!(index, "| [{id}]({id}.md) | {} | {severity} | {confidence} |", rule.title, id = rule.id)
            .expect("writing to a string succeeds");
    }
    pages.insert("README.md".into(), index);
    pages
}

fn page(rule: &RuleMeta) -> String {
    let mut page = format!("# {}: {}\n\n", rule.id, rule.title);
    write!(page, "Severity {}, confidence {}", rule.severity.as_str(), rule.confidence.as_str())
        .expect("writing to a string succeeds");
    if let Some(cwe) = rule.cwe {
        write!(page, ", CWE-{cwe}").expect("writing to a string succeeds");
    }
    for (tool, ids) in [("Bandit", rule.bandit), ("Ruff", rule.ruff)] {
        if !ids.is_empty() {
            write!(page, "; {tool} {}", ids.join(", ")).expect("writing to a string succeeds");
        }
    }
    write!(page, ".\n\nRemedy: {}\n\n{}\n", rule.remedy, rule.doc.trim()).expect("writing to a string succeeds");
    page
}

/// Writes what has changed and removes what no rule stands behind.
#[allow(dead_code, reason = "the test only checks")]
pub(crate) fn write(folder: &Path, wanted: &BTreeMap<String, String>) -> Result<(), String> {
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(say)?;
    for name in present(folder) {
        if !wanted.contains_key(&name) {
            std::fs::remove_file(folder.join(name)).map_err(say)?;
        }
    }
    for (name, text) in wanted {
        std::fs::write(folder.join(name), text).map_err(say)?;
    }
    Ok(())
}

/// Names the pages that are missing, left over or out of date.
pub(crate) fn check(folder: &Path, wanted: &BTreeMap<String, String>) -> Result<(), String> {
    let mut stale: Vec<String> = wanted
        .iter()
        .filter(|(name, text)| std::fs::read_to_string(folder.join(name)).ok().as_ref() != Some(*text))
        .map(|(name, _)| name.clone())
        .collect();
    stale.extend(present(folder).into_iter().filter(|name| !wanted.contains_key(name)));
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!(
        "docs/rules is not current: {}\nrun: cargo run -p airlock-scanner --example rule_docs -- --write",
        stale.join(", ")
    ))
}

fn present(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
