//! Every rule has its page, its remedy, a bad case that it finds, and a benign twin
//! that it leaves alone.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read ends the test")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use airlock_model::fingerprint::settle;
use airlock_model::{Finding, RuleMeta, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};
use airlock_scanner::{rules, yara};

const HEADINGS: [&str; 5] =
    ["## What it finds", "## Why it is dangerous", "## Example", "## Safe form", "## References"];

/// Found only when the scanner itself fails, which no file is known to bring about, by
/// comparing two versions, which is tested beside the comparison, or by importing the
/// entry point, which is tested beside the sandbox.
const WITHOUT_FIXTURE: &[&str] = &[
    "AL-CODE-scanner-fault",
    "AL-CAPABILITY-new-in-patch",
    "AL-CAPABILITY-widened-in-patch",
    "AL-CAPABILITY-at-import",
    "AL-MALWARE-decoy-opened",
    "AL-MALWARE-decoy-sent",
    "AL-MALWARE-not-in-source",
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The rules of the Python room: those of the other rooms are tested beside them.
fn python_rules() -> Vec<&'static RuleMeta> {
    let of_yara = |rule: &&RuleMeta| yara::rules::ALL.iter().any(|other| other.id == rule.id);
    let of_group = |rule: &&RuleMeta| matches!(rule.group(), "AGENT" | "CODE" | "FLOW" | "MALWARE" | "CAPABILITY");
    let of_python = |rule: &&RuleMeta| of_group(rule) && !of_yara(rule);
    rules::all().into_iter().filter(of_python).collect()
}

/// The files of a folder whose names start with `prefix`, sorted.
fn files(folder: &Path, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            name.starts_with(prefix).then(|| (name, std::fs::read(&path).unwrap()))
        })
        .collect();
    files.sort();
    files
}

fn scan_one(name: &str, bytes: &[u8]) -> Vec<Finding> {
    let mut tree = Tree::new();
    tree.insert(TreePath::new(name).unwrap(), bytes);
    let mut findings = scan(&tree, &Settings { jobs: 1, ..Settings::default() }).findings;
    // As whoever shows findings does.
    airlock_scanner::files::secrets_shown(&tree, &findings).clear(&mut findings);
    settle(findings)
}

fn shown(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let place = format!("{}:{}", finding.line.unwrap_or(0), finding.column.unwrap_or(0));
        let (severity, confidence) = (finding.severity.as_str(), finding.confidence.as_str());
        writeln!(out, "{place} {} {severity}/{confidence}: {}", finding.rule, finding.message).unwrap();
        for line in finding.snippet.iter().flat_map(|snippet| snippet.lines()) {
            writeln!(out, "    | {line}").unwrap();
        }
        for step in &finding.evidence {
            writeln!(out, "    {}: {}", step.line.unwrap_or(0), step.message).unwrap();
        }
    }
    out
}

#[test]
fn every_rule_explains_itself() {
    for rule in rules::all() {
        let mut from = 0;
        for heading in HEADINGS {
            let at =
                rule.doc[from..].find(heading).unwrap_or_else(|| panic!("{}: no `{heading}` in its place", rule.id));
            from += at + heading.len();
        }
        assert!(rule.remedy.len() > 10, "{}: no remedy", rule.id);
        assert!(!rule.title.ends_with('.') && !rule.title.is_empty(), "{}: title", rule.id);
        let shape = rule.id.strip_prefix("AL-").and_then(|rest| rest.split_once('-'));
        let (group, slug) = shape.unwrap_or_else(|| panic!("{}: not AL-<GROUP>-<slug>", rule.id));
        assert!(group.bytes().all(|b| b.is_ascii_uppercase()), "{}: group", rule.id);
        assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}: slug", rule.id);
        assert_eq!(rules::find(rule.id), Some(rule));
    }
}

#[test]
fn rule_ids_are_unique() {
    let ids: Vec<&str> = rules::all().iter().map(|rule| rule.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
}

#[test]
fn bad_cases_are_found_and_benign_twins_are_not() {
    let mut wrong = Vec::new();
    for rule in python_rules().into_iter().filter(|rule| !WITHOUT_FIXTURE.contains(&rule.id)) {
        let folder = fixtures().join(rule.id);
        let (bad, good) = (files(&folder, "bad_"), files(&folder, "good_"));
        assert!(!bad.is_empty(), "{}: no bad fixture", rule.id);
        assert!(!good.is_empty(), "{}: no benign twin", rule.id);
        let mut report = String::new();
        for (name, bytes) in bad {
            let findings = scan_one(&name, &bytes);
            let own = findings.iter().any(|finding| finding.rule == rule.id);
            if !own {
                wrong.push(format!("{}: {name} is not found\n{}", rule.id, shown(&findings)));
            }
            writeln!(report, "== {name}\n{}", shown(&findings)).unwrap();
        }
        for (name, bytes) in good {
            let findings = scan_one(&name, &bytes);
            let own = findings.iter().any(|finding| finding.rule == rule.id);
            if own {
                wrong.push(format!("{}: {name} is a false alarm\n{}", rule.id, shown(&findings)));
            }
        }
        insta::assert_snapshot!(rule.id, report);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fixtures_belong_to_rules() {
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = rules::find(&name).is_some() || !name.starts_with("AL-");
        assert!(known, "{name} is the folder of no rule");
    }
}
