//! `plugin.yaml` as a typed value, in the shape that the existing client reads
//! back (WIRE.md section 4). Built by the scanner after every rule passed; this
//! module only holds and serialises it.

pub mod fields;
pub mod schema;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::name::PluginName;
use crate::version::PluginVersion;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each variant is the word of WIRE.md that it stands for")]
        pub enum $name {
            $(#[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value that a manifest may name.
            pub const WORDS: &'static [&'static str] = &[$($text),+];

            /// The word in the manifest.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the word, exactly as a manifest must write it.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(
    /// What kind of plugin it is.
    PluginType {
        Tool = "tool", Agent = "agent", Memory = "memory", Provider = "provider",
        Workflow = "workflow", Reasoning = "reasoning",
    }
);

words!(
    /// Where the catalogue files it.
    Category {
        Productivity = "productivity", Development = "development", Data = "data",
        Communication = "communication", Research = "research", Creative = "creative",
        Utility = "utility", Integration = "integration", Other = "other",
    }
);

words!(
    /// The licences that the client can read back.
    License {
        Mit = "MIT", Apache2 = "Apache-2.0", Gpl3 = "GPL-3.0", Bsd3 = "BSD-3-Clause",
        Unlicense = "Unlicense", Proprietary = "Proprietary", Other = "Other",
    }
);

words!(
    /// How much of the file system a plugin asks for.
    FilesystemAccess { None = "none", Read = "read", Write = "write" }
);

/// Who wrote the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name, required.
    pub name: String,
    /// An e-mail address.
    pub email: Option<String>,
    /// An http or https address.
    pub url: Option<String>,
    /// A GitHub user name.
    pub github: Option<String>,
}

/// One plugin that this plugin needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The other plugin's name.
    pub name: String,
    /// A version form that the client resolves; `*` for any.
    pub version: String,
    /// Whether the plugin works without it.
    pub optional: bool,
}

/// What the plugin needs to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// A PEP 440 specifier for the interpreter.
    pub python: String,
    /// A PEP 440 specifier for the agent framework.
    pub agenticraft: String,
    /// Other plugins.
    pub dependencies: Vec<Dependency>,
    /// System packages by name.
    pub system: BTreeMap<String, String>,
}

impl Default for Requirements {
    fn default() -> Self {
        Self {
            python: ">=3.10".into(),
            agenticraft: ">=0.2.0".into(),
            dependencies: Vec::new(),
            system: BTreeMap::new(),
        }
    }
}

/// One setting of the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigEntry {
    /// The setting's name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Always present, null included: without the key the client reads nothing at all.
    pub default_value: Value,
    /// The type's name, for instance `str`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it must be set.
    pub required: bool,
    /// The environment variable that sets it.
    pub env_var: Option<String>,
}

/// One HTTP endpoint that the plugin offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The path.
    pub path: String,
    /// The HTTP method.
    pub method: String,
    /// What it does.
    pub description: String,
    /// A JSON Schema.
    pub input_schema: Option<Value>,
    /// A JSON Schema.
    pub output_schema: Option<Value>,
}

/// What the plugin says its code does to the world outside (ours; clients pass it through).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Permissions {
    /// Host names, or `*`.
    pub network: Vec<String>,
    /// File access.
    pub filesystem: Option<FilesystemAccess>,
    /// Whether it starts other programs.
    pub subprocess: bool,
    /// Names of environment variables.
    pub environment: Vec<String>,
    /// Whether it loads native code.
    pub native_code: bool,
    /// Whether it runs code made at run time.
    pub dynamic_code: bool,
}

/// A manifest that passed every rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The plugin's name.
    pub name: PluginName,
    /// This version.
    pub version: PluginVersion,
    /// What kind of plugin it is.
    #[serde(rename = "type")]
    pub kind: PluginType,
    /// Where the catalogue files it.
    pub category: Category,
    /// The name shown to people.
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// Markdown.
    pub long_description: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// The licence.
    pub license: License,
    /// http or https.
    pub homepage: Option<String>,
    /// http or https.
    pub repository: Option<String>,
    /// http or https.
    pub documentation: Option<String>,
    /// `pkg.module:Class`.
    pub entry_point: String,
    /// What it needs.
    pub requirements: Requirements,
    /// Its settings.
    pub config: Vec<ConfigEntry>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What it offers, in its own words.
    pub capabilities: Vec<String>,
    /// Its HTTP endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Examples, passed through.
    pub examples: Vec<serde_json::Map<String, Value>>,
    /// What its code may do; absent in all manifests that predate Airlock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// Keys that are not ours, passed through.
    #[serde(flatten)]
    pub extra: serde_json::Map<String, Value>,
}
