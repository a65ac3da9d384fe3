//! Names of members: what one path on every system, and no other, is.
//!
//! Two sets of rules. [`parse`] holds for every member, those that are left out
//! too: it keeps out what could be written anywhere else, or read differently.
//! [`portable`] holds for what becomes part of the plugin.

use airlock_model::escape::{is_plain, quoted};
use airlock_model::finding::RuleMeta;
use airlock_model::name::is_device;

use super::pack::{NAME_BYTES, split};
use super::rules;

/// Characters that Windows has in no name. Python's `zipfile` writes `_` for each, so that two names become one.
const REPLACED: &[char] = &['?', '*', '"', '<', '>', '|'];

/// The pattern of Braille without a dot, which is no white space and shown as nothing.
const BLANK_PATTERN: char = '\u{2800}';

/// Why a name was refused, with the rule it breaks.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The rule.
    pub(crate) rule: &'static RuleMeta,
    /// One sentence without the name.
    pub(crate) because: String,
}

impl Refused {
    fn new(rule: &'static RuleMeta, because: impl Into<String>) -> Self {
        Self { rule, because: because.into() }
    }
}

/// Reads a name into a relative path without a trailing slash; `None` for the
/// archive's own root, which some tools list as `./`.
pub(crate) fn parse(raw: &[u8]) -> Result<Option<&str>, Refused> {
    let bad = |because: &str| Refused::new(&rules::BAD_NAME, because);
    let traversal = |because: &str| Refused::new(&rules::PATH_TRAVERSAL, because);
    let name = std::str::from_utf8(raw).map_err(|_| bad("is not valid UTF-8"))?;
    if name.is_empty() {
        return Err(bad("is empty"));
    }
    if let Some(c) = name.chars().find(|c| c.is_control()) {
        return Err(bad(&format!("holds the control character U+{:04X}", u32::from(c))));
    }
    if let Some(c) = name.chars().find(|c| !is_plain(*c)) {
        return Err(bad(&format!("holds U+{:04X}, which is invisible or changes how text is shown", u32::from(c))));
    }
    if let Some(c) = name.chars().find(|c| is_noncharacter(*c)) {
        return Err(bad(&format!("holds U+{:04X}, which is no character", u32::from(c))));
    }
    if name.starts_with('/') {
        return Err(traversal("is an absolute path"));
    }
    if name.starts_with("\\\\") || name.starts_with('\\') {
        return Err(traversal("is an absolute path or a network share on Windows"));
    }
    if matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Err(traversal("starts with a drive letter"));
    }
    if name.split(['/', '\\']).any(|part| part == "..") {
        return Err(traversal("climbs out of its folder with '..'"));
    }
    if name.contains('\\') {
        return Err(bad("holds a backslash, which is a separator on Windows and a letter elsewhere"));
    }
    let name = name.strip_prefix("./").unwrap_or(name);
    let name = name.strip_suffix('/').unwrap_or(name);
    if name.is_empty() || name == "." {
        return Ok(None);
    }
    match name.split('/').find(|part| part.is_empty() || *part == ".") {
        Some("") => Err(bad("has an empty component")),
        Some(_) => Err(bad("has a component '.'")),
        None => Ok(Some(name)),
    }
}

/// Checks a path below the top folder `top` for what not every system can hold.
pub(crate) fn portable(top: &str, path: &str, depth: u32) -> Result<(), Refused> {
    let bad = |because: String| Err(Refused::new(&rules::BAD_NAME, because));
    let long = |because: String| Err(Refused::new(&rules::LONG_NAME, because));
    let components = path.split('/').count();
    if components > usize::try_from(depth).unwrap_or(usize::MAX) {
        return long(format!("is {components} components deep; {depth} are allowed"));
    }
    for part in path.split('/') {
        if part.len() > NAME_BYTES {
            return long(format!("has a component of {} bytes; {NAME_BYTES} are allowed", part.len()));
        }
        if part.contains(':') {
            return bad("holds a colon, which opens a stream of another file on Windows".into());
        }
        if let Some(c) = part.chars().find(|c| REPLACED.contains(c)) {
            return bad(format!("holds '{c}', which no name on Windows can hold: tools put '_' there, or fail"));
        }
        if has_version(part) {
            return bad(format!(
                "has the component {}, whose end from the semicolon on unzip takes for a version and cuts off",
                quoted(part)
            ));
        }
        if is_short(part) {
            return bad(format!(
                "has the component {}, by which Windows may know a file with a longer name: '.git' is 'GIT~1' there",
                quoted(part)
            ));
        }
        if part.ends_with(['.', ' ']) {
            return bad(format!("has the component {}, whose last character Windows drops", quoted(part)));
        }
        if part.ends_with(char::is_whitespace) {
            return bad(format!("has the component {}, whose last character is not seen", quoted(part)));
        }
        if part.contains(BLANK_PATTERN) {
            return bad(format!("has the component {}, in which U+2800 looks like a space", quoted(part)));
        }
        if is_device(part) {
            return bad(format!("has the component {}, which is a device on Windows", quoted(part)));
        }
    }
    let whole = if top.is_empty() { path.to_owned() } else { format!("{top}/{path}") };
    if split(&whole).is_none() {
        return long(format!("has {} bytes, more than the catalogue's archive can hold", whole.len()));
    }
    Ok(())
}

/// Whether Unicode keeps a code point out of text (Unicode 16.0, section 23.7).
const fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || c as u32 & 0xfffe == 0xfffe
}

/// Whether a component ends as file names of VMS do, in a semicolon and a version.
fn has_version(part: &str) -> bool {
    part.rsplit_once(';').is_some_and(|(_, version)| version.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a component has the form of the short names that Windows makes beside long ones: up to eight characters
/// that end in a tilde and a number, and an extension of up to three.
fn is_short(part: &str) -> bool {
    let (stem, extension) = part.split_once('.').unwrap_or((part, ""));
    let numbered = stem.rsplit_once('~').is_some_and(|(start, number)| {
        !start.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    numbered && stem.chars().count() <= 8 && extension.chars().count() <= 3 && !extension.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_inside_a_name_are_no_traversal() {
        for name in ["foo..svg", "..foo", "foo..", "a/...b/c", "...", ".env", "a b/c"] {
            assert!(parse(name.as_bytes()).is_ok(), "{name}");
        }
    }

    #[test]
    fn versions_are_told_from_other_semicolons() {
        for name in ["a;1", "plugin.yaml;12", "a;", "a;1;2", "d;1/x"] {
            assert!(portable("", name, 32).is_err(), "{name}");
        }
        for name in ["a;b", "a;1b", "a;1.py", ";a"] {
            assert!(portable("", name, 32).is_ok(), "{name}");
        }
    }

    #[test]
    fn short_names_are_told_from_other_tildes() {
        for name in ["GIT~1", "git~2/config", "PLUGIN~1.YAM", "__PYCA~1", "a/SETUP~12.PY", "a~1", "GI7EBA~1"] {
            assert!(portable("", name, 32).is_err(), "{name}");
        }
        for name in
            ["notes~", "notes.txt.~1~", "~1", "a~b", "version~1.json", "plugins~1.py", "a~1.b.c", "rev~10000000"]
        {
            assert!(portable("", name, 32).is_ok(), "{name}");
        }
    }

    #[test]
    fn devices_are_told_from_words_that_begin_like_them() {
        for name in ["CON", "con.txt", "a/nul", "Com1", "lpt9.log", "COM¹", "aux .c", "conin$"] {
            assert!(portable("", name, 32).is_err(), "{name}");
        }
        for name in ["console", "com", "com10", "auxiliary.py", "null.txt", "lpt", "connect.py"] {
            assert!(portable("", name, 32).is_ok(), "{name}");
        }
    }
}
