//! Popular packages that harm nobody, scanned: what is found in them at high
//! severity and above is listed in `tests/false-alarms/reviewed.toml`, with the
//! reason why it stands, and kept from growing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use airlock_model::finding::FindingsCount;
use airlock_model::fingerprint::settle;
use airlock_model::verdict::{Verdict, judge};
use airlock_model::{Finding, Policy, Severity, Tree, TreePath};
use airlock_scanner::files;
use airlock_scanner::python::{Settings, scan};
use serde::{Deserialize, Serialize};

/// What stands where a reason is still to be written.
pub(crate) const TO_REVIEW: &str = "TO REVIEW";
/// Rules about the papers that a plugin must bring and an installed package need not.
const PAPERS: [&str; 3] = ["AL-FILES-no-readme", "AL-FILES-empty-readme", "AL-FILES-no-license"];

/// One finding that somebody has looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reviewed {
    pub(crate) package: String,
    pub(crate) rule: String,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) code: String,
    pub(crate) fingerprint: String,
    pub(crate) reason: String,
}

/// The list as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    finding: Vec<Reviewed>,
}

/// What the scan of one package gave.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) python_files: u64,
    pub(crate) count: FindingsCount,
    /// What the default policy says of it, as of a plugin whose manifest has no permissions block.
    pub(crate) verdict: Verdict,
    pub(crate) grave: Vec<Reviewed>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/false-alarms")
}

/// Where the list is kept.
pub(crate) fn list_file() -> PathBuf {
    folder().join("reviewed.toml")
}

/// The names of the packages that are pinned.
#[allow(dead_code, reason = "the command takes what is there")]
pub(crate) fn pinned() -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("requirements.txt")).expect("the pins can be read");
    text.lines().filter_map(|line| Some(line.split_once("==")?.0.trim().to_owned())).collect()
}

/// The list as it is committed.
pub(crate) fn reviewed() -> Vec<Reviewed> {
    let text = std::fs::read_to_string(list_file()).unwrap_or_default();
    toml::from_str::<List>(&text).unwrap_or_else(|error| panic!("{}: {error}", list_file().display())).finding
}

/// Scans every wheel that `scripts/test` has fetched, by name.
pub(crate) fn packages() -> Vec<Package> {
    let wheels = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/.cache/false-alarms");
    let entries = std::fs::read_dir(&wheels).unwrap_or_else(|error| {
        panic!(
            "the packages are not at {}: {error}; scripts/test and scripts/false-alarms fetch them",
            wheels.display()
        )
    });
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "whl"));
    paths.sort();
    paths.iter().map(|path| package(path)).collect()
}

fn package(wheel: &Path) -> Package {
    let file_name = wheel.file_name().and_then(|name| name.to_str()).expect("a wheel's name is text");
    let name = file_name.split('-').next().unwrap_or_default().replace('_', "-");
    let tree = unpacked(wheel);
    let scanned = scan(&tree, &Settings::default());
    let mut findings = scanned.findings;
    findings.extend(files::check(&tree, None).findings);
    findings.retain(|finding| !PAPERS.contains(&finding.rule.as_str()));
    let findings = settle(findings);
    let grave =
        findings.iter().filter(|finding| finding.severity >= Severity::High).map(|finding| entry(&name, finding));
    let mut grave: Vec<Reviewed> = grave.collect();
    grave.sort();
    let verdict = judge(&Policy::default(), &findings, None, &[]).verdict;
    Package { python_files: scanned.python_files, count: FindingsCount::of(&findings), verdict, grave, name }
}

fn unpacked(wheel: &Path) -> Tree {
    let mut archive = zip::ZipArchive::new(File::open(wheel).expect("the wheel opens")).expect("the wheel is a zip");
    let mut tree = Tree::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).expect("a member");
        let path = member.name().expect("a name").to_string();
        if member.is_file() {
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).expect("the member inflates");
            tree.insert(TreePath::new(path).expect("wheels hold plain paths"), bytes);
        }
    }
    tree
}

fn entry(package: &str, finding: &Finding) -> Reviewed {
    let code = finding.snippet.as_deref().unwrap_or(&finding.message).lines().next().unwrap_or_default();
    Reviewed {
        package: package.to_owned(),
        rule: finding.rule.clone(),
        file: finding.file.clone().unwrap_or_default(),
        line: finding.line.unwrap_or(0),
        code: code.trim().chars().take(120).collect(),
        fingerprint: finding.fingerprint.clone(),
        reason: TO_REVIEW.to_owned(),
    }
}

/// What is new, what is gone, and what nobody has looked at yet; empty when the list is true.
pub(crate) fn differences(packages: &[Package], reviewed: &[Reviewed]) -> Vec<String> {
    let key = |one: &Reviewed| (one.package.clone(), one.rule.clone(), one.file.clone(), one.fingerprint.clone());
    let known: BTreeMap<_, &Reviewed> = reviewed.iter().map(|one| (key(one), one)).collect();
    let found: BTreeMap<_, &Reviewed> =
        packages.iter().flat_map(|package| &package.grave).map(|one| (key(one), one)).collect();
    let place = |one: &Reviewed| format!("{}: {}:{} {} `{}`", one.package, one.file, one.line, one.rule, one.code);
    let mut out = Vec::new();
    for (key, one) in &found {
        if !known.contains_key(key) {
            out.push(format!("not on the list: {}", place(one)));
        }
    }
    for (key, one) in &known {
        if !found.contains_key(key) {
            out.push(format!("on the list and no longer found: {}", place(one)));
        }
        if one.reason.trim().len() < 12 || one.reason.contains(TO_REVIEW) {
            out.push(format!("without a reason: {}", place(one)));
        }
    }
    out
}

/// The list as it would be now. A reason is kept where the same code is found again by the same rule.
#[allow(dead_code, reason = "the test only checks")]
pub(crate) fn renewed(packages: &[Package], reviewed: &[Reviewed]) -> String {
    let mut text = String::from(
        "# What the scanner finds at high severity and above in packages that harm nobody, and why it stands.\n\
         # Renewed by `scripts/false-alarms --write`, which keeps the reasons; whoever adds a reason has looked at the code.\n",
    );
    for found in packages.iter().flat_map(|package| &package.grave) {
        let same = reviewed.iter().find(|one| one.fingerprint == found.fingerprint && one.package == found.package);
        let alike = |one: &&Reviewed| {
            (&one.package, &one.rule, &one.file, &one.code) == (&found.package, &found.rule, &found.file, &found.code)
        };
        let reason = same.or_else(|| reviewed.iter().find(alike)).map(|one| one.reason.clone());
        let one = Reviewed { reason: reason.unwrap_or_else(|| TO_REVIEW.to_owned()), ..found.clone() };
        let body = toml::to_string(&one).expect("plain values become TOML");
        write!(text, "\n[[finding]]\n{body}").expect("writing to a string succeeds");
    }
    text
}

/// A table of what was found in each package, and of the verdicts.
#[allow(dead_code, reason = "the test only checks")]
pub(crate) fn table(packages: &[Package]) -> String {
    let mut text = String::from(
        "| package | files | critical | high | medium | low | note | verdict |\n\
         |---|---:|---:|---:|---:|---:|---:|---|\n",
    );
    for Package { name, python_files, count, verdict, .. } in packages {
        let FindingsCount { critical, high, medium, low, note } = count;
        let verdict = verdict.as_str();
        let row = format!("| {name} | {python_files} | {critical} | {high} | {medium} | {low} | {note} | {verdict} |");
        writeln!(text, "{row}").expect("writing to a string succeeds");
    }
    for verdict in [Verdict::Reject, Verdict::Hold, Verdict::Approve] {
        let count = packages.iter().filter(|package| package.verdict == verdict).count();
        writeln!(text, "\n{}: {count} of {}", verdict.as_str(), packages.len()).expect("writing to a string succeeds");
    }
    text
}
