//! The rules of group MANIFEST. Each page is the Markdown file beside its name in `rules/`.

use airlock_model::finding::{Confidence, RuleMeta, Severity};

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

/// There is no plugin.yaml.
pub const MISSING: RuleMeta = fault(
    "AL-MANIFEST-missing",
    "No plugin.yaml",
    None,
    "Add plugin.yaml at the top of the plugin's folder.",
    include_str!("rules/missing.md"),
);

/// Not UTF-8 text.
pub const ENCODING: RuleMeta = fault(
    "AL-MANIFEST-encoding",
    "plugin.yaml is not plain UTF-8 text",
    Some(838),
    "Save plugin.yaml as UTF-8.",
    include_str!("rules/encoding.md"),
);

/// A byte-order mark.
pub const BYTE_ORDER_MARK: RuleMeta = warning(
    "AL-MANIFEST-byte-order-mark",
    "plugin.yaml begins with a byte-order mark",
    "Save plugin.yaml as UTF-8 without a byte-order mark.",
    include_str!("rules/byte-order-mark.md"),
);

/// More than is read.
pub const TOO_LARGE: RuleMeta = fault(
    "AL-MANIFEST-too-large",
    "plugin.yaml is larger, deeper or more repetitive than a manifest may be",
    Some(776),
    "Write the manifest plainly; data belongs into files of their own.",
    include_str!("rules/too-large.md"),
);

/// Not YAML.
pub const SYNTAX: RuleMeta = fault(
    "AL-MANIFEST-syntax",
    "plugin.yaml is not valid YAML",
    None,
    "Mend the place that is named.",
    include_str!("rules/syntax.md"),
);

/// A feature of YAML that readers disagree about.
pub const YAML_FEATURE: RuleMeta = fault(
    "AL-MANIFEST-yaml-feature",
    "plugin.yaml uses a feature of YAML that is not read here",
    Some(502),
    "Write plain text keys and values in one document.",
    include_str!("rules/yaml-feature.md"),
);

/// A key twice.
pub const DUPLICATE_KEY: RuleMeta = fault(
    "AL-MANIFEST-duplicate-key",
    "A key stands twice",
    Some(694),
    "Keep one of them.",
    include_str!("rules/duplicate-key.md"),
);

/// The document is no mapping.
pub const NOT_A_MAPPING: RuleMeta = fault(
    "AL-MANIFEST-not-a-mapping",
    "plugin.yaml is not a mapping",
    None,
    "Write `key: value` lines, beginning with `name: my-plugin`.",
    include_str!("rules/not-a-mapping.md"),
);

/// The older dialect.
pub const OLDER_DIALECT: RuleMeta = fault(
    "AL-MANIFEST-older-dialect",
    "plugin.yaml is written in an older dialect",
    None,
    "Rewrite the keys that are named.",
    include_str!("rules/older-dialect.md"),
);

/// A required field is missing or empty.
pub const REQUIRED: RuleMeta = fault(
    "AL-MANIFEST-required",
    "A required field is missing or empty",
    None,
    "Add the field.",
    include_str!("rules/required.md"),
);

/// A value of another type than the field has.
pub const WRONG_TYPE: RuleMeta = fault(
    "AL-MANIFEST-wrong-type",
    "A field holds the wrong type of value",
    Some(1287),
    "Write the value in the form that is named.",
    include_str!("rules/wrong-type.md"),
);

/// Not a plugin name.
pub const NAME: RuleMeta = fault(
    "AL-MANIFEST-name",
    "Not a plugin name",
    None,
    "Choose a name of a-z, 0-9 and single hyphens.",
    include_str!("rules/name.md"),
);

/// Not a version.
pub const VERSION: RuleMeta = fault(
    "AL-MANIFEST-version",
    "Not a plugin version",
    None,
    "Write MAJOR.MINOR.PATCH, for instance 1.0.0.",
    include_str!("rules/version.md"),
);

/// A word outside its list.
pub const UNKNOWN_WORD: RuleMeta = fault(
    "AL-MANIFEST-unknown-word",
    "A word that is not on its list",
    None,
    "Write one of the words that are named.",
    include_str!("rules/unknown-word.md"),
);

/// Not a web address.
pub const URL: RuleMeta = fault(
    "AL-MANIFEST-url",
    "Not a web address",
    Some(20),
    "Write a whole address, beginning with https://.",
    include_str!("rules/url.md"),
);

/// Not an entry point.
pub const ENTRY_POINT: RuleMeta = fault(
    "AL-MANIFEST-entry-point",
    "Not an entry point",
    None,
    "Write `package.module:Class`.",
    include_str!("rules/entry-point.md"),
);

/// The entry point names what is not there.
pub const ENTRY_POINT_MISSING: RuleMeta = fault(
    "AL-MANIFEST-entry-point-missing",
    "The entry point does not exist",
    None,
    "Name a module of the plugin and a class that it defines.",
    include_str!("rules/entry-point-missing.md"),
);

/// Not a PEP 440 specifier.
pub const SPECIFIER: RuleMeta = fault(
    "AL-MANIFEST-specifier",
    "Not a version specifier",
    None,
    "Write a specifier such as `>=3.10` or `>=3.10,<4`.",
    include_str!("rules/specifier.md"),
);

/// A dependency that clients cannot resolve.
pub const DEPENDENCY: RuleMeta = fault(
    "AL-MANIFEST-dependency",
    "A dependency that clients cannot resolve",
    None,
    "Write `{name: other-plugin, version: \">=1.2.3\"}`.",
    include_str!("rules/dependency.md"),
);

/// A permissions block that cannot be held to its word.
pub const PERMISSIONS: RuleMeta = fault(
    "AL-MANIFEST-permissions",
    "A permission that does not exist",
    Some(250),
    "Write only the permissions that are named.",
    include_str!("rules/permissions.md"),
);

/// Characters that hide or reorder text.
pub const HIDDEN_CHARACTERS: RuleMeta = fault(
    "AL-MANIFEST-hidden-characters",
    "Text with characters that hide or reorder it",
    Some(1007),
    "Delete the characters that are named.",
    include_str!("rules/hidden-characters.md"),
);

/// A value that JSON cannot carry.
pub const NOT_JSON: RuleMeta = fault(
    "AL-MANIFEST-not-json",
    "A value that cannot be sent to clients",
    None,
    "Write a finite number, or quote it as text.",
    include_str!("rules/not-json.md"),
);

/// The class lacks what its type is called by.
pub const ENTRY_POINT_METHODS: RuleMeta = warning(
    "AL-MANIFEST-entry-point-methods",
    "The entry point lacks the methods of its type",
    "Define the method that is named, or name another class.",
    include_str!("rules/entry-point-methods.md"),
);

/// A name that could be taken for another publisher's plugin.
pub const NAME_NEAR_PLUGIN: RuleMeta = look_alike(
    "AL-MANIFEST-name-near-plugin",
    "A name that could be taken for another plugin",
    "Choose a name that nobody mistakes for the other one; if the likeness is a coincidence, say so to the reviewer.",
    include_str!("rules/name-near-plugin.md"),
);

/// A name that could be taken for a standard module.
pub const NAME_NEAR_MODULE: RuleMeta = look_alike(
    "AL-MANIFEST-name-near-module",
    "A name that could be taken for a standard module",
    "Choose a name that nobody mistakes for Python's own module, for instance with a word more.",
    include_str!("rules/name-near-module.md"),
);

/// A name that could be taken for a well-known package.
pub const NAME_NEAR_PACKAGE: RuleMeta = look_alike(
    "AL-MANIFEST-name-near-package",
    "A name that could be taken for a well-known Python package",
    "Choose a name that nobody mistakes for the package; if it is the package that is meant, write its name as it is.",
    include_str!("rules/name-near-package.md"),
);

/// The very name of a well-known package.
pub const NAME_OF_PACKAGE: RuleMeta = note(
    "AL-MANIFEST-name-of-package",
    "The name of a well-known Python package",
    "Nothing needs to be done if the plugin is about that package; otherwise another name is clearer.",
    include_str!("rules/name-of-package.md"),
);

/// A description over its length.
pub const LONG_DESCRIPTION: RuleMeta = warning(
    "AL-MANIFEST-long-description",
    "The description is longer than lists show",
    "Keep `description` to 200 characters and put the rest into `long_description`.",
    include_str!("rules/long-description.md"),
);

/// Readers disagree about a value's type.
pub const AMBIGUOUS: RuleMeta = warning(
    "AL-MANIFEST-ambiguous-value",
    "A value that readers of YAML understand differently",
    "Put it in quotation marks.",
    include_str!("rules/ambiguous-value.md"),
);

/// A key without a value.
pub const EMPTY: RuleMeta = warning(
    "AL-MANIFEST-empty-value",
    "A key without a value",
    "Delete the key or give it a value.",
    include_str!("rules/empty-value.md"),
);

/// Contact details that will not work or say too much.
pub const CONTACT: RuleMeta = warning(
    "AL-MANIFEST-contact",
    "Contact details that look wrong",
    "Correct the address or leave it out.",
    include_str!("rules/contact.md"),
);

/// A range without a Python in it.
pub const NO_PYTHON: RuleMeta = warning(
    "AL-MANIFEST-no-python",
    "No Python is in the range that is asked for",
    "Write the oldest Python that the plugin works with, such as `>=3.10`.",
    include_str!("rules/no-python.md"),
);

/// The same dependency twice.
pub const REPEATED: RuleMeta =
    warning("AL-MANIFEST-repeated", "An entry stands twice", "Keep one of them.", include_str!("rules/repeated.md"));

/// A field that the registry owns.
pub const REGISTRY_OWNED: RuleMeta = note(
    "AL-MANIFEST-registry-owned",
    "A field that the registry fills in itself",
    "Delete the key; its value is not used.",
    include_str!("rules/registry-owned.md"),
);

/// A key that is not ours.
pub const UNKNOWN_KEY: RuleMeta = note(
    "AL-MANIFEST-unknown-key",
    "A key that means nothing here",
    "Check its spelling; delete it if nothing reads it.",
    include_str!("rules/unknown-key.md"),
);

/// A specifier that leaves out the current framework.
pub const FRAMEWORK_PRERELEASE: RuleMeta = note(
    "AL-MANIFEST-framework-prerelease",
    "The framework's current pre-release is left out",
    "Write `agenticraft: \">=0.2.0a0\"` under `requirements`.",
    include_str!("rules/framework-prerelease.md"),
);

/// What clients do with a dependency.
pub const DEPENDENCY_INSTALL: RuleMeta = note(
    "AL-MANIFEST-dependency-install",
    "How clients install a required dependency",
    "Name a plugin of this registry, or set `optional: true`.",
    include_str!("rules/dependency-install.md"),
);

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
