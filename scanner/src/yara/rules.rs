//! What a match of an operator's YARA rule is called here.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

/// A file matches a rule of the operator.
pub const MATCH: RuleMeta = RuleMeta {
    id: "AL-MALWARE-yara",
    title: "Matches a YARA rule of this registry",
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: Some(506),
    bandit: &[],
    ruff: &[],
    remedy: "Remove what the rule describes. If it is a false alarm, ask the registry's operator, whose rule it is.",
    doc: include_str!("rules/yara.md"),
};

/// The rules were not held against all of a file.
pub const UNFINISHED: RuleMeta = RuleMeta {
    id: "AL-MALWARE-yara-unfinished",
    title: "YARA rules ran out of time",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(400),
    bandit: &[],
    ruff: &[],
    remedy: "Nothing is known against the file. Make it smaller, or ask the operator to look at it and at the rules.",
    doc: include_str!("rules/yara-unfinished.md"),
};

/// Every rule of this room.
pub const ALL: &[&RuleMeta] = &[&MATCH, &UNFINISHED];
