use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-insecure-random",
        title: "Random numbers that can be foretold",
        severity: Severity::Note,
        confidence: Confidence::High,
        cwe: Some(330),
        bandit: &["B311"],
        ruff: &["S311"],
        remedy: "For anything secret, use `secrets`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(GENERATORS, check)],
};

/// Functions of the generator that is not made for secrets.
const GENERATORS: &[&str] = &[
    "random.Random",
    "random.random",
    "random.randrange",
    "random.randint",
    "random.choice",
    "random.choices",
    "random.uniform",
    "random.triangular",
    "random.randbytes",
    "random.sample",
    "random.getrandbits",
];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called || check.is_apart() {
        return;
    }
    let secret = check.makes_a_secret(site.place.scope);
    let (severity, message) = if secret {
        (Severity::Low, format!("{} in a function whose name speaks of a secret", site.path))
    } else {
        (Severity::Note, format!("{} is not fit for secrets", site.path))
    };
    let finding = check.at(site.range, message).severity(severity);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
Functions of the module `random`, outside of tests: a note, and low in a function whose name speaks of a password, a token or a salt.

## Why it is dangerous
From some of its numbers all later ones can be computed. A token or password made of them can be foretold.

## Example
```python
import random

def make_token():
    return "".join(random.choice("0123456789abcdef") for _ in range(32))
```

## Safe form
```python
import secrets

def make_token():
    return secrets.token_hex(16)
```

## References
- [secrets](https://docs.python.org/3/library/secrets.html)
- CWE-330: Use of Insufficiently Random Values
"##;
