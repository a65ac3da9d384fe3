use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::python::model::{Literal, Named};
use crate::rules::check::Check;
use crate::rules::code::hardcoded_secret;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-hardcoded-password",
        title: "A password written into the source",
        severity: Severity::Low,
        confidence: Confidence::Low,
        cwe: Some(259),
        bandit: &["B105", "B106", "B107"],
        ruff: &["S105", "S106", "S107"],
        remedy: "Read it from configuration or from an environment variable.",
        doc: DOC,
    },
    hooks: &[Hook::Literal(SHORTEST, check)],
};

/// Parts of a name that say it holds a password.
const WORDS: &[&str] = &["password", "passwd", "passphrase", "pass", "pwd", "secret", "token"];

/// Last parts of a name that say it is about a password only.
const ABOUT: &[&str] = &[
    "type", "name", "kind", "field", "url", "uri", "path", "file", "header", "prefix", "label", "id", "pattern",
    "regex", "class", "error", "message", "msg", "format", "length", "policy", "hint", "prompt",
];

/// What is shorter is no password.
const SHORTEST: usize = 4;

fn check<'a>(check: &mut Check<'_, 'a>, literal: &Literal<'a>) {
    let (Some(named), Some(label), Expr::StringLiteral(string)) = (literal.named, literal.label, literal.expr) else {
        return;
    };
    let text = string.value.to_str();
    // Most names are of something else: this is asked first.
    if text.is_empty()
        || !is_secret(label, text)
        || check.is_apart()
        || !is_password(text)
        || hardcoded_secret::is_reported(label, text)
    {
        return;
    }
    let number = match named {
        Named::Target => "105",
        Named::Keyword => "106",
        Named::Default => "107",
    };
    let label = airlock_model::escape::quoted(label);
    let message = format!("{label} is given a literal");
    let finding = check.at_only(literal.expr.range(), message, &[number]);
    check.report(finding.snippet(format!("{label} = \"[redacted]\"")));
}

/// Whether the name says that it holds a secret, and not what kind of one or where it is.
fn is_secret(label: &str, text: &str) -> bool {
    let is_one_of = |part: &str, words: &[&str]| words.iter().any(|word| part.eq_ignore_ascii_case(word));
    let about = label.rsplit('_').next().is_some_and(|last| is_one_of(last, ABOUT));
    // A parser's tokens are words.
    let is_word = || text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_');
    !about && label.split('_').any(|part| is_one_of(part, WORDS) && !(is_one_of(part, &["token", "pass"]) && is_word()))
}

/// Whether the text can be one, and neither a place to look for it nor its name, a label
/// or a sentence.
fn is_password(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.len() >= SHORTEST
        && text.len() <= 128
        && !text.contains(|c: char| c.is_whitespace() || "{}<>%$/\\:[]()".contains(c))
        && !text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        && text.chars().any(char::is_alphanumeric)
        && !WORDS.iter().any(|word| lower.contains(word))
        && !hardcoded_secret::is_placeholder(&lower)
}

const DOC: &str = r##"## What it finds
A literal that is assigned to, compared with, passed as or the default of something whose name says that it is a password, pass phrase, secret or token, outside of tests. Literals that look random are AL-CODE-hardcoded-secret. Bandit and Ruff report every literal given to such a name; the names of settings, field labels, paths, sentences and placeholders are passed over here.

## Why it is dangerous
Whatever is in a published plugin is public, and a password that is the same at every installation opens all of them.

## Example
```python
def connect(host, password="hunter22"):
    return (host, password)
```

## Safe form
```python
import os

def connect(host):
    return (host, os.environ["SERVICE_PASSWORD"])
```

## References
- CWE-259: Use of Hard-coded Password
"##;
