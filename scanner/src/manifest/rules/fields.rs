//! Rules about all other fields.

use airlock_model::finding::RuleMeta;

use super::{fault, note, warning};

/// A required field is missing or empty.
pub const REQUIRED: RuleMeta = fault(
    "AL-MANIFEST-required",
    "A required field is missing or empty",
    None,
    "Add the field.",
    include_str!("required.md"),
);

/// A value of another type than the field has.
pub const WRONG_TYPE: RuleMeta = fault(
    "AL-MANIFEST-wrong-type",
    "A field holds the wrong type of value",
    Some(1287),
    "Write the value in the form that is named.",
    include_str!("wrong-type.md"),
);

/// Not a version.
pub const VERSION: RuleMeta = fault(
    "AL-MANIFEST-version",
    "Not a plugin version",
    None,
    "Write MAJOR.MINOR.PATCH, for instance 1.0.0.",
    include_str!("version.md"),
);

/// A word outside its list.
pub const UNKNOWN_WORD: RuleMeta = fault(
    "AL-MANIFEST-unknown-word",
    "A word that is not on its list",
    None,
    "Write one of the words that are named.",
    include_str!("unknown-word.md"),
);

/// Not a web address.
pub const URL: RuleMeta = fault(
    "AL-MANIFEST-url",
    "Not a web address",
    Some(20),
    "Write a whole address, beginning with https://.",
    include_str!("url.md"),
);

/// Not an entry point.
pub const ENTRY_POINT: RuleMeta = fault(
    "AL-MANIFEST-entry-point",
    "Not an entry point",
    None,
    "Write `package.module:Class`.",
    include_str!("entry-point.md"),
);

/// The entry point names what is not there.
pub const ENTRY_POINT_MISSING: RuleMeta = fault(
    "AL-MANIFEST-entry-point-missing",
    "The entry point does not exist",
    None,
    "Name a module of the plugin and a class that it defines.",
    include_str!("entry-point-missing.md"),
);

/// Not a PEP 440 specifier.
pub const SPECIFIER: RuleMeta = fault(
    "AL-MANIFEST-specifier",
    "Not a version specifier",
    None,
    "Write a specifier such as `>=3.10` or `>=3.10,<4`.",
    include_str!("specifier.md"),
);

/// A dependency that clients cannot resolve.
pub const DEPENDENCY: RuleMeta = fault(
    "AL-MANIFEST-dependency",
    "A dependency that clients cannot resolve",
    None,
    "Write `{name: other-plugin, version: \">=1.2.3\"}`.",
    include_str!("dependency.md"),
);

/// A permissions block that cannot be held to its word.
pub const PERMISSIONS: RuleMeta = fault(
    "AL-MANIFEST-permissions",
    "A permission that does not exist",
    Some(250),
    "Write only the permissions that are named.",
    include_str!("permissions.md"),
);

/// The class lacks what its type is called by.
pub const ENTRY_POINT_METHODS: RuleMeta = warning(
    "AL-MANIFEST-entry-point-methods",
    "The entry point lacks the methods of its type",
    "Define the method that is named, or name another class.",
    include_str!("entry-point-methods.md"),
);

/// A description over its length.
pub const LONG_DESCRIPTION: RuleMeta = warning(
    "AL-MANIFEST-long-description",
    "The description is longer than lists show",
    "Keep `description` to 200 characters and put the rest into `long_description`.",
    include_str!("long-description.md"),
);

/// Readers disagree about a value's type.
pub const AMBIGUOUS: RuleMeta = warning(
    "AL-MANIFEST-ambiguous-value",
    "A value that readers of YAML understand differently",
    "Put it in quotation marks.",
    include_str!("ambiguous-value.md"),
);

/// A key without a value.
pub const EMPTY: RuleMeta = warning(
    "AL-MANIFEST-empty-value",
    "A key without a value",
    "Delete the key or give it a value.",
    include_str!("empty-value.md"),
);

/// Contact details that will not work or say too much.
pub const CONTACT: RuleMeta = warning(
    "AL-MANIFEST-contact",
    "Contact details that look wrong",
    "Correct the address or leave it out.",
    include_str!("contact.md"),
);

/// A range without a Python in it.
pub const NO_PYTHON: RuleMeta = warning(
    "AL-MANIFEST-no-python",
    "No Python is in the range that is asked for",
    "Write the oldest Python that the plugin works with, such as `>=3.10`.",
    include_str!("no-python.md"),
);

/// The same dependency twice.
pub const REPEATED: RuleMeta =
    warning("AL-MANIFEST-repeated", "An entry stands twice", "Keep one of them.", include_str!("repeated.md"));

/// A field that the registry owns.
pub const REGISTRY_OWNED: RuleMeta = note(
    "AL-MANIFEST-registry-owned",
    "A field that the registry fills in itself",
    "Delete the key; its value is not used.",
    include_str!("registry-owned.md"),
);

/// A key that is not ours.
pub const UNKNOWN_KEY: RuleMeta = note(
    "AL-MANIFEST-unknown-key",
    "A key that means nothing here",
    "Check its spelling; delete it if nothing reads it.",
    include_str!("unknown-key.md"),
);

/// A specifier that leaves out the current framework.
pub const FRAMEWORK_PRERELEASE: RuleMeta = note(
    "AL-MANIFEST-framework-prerelease",
    "The framework's current pre-release is left out",
    "Write `agenticraft: \">=0.2.0a0\"` under `requirements`.",
    include_str!("framework-prerelease.md"),
);

/// What clients do with a dependency.
pub const DEPENDENCY_INSTALL: RuleMeta = note(
    "AL-MANIFEST-dependency-install",
    "How clients install a required dependency",
    "Name a plugin of this registry, or set `optional: true`.",
    include_str!("dependency-install.md"),
);
