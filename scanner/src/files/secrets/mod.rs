//! Private keys and credentials. What is found is never repeated: a finding carries the
//! first characters, the length, and a digest to tell two apart, and whatever else is
//! said about the package is cleared of it (see [`Redactor`]).

mod containers;
mod contexts;
mod cut;
mod escaped;
mod redactor;
mod shapes;
mod texts;

use std::borrow::Cow;
use std::collections::BTreeMap;

use airlock_model::digest::Sha256;
use airlock_model::finding::{Confidence, Finding, REDACTED, RuleMeta, Severity, Span};
use airlock_model::inspection::FileKind;
use airlock_model::tree::TreePath;

use super::{encodings, rules};
pub use redactor::Redactor;
use shapes::{GUESS, KEY, Present};

/// How many of one kind are reported in one file.
const MOST_PER_KIND: usize = 10;
/// How many secrets of one file are told from the text around them: more than stand in what a report or the catalogue
/// shows of one.
const MOST_PER_FILE: usize = 5_000;
/// How many beginnings of keys are looked at in one file.
const MOST_KEYS: usize = 200;
/// Fewer different characters than this are a placeholder.
const DIFFERENT_BYTES: usize = 10;
/// Tokens are drawn at random; words and patterns stay below this many bits for each character.
const TOKEN_BITS: f64 = 2.8;
/// The same for values that only their names call secret.
const GUESS_BITS: f64 = 3.7;
/// Digits that a random value of 20 characters has; words joined by underscores have fewer.
const GUESS_DIGITS: usize = 3;
/// A real key's body is longer than this; examples in documentation are cut.
const KEY_BODY_BYTES: usize = 64;
/// How many characters of a credential are shown: no more than the words that tokens of one kind all begin with.
const SHOWN: usize = 4;
/// What is searched of large binary files, in bytes: so much of their beginning, and so much of their end, where things
/// are appended to.
const BINARY_HEAD: usize = 4 << 20;
const BINARY_TAIL: usize = 1 << 20;
/// How much after a key's first line is looked at.
const KEY_LOOK_BYTES: usize = 8 * 1024;

/// One secret of a file.
struct Secret {
    /// What it is, to be put after "holds".
    what: &'static str,
    rule: &'static RuleMeta,
    /// Where it begins.
    at: usize,
    /// What is not to be repeated.
    text: String,
    /// How it is shown.
    shown: String,
    /// Whether only a name says that it is a secret.
    guessed: bool,
}

/// Checks one file, and remembers what must not be repeated.
///
/// Of Python files only what no rule on their syntax tree can see is reported here, by
/// [`super::settle_with_python`]; documentation is full of values that only look secret, so nothing is guessed there.
pub(crate) fn check(
    path: &TreePath,
    bytes: &[u8],
    kind: FileKind,
    redactor: &mut Redactor,
    findings: &mut Vec<Finding>,
) {
    containers::check(path, bytes, findings);
    in_name(path, redactor, findings);
    let readable = encodings::readable(bytes);
    // Chance looks like many a thing in binary data, so nothing is guessed there.
    let binary = kind == FileKind::Binary && encodings::is_binary(&readable);
    let bounded = if binary { searched(&readable) } else { readable };
    let bytes = &*bounded;
    let prose = matches!(path.extension(), Some("md" | "rst" | "txt"));
    let mut reported: Vec<(&'static str, usize)> = Vec::new();
    let secrets = find(bytes);
    for secret in &secrets {
        redactor.remember(&secret.text);
        if secret.guessed && (prose || binary || kind == FileKind::Python) {
            continue;
        }
        let index = reported.iter().position(|(what, _)| *what == secret.what).unwrap_or_else(|| {
            reported.push((secret.what, 0));
            reported.len() - 1
        });
        reported[index].1 += 1;
        if reported[index].1 <= MOST_PER_KIND {
            let found = finding(path, bytes, secret);
            findings.push(if binary { without_place(found) } else { found });
        }
    }
    if !binary {
        contexts::check(path, bytes, &secrets, redactor, findings);
    }
}

/// What is searched of binary data: all of it, unless it is large.
fn searched(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.len() <= BINARY_HEAD + BINARY_TAIL {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned([&bytes[..BINARY_HEAD], b"\n", &bytes[bytes.len() - BINARY_TAIL..]].concat())
}

/// Binary data has no lines.
fn without_place(mut finding: Finding) -> Finding {
    (finding.line, finding.column, finding.end_line, finding.end_column) = (None, None, None, None);
    finding
}

/// Credentials in the path of a file, which every list of files would repeat.
fn in_name(path: &TreePath, redactor: &mut Redactor, findings: &mut Vec<Finding>) {
    for secret in find(path.as_str().as_bytes()).iter().filter(|secret| !secret.guessed) {
        redactor.remember(&secret.text);
        let message = format!("The name of a file holds {}: {}.", secret.what, secret.shown);
        findings.push(Finding::of(secret.rule, message).in_file(path.as_str()));
    }
}

/// Remembers what of a text must not be repeated, and reports nothing. Code may write a secret's letters as escapes.
pub(crate) fn remember(text: &[u8], redactor: &mut Redactor) {
    find(text).iter().for_each(|secret| redactor.remember(&secret.text));
    contexts::remember(text, redactor);
    if let Some(plain) = escaped::plain(text) {
        for secret in find(&plain.text) {
            redactor.remember(&secret.text);
            if plain.text[secret.at..].starts_with(secret.text.as_bytes()) {
                let written = plain.written(text, secret.at..secret.at + secret.text.len());
                redactor.remember(&String::from_utf8_lossy(written));
            }
        }
        contexts::remember(&plain.text, redactor);
    }
}

/// A credential of a known form in a text.
pub(crate) struct Known {
    /// What it is, to be put after "holds".
    pub(crate) what: &'static str,
    /// How it is shown: its first characters at most.
    pub(crate) shown: String,
}

/// The first credential of a known form in a text.
pub(crate) fn known(text: &str) -> Option<Known> {
    let secret = find(text.as_bytes()).into_iter().find(|secret| !secret.guessed)?;
    let before = if secret.at > 0 { "…" } else { "" };
    let first: String = text[secret.at..].chars().take(SHOWN).collect();
    Some(Known { what: secret.what, shown: format!("{before}{first}{REDACTED}") })
}

/// Every secret of a file.
fn find(bytes: &[u8]) -> Vec<Secret> {
    let mut secrets = Vec::new();
    // One look for the letters of all shapes: most texts have none of them.
    let Some(present) = Present::in_text(bytes) else { return secrets };
    for found in present.key().into_iter().flat_map(|regex| regex.find_iter(bytes)).take(MOST_KEYS) {
        let body = key_body(&bytes[found.end()..]);
        if is_whole(body) {
            let title = String::from_utf8_lossy(found.as_bytes());
            let shown = format!("{title} {REDACTED} (sha256 {})", digest(body));
            let text = String::from_utf8_lossy(body).into_owned();
            let (what, rule) = ("a private key", &rules::PRIVATE_KEY);
            secrets.push(Secret { what, rule, at: found.start(), text, shown, guessed: false });
        }
    }
    let mut credential = |what, found: regex::bytes::Match<'_>, guessed| {
        let text = String::from_utf8_lossy(found.as_bytes()).into_owned();
        let shown = redacted(found.as_bytes());
        secrets.push(Secret { what, rule: &rules::CREDENTIAL, at: found.start(), text, shown, guessed });
    };
    // Where each begins and ends.
    let mut known: BTreeMap<usize, usize> = BTreeMap::new();
    let overlaps = |known: &BTreeMap<usize, usize>, found: &regex::bytes::Match<'_>| {
        known.range(..found.end()).next_back().is_some_and(|(_, end)| found.start() < *end)
    };
    for (shape, regex) in present.credentials() {
        for found in regex.captures_iter(bytes).filter_map(|found| found.get(1)) {
            if known.len() >= MOST_PER_FILE {
                break;
            }
            if !overlaps(&known, &found) && !is_placeholder(found.as_bytes()) && entropy(found.as_bytes()) >= TOKEN_BITS
            {
                known.insert(found.start(), found.end());
                credential(shape.what, found, false);
            }
        }
    }
    let guesses = present.guess().into_iter().flat_map(|regex| regex.captures_iter(bytes));
    for found in
        guesses.filter_map(|found| found.get(1)).filter(|found| is_random(found.as_bytes())).take(MOST_PER_FILE)
    {
        if !overlaps(&known, &found) {
            credential(GUESS.what, found, true);
        }
    }
    secrets
}

fn finding(path: &TreePath, bytes: &[u8], secret: &Secret) -> Finding {
    let message = format!("The file holds {}: {}.", secret.what, secret.shown);
    let mut finding = Finding::of(secret.rule, message)
        .in_file(path.as_str())
        .at(place(bytes, secret.at))
        .snippet(secret.shown.clone());
    if secret.guessed {
        finding = finding.severity(Severity::Medium).confidence(Confidence::Low);
    }
    // Keys made for a test are common, and a person can tell.
    match (is_test(path), secret.guessed) {
        (true, true) => finding.severity(Severity::Low),
        (true, false) => finding.severity(Severity::Medium),
        (false, _) => finding,
    }
}

fn is_test(path: &TreePath) -> bool {
    path.components().any(|part| matches!(part, "test" | "tests" | "testing" | "fixtures"))
}

/// The line and column of a byte.
fn place(bytes: &[u8], at: usize) -> Span {
    let before = &bytes[..at];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Span { line: number(line), column: number(column), end_line: number(line), end_column: number(column) }
}

/// What follows a key's first line, up to its last.
fn key_body(after: &[u8]) -> &[u8] {
    let after = &after[..after.len().min(KEY_LOOK_BYTES)];
    &after[..memchr::memmem::find(after, b"-----END").unwrap_or(after.len())]
}

/// Whether a key's body is one, rather than dots or nothing.
fn is_whole(body: &[u8]) -> bool {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let body: Vec<u8> = body.iter().copied().filter(letters).collect();
    body.len() >= KEY_BODY_BYTES && !is_placeholder(&body)
}

fn is_placeholder(secret: &[u8]) -> bool {
    let upper = secret.to_ascii_uppercase();
    let mut seen = [false; 256];
    secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count() < DIFFERENT_BYTES
        || [&b"EXAMPLE"[..], b"PLACEHOLDER", b"XXXXXX", b"YOUR_", b"YOUR-", b"CHANGEME", b"1234567890ABCDEF"]
            .iter()
            .any(|word| memchr::memmem::find(&upper, word).is_some())
}

/// Whether a value is drawn at random rather than written by a person.
fn is_random(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits >= GUESS_DIGITS
        && value.iter().any(u8::is_ascii_alphabetic)
        && !is_placeholder(value)
        && entropy(value) >= GUESS_BITS
}

/// Shannon entropy in bits for each byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let total = f64::from(u32::try_from(bytes.len().max(1)).unwrap_or(u32::MAX));
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|p| -p * p.log2()).sum()
}

/// The first characters, the length, and a digest.
fn redacted(secret: &[u8]) -> String {
    let first = String::from_utf8_lossy(&secret[..secret.len().min(SHOWN)]);
    format!("{first}{REDACTED} ({} characters, sha256 {})", secret.len(), digest(secret))
}

fn digest(secret: &[u8]) -> String {
    Sha256::of(secret).to_string().chars().take(8).collect()
}
