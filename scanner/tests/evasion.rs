//! Disguises: each file of `fixtures/evasion` reaches a sink by another way and says
//! which in its first line. The scanner must name that sink, or, where it truly cannot
//! be known, call it dynamic dispatch.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read ends the test")]

use std::path::Path;

use airlock_model::{Finding, Severity, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};

fn cases(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut cases: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect();
    cases.sort();
    cases
}

fn findings(name: &str, bytes: &[u8]) -> Vec<Finding> {
    let mut tree = Tree::new();
    tree.insert(TreePath::new(name).unwrap(), bytes);
    scan(&tree, &Settings { jobs: 1, ..Settings::default() }).findings
}

fn is_caught(found: &[Finding], sink: &str) -> bool {
    found.iter().any(|finding| match sink {
        "dynamic dispatch" => finding.rule == "AL-CODE-dynamic-dispatch",
        sink => finding.severity >= Severity::Medium && finding.message.contains(sink),
    })
}

#[test]
fn disguised_sinks_are_named() {
    let cases = cases("evasion");
    assert!(cases.len() >= 100);
    let mut missed = Vec::new();
    for (name, bytes) in cases {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let sink = text.lines().next().and_then(|line| line.strip_prefix("# reaches: ")).unwrap().trim().to_owned();
        let found = findings(&name, &bytes);
        if !is_caught(&found, &sink) {
            let messages: Vec<String> = found.iter().map(|f| format!("{}: {}", f.rule, f.message)).collect();
            missed.push(format!("{name}: {sink} not in {messages:#?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn ordinary_code_raises_no_alarm() {
    for (name, bytes) in cases("benign") {
        let alarms: Vec<String> = findings(&name, &bytes)
            .into_iter()
            .filter(|finding| finding.severity >= Severity::Medium)
            .filter(|finding| !finding.rule.starts_with("AL-CAPABILITY-filesystem"))
            .map(|finding| format!("{}: {}", finding.rule, finding.message))
            .collect();
        assert!(alarms.is_empty(), "{name}: {alarms:#?}");
    }
}
