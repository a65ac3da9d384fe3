//! Putting findings in order, capping them, and giving each a fingerprint that
//! survives moved lines and changes with the code it points at.

use std::collections::HashMap;

use crate::digest::Sha256;
use crate::finding::Finding;

/// How many findings of one rule are kept in one file; the last kept one says
/// how many more there were.
pub const CAP_PER_RULE_AND_FILE: usize = 25;

/// Sorts findings (worst first, then by place), fingerprints them and caps them
/// per rule and file. The result is the same whatever order they came in.
#[must_use]
pub fn settle(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| {
        (&a.file, a.line, a.column, &a.rule, &a.message).cmp(&(&b.file, b.line, b.column, &b.rule, &b.message))
    });
    findings.dedup_by(|a, b| {
        (&a.rule, &a.file, a.line, a.column, &a.message) == (&b.rule, &b.file, b.line, b.column, &b.message)
    });
    fingerprint(&mut findings);
    let mut findings = cap(findings);
    findings.sort_by(|a, b| {
        (b.severity, b.confidence)
            .cmp(&(a.severity, a.confidence))
            .then_with(|| (&a.file, a.line, a.column, &a.rule).cmp(&(&b.file, b.line, b.column, &b.rule)))
    });
    findings
}

/// Sets every fingerprint from rule, path, normalised code and the occurrence
/// of that code in the file.
fn fingerprint(findings: &mut [Finding]) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for finding in findings {
        let code = normalise(finding.snippet.as_deref().unwrap_or(&finding.message));
        let key = format!("{}\0{}\0{code}", finding.rule, finding.file.as_deref().unwrap_or(""));
        let occurrence = seen.entry(key.clone()).or_insert(0);
        let digest = Sha256::of(format!("{key}\0{occurrence}").as_bytes());
        *occurrence += 1;
        finding.fingerprint = hex::encode(&digest.as_bytes()[..16]);
    }
}

/// Folds white space, so that re-indenting does not make a new finding.
fn normalise(code: &str) -> String {
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cap(findings: Vec<Finding>) -> Vec<Finding> {
    let mut counts: HashMap<(String, Option<String>), usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let count = counts.entry((finding.rule.clone(), finding.file.clone())).or_insert(0);
        *count += 1;
        if *count <= CAP_PER_RULE_AND_FILE {
            kept.push(finding);
        }
    }
    for ((rule, file), count) in counts {
        let more = count.saturating_sub(CAP_PER_RULE_AND_FILE);
        if more > 0
            && let Some(last) = kept.iter_mut().rev().find(|kept| kept.rule == rule && kept.file == file)
        {
            last.message.push_str(&format!(" (and {more} more of this rule in this file)"));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, RuleMeta, Severity, Span};

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
}
