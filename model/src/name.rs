//! Plugin names: the one grammar, the folded form that decides who owns a name,
//! and the words no plugin may be called.
//!
//! Grammar (WIRE.md section 4): `^[a-z][a-z0-9-]*[a-z0-9]$`, 2 to 64 characters,
//! no `--`; not a route word, not a module of Python's standard library and not a
//! device of Windows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::stdlib::is_standard_module;

/// Words that are, or may become, path segments of the API beside a plugin's name.
pub const ROUTE_WORDS: &[&str] = &[
    "admin",
    "advisories",
    "all",
    "api",
    "assets",
    "audit",
    "categories",
    "docs",
    "download",
    "events",
    "health",
    "index",
    "login",
    "logout",
    "me",
    "metrics",
    "new",
    "openapi",
    "plugins",
    "publish",
    "ready",
    "report",
    "reviews",
    "schema",
    "search",
    "simple",
    "static",
    "stats",
    "tags",
    "tokens",
    "types",
    "users",
    "validations",
    "versions",
    "webhooks",
];

/// Why a text is not a plugin name. Each message says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Shorter than 2 or longer than 64 characters.
    #[error("a plugin name has 2 to 64 characters, this one has {0}")]
    Length(usize),
    /// A character outside `a-z`, `0-9` and `-`.
    #[error("a plugin name holds only a-z, 0-9 and '-'; {} is not allowed", crate::escape::quoted(&.0.to_string()))]
    Character(char),
    /// Does not start with a letter.
    #[error("a plugin name starts with a letter a-z")]
    Start,
    /// Ends with a hyphen.
    #[error("a plugin name ends with a letter or a digit, not with '-'")]
    End,
    /// Two hyphens in a row.
    #[error("a plugin name has no two '-' in a row")]
    DoubleHyphen,
    /// A word of the API's own paths.
    #[error("'{0}' is a word of the registry's own addresses; choose another name, for instance '{0}-plugin'")]
    Reserved(String),
    /// A module of Python's standard library.
    #[error("'{0}' is a module of Python's standard library; choose another name, for instance '{0}-plugin'")]
    StandardModule(String),
    /// The name of a device, which Windows finds in any folder: nobody there could unpack the plugin.
    #[error(
        "'{0}' is a device on Windows, where the plugin could not be unpacked; choose another name, for instance '{0}-plugin'"
    )]
    Device(String),
}

/// A valid plugin name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PluginName(String);

impl PluginName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two confusable names are one.
    #[must_use]
    pub fn fold(&self) -> FoldedName {
        FoldedName(fold(&self.0))
    }
}

impl FromStr for PluginName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let length = text.chars().count();
        if !(2..=64).contains(&length) {
            return Err(NameError::Length(length));
        }
        if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return Err(NameError::Character(bad));
        }
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err(NameError::Start);
        }
        if text.ends_with('-') {
            return Err(NameError::End);
        }
        if text.contains("--") {
            return Err(NameError::DoubleHyphen);
        }
        if ROUTE_WORDS.binary_search(&text).is_ok() {
            return Err(NameError::Reserved(text.to_owned()));
        }
        if is_standard_module(&text.replace('-', "_")) {
            return Err(NameError::StandardModule(text.to_owned()));
        }
        if is_device(text) {
            return Err(NameError::Device(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PluginName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PluginName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A name with everything folded away by which two names can be mistaken for
/// one another: case, `-`, `_` and `.`, `0` for `o`, `1` and `l` for `i`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FoldedName(String);

impl FoldedName {
    /// The folded form as text, as the database keeps it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Folds any text the way [`PluginName::fold`] folds a name, so that names of
/// other places (the standard library, known packages) can be compared.
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !matches!(c, '-' | '_' | '.'))
        .map(|c| match c {
            '0' => 'o',
            '1' | 'l' => 'i',
            other => other,
        })
        .collect()
}

/// Device names of Windows, beside the numbered ports.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// Every device of Windows that would be a plugin's name otherwise.
pub(crate) fn devices() -> impl Iterator<Item = String> {
    let ports = ["com", "lpt"].into_iter().flat_map(|port| (0..10).map(move |number| format!("{port}{number}")));
    DEVICES.iter().filter(|device| !device.ends_with('$')).map(|&device| device.to_owned()).chain(ports)
}

/// Whether Windows takes a file or folder of this name for a device, which it finds in any folder and under any extension.
#[must_use]
pub fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_lowercase();
    if DEVICES.contains(&stem.as_str()) {
        return true;
    }
    // COM and LPT with a digit; the superscript digits are aliases.
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    port.is_some_and(|rest| {
        let mut chars = rest.chars();
        matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_ordinary_names() {
        for name in ["ab", "web-search", "a1", "tool-2-go"] {
            assert_eq!(name.parse::<PluginName>().expect("valid").as_str(), name);
        }
    }

    #[test]
    fn refuses_with_the_reason() {
        use NameError as E;
        let cases = [
            ("a", E::Length(1)),
            ("Ab", E::Character('A')),
            ("a_b", E::Character('_')),
            ("1ab", E::Start),
            ("ab-", E::End),
            ("a--b", E::DoubleHyphen),
            ("search", E::Reserved("search".into())),
            ("json", E::StandardModule("json".into())),
            ("con", E::Device("con".into())),
            ("com1", E::Device("com1".into())),
            ("аb", E::Character('а')),
            ("a\n", E::Character('\n')),
            ("..", E::Character('.')),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<PluginName>().expect_err(text), error, "{text:?}");
        }
        assert_eq!("x".repeat(300).parse::<PluginName>(), Err(E::Length(300)));
    }

    #[test]
    fn route_words_are_sorted() {
        assert!(ROUTE_WORDS.is_sorted());
        assert!(crate::stdlib::STANDARD_MODULES.is_sorted());
    }

    #[test]
    fn confusable_names_fold_to_one() {
        let fold = |name: &str| name.parse::<PluginName>().expect("valid").fold();
        assert_eq!(fold("web-search"), fold("websearch"));
        assert_eq!(fold("tooi"), fold("t0o1"));
        assert_ne!(fold("web-search"), fold("web-seek"));
    }
}
