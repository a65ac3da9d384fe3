//! Private keys and credentials in files that are not Python (those in Python
//! code are found on its syntax tree). What is found is never repeated: a finding
//! carries the first characters, the length, and a digest to tell two apart.

use std::sync::LazyLock;

use airlock_model::digest::Sha256;
use airlock_model::finding::{Finding, RuleMeta, Severity, Span};
use airlock_model::inspection::FileKind;
use airlock_model::tree::TreePath;
use regex::bytes::Regex;

use super::rules;

/// How many of one kind are reported in one file.
const MOST_PER_KIND: usize = 10;
/// Fewer different characters than this are a placeholder.
const DIFFERENT_BYTES: usize = 10;
/// A real key's body is longer than this; examples in documentation are cut.
const KEY_BODY_BYTES: usize = 64;
/// How much after a key's first line is looked at.
const KEY_LOOK_BYTES: usize = 1024;

/// A kind of credential: its name and its shape, the secret as the first group.
struct Shape {
    what: &'static str,
    regex: Regex,
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    [
        ("a GitHub token", r"\b((?:gh[pousr]_[A-Za-z0-9]{36,255})|(?:github_pat_[A-Za-z0-9_]{60,255}))\b"),
        ("a GitLab token", r"\b(glpat-[A-Za-z0-9_-]{20,64})"),
        ("a Slack token", r"\b(xox[abeprs]-[A-Za-z0-9-]{20,255})"),
        ("a Slack webhook", r"hooks\.slack\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,})"),
        ("a Stripe key", r"\b([rs]k_live_[A-Za-z0-9]{20,255})\b"),
        ("a Google API key", r"\b(AIza[A-Za-z0-9_-]{35})\b"),
        ("a model provider's API key", r"\b(sk-[A-Za-z0-9_-]{40,255})"),
        ("a package index token", r"\b(pypi-AgE[A-Za-z0-9_-]{50,})"),
        ("a package registry token", r"\b(npm_[A-Za-z0-9]{36})\b"),
        ("a model provider's API key", r"\b((?:xai|nvapi|pplx|tvly)-[A-Za-z0-9_-]{32,255})\b"),
        ("a model provider's API key", r"\b((?:gsk|r8|tgp_v1|lsv2_pt)_[A-Za-z0-9_-]{32,255})\b"),
        ("a model hub token", r"\b(hf_[A-Za-z0-9]{30,64})\b"),
        ("a mail provider's key", r"\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})\b"),
        ("an AWS secret key", r#"(?i)aws_secret_access_key["']?\s*[=:]\s*["']?([A-Za-z0-9/+]{40})\b"#),
        ("an Airlock token", r"\b(airlock_[A-Za-z0-9-]{4,64}_[A-Za-z0-9_-]{32,128})\b"),
    ]
    .map(|(what, pattern)| Shape { what, regex: Regex::new(pattern).expect("the pattern is tested to compile") })
    .into()
});

static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?)-----|PuTTY-User-Key-File-\d")
        .expect("the pattern is tested to compile")
});

/// Checks one file.
pub(crate) fn check(path: &TreePath, bytes: &[u8], kind: FileKind, findings: &mut Vec<Finding>) {
    if kind != FileKind::Text {
        return;
    }
    for found in KEY.find_iter(bytes).filter(|found| is_whole(&bytes[found.end()..])).take(MOST_PER_KIND) {
        let secret = &bytes[found.end()..(found.end() + KEY_LOOK_BYTES).min(bytes.len())];
        let title = String::from_utf8_lossy(found.as_bytes());
        let shown = format!("{title} (redacted, sha256 {})", digest(secret));
        let message = format!("The file holds a private key: {shown}.");
        findings.push(finding(&rules::PRIVATE_KEY, path, bytes, found.start(), message, shown));
    }
    for shape in SHAPES.iter() {
        let secrets = shape.regex.captures_iter(bytes).filter_map(|found| found.get(1));
        for secret in secrets.filter(|secret| !is_placeholder(secret.as_bytes())).take(MOST_PER_KIND) {
            let shown = redacted(secret.as_bytes());
            let message = format!("The file holds {}: {shown}.", shape.what);
            findings.push(finding(&rules::CREDENTIAL, path, bytes, secret.start(), message, shown));
        }
    }
}

fn finding(rule: &RuleMeta, path: &TreePath, bytes: &[u8], at: usize, message: String, snippet: String) -> Finding {
    let finding = Finding::of(rule, message).in_file(path.as_str()).at(place(bytes, at)).snippet(snippet);
    // Keys made for a test are common, and a person can tell.
    if path.components().any(|part| matches!(part, "test" | "tests" | "testing" | "fixtures")) {
        finding.severity(Severity::Medium)
    } else {
        finding
    }
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

/// Whether a key's body follows, rather than dots or nothing.
fn is_whole(after: &[u8]) -> bool {
    let after = &after[..after.len().min(KEY_LOOK_BYTES)];
    let end = memchr::memmem::find(after, b"-----END").unwrap_or(after.len());
    let body: Vec<u8> = after[..end]
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect();
    body.len() >= KEY_BODY_BYTES && !is_placeholder(&body)
}

fn is_placeholder(secret: &[u8]) -> bool {
    let upper = secret.to_ascii_uppercase();
    let mut seen = [false; 256];
    secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|seen| **seen).count() < DIFFERENT_BYTES
        || [&b"EXAMPLE"[..], b"PLACEHOLDER", b"XXXXXX", b"YOUR_", b"YOUR-", b"CHANGEME"]
            .iter()
            .any(|word| memchr::memmem::find(&upper, word).is_some())
}

/// The first four characters, the length, and a digest.
fn redacted(secret: &[u8]) -> String {
    let first = String::from_utf8_lossy(&secret[..secret.len().min(4)]);
    format!("{first}… ({} characters, sha256 {})", secret.len(), digest(secret))
}

fn digest(secret: &[u8]) -> String {
    Sha256::of(secret).to_string().chars().take(8).collect()
}
