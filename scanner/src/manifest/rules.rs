//! The rules of group MANIFEST. Each page is the Markdown file beside its name in `rules/`.

mod fields;
mod file;
mod names;

use airlock_model::finding::{Confidence, RuleMeta, Severity};
pub use fields::*;
pub use file::*;
pub use names::*;

/// What the client could not read back, or the contract forbids: it bars the manifest.
const fn fault(
    id: &'static str,
    title: &'static str,
    cwe: Option<u32>,
    remedy: &'static str,
    doc: &'static str,
) -> RuleMeta {
    rule(Severity::High, id, title, cwe, remedy, doc)
}

/// What works and is likely not what was meant.
const fn warning(id: &'static str, title: &'static str, remedy: &'static str, doc: &'static str) -> RuleMeta {
    rule(Severity::Low, id, title, None, remedy, doc)
}

/// What a publisher should know.
const fn note(id: &'static str, title: &'static str, remedy: &'static str, doc: &'static str) -> RuleMeta {
    rule(Severity::Note, id, title, None, remedy, doc)
}

/// A name that passes for another one more likely by intent than by chance, which only a person can tell.
const fn look_alike(id: &'static str, title: &'static str, remedy: &'static str, doc: &'static str) -> RuleMeta {
    RuleMeta { confidence: Confidence::Medium, ..rule(Severity::Medium, id, title, Some(1007), remedy, doc) }
}

const fn rule(
    severity: Severity,
    id: &'static str,
    title: &'static str,
    cwe: Option<u32>,
    remedy: &'static str,
    doc: &'static str,
) -> RuleMeta {
    RuleMeta { id, title, severity, confidence: Confidence::High, cwe, bandit: &[], ruff: &[], remedy, doc }
}

/// Every rule of this group, sorted by id.
pub const ALL: &[&RuleMeta] = &[
    &AMBIGUOUS,
    &BYTE_ORDER_MARK,
    &CONTACT,
    &DEPENDENCY,
    &DEPENDENCY_INSTALL,
    &DUPLICATE_KEY,
    &EMPTY,
    &ENCODING,
    &ENTRY_POINT,
    &ENTRY_POINT_METHODS,
    &ENTRY_POINT_MISSING,
    &FRAMEWORK_PRERELEASE,
    &HIDDEN_CHARACTERS,
    &LONG_DESCRIPTION,
    &MISSING,
    &NAME,
    &NAME_NEAR_MODULE,
    &NAME_NEAR_PACKAGE,
    &NAME_NEAR_PLUGIN,
    &NAME_OF_PACKAGE,
    &NO_PYTHON,
    &NOT_A_MAPPING,
    &NOT_JSON,
    &OLDER_DIALECT,
    &PERMISSIONS,
    &REGISTRY_OWNED,
    &REPEATED,
    &REQUIRED,
    &SPECIFIER,
    &SYNTAX,
    &TOO_LARGE,
    &UNKNOWN_KEY,
    &UNKNOWN_WORD,
    &URL,
    &VERSION,
    &WRONG_TYPE,
    &YAML_FEATURE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_sorted_and_each_page_has_its_headings() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        for rule in ALL {
            assert_eq!(rule.group(), "MANIFEST", "{}", rule.id);
            let headings: Vec<&str> = rule.doc.lines().filter(|line| line.starts_with("## ")).collect();
            let expected =
                ["## What it finds", "## Why it is dangerous", "## Example", "## Safe form", "## References"];
            assert_eq!(headings, expected, "{}", rule.id);
            assert!(!rule.remedy.is_empty() && !rule.title.ends_with('.'), "{}", rule.id);
        }
    }
}
