//! The `manifest` part of an upload: which plugin and version it claims to be.
//!
//! What the existing client sends is not plain YAML (WIRE.md section 1): it
//! carries Python tags over nested nodes. So this reader builds nothing: it goes
//! through the lines, looks at those that begin at the left margin, and takes
//! the text beside `name` and `version`. The manifest inside the archive is the
//! authority; the examination compares both.

use airlock_model::name::NameError;
use airlock_model::version::VersionError;
use airlock_model::{PluginName, PluginVersion, escape};
use serde::Deserialize;

/// The most that is read of the part, in bytes.
pub const MOST_BYTES: usize = 64 * 1024;

/// What an upload claims to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The plugin's name.
    pub name: PluginName,
    /// The version.
    pub version: PluginVersion,
}

/// Why the part names no plugin and version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Not UTF-8.
    #[error("the manifest part is not UTF-8 text; send the text of plugin.yaml")]
    NotText,
    /// Begins as JSON and is none.
    #[error("the manifest part begins with '{{' but is not a JSON object with the texts name and version")]
    Json,
    /// The key stands nowhere at the left margin.
    #[error("the manifest part has no '{0}:' at its left margin; plugin.yaml needs one")]
    Missing(&'static str),
    /// The key stands there more than once.
    #[error("line {line} of the manifest part gives '{key}' a second time; leave one")]
    Twice {
        /// `name` or `version`.
        key: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// What stands beside the key is not a plain text on the same line.
    #[error("line {line} of the manifest part must give '{key}' as plain text on that line, for instance {example}")]
    NotPlain {
        /// `name` or `version`.
        key: &'static str,
        /// The line, from 1.
        line: usize,
        /// How it is written.
        example: &'static str,
    },
    /// Not a plugin name.
    #[error("the name {} in the manifest part is not valid: {why}", escape::quoted(.text))]
    Name {
        /// What stands there.
        text: String,
        /// What is wrong with it.
        why: NameError,
    },
    /// Not a version.
    #[error("the version {} in the manifest part is not valid: {why}", escape::quoted(.text))]
    Version {
        /// What stands there.
        text: String,
        /// What is wrong with it.
        why: VersionError,
    },
}

#[derive(Deserialize)]
struct JsonClaim {
    name: String,
    version: String,
}

/// Reads the claim from the part's bytes, of which the caller has read no more than [`MOST_BYTES`].
pub fn read(bytes: &[u8]) -> Result<Claim, ClaimError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ClaimError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (name, version) = if text.trim_start().starts_with('{') {
        let claim: JsonClaim = serde_json::from_str(text).map_err(|_| ClaimError::Json)?;
        (claim.name, claim.version)
    } else {
        from_lines(text)?
    };
    Ok(Claim {
        name: name.parse().map_err(|why| ClaimError::Name { text: name, why })?,
        version: version.parse().map_err(|why| ClaimError::Version { text: version, why })?,
    })
}

fn from_lines(text: &str) -> Result<(String, String), ClaimError> {
    let (mut name, mut version) = (None, None);
    let mut begun = false;
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        if line.starts_with("...") || (begun && is_document_start(line)) {
            break;
        }
        begun |= !line.trim().is_empty() && !line.starts_with(['#', '%']);
        let Some((key, rest)) = top_level(line) else { continue };
        let (key, example, slot) = match key {
            "name" => ("name", "name: my-plugin", &mut name),
            "version" => ("version", "version: 1.0.0", &mut version),
            _ => continue,
        };
        if slot.is_some() {
            return Err(ClaimError::Twice { key, line: line_number });
        }
        *slot = Some(scalar(rest).ok_or(ClaimError::NotPlain { key, line: line_number, example })?.to_owned());
    }
    Ok((name.ok_or(ClaimError::Missing("name"))?, version.ok_or(ClaimError::Missing("version"))?))
}

fn is_document_start(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// The key and what follows its colon, for a line that begins a top-level entry.
fn top_level(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = match line.as_bytes().first()? {
        b' ' | b'\t' | b'#' | b'%' | b'-' => return None,
        quote @ (b'"' | b'\'') => line[1..].split_once(char::from(*quote))?,
        _ => line.split_at(line.find(':')?),
    };
    let rest = rest.trim_start().strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| (key.trim_end(), rest.trim()))
}

/// A plain or quoted text that ends on its line, past any tags and anchors before it.
fn scalar(mut rest: &str) -> Option<&str> {
    while rest.starts_with(['!', '&']) {
        rest = rest.split_once([' ', '\t'])?.1.trim_start();
    }
    let first = rest.chars().next()?;
    if matches!(first, '"' | '\'') {
        let (text, after) = rest[1..].split_once(first)?;
        let after = after.trim_start();
        return (!text.contains('\\') && (after.is_empty() || after.starts_with('#'))).then_some(text);
    }
    if matches!(first, '|' | '>' | '*' | '[' | '{' | '#' | '@' | '`') {
        return None;
    }
    let end = rest.find(" #").or_else(|| rest.find("\t#")).unwrap_or(rest.len());
    Some(rest[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(text: &str) -> Result<(String, String), ClaimError> {
        read(text.as_bytes()).map(|claim| (claim.name.to_string(), claim.version.to_string()))
    }

    fn is_good(text: &str) {
        assert_eq!(claim(text), Ok(("my-tool".into(), "1.2.0".into())), "{text}");
    }

    #[test]
    fn plain_quoted_commented_and_tagged_texts_are_read() {
        is_good("name: my-tool\nversion: 1.2.0\n");
        is_good("version: '1.2.0'  # ours\r\nname: \"my-tool\"\r\n");
        is_good("\u{feff}%YAML 1.1\n---\n# about\n'name' : my-tool # x\n\"version\":\t1.2.0\n");
        is_good("name: !!str my-tool\nversion: !!python/object/new:x.Version &v '1.2.0'\n");
        is_good("{\"version\": \"1.2.0\", \"name\": \"my-tool\", \"author\": {\"name\": \"x\"}}");
    }

    #[test]
    fn the_tags_of_the_existing_client_do_not_matter() {
        is_good(
            "author:\n  name: Someone\n  url: !!python/object:pydantic.networks.HttpUrl\n    _url: !!python/object/new:pydantic_core._pydantic_core.Url\n    - https://x.example/\nname: my-tool\nhomepage: !!python/object:pydantic.networks.HttpUrl\n  name: not-this\n  version: 9.9.9\ntags:\n- name: nor-this\nlong_description: |\n  name: nor-this\n  version: 8.8.8\nversion: 1.2.0\n",
        );
    }

    #[test]
    fn only_the_first_document_counts() {
        is_good("---\nname: my-tool\nversion: 1.2.0\n---\nname: other\n");
        is_good("name: my-tool\nversion: 1.2.0\n...\nname: other\n");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert_eq!(claim(""), Err(ClaimError::Missing("name")));
        assert_eq!(claim("name: my-tool\n version: 1.2.0\n"), Err(ClaimError::Missing("version")));
        assert_eq!(claim("- name: my-tool\n- version: 1.2.0\n"), Err(ClaimError::Missing("name")));
        assert_eq!(claim("name: a-b\nversion: 1.0.0\nname: c-d\n"), Err(ClaimError::Twice { key: "name", line: 3 }));
        assert_eq!(claim("{\"name\": 1}"), Err(ClaimError::Json));
        assert_eq!(read(b"name: \xff\xfe"), Err(ClaimError::NotText));
        for value in ["", "|", "*x", "[a]", "{a: b}", "\"open", "\"a\\x41\"", "'a' b", "!!python/name:os.system", "# x"]
        {
            let text = format!("name: {value}\nversion: 1.0.0\n");
            assert!(matches!(claim(&text), Err(ClaimError::NotPlain { key: "name", line: 1, .. })), "{text}");
        }
    }

    #[test]
    fn hostile_names_are_refused_by_the_grammar() {
        for name in ["../../etc", "a\u{202e}b", "publish", "os", "A", "a--b"] {
            let text = format!("name: {name}\nversion: 1.0.0\n");
            assert!(matches!(claim(&text), Err(ClaimError::Name { .. })), "{text}");
        }
        assert!(matches!(claim("name: my-tool\nversion: 1.0\n"), Err(ClaimError::Version { .. })));
        let message = claim("name: a\u{1b}[31m\nversion: 1.0.0\n").expect_err("refused").to_string();
        assert!(!message.contains('\u{1b}'), "{message}");
    }
}
