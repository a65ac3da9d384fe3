//! Putting findings in order, capping them, and giving each a fingerprint that
//! survives moved lines and changes with the code it points at.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use crate::digest::Sha256;
use crate::finding::{Confidence, Finding, Permission, Severity};

/// How many findings of one rule are kept in one file, the worst of them; the
/// mildest kept one says how many more there were.
pub const CAP_PER_RULE_AND_FILE: usize = 25;

/// How many findings of one rule are kept in one package, so that a thousand
/// files with the same fault give a report that can be stored, sent and read.
pub const CAP_PER_RULE_AND_PACKAGE: usize = 100;

/// Sorts findings (worst first, then by place), fingerprints them and caps them
/// per rule and file. The result is the same whatever order they came in; a finding
/// that is fingerprinted already keeps what it has.
#[must_use]
pub fn settle(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (&a.file, a.line, a.column, &a.rule, &a.message)
            .cmp(&(&b.file, b.line, b.column, &b.rule, &b.message))
            .then_with(|| weight(b).cmp(&weight(a)))
    });
    findings.dedup_by(|a, b| {
        (&a.rule, &a.file, a.line, a.column, &a.message) == (&b.rule, &b.file, b.line, b.column, &b.message)
    });
    fingerprint(&mut findings);
    let of_file = |finding: &Finding| (finding.rule.clone(), finding.file.clone());
    worst_first(cap(findings, CAP_PER_RULE_AND_FILE, "in this file", of_file))
}

/// [`settle`] for one package: caps each rule over all its files as well. A rule
/// that found something always keeps its worst.
#[must_use]
pub fn settle_package(findings: Vec<Finding>) -> Vec<Finding> {
    let settled = settle(findings);
    worst_first(cap(settled, CAP_PER_RULE_AND_PACKAGE, "elsewhere in this package", |finding| finding.rule.clone()))
}

fn worst_first(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (b.severity, b.confidence)
            .cmp(&(a.severity, a.confidence))
            .then_with(|| (&a.file, a.line, a.column, &a.rule).cmp(&(&b.file, b.line, b.column, &b.rule)))
    });
    findings
}

/// What weighs on a verdict, lightest first.
fn weight(finding: &Finding) -> (Severity, Confidence, u8) {
    let permission = match finding.permission {
        Some(Permission::Declared) => 0,
        None | Some(Permission::Absent) => 1,
        Some(Permission::Beyond) => 2,
    };
    (finding.severity, finding.confidence, permission)
}

/// Sets every fingerprint from rule, path, normalised code and the occurrence
/// of that code in the file.
fn fingerprint(findings: &mut [Finding]) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for finding in findings.iter_mut().filter(|finding| finding.fingerprint.is_empty()) {
        let code = match finding.code {
            Some(digest) => digest.to_string(),
            None => normalise(finding.snippet.as_deref().unwrap_or(&finding.message)),
        };
        let key = format!("{}\0{}\0{code}", finding.rule, finding.file.as_deref().unwrap_or(""));
        let occurrence = seen.entry(key.clone()).or_insert(0);
        finding.fingerprint = shortened(&format!("{key}\0{occurrence}"));
        *occurrence += 1;
    }
}

/// Folds white space, so that re-indenting does not make a new finding.
pub(crate) fn normalise(code: &str) -> String {
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Keeps the worst `most` of each group, so that nobody hides one finding behind many milder ones.
fn cap<K: Eq + Hash>(
    mut findings: Vec<Finding>,
    most: usize,
    place: &str,
    key: impl Fn(&Finding) -> K,
) -> Vec<Finding> {
    // Stable: among equals the order by place stays.
    findings.sort_by_key(|finding| Reverse(weight(finding)));
    let mut groups: HashMap<K, Group> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let group = groups.entry(key(&finding)).or_default();
        if group.kept < most {
            group.kept += 1;
            group.last = kept.len();
            kept.push(finding);
        } else {
            group.dropped.push(finding.fingerprint);
        }
    }
    for group in groups.values().filter(|group| !group.dropped.is_empty()) {
        let last = &mut kept[group.last];
        last.message.push_str(&format!(" (and {} more of this rule {place})", group.dropped.len()));
        // It speaks for those that are not shown, and must not be taken for the same when they change.
        let all = format!("{}\0{}", last.fingerprint, group.dropped.join("\0"));
        last.fingerprint = shortened(&all);
    }
    kept
}

/// The findings that are capped together.
#[derive(Default)]
struct Group {
    kept: usize,
    /// Where the last kept one is.
    last: usize,
    /// The fingerprints of those that are not kept.
    dropped: Vec<String>,
}

fn shortened(text: &str) -> String {
    hex::encode(&Sha256::of(text.as_bytes()).as_bytes()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{RuleMeta, Span};

    const RULE: RuleMeta = RuleMeta {
        id: "AL-CODE-test",
        title: "Test",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: None,
        bandit: &[],
        ruff: &[],
        remedy: "None.",
        doc: "",
    };

    fn finding(line: u32, code: &str) -> Finding {
        let span = Span { line, column: 1, end_line: line, end_column: 5 };
        Finding::of(&RULE, "found").in_file("a.py").at(span).snippet(code)
    }

    #[test]
    fn fingerprints_survive_moved_lines_and_change_with_the_code() {
        let before = settle(vec![finding(1, "eval(x)"), finding(9, "eval(x)")]);
        let after = settle(vec![finding(5, "  eval(x)"), finding(19, "eval(x)")]);
        let prints = |f: &[Finding]| f.iter().map(|f| f.fingerprint.clone()).collect::<Vec<_>>();
        assert_eq!(prints(&before), prints(&after));
        assert_ne!(before[0].fingerprint, before[1].fingerprint);
        let changed = settle(vec![finding(1, "eval(y)")]);
        assert_ne!(before[0].fingerprint, changed[0].fingerprint);
    }

    #[test]
    fn many_findings_are_capped_with_a_count() {
        let many = (1..=40).map(|line| finding(line, &format!("eval({line})"))).collect();
        let kept = settle(many);
        assert_eq!(kept.len(), CAP_PER_RULE_AND_FILE);
        assert!(kept.last().is_some_and(|f| f.message.ends_with("(and 15 more of this rule in this file)")));
    }

    #[test]
    fn the_worst_is_kept_however_many_milder_ones_come_before_it() {
        let mild = |line| Finding { permission: Some(Permission::Declared), ..finding(line, "get('a')") };
        let mut many: Vec<Finding> = (1..=40).map(|line| mild(line).severity(Severity::Note)).collect();
        many.push(Finding { permission: Some(Permission::Beyond), ..finding(90, "get('b')") });
        let kept = settle(many);
        assert_eq!(kept.len(), CAP_PER_RULE_AND_FILE);
        assert_eq!((kept[0].line, kept[0].permission), (Some(90), Some(Permission::Beyond)));
        let counted = kept.iter().find(|f| f.message.contains("(and 16 more")).map(|f| f.severity);
        assert_eq!(counted, Some(Severity::Note));
    }

    #[test]
    fn what_is_not_shown_changes_the_fingerprint_that_speaks_for_it() {
        let with_last = |code: &str| {
            let mut many: Vec<Finding> = (1..=26).map(|line| finding(line, &format!("eval({line})"))).collect();
            many.push(finding(27, code));
            settle(many)
        };
        let (before, after) = (with_last("eval(27)"), with_last("eval(evil)"));
        assert_eq!(before[..24], after[..24]);
        assert_ne!(before[24].fingerprint, after[24].fingerprint);
        assert_eq!(settle(before.clone()), before);
    }

    #[test]
    fn code_beyond_what_the_snippet_shows_counts() {
        let cut = |whole: &str| settle(vec![finding(1, "run(…").code(whole)]).remove(0).fingerprint;
        assert_eq!(cut("run( 'a')"), cut("run(\n    'a')"));
        assert_ne!(cut("run('a')"), cut("run('b')"));
    }

    #[test]
    fn a_package_full_of_one_fault_keeps_a_readable_number() {
        let many = (0..500).map(|file| finding(1, "eval(x)").in_file(format!("f{file:03}.py"))).collect();
        let kept = settle_package(many);
        assert_eq!(kept.len(), CAP_PER_RULE_AND_PACKAGE);
        let last = &kept.last().unwrap().message;
        assert!(last.ends_with("(and 400 more of this rule elsewhere in this package)"), "{last}");
    }

    #[test]
    fn a_package_with_few_findings_keeps_them_as_they_are() {
        let few: Vec<Finding> = (1..=5).map(|line| finding(line, &format!("eval({line})"))).collect();
        assert_eq!(settle_package(few.clone()), settle(few));
    }
}
