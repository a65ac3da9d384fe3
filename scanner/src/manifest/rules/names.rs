//! Rules about the plugin's name.

use airlock_model::finding::RuleMeta;

use super::{fault, look_alike, note};

/// Not a plugin name.
pub const NAME: RuleMeta = fault(
    "AL-MANIFEST-name",
    "Not a plugin name",
    None,
    "Choose a name of a-z, 0-9 and single hyphens.",
    include_str!("name.md"),
);

/// A name that could be taken for another publisher's plugin.
pub const NAME_NEAR_PLUGIN: RuleMeta = look_alike(
    "AL-MANIFEST-name-near-plugin",
    "A name that could be taken for another plugin",
    "Choose a name that nobody mistakes for the other one; if the likeness is a coincidence, say so to the reviewer.",
    include_str!("name-near-plugin.md"),
);

/// A name that could be taken for a standard module.
pub const NAME_NEAR_MODULE: RuleMeta = look_alike(
    "AL-MANIFEST-name-near-module",
    "A name that could be taken for a standard module",
    "Choose a name that nobody mistakes for Python's own module, for instance with a word more.",
    include_str!("name-near-module.md"),
);

/// A name that could be taken for a well-known package.
pub const NAME_NEAR_PACKAGE: RuleMeta = look_alike(
    "AL-MANIFEST-name-near-package",
    "A name that could be taken for a well-known Python package",
    "Choose a name that nobody mistakes for the package; if it is the package that is meant, write its name as it is.",
    include_str!("name-near-package.md"),
);

/// The very name of a well-known package.
pub const NAME_OF_PACKAGE: RuleMeta = note(
    "AL-MANIFEST-name-of-package",
    "The name of a well-known Python package",
    "Nothing needs to be done if the plugin is about that package; otherwise another name is clearer.",
    include_str!("name-of-package.md"),
);
