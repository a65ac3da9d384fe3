use airlock_model::finding::REDACTED;
use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::files::secrets;
use crate::python::model::Literal;
use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-hardcoded-secret",
        title: "A secret written into the source",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(798),
        bandit: &["B105", "B106", "B107"],
        ruff: &["S105", "S106", "S107"],
        remedy: "Revoke the secret, then read it from configuration or from an environment variable.",
        doc: DOC,
    },
    hooks: &[Hook::Literal(SHORTEST, check)],
};

/// No token has fewer bytes, and most literals have.
const SHORTEST: usize = 16;

/// Words in a name that say it holds a secret.
const NAMES: &[&str] = &["password", "passwd", "secret", "token", "api_key", "apikey", "access_key", "private_key"];

/// Words in a value that say it is no secret.
const PLACEHOLDERS: &[&str] = &["example", "your", "xxx", "test", "dummy", "fake", "changeme", "placeholder", "<", "{"];

fn check<'a>(check: &mut Check<'_, 'a>, literal: &Literal<'a>) {
    let text = match literal.expr {
        Expr::StringLiteral(string) => string.value.to_str(),
        Expr::BytesLiteral(bytes) => match bytes.value.as_slice() {
            [part] => std::str::from_utf8(part).unwrap_or_default(),
            _ => "",
        },
        _ => "",
    };
    if text.len() < SHORTEST || literal.is_statement {
        return;
    }
    if let Some(known) = secrets::known(text) {
        report(check, literal, &known.shown, &format!("holds what looks like {}", known.what), false);
        return;
    }
    let Some(label) = literal.label else { return };
    if is_given_away(label, text) {
        let message = format!("{} is given a literal that looks random", airlock_model::escape::quoted(label));
        report(check, literal, REDACTED, &message, true);
    }
}

/// Whether a name that says it holds a secret is given what looks like one.
fn is_given_away(label: &str, text: &str) -> bool {
    // Most texts have a blank or a bracket, which is told before any name is looked at.
    if text.len() < SHORTEST || !has_letters_of_secrets(text) {
        return false;
    }
    let name = label.to_ascii_lowercase();
    let is_secret = NAMES.iter().any(|word| name.contains(word)) && !name.ends_with("_url") && !name.ends_with("_name");
    is_secret && is_random(text) && !is_placeholder(&text.to_ascii_lowercase())
}

/// Whether this rule, and not the one about passwords, speaks of a literal.
pub(crate) fn is_reported(label: &str, text: &str) -> bool {
    secrets::known(text).is_some() || is_given_away(label, text)
}

/// Whether a text in small letters says of itself that it is no secret.
pub(crate) fn is_placeholder(lower: &str) -> bool {
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

fn report<'a>(check: &mut Check<'_, 'a>, literal: &Literal<'a>, shown: &str, message: &str, guessed: bool) {
    let shown = match literal.label {
        Some(label) => format!("{label} = \"{shown}\""),
        None => format!("\"{shown}\""),
    };
    let mut finding = check.at(literal.expr.range(), message).snippet(airlock_model::escape::line(&shown));
    if guessed {
        finding = finding.severity(Severity::Medium).confidence(Confidence::Low);
    }
    check.report(finding);
}

/// Long, without spaces, of letters and digits mixed, and of high entropy.
fn is_random(text: &str) -> bool {
    text.len() <= 256
        && has_letters_of_secrets(text)
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && entropy(text) > 3.5
}

fn has_letters_of_secrets(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.".contains(&b))
}

/// Shannon entropy in bits for each byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(u32::try_from(text.len().max(1)).unwrap_or(u32::MAX));
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / total).map(|p| -p * p.log2()).sum()
}

const DOC: &str = r##"## What it finds
Literals with the shape of a known token (cloud and model providers, source forges, chat and payment services, private keys), and random-looking literals given to a name such as `password`, `secret`, `token` or `api_key`. The secret itself is not shown.

## Why it is dangerous
Whatever is in a published plugin is public. A key found there is used by others within minutes.

## Example
```python
API_KEY = "sk-ant-api03-…"
```

## Safe form
```python
import os

API_KEY = os.environ["SERVICE_API_KEY"]
```

## References
- CWE-798: Use of Hard-coded Credentials
"##;
