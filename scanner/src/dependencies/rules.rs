//! The rules of the DEPS group. Each rule's page is a file of its own, beside this one.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

/// Every rule of this room.
pub const ALL: &[&RuleMeta] = &[
    &UNPARSEABLE,
    &UNREADABLE,
    &DIRECT_REFERENCE,
    &PACKAGE_INDEX,
    &UNVERIFIED_HOST,
    &EDITABLE,
    &INCLUDE,
    &UNPINNED,
    &HASH,
    &TYPOSQUAT,
    &CONTRADICTION,
    &COMPUTED,
    &KNOWN_VULNERABLE,
    &ALLOWS_VULNERABLE,
    &ADVISORIES_ABSENT,
    &ADVISORIES_STALE,
];

/// A requirement that cannot be understood.
pub const UNPARSEABLE: RuleMeta = RuleMeta {
    id: "AL-DEPS-unparseable",
    title: "A requirement that cannot be understood",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Write the requirement as PEP 508 has it, for instance `requests>=2.31,<3`.",
    doc: include_str!("rules/unparseable.md"),
};

/// A file of requirements that cannot be read.
pub const UNREADABLE: RuleMeta = RuleMeta {
    id: "AL-DEPS-unreadable",
    title: "A file of requirements that cannot be read",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(400),
    bandit: &[],
    ruff: &[],
    remedy: "Keep files of requirements below 1 MiB, in UTF-8, and below 5,000 requirements in all.",
    doc: include_str!("rules/unreadable.md"),
};

/// A requirement that bypasses the index.
pub const DIRECT_REFERENCE: RuleMeta = RuleMeta {
    id: "AL-DEPS-direct-reference",
    title: "A requirement that bypasses the index",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(494),
    bandit: &[],
    ruff: &[],
    remedy: "Ask for a released version of the package by name, for instance `name==1.2.3`.",
    doc: include_str!("rules/direct-reference.md"),
};

/// Packages from another index.
pub const PACKAGE_INDEX: RuleMeta = RuleMeta {
    id: "AL-DEPS-package-index",
    title: "Packages from another index",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(829),
    bandit: &[],
    ruff: &[],
    remedy: "Remove the line; which index is asked is for those who install to decide.",
    doc: include_str!("rules/package-index.md"),
};

/// Packages from a host that is not verified.
pub const UNVERIFIED_HOST: RuleMeta = RuleMeta {
    id: "AL-DEPS-unverified-host",
    title: "Packages from a host that is not verified",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(295),
    bandit: &[],
    ruff: &[],
    remedy: "Remove the line, and use addresses that begin with https://.",
    doc: include_str!("rules/unverified-host.md"),
};

/// An editable install.
pub const EDITABLE: RuleMeta = RuleMeta {
    id: "AL-DEPS-editable",
    title: "An editable install",
    severity: Severity::Low,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Ask for a released version; editable installs are for one's own machine.",
    doc: include_str!("rules/editable.md"),
};

/// An include that cannot be followed.
pub const INCLUDE: RuleMeta = RuleMeta {
    id: "AL-DEPS-include",
    title: "An include that cannot be followed",
    severity: Severity::Low,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Include only files that are in the package, each once.",
    doc: include_str!("rules/include.md"),
};

/// Requirements without an exact version.
pub const UNPINNED: RuleMeta = RuleMeta {
    id: "AL-DEPS-unpinned",
    title: "Requirements without an exact version",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "For an application, pin every requirement with == and a hash; a library may leave ranges.",
    doc: include_str!("rules/unpinned.md"),
};

/// A hash that can match nothing.
pub const HASH: RuleMeta = RuleMeta {
    id: "AL-DEPS-hash",
    title: "A hash that can match nothing",
    severity: Severity::Low,
    confidence: Confidence::High,
    cwe: Some(354),
    bandit: &[],
    ruff: &[],
    remedy: "Write `--hash=sha256:` and 64 hexadecimal digits for every requirement, each pinned with ==.",
    doc: include_str!("rules/hash.md"),
};

/// A package named like a well-known one.
pub const TYPOSQUAT: RuleMeta = RuleMeta {
    id: "AL-DEPS-typosquat",
    title: "A package named like a well-known one",
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: Some(1357),
    bandit: &[],
    ruff: &[],
    remedy: "Check the name; if it is right, say in the README what the package is.",
    doc: include_str!("rules/typosquat.md"),
};

/// Requirements that contradict one another.
pub const CONTRADICTION: RuleMeta = RuleMeta {
    id: "AL-DEPS-contradiction",
    title: "Requirements that contradict one another",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Ask for the same versions in every file.",
    doc: include_str!("rules/contradiction.md"),
};

/// Requirements that are computed.
pub const COMPUTED: RuleMeta = RuleMeta {
    id: "AL-DEPS-computed",
    title: "Requirements that are computed",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "Write the list of requirements out, in pyproject.toml or as a constant.",
    doc: include_str!("rules/computed.md"),
};

/// A dependency with a known vulnerability.
pub const KNOWN_VULNERABLE: RuleMeta = RuleMeta {
    id: "AL-DEPS-known-vulnerable",
    title: "A dependency with a known vulnerability",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(1395),
    bandit: &[],
    ruff: &[],
    remedy: "Ask for a version that mends it.",
    doc: include_str!("rules/known-vulnerable.md"),
};

/// A range with vulnerable versions in it.
pub const ALLOWS_VULNERABLE: RuleMeta = RuleMeta {
    id: "AL-DEPS-allows-vulnerable",
    title: "A range with vulnerable versions in it",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: Some(1395),
    bandit: &[],
    ruff: &[],
    remedy: "Raise the lower bound above the vulnerable versions.",
    doc: include_str!("rules/allows-vulnerable.md"),
};

/// Not held against advisories.
pub const ADVISORIES_ABSENT: RuleMeta = RuleMeta {
    id: "AL-DEPS-advisories-absent",
    title: "Not held against advisories",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "For operators: bring advisories in with `airlock advisories import`.",
    doc: include_str!("rules/advisories-absent.md"),
};

/// Held against old advisories.
pub const ADVISORIES_STALE: RuleMeta = RuleMeta {
    id: "AL-DEPS-advisories-stale",
    title: "Held against old advisories",
    severity: Severity::Note,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "For operators: bring newer advisories in with `airlock advisories import`.",
    doc: include_str!("rules/advisories-stale.md"),
};
