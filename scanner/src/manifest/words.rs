//! Fields that hold one word of a list.

use airlock_model::escape;
use airlock_model::finding::Severity;
use airlock_model::manifest::{FilesystemAccess, License};

use super::faults::Faults;
use super::fields::{Block, Lines, Null, Text};
use super::{nearest, rules};

/// Reads a word; one that is not on the list is a fault that names the nearest.
pub(super) fn read<T>(
    text: &Text<'_>,
    path: &str,
    allowed: &[&'static str],
    from_word: impl Fn(&str) -> Option<T>,
    faults: &mut Faults<'_>,
) -> Option<T> {
    debug_assert_eq!(rules::UNKNOWN_WORD.severity, Severity::High, "a word that is not read must bar the manifest");
    let word = from_word(text.text);
    if word.is_none() {
        unknown(text, path, CLIENTS, allowed, nearest::word(text.text, allowed), faults);
    }
    word
}

/// A required word.
pub(super) fn required<T>(
    block: &Block<'_>,
    key: &str,
    allowed: &[&'static str],
    from_word: impl Fn(&str) -> Option<T>,
    faults: &mut Faults<'_>,
) -> Option<T> {
    let example = format!("{key}: {}", allowed.first().unwrap_or(&""));
    let text = block.required(key, Lines::Grammar, &example, faults)?;
    read(&text, &block.path(key), allowed, from_word, faults)
}

/// A word with a default.
pub(super) fn or<T>(
    block: &Block<'_>,
    key: &str,
    default: T,
    allowed: &[&'static str],
    from_word: impl Fn(&str) -> Option<T>,
    faults: &mut Faults<'_>,
) -> T {
    let text = block.text(key, Null::Odd, Lines::Grammar, faults);
    text.and_then(|text| read(&text, &block.path(key), allowed, from_word, faults)).unwrap_or(default)
}

/// The licence, MIT when none is named.
pub(super) fn license(block: &Block<'_>, faults: &mut Faults<'_>) -> License {
    let Some(text) = block.text("license", Null::Odd, Lines::Grammar, faults) else { return License::Mit };
    License::from_word(text.text).unwrap_or_else(|| {
        unknown(&text, &block.path("license"), CLIENTS, License::WORDS, Some(nearest::license(text.text)), faults);
        License::Other
    })
}

/// How much of the file system is used; the word is the registry's own, and no client reads it.
pub(super) fn access(block: &Block<'_>, faults: &mut Faults<'_>) -> Option<FilesystemAccess> {
    // `none` is a word here, and null is likely meant to be one.
    let text = block.text("filesystem", Null::Odd, Lines::Grammar, faults)?;
    let word = FilesystemAccess::from_word(text.text);
    if word.is_none() {
        let near = nearest::access(text.text);
        unknown(&text, &block.path("filesystem"), "which is no kind of access", FilesystemAccess::WORDS, near, faults);
    }
    word
}

/// What is wrong with a word of a field that clients read into a list of their own.
const CLIENTS: &str = "which clients cannot read";

fn unknown(
    text: &Text<'_>,
    path: &str,
    why: &str,
    allowed: &[&'static str],
    near: Option<&'static str>,
    faults: &mut Faults<'_>,
) {
    let message = format!("`{path}` is {}, {why}; allowed are {}", escape::quoted(text.text), allowed.join(", "));
    let key = path.rsplit('.').next().unwrap_or(path);
    let remedy = match near {
        Some(near) => format!("Write `{key}: {near}`."),
        None => "Write one of the allowed words.".to_owned(),
    };
    faults.say(&rules::UNKNOWN_WORD, text.span, message, remedy);
}
