//! Every field of `plugin.yaml` once: its key, what it is for, and how its value is
//! written. The checker takes its keys from here, and the JSON Schema is made of it.

use super::{Category, FilesystemAccess, License, PluginType};

/// How a value is written.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The plugin's own name.
    Name,
    /// Any plugin's name.
    OtherName,
    /// The plugin's version.
    Version,
    /// One line of text.
    Line,
    /// Any number of lines.
    Text,
    /// A word of a list.
    Word(&'static [&'static str]),
    /// An http or https address.
    Url,
    /// An e-mail address.
    Email,
    /// `pkg.module:Class`.
    EntryPoint,
    /// A PEP 440 specifier.
    Specifier,
    /// A version form that clients resolve.
    DependencyVersion,
    /// True or false.
    Flag,
    /// Whatever JSON can carry.
    Any,
    /// A mapping of anything.
    Object,
    /// A mapping of names to texts.
    TextMap,
    /// A list of texts.
    Lines,
    /// A list of host names.
    Hosts,
    /// A list of names of environment variables.
    Variables,
    /// A list of mappings of anything.
    Objects,
    /// A mapping with fields of its own; other keys are kept or left out.
    Block(&'static [Field]),
    /// A mapping with fields of its own and no others.
    ClosedBlock(&'static [Field]),
    /// A list of mappings with fields of their own.
    Blocks(&'static [Field]),
    /// Filled in by the registry, whatever is written.
    Owned,
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What it is for, as an editor shows it.
    pub about: &'static str,
    /// How its value is written.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// What is taken when it is missing, where that is a text.
    pub default: Option<&'static str>,
}

const fn required(key: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { key, about, shape, required: true, default: None }
}

const fn optional(key: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { key, about, shape, required: false, default: None }
}

const fn with_default(key: &'static str, shape: Shape, default: &'static str, about: &'static str) -> Field {
    Field { key, about, shape, required: false, default: Some(default) }
}

const fn owned(key: &'static str) -> Field {
    optional(key, Shape::Owned, "Filled in by the registry; a value written here is not used.")
}

/// The longest description that lists show whole, in characters.
pub const LONGEST_DESCRIPTION: usize = 200;

/// The longest web address that clients read, in characters.
pub const LONGEST_URL: usize = 2083;

/// The fields of `author`.
pub const AUTHOR: [Field; 4] = [
    required("name", Shape::Line, "Who wrote the plugin."),
    optional("email", Shape::Email, "An e-mail address, shown to everyone."),
    optional("url", Shape::Url, "The author's own page."),
    optional("github", Shape::Line, "A GitHub user name, without address or '@'."),
];

/// The fields of an entry of `requirements.dependencies`.
pub const DEPENDENCY: [Field; 3] = [
    required("name", Shape::OtherName, "A plugin of this registry; Python packages do not belong here."),
    with_default(
        "version",
        Shape::DependencyVersion,
        "*",
        "One of *, =1.2.3, >1.2.3, >=1.2.3, <1.2.3, <=1.2.3, ~1.2.3, ^1.2.3, 1.2.* and 1.*.",
    ),
    optional("optional", Shape::Flag, "Whether the plugin works without it."),
];

/// The fields of `requirements`.
pub const REQUIREMENTS: [Field; 4] = [
    with_default("python", Shape::Specifier, ">=3.10", "The Python versions it runs on, a PEP 440 specifier."),
    with_default(
        "agenticraft",
        Shape::Specifier,
        ">=0.2.0",
        "The framework versions it works with, a PEP 440 specifier; >=0.2.0a0 takes in the current pre-release.",
    ),
    optional("dependencies", Shape::Blocks(&DEPENDENCY), "Other plugins that it needs."),
    optional("system", Shape::TextMap, "System packages by name, each with a version."),
];

/// The fields of an entry of `config`.
pub const CONFIG: [Field; 6] = [
    required("name", Shape::Line, "The setting's name."),
    required("description", Shape::Text, "What the setting does."),
    optional("default_value", Shape::Any, "What is taken when it is not set."),
    required("type", Shape::Line, "The type's name, for instance str or int."),
    optional("required", Shape::Flag, "Whether it must be set."),
    optional("env_var", Shape::Line, "The environment variable that sets it."),
];

/// The fields of an entry of `endpoints`.
pub const ENDPOINT: [Field; 5] = [
    required("path", Shape::Line, "The path, for instance /forecast."),
    with_default("method", Shape::Line, "POST", "The HTTP method."),
    required("description", Shape::Text, "What the endpoint does."),
    optional("input_schema", Shape::Object, "A JSON Schema of what it takes."),
    optional("output_schema", Shape::Object, "A JSON Schema of what it answers."),
];

/// The fields of `permissions`.
pub const PERMISSIONS: [Field; 6] = [
    optional("network", Shape::Hosts, "Hosts it talks to: names, *.example.org for all below one, or \"*\" for any."),
    optional("filesystem", Shape::Word(FilesystemAccess::WORDS), "How much of the file system it uses."),
    optional("subprocess", Shape::Flag, "Whether it starts other programs."),
    optional("environment", Shape::Variables, "Environment variables it reads, or \"*\" for any."),
    optional("native_code", Shape::Flag, "Whether it loads native code."),
    optional("dynamic_code", Shape::Flag, "Whether it runs code that is made at run time."),
];

/// The fields of the manifest.
pub const MANIFEST: [Field; 25] = [
    required("name", Shape::Name, "The plugin's name: 2 to 64 characters of a-z, 0-9 and single hyphens."),
    required("version", Shape::Version, "This version: MAJOR.MINOR.PATCH, or MAJOR.MINOR.PATCH-prerelease."),
    required("type", Shape::Word(PluginType::WORDS), "What kind of plugin it is."),
    with_default("category", Shape::Word(Category::WORDS), "other", "Where the catalogue files it."),
    required("title", Shape::Line, "The name shown to people."),
    required("description", Shape::Text, "One or two sentences; lists show the first 200 characters."),
    optional("long_description", Shape::Text, "More about it, in Markdown."),
    required("author", Shape::Block(&AUTHOR), "Who wrote it."),
    with_default("license", Shape::Word(License::WORDS), "MIT", "The licence, whose text lies in LICENSE."),
    optional("homepage", Shape::Url, "The plugin's own page."),
    optional("repository", Shape::Url, "Where its source is kept."),
    optional("documentation", Shape::Url, "Where it is documented."),
    required("entry_point", Shape::EntryPoint, "The class to load: package.module:Class, both inside the archive."),
    optional("requirements", Shape::Block(&REQUIREMENTS), "What it needs to run."),
    optional("config", Shape::Blocks(&CONFIG), "Its settings."),
    optional("tags", Shape::Lines, "Words to find it by."),
    optional("capabilities", Shape::Lines, "What it offers, in its own words."),
    optional("endpoints", Shape::Blocks(&ENDPOINT), "HTTP endpoints that it offers."),
    optional("examples", Shape::Objects, "Examples, handed on as they are."),
    optional(
        "permissions",
        Shape::ClosedBlock(&PERMISSIONS),
        "What its code may do. The code is held to this block; without one the registry shows what it found.",
    ),
    owned("published_at"),
    owned("updated_at"),
    owned("downloads"),
    owned("rating"),
    owned("verified"),
];

/// The keys of a table.
#[must_use]
pub const fn keys<const N: usize>(fields: &[Field; N]) -> [&'static str; N] {
    let mut keys = [""; N];
    let mut at = 0;
    while at < N {
        keys[at] = fields[at].key;
        at += 1;
    }
    keys
}
