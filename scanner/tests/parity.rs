//! Bandit and Ruff: every check that they have is in some rule's equivalents, and what they
//! flag is found here. `fixtures/parity` holds their pinned lists (`bandit.txt`, `ruff.txt`,
//! written by `scripts/parity`) and a file for each id, which `scripts/parity` shows to the
//! tools themselves.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read ends the test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use airlock_model::{Finding, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};
use airlock_scanner::rules;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity")
}

/// The ids of one tool, as its own output lists them.
fn pinned(tool: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join(format!("{tool}.txt"))).unwrap();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

fn everything() -> Vec<String> {
    ["bandit", "ruff"].into_iter().flat_map(pinned).collect()
}

fn findings(id: &str) -> Vec<Finding> {
    let name = format!("{id}.py");
    let bytes = std::fs::read(folder().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut tree = Tree::new();
    tree.insert(TreePath::new(name).unwrap(), bytes);
    scan(&tree, &Settings { jobs: 1, ..Settings::default() }).findings
}

fn says(finding: &Finding, id: &str) -> bool {
    finding.equivalents.bandit.iter().chain(&finding.equivalents.ruff).any(|equivalent| equivalent == id)
}

#[test]
fn the_lists_are_whole() {
    assert_eq!(pinned("bandit").len(), 75);
    assert_eq!(pinned("ruff").len(), 71);
    assert!(pinned("bandit").iter().all(|id| id.starts_with('B')));
    assert!(pinned("ruff").iter().all(|id| id.starts_with('S')));
}

#[test]
fn every_id_is_in_some_rules_equivalents() {
    let listed: BTreeSet<&str> =
        rules::all().into_iter().flat_map(|rule| rule.bandit.iter().chain(rule.ruff)).copied().collect();
    let missing: Vec<String> = everything().into_iter().filter(|id| !listed.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "no rule lists {missing:?}");
}

#[test]
fn what_they_flag_is_found_here() {
    let mut missed = Vec::new();
    for id in everything() {
        let found = findings(&id);
        if !found.iter().any(|finding| says(finding, &id)) {
            let rules: Vec<String> =
                found.iter().map(|finding| format!("{} {:?}", finding.rule, finding.equivalents)).collect();
            missed.push(format!("{id}: {rules:#?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn each_file_is_of_a_pinned_id() {
    let ids: BTreeSet<String> = everything().into_iter().collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name.strip_suffix(".py").is_some_and(|id| ids.contains(id)) || name.ends_with(".txt");
        assert!(known, "{name} is the file of no id");
    }
}

#[test]
fn what_they_only_frown_at_is_a_note() {
    for id in everything().iter().filter(|id| id[1..].starts_with('4') || matches!(&id[1..], "101" | "110" | "311")) {
        for finding in findings(id).iter().filter(|finding| says(finding, id)) {
            assert_eq!(finding.severity, airlock_model::Severity::Note, "{id}: {}", finding.message);
        }
    }
}
