//! Rules about the file: its bytes, its YAML and its dialect.

use airlock_model::finding::RuleMeta;

use super::{fault, warning};

/// There is no plugin.yaml.
pub const MISSING: RuleMeta = fault(
    "AL-MANIFEST-missing",
    "No plugin.yaml",
    None,
    "Add plugin.yaml at the top of the plugin's folder.",
    include_str!("missing.md"),
);

/// Not UTF-8 text.
pub const ENCODING: RuleMeta = fault(
    "AL-MANIFEST-encoding",
    "plugin.yaml is not plain UTF-8 text",
    Some(838),
    "Save plugin.yaml as UTF-8.",
    include_str!("encoding.md"),
);

/// A byte-order mark.
pub const BYTE_ORDER_MARK: RuleMeta = warning(
    "AL-MANIFEST-byte-order-mark",
    "plugin.yaml begins with a byte-order mark",
    "Save plugin.yaml as UTF-8 without a byte-order mark.",
    include_str!("byte-order-mark.md"),
);

/// More than is read.
pub const TOO_LARGE: RuleMeta = fault(
    "AL-MANIFEST-too-large",
    "plugin.yaml is larger, deeper or more repetitive than a manifest may be",
    Some(776),
    "Write the manifest plainly; data belongs into files of their own.",
    include_str!("too-large.md"),
);

/// Not YAML.
pub const SYNTAX: RuleMeta = fault(
    "AL-MANIFEST-syntax",
    "plugin.yaml is not valid YAML",
    None,
    "Mend the place that is named.",
    include_str!("syntax.md"),
);

/// A feature of YAML that readers disagree about.
pub const YAML_FEATURE: RuleMeta = fault(
    "AL-MANIFEST-yaml-feature",
    "plugin.yaml uses a feature of YAML that is not read here",
    Some(502),
    "Write plain text keys and values in one document.",
    include_str!("yaml-feature.md"),
);

/// A key twice.
pub const DUPLICATE_KEY: RuleMeta = fault(
    "AL-MANIFEST-duplicate-key",
    "A key stands twice",
    Some(694),
    "Keep one of them.",
    include_str!("duplicate-key.md"),
);

/// The document is no mapping.
pub const NOT_A_MAPPING: RuleMeta = fault(
    "AL-MANIFEST-not-a-mapping",
    "plugin.yaml is not a mapping",
    None,
    "Write `key: value` lines, beginning with `name: my-plugin`.",
    include_str!("not-a-mapping.md"),
);

/// The older dialect.
pub const OLDER_DIALECT: RuleMeta = fault(
    "AL-MANIFEST-older-dialect",
    "plugin.yaml is written in an older dialect",
    None,
    "Rewrite the keys that are named.",
    include_str!("older-dialect.md"),
);

/// Characters that hide or reorder text.
pub const HIDDEN_CHARACTERS: RuleMeta = fault(
    "AL-MANIFEST-hidden-characters",
    "Text with characters that hide or reorder it",
    Some(1007),
    "Delete the characters that are named.",
    include_str!("hidden-characters.md"),
);

/// A value that JSON cannot carry.
pub const NOT_JSON: RuleMeta = fault(
    "AL-MANIFEST-not-json",
    "A value that cannot be sent to clients",
    None,
    "Write a finite number, or quote it as text.",
    include_str!("not-json.md"),
);
