//! The rules of the ARCHIVE group.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

/// A rule that is certain when it fires; what it says about bytes is not a guess.
const fn rule(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    cwe: u32,
    remedy: &'static str,
    doc: &'static str,
) -> RuleMeta {
    let confidence = Confidence::High;
    RuleMeta { id, title, severity, confidence, cwe: Some(cwe), bandit: &[], ruff: &[], remedy, doc }
}

/// The upload is neither a zip nor a tar.gz.
pub const NOT_AN_ARCHIVE: RuleMeta = rule(
    "AL-ARCHIVE-not-an-archive",
    "Not an archive",
    Severity::High,
    434,
    "Upload a zip, or a tar.gz with one top folder; `airlock pack` makes one.",
    include_str!("rules/not-an-archive.md"),
);

/// Every rule of the group.
pub const ALL: &[&RuleMeta] = &[&NOT_AN_ARCHIVE];
