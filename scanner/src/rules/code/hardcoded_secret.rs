use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

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
    hooks: &[Hook::Literal(check)],
};

/// Beginnings of tokens, the least length of the whole, and whose they are.
const SHAPES: &[(&str, usize, &str)] = &[
    ("AKIA", 20, "an AWS access key"),
    ("ASIA", 20, "an AWS access key"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("github_pat_", 60, "a GitHub token"),
    ("glpat-", 26, "a GitLab token"),
    ("xoxb-", 40, "a Slack token"),
    ("xoxp-", 40, "a Slack token"),
    ("sk-ant-", 40, "an Anthropic API key"),
    ("sk-proj-", 40, "an OpenAI API key"),
    ("sk-svcacct-", 40, "an OpenAI API key"),
    ("sk-or-v1-", 60, "an OpenRouter API key"),
    ("xai-", 60, "an xAI API key"),
    ("pplx-", 45, "a Perplexity API key"),
    ("r8_", 38, "a Replicate token"),
    ("tgp_v1_", 40, "a Together API key"),
    ("nvapi-", 60, "an NVIDIA API key"),
    ("lsv2_pt_", 45, "a LangSmith API key"),
    ("tvly-", 32, "a Tavily API key"),
    ("AQ.Ab8", 50, "a Google API key"),
    ("glsa_", 40, "a Grafana token"),
    ("dckr_pat_", 30, "a Docker token"),
    ("sk-", 48, "a model provider's API key"),
    ("sk_live_", 28, "a Stripe key"),
    ("rk_live_", 28, "a Stripe key"),
    ("AIza", 39, "a Google API key"),
    ("ya29.", 40, "a Google OAuth token"),
    ("hf_", 37, "a Hugging Face token"),
    ("gsk_", 50, "a Groq API key"),
    ("npm_", 40, "an npm token"),
    ("pypi-AgEIcHlwaS5vcmc", 60, "a PyPI token"),
    ("dop_v1_", 68, "a DigitalOcean token"),
    ("SG.", 60, "a SendGrid key"),
    ("-----BEGIN RSA PRIVATE KEY-----", 200, "a private key"),
    ("-----BEGIN PRIVATE KEY-----", 200, "a private key"),
    ("-----BEGIN EC PRIVATE KEY-----", 150, "a private key"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----", 200, "a private key"),
];

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
    // Most literals are too short to hold a token.
    if text.len() < 16 || literal.is_statement {
        return;
    }
    if let Some((start, _, what)) =
        SHAPES.iter().find(|(start, least, _)| text.starts_with(start) && text.len() >= *least)
    {
        let is_key = start.starts_with("-----");
        let is_token = is_key || (!text.contains(char::is_whitespace) && entropy(&text[start.len()..]) > 2.5);
        if is_token && !is_placeholder(&text.to_ascii_lowercase()) {
            report(check, literal, &text[..start.len()], &format!("holds what looks like {what}"), None);
        }
        return;
    }
    let Some(label) = literal.label else { return };
    if is_given_away(label, text) {
        let message = format!("{} is given a literal that looks random", airlock_model::escape::quoted(label));
        report(check, literal, "", &message, Some(()));
    }
}

/// Whether a name that says it holds a secret is given what looks like one.
fn is_given_away(label: &str, text: &str) -> bool {
    let name = label.to_ascii_lowercase();
    let is_secret = NAMES.iter().any(|word| name.contains(word)) && !name.ends_with("_url") && !name.ends_with("_name");
    text.len() >= 16 && is_secret && is_random(text) && !is_placeholder(&text.to_ascii_lowercase())
}

/// Whether this rule, and not the one about passwords, speaks of a literal.
pub(crate) fn is_reported(label: &str, text: &str) -> bool {
    let is_shaped = |(start, least, _): &(&str, usize, &str)| text.starts_with(start) && text.len() >= *least;
    SHAPES.iter().any(is_shaped) || is_given_away(label, text)
}

/// Whether a text in small letters says of itself that it is no secret.
pub(crate) fn is_placeholder(lower: &str) -> bool {
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

fn report<'a>(check: &mut Check<'_, 'a>, literal: &Literal<'a>, start: &str, message: &str, guess: Option<()>) {
    let shown = match literal.label {
        Some(label) => format!("{label} = \"{start}[redacted]\""),
        None => format!("\"{start}[redacted]\""),
    };
    let mut finding = check.at(literal.expr.range(), message).snippet(airlock_model::escape::line(&shown));
    if guess.is_some() {
        finding = finding.severity(Severity::Medium).confidence(Confidence::Low);
    }
    check.report(finding);
}

/// Long, without spaces, of letters and digits mixed, and of high entropy.
fn is_random(text: &str) -> bool {
    text.len() <= 256
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.".contains(&b))
        && text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && entropy(text) > 3.5
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
