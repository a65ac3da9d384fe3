use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-weak-key",
        title: "A key that is too short",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(326),
        bandit: &["B505"],
        ruff: &["S505"],
        remedy: "Use 3072 bits for RSA and DSA, and a curve of at least 256 bits.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(SIZED, sized), Hook::Reach(CURVED, curved)],
};

/// Makers of keys of a size.
const SIZED: &[&str] = &[
    "cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key",
    "cryptography.hazmat.primitives.asymmetric.dsa.generate_private_key",
    "Crypto.PublicKey.RSA.generate",
    "Crypto.PublicKey.DSA.generate",
    "Cryptodome.PublicKey.RSA.generate",
    "Cryptodome.PublicKey.DSA.generate",
];

/// Makers of keys on a curve.
const CURVED: &[&str] = &["cryptography.hazmat.primitives.asymmetric.ec.generate_private_key"];

/// Curves of less than 224 bits.
const SHORT_CURVES: &[&str] = &["SECP192R1", "SECT163K1", "SECT163R2", "SECP160R1", "SECP128R1"];

/// The least bits that factoring does not reach.
const LEAST: i64 = 2048;

fn sized<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let (name, position) = if site.path.starts_with("cryptography") {
        ("key_size", usize::from(site.path.contains(".rsa.")))
    } else {
        ("bits", 0)
    };
    let Some(size) = site.argument(name, position).filter(|_| site.how == How::Called) else { return };
    if let Some(bits) = check.number(size, site.place.scope).filter(|bits| *bits < LEAST) {
        let finding = check.at(site.range, format!("{} makes a key of {bits} bits", site.path));
        check.report(finding);
    }
}

fn curved<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(curve) = site.argument("curve", 0).filter(|_| site.how == How::Called) else { return };
    let paths = check.model.paths(curve, site.place.scope);
    let name = |path: &str| path.trim_end_matches("()").rsplit('.').next().unwrap_or_default().to_owned();
    if let Some(short) = paths.iter().map(|path| name(path)).find(|name| SHORT_CURVES.contains(&name.as_str())) {
        let finding = check.at(site.range, format!("{} makes a key on the curve {short}", site.path));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
RSA and DSA keys of less than 2048 bits, and keys on curves of less than 224 bits, made with `cryptography` or PyCryptodome.

## Why it is dangerous
Such a key can be computed from its public half. What it signs or encrypts is then anyone's.

## Example
```python
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(65537, 1024)
```

## Safe form
```python
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(65537, 3072)
```

## References
- [cryptography: RSA](https://cryptography.io/en/latest/hazmat/primitives/asymmetric/rsa/)
- CWE-326: Inadequate Encryption Strength
"##;
