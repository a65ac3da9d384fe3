//! Secrets that are known by what stands around them rather than by their own shape:
//! passwords in addresses and in files of logins, signed tokens, wrapped keys.

use std::ops::Range;
use std::sync::LazyLock;

use airlock_model::finding::{Confidence, Finding, RuleMeta, Severity};
use airlock_model::tree::TreePath;
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use base64::{alphabet, engine::DecodePaddingMode};
use memchr::memmem::{self, Finder};
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::{KEY, Secret, digest, entropy, is_placeholder, is_whole, key_body, redacted, rules};
use crate::files::secrets::Redactor;

/// How many of one kind are looked at in one file.
const MOST: usize = 100;
/// How much of a wrapped key is unwrapped, in bytes.
const WRAPPED_BYTES: usize = 16 * 1024;
/// What `-----BEGIN ` becomes in base64, but for its last letter.
const WRAPPED: &[u8] = b"LS0tLS1CRUdJTi";
/// A signature is drawn as if at random.
const SIGNATURE_BITS: f64 = 3.5;

/// Base64 as it is found: with or without padding, and cut.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// An address with a user and a password in it.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"\b([A-Za-z][A-Za-z0-9+.-]{1,20}://([^\s/:@'"<>{}$\\`]{0,64}):([^\s/@'"<>\\`]+)@)([A-Za-z0-9.\[\]_-]*)"#)
});

/// A signed token: header, claims, signature.
static SIGNED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(eyJ[A-Za-z0-9_-]{10,})\.(eyJ[A-Za-z0-9_-]{4,})\.([A-Za-z0-9_-]{20,})"));

/// An entry of a `.netrc`.
static MACHINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:machine\s+[^\s]+|default)\s+(?:(?:login|account)\s+[^\s]+\s+){0,2}(password\s+([^\s]+))")
});

/// The password of a `.pypirc`.
static INDEX_PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^[ \t]*(password[ \t]*[=:][ \t]*([^\s]+))[ \t]*\r?$"));

/// A login of a container registry, as Docker keeps it: user, colon and password in base64.
static REGISTRY_LOGIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"("auth"\s{0,20}:\s{0,20}"([A-Za-z0-9+/]{8,2000}={0,2})")"#));

fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).unicode(false).build().expect("a test compiles every pattern")
}

/// How sure it is that a secret is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// The file exists to hold it.
    Certain,
    /// It has the form of one, which examples have as well.
    Likely,
    /// It is likely an example, or of use on one machine only.
    Guess,
}

/// One secret and what stands around it.
struct Context {
    what: &'static str,
    rule: &'static RuleMeta,
    /// The secret.
    value: Range<usize>,
    /// What is not to be repeated, by lines.
    text: String,
    shown: String,
    weight: Weight,
}

/// Reports what is found in a file's readable text, but for what is `known` already.
pub(super) fn check(
    path: &TreePath,
    text: &[u8],
    known: &[Secret],
    redactor: &mut Redactor,
    findings: &mut Vec<Finding>,
) {
    let ending = path.extension().unwrap_or("").to_lowercase();
    let prose = matches!(ending.as_str(), "md" | "rst" | "txt");
    let python = matches!(ending.as_str(), "py" | "pyi" | "pyw" | "py3");
    let mut counts: Vec<&'static str> = Vec::new();
    for found in find(path.file_name(), text) {
        redactor.remember(&found.text);
        let again = known.iter().any(|secret| found.value.contains(&secret.at));
        if again || (found.weight == Weight::Guess && (prose || python)) {
            continue;
        }
        counts.push(found.what);
        if counts.iter().filter(|what| **what == found.what).count() > super::MOST_PER_KIND {
            continue;
        }
        let Context { what, rule, value, text: whole, shown, weight } = found;
        let guessed = weight == Weight::Guess;
        let secret = Secret { what, rule, at: value.start, text: whole, shown, guessed };
        let mut finding = super::finding(path, text, &secret);
        if weight == Weight::Likely {
            let most = if prose { Severity::Low } else { Severity::Medium };
            finding.severity = finding.severity.min(most);
            finding.confidence = Confidence::Medium;
        }
        findings.push(finding);
    }
}

/// Remembers what of a text must not be repeated.
pub(super) fn remember(text: &[u8], redactor: &mut Redactor) {
    find("", text).iter().for_each(|found| redactor.remember(&found.text));
}

/// What a text has that holds any of these.
static FINDERS: LazyLock<[Finder<'static>; 5]> =
    LazyLock::new(|| [b"://".as_slice(), b".eyJ", b"password", b"\"auth\"", WRAPPED].map(Finder::new));

fn find(file_name: &str, text: &[u8]) -> Vec<Context> {
    let [address_sign, claims, password_word, login_key, wrapped_key] = &*FINDERS;
    let holds = |finder: &Finder<'_>| finder.find(text).is_some();
    let mut found = Vec::new();
    if holds(address_sign) && memchr::memchr(b'@', text).is_some() {
        found.extend(ADDRESS.captures_iter(text).filter_map(|found| address(&found)).take(MOST));
    }
    if holds(claims) {
        found.extend(SIGNED.captures_iter(text).filter_map(|found| signed(&found)).take(MOST));
    }
    if holds(password_word) {
        let name = file_name.trim_start_matches(['.', '_']).to_ascii_lowercase();
        let weight = if name == "netrc" { Weight::Certain } else { Weight::Likely };
        let what = "the password of a login";
        found.extend(MACHINE.captures_iter(text).filter_map(|found| password(&found, what, weight)).take(MOST));
        if name == "pypirc" {
            let what = "the password of a package index";
            let all = INDEX_PASSWORD.captures_iter(text);
            found.extend(all.filter_map(|found| password(&found, what, Weight::Certain)).take(MOST));
        }
    }
    if holds(login_key) {
        let weight = match file_name {
            "config.json" | ".dockercfg" | ".dockerconfigjson" => Weight::Certain,
            _ => Weight::Likely,
        };
        found.extend(REGISTRY_LOGIN.captures_iter(text).filter_map(|found| registry_login(&found, weight)).take(MOST));
    }
    found.extend(wrapped_key.find_iter(text).take(MOST).filter_map(|at| wrapped(text, at)));
    found
}

fn text_of(found: regex::bytes::Match<'_>) -> String {
    String::from_utf8_lossy(found.as_bytes()).into_owned()
}

fn address(found: &Captures<'_>) -> Option<Context> {
    let (whole, user, password) = (found.get(1)?, found.get(2)?, found.get(3)?);
    let (secret, host) = (password.as_bytes(), found.get(4)?.as_bytes().to_ascii_lowercase());
    if secret == user.as_bytes() || !is_password(secret) || secret.len() < 8 || secret.len() > 200 {
        return None;
    }
    let mixed = secret.iter().any(u8::is_ascii_digit) && secret.iter().any(u8::is_ascii_alphabetic);
    if !mixed || entropy(secret) < super::TOKEN_BITS {
        return None;
    }
    // A host without a dot is one of a set-up on a developer's machine.
    let near = !host.contains(&b'.') || host.starts_with(b"127.") || memmem::find(&host, b"example").is_some();
    Some(Context {
        what: "the password of an address",
        rule: &rules::CREDENTIAL,
        value: password.range(),
        text: format!("{}\n{}", text_of(whole), text_of(password)),
        shown: redacted(secret),
        weight: if near { Weight::Guess } else { Weight::Likely },
    })
}

fn signed(found: &Captures<'_>) -> Option<Context> {
    let (header, claims, signature) = (found.get(1)?, found.get(2)?, found.get(3)?);
    let read = |part: regex::bytes::Match<'_>| {
        let part = part.as_bytes();
        URL_SAFE_NO_PAD.decode(&part[..part.len().min(WRAPPED_BYTES)]).ok()
    };
    let names_algorithm = memmem::find(&read(header)?, b"\"alg\"").is_some();
    let signature = signature.as_bytes();
    if !names_algorithm || is_placeholder(signature) || entropy(signature) < SIGNATURE_BITS {
        return None;
    }
    let claims = read(claims).unwrap_or_default();
    // The sample that documentation shows, and keys that are made to be public.
    let samples = [&b"\"1234567890\""[..], b"John Doe", b"\"role\":\"anon\""];
    let sample = samples.iter().any(|sample| memmem::find(&claims, sample).is_some());
    let whole = found.get(0)?;
    Some(Context {
        what: "a signed token (JWT)",
        rule: &rules::CREDENTIAL,
        value: whole.range(),
        // The header is the same in many a token, and says nothing.
        text: format!("{}\n{}", text_of(whole), String::from_utf8_lossy(signature)),
        shown: redacted(whole.as_bytes()),
        weight: if sample { Weight::Guess } else { Weight::Likely },
    })
}

fn password(found: &Captures<'_>, what: &'static str, weight: Weight) -> Option<Context> {
    let (whole, value) = (found.get(1)?, found.get(2)?);
    is_password(value.as_bytes()).then(|| Context {
        what,
        rule: &rules::CREDENTIAL,
        value: value.range(),
        text: format!("{}\n{}", text_of(whole), text_of(value)),
        shown: redacted(value.as_bytes()),
        weight,
    })
}

fn registry_login(found: &Captures<'_>, weight: Weight) -> Option<Context> {
    let (whole, value) = (found.get(1)?, found.get(2)?);
    let login = LENIENT.decode(value.as_bytes()).ok()?;
    let colon = memchr::memchr(b':', &login)?;
    let (user, password) = (&login[..colon], &login[colon + 1..]);
    let text = std::str::from_utf8(&login).is_ok_and(|login| !login.chars().any(char::is_control));
    (text && !user.is_empty() && is_password(password)).then(|| Context {
        what: "the login of a container registry",
        rule: &rules::CREDENTIAL,
        value: value.range(),
        text: format!("{}\n{}\n{}", text_of(whole), text_of(value), String::from_utf8_lossy(password)),
        shown: redacted(value.as_bytes()),
        weight,
    })
}

/// A key's text in base64, as settings carry it.
fn wrapped(text: &[u8], at: usize) -> Option<Context> {
    let rest = &text[at..text.len().min(at + WRAPPED_BYTES)];
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') || byte.is_ascii_whitespace();
    let run = &rest[..rest.iter().position(|byte| !letter(byte)).unwrap_or(rest.len())];
    let mut letters: Vec<u8> = run.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    letters.truncate(letters.len() & !3);
    let inner = LENIENT.decode(&letters).ok()?;
    let key = KEY.regex().find(&inner)?;
    let body = key_body(&inner[key.end()..]);
    is_whole(body).then(|| Context {
        what: "a private key in base64",
        rule: &rules::PRIVATE_KEY,
        value: at..at + run.len(),
        // What all keys of a kind begin with would be taken for this one.
        text: String::from_utf8_lossy(&run[run.len().min(60)..]).into_owned(),
        shown: format!("{} in base64 (redacted, sha256 {})", String::from_utf8_lossy(key.as_bytes()), digest(body)),
        weight: Weight::Certain,
    })
}

/// Whether a value can be a password: no gap to be filled in, and no word that stands for one.
fn is_password(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 20] = [
        b"password",
        b"passwd",
        b"passw0rd",
        b"p4ss",
        b"p@ss",
        b"example",
        b"change",
        b"secret",
        b"placeholder",
        b"your",
        b"dummy",
        b"redacted",
        b"sample",
        b"xxxx",
        b"****",
        b"....",
        b"${",
        b"{{",
        b"%(",
        b"$(",
    ];
    let lower = value.to_ascii_lowercase();
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let classes: [fn(&u8) -> bool; 4] = [
        |byte| byte.is_ascii_lowercase(),
        |byte| byte.is_ascii_uppercase(),
        |byte| byte.is_ascii_digit(),
        |byte| !byte.is_ascii_alphanumeric(),
    ];
    value.len() >= 6
        && !matches!(value[0], b'$' | b'%' | b'{' | b'[' | b'<' | b'*' | b'#')
        && seen.iter().filter(|seen| **seen).count() >= 6
        && classes.iter().filter(|class| value.iter().any(*class)).count() >= 2
        && !WORDS.iter().any(|word| memmem::find(&lower, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&ADDRESS, &SIGNED, &MACHINE, &INDEX_PASSWORD, &REGISTRY_LOGIN] {
            assert!(pattern.captures_len() > 2);
        }
    }

    #[test]
    fn gaps_and_words_are_no_passwords() {
        for value in
            ["pass", "password1", "<password>", "${DB_PASSWORD}", "{password1}", "change-me-1", "aaaaaaa1", "hunter"]
        {
            assert!(!is_password(value.as_bytes()), "{value}");
        }
        assert!(is_password(b"Tr0ub4dor-3"));
    }
}
