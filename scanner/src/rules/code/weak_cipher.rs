use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-weak-cipher",
        title: "A cipher that no longer protects",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(327),
        bandit: &["B304", "B305"],
        ruff: &["S304", "S305"],
        remedy: "Use AES-GCM or ChaCha20-Poly1305, which also tell when the text was changed.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(CIPHERS, cipher), Hook::Reach(MODES, mode)],
};

/// Ciphers.
const CIPHERS: &[&str] = &[
    "Crypto.Cipher.ARC2.new",
    "Crypto.Cipher.ARC4.new",
    "Crypto.Cipher.Blowfish.new",
    "Crypto.Cipher.DES.new",
    "Crypto.Cipher.XOR.new",
    "Cryptodome.Cipher.ARC2.new",
    "Cryptodome.Cipher.ARC4.new",
    "Cryptodome.Cipher.Blowfish.new",
    "Cryptodome.Cipher.DES.new",
    "Cryptodome.Cipher.XOR.new",
    "cryptography.hazmat.primitives.ciphers.algorithms.ARC4",
    "cryptography.hazmat.primitives.ciphers.algorithms.Blowfish",
    "cryptography.hazmat.primitives.ciphers.algorithms.CAST5",
    "cryptography.hazmat.primitives.ciphers.algorithms.IDEA",
    "cryptography.hazmat.primitives.ciphers.algorithms.SEED",
    "cryptography.hazmat.primitives.ciphers.algorithms.TripleDES",
    "cryptography.hazmat.decrepit.ciphers.algorithms.ARC4",
    "cryptography.hazmat.decrepit.ciphers.algorithms.Blowfish",
    "cryptography.hazmat.decrepit.ciphers.algorithms.CAST5",
    "cryptography.hazmat.decrepit.ciphers.algorithms.IDEA",
    "cryptography.hazmat.decrepit.ciphers.algorithms.SEED",
    "cryptography.hazmat.decrepit.ciphers.algorithms.TripleDES",
];

/// Ways to use a cipher that show what they hide.
const MODES: &[&str] = &["cryptography.hazmat.primitives.ciphers.modes.ECB"];

fn cipher<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    report(check, site, "a cipher that can be broken", "304");
}

fn mode<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    report(check, site, "a mode in which equal blocks stay equal", "305");
}

fn report<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>, what: &str, number: &str) {
    if site.how == How::Called {
        let finding = check.at_only(site.range, format!("{} is {what}", site.path), &[number]);
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
RC2, RC4, DES, Triple DES, Blowfish, CAST5, IDEA, SEED and XOR, and the ECB mode, in `cryptography` and PyCryptodome. Bandit rates the ciphers high; as old formats must still be read, they are low here.

## Why it is dangerous
What is encrypted so can be read by others, with the effort of hours or of none at all.

## Example
```python
from Crypto.Cipher import DES

def encrypt(key, text):
    return DES.new(key, DES.MODE_OFB).encrypt(text)
```

## Safe form
```python
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

def encrypt(key, nonce, text):
    return AESGCM(key).encrypt(nonce, text, None)
```

## References
- [cryptography: Authenticated encryption](https://cryptography.io/en/latest/hazmat/primitives/aead/)
- CWE-327: Use of a Broken or Risky Cryptographic Algorithm
"##;
