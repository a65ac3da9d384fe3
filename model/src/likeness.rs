//! Names that could be taken for one another: the ways in which typosquatters bend a
//! name, told apart from names that are only alike by chance.
//!
//! What is asked is always whether a *new* name could pass for a *known* one. Short
//! names are near to too many others, so most kinds ask for a length.

use std::borrow::Cow;

use crate::name::fold;

/// The fewest characters of a known name that looks alike.
const SHORTEST_LOOK: usize = 4;
/// The fewest characters of a known name that is misspelt.
const SHORTEST_SPELLING: usize = 6;
/// The longest name that is compared.
const LONGEST: usize = 100;

/// What people put before or behind a package's name without meaning another package.
const AFFIXES: &[&str] = &["python", "python3", "py", "py3", "real", "official", "original", "the"];

/// Words between two others that say which of them comes first.
const DIRECTED: &[&str] = &["to", "2", "for", "from", "of", "in", "over", "by"];

/// Letters that look like others, in folded names.
const LOOKS: &[(&str, &str)] = &[("rn", "m"), ("vv", "w"), ("5", "s"), ("2", "z")];

/// How a name is like a known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Likeness {
    /// It is the same name, as package indexes compare names.
    Same,
    /// Only separators differ.
    Separated,
    /// Separators may differ, and `0` stands for `o`, or `1` or `l` for `i`.
    Folded,
    /// Letters that look like others, such as `rn` for `m`.
    Look,
    /// A letter is doubled, or a doubled one stands alone.
    Repeated,
    /// A letter is missing.
    Omitted,
    /// A letter too many inside.
    Added,
    /// Two neighbours have changed places.
    Swapped,
    /// The same words in another order.
    Reordered,
    /// A word such as `python` before or behind.
    Affixed,
}

impl Likeness {
    /// What differs, to be put after both names.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Same => "the names are the same",
            Self::Separated => "only separators differ",
            Self::Folded => "only look-alike characters differ",
            Self::Look => "some of its letters look like others",
            Self::Repeated => "a letter is doubled, or a doubled one stands alone",
            Self::Omitted => "a letter is missing",
            Self::Added => "it has a letter too many",
            Self::Swapped => "two letters have changed places",
            Self::Reordered => "it has the same words in another order",
            Self::Affixed => "only a word before or behind it differs",
        }
    }
}

/// How `name` could be taken for `known`, if it could. Both in any spelling.
#[must_use]
pub fn likeness(name: &str, known: &str) -> Option<Likeness> {
    if name.len() > LONGEST || known.len() > LONGEST {
        return None;
    }
    let (name, known) = (normal(name), normal(known));
    if name == known {
        return Some(Likeness::Same);
    }
    let (bare, bare_known) = (fold(&name), fold(&known));
    let length = bare_known.len();
    if length >= SHORTEST_LOOK {
        if bare == bare_known {
            let letters = |text: &str| text.replace('-', "");
            let separated = letters(&name) == letters(&known);
            return Some(if separated { Likeness::Separated } else { Likeness::Folded });
        }
        if look(&bare) == look(&bare_known) {
            return Some(Likeness::Look);
        }
        if words_alike(&name, &known) {
            return Some(Likeness::Reordered);
        }
        if is_affixed(&name, &known) {
            return Some(Likeness::Affixed);
        }
    }
    if length >= SHORTEST_SPELLING { misspelt(bare.as_bytes(), bare_known.as_bytes()) } else { None }
}

/// What stands for a name where many are compared: two names of which one is like the other in any way but an affix
/// have one of these in common. Few others do.
#[must_use]
pub fn marks(name: &str) -> Vec<Vec<u8>> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = normal(name);
    let bare = fold(&name);
    let mut marks = vec![look(&bare).into_bytes(), collapsed(bare.as_bytes()), sorted(&name).join("-").into_bytes()];
    // One of two names that a slip tells apart is the other without a letter, or both are the same without one.
    marks.extend((0..bare.len()).map(|at| [&bare.as_bytes()[..at], &bare.as_bytes()[at + 1..]].concat()));
    marks.push(bare.into_bytes());
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// A name as package indexes compare names.
fn normal(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.to_lowercase().replace(['_', '.'], "-"))
}

fn look(bare: &str) -> String {
    LOOKS.iter().fold(bare.to_owned(), |text, (seen, meant)| text.replace(seen, meant))
}

fn words_alike(name: &str, known: &str) -> bool {
    // `speech-to-text` is another thing than `text-to-speech`.
    if name.len() != known.len() || !known.contains('-') || known.split('-').any(|word| DIRECTED.contains(&word)) {
        return false;
    }
    sorted(name) == sorted(known)
}

/// The words of a name in one order.
fn sorted(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = name.split('-').collect();
    words.sort_unstable();
    words
}

fn is_affixed(name: &str, known: &str) -> bool {
    AFFIXES.iter().any(|affix| {
        let before = name.strip_prefix(affix).and_then(|rest| rest.strip_prefix('-'));
        let behind = name.strip_suffix(affix).and_then(|rest| rest.strip_suffix('-'));
        before == Some(known) || behind == Some(known)
    })
}

/// One slip of the fingers between two folded names.
fn misspelt(name: &[u8], known: &[u8]) -> Option<Likeness> {
    if name.len().abs_diff(known.len()) > 2 {
        return None;
    }
    // A first letter is what the eye holds on to; nobody overlooks another one.
    if name.first() != known.first() {
        return None;
    }
    if collapsed(name) == collapsed(known) {
        return Some(Likeness::Repeated);
    }
    let alike = name.iter().zip(known).take_while(|(a, b)| a == b).count();
    let (rest, rest_known) = (&name[alike..], &known[alike..]);
    if rest.len() == rest_known.len() {
        let swapped = matches!((rest, rest_known), ([a, b, tail @ ..], [c, d, tail_known @ ..])
            if a == d && b == c && tail == tail_known);
        return swapped.then_some(Likeness::Swapped);
    }
    if rest.len() + 1 == rest_known.len() {
        return (rest == &rest_known[1..]).then_some(Likeness::Omitted);
    }
    // A letter at the end makes another word, as a plural.
    let added = rest.len() == rest_known.len() + 1 && &rest[1..] == rest_known && !rest_known.is_empty();
    added.then_some(Likeness::Added)
}

/// The bytes with runs of one letter as one.
fn collapsed(name: &[u8]) -> Vec<u8> {
    let mut collapsed = name.to_vec();
    collapsed.dedup();
    collapsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_bending_a_name_is_told() {
        for (name, known, kind) in [
            ("requests", "Requests", Likeness::Same),
            ("typing-extensions", "typing_extensions", Likeness::Same),
            ("web-search", "websearch", Likeness::Separated),
            ("qr.code", "qrcode", Likeness::Separated),
            ("p1ugin-base", "plugin-base", Likeness::Folded),
            ("t0ols", "tools", Likeness::Folded),
            ("nurnpy", "numpy", Likeness::Look),
            ("vvebtools", "webtools", Likeness::Look),
            ("5cipy", "scipy", Likeness::Look),
            ("requessts", "requests", Likeness::Repeated),
            ("pilow", "pillow", Likeness::Repeated),
            ("reqests", "requests", Likeness::Omitted),
            ("request", "requests", Likeness::Omitted),
            ("reqiuests", "requests", Likeness::Added),
            ("reqeusts", "requests", Likeness::Swapped),
            ("search-web", "web-search", Likeness::Reordered),
            ("search-web-fast", "fast-web-search", Likeness::Reordered),
            ("python-weather", "weather", Likeness::Affixed),
            ("weather-py", "weather", Likeness::Affixed),
            ("official-weather", "weather", Likeness::Affixed),
        ] {
            assert_eq!(likeness(name, known), Some(kind), "{name} {known}");
            let (marks, known_marks) = (marks(name), marks(known));
            let shared = marks.iter().any(|mark| known_marks.contains(mark));
            assert!(shared || kind == Likeness::Affixed, "{name} {known}");
        }
    }

    #[test]
    fn names_that_are_alike_by_chance_are_left_alone() {
        for (name, known) in [
            ("six", "sax"),
            ("calc", "call"),
            ("tool", "pool"),
            ("flake", "flask"),
            ("weathers", "weather"),
            ("weather-tool", "weather"),
            ("weather-plugin", "weather"),
            ("web-search-plus", "web-search"),
            ("researcher", "searcher"),
            ("text-tools", "test-tools"),
            ("text-to-speech", "speech-to-text"),
            ("lists", "list"),
            ("openai-tools", "openai"),
            ("formatter", "formatted"),
            ("a", "b"),
            ("", "weather"),
            ("jsn", "json"),
        ] {
            assert_eq!(likeness(name, known), None, "{name} {known}");
        }
        let long = "a".repeat(200);
        assert_eq!(likeness(&long, &long), None);
        assert_eq!(likeness("ü", "é"), None);
    }
}
