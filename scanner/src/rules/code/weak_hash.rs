use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-weak-hash",
        title: "A hash that collides",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(327),
        bandit: &["B303", "B324"],
        ruff: &["S303", "S324"],
        remedy: "Use SHA-256 or BLAKE2, for passwords argon2 or scrypt; where it is no matter of security, pass `usedforsecurity=False`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(STANDARD, standard), Hook::Reach(PASSWORDS, password), Hook::Reach(LIBRARIES, library)],
};

/// Of the standard library.
const STANDARD: &[&str] = &["hashlib.md4", "hashlib.md5", "hashlib.sha1", "hashlib.new"];

/// Of the standard library, for passwords.
const PASSWORDS: &[&str] = &["crypt.crypt", "crypt.mksalt"];

/// Of libraries.
const LIBRARIES: &[&str] = &[
    "Crypto.Hash.MD2.new",
    "Crypto.Hash.MD4.new",
    "Crypto.Hash.MD5.new",
    "Crypto.Hash.SHA.new",
    "Crypto.Hash.SHA1.new",
    "Cryptodome.Hash.MD2.new",
    "Cryptodome.Hash.MD4.new",
    "Cryptodome.Hash.MD5.new",
    "Cryptodome.Hash.SHA.new",
    "Cryptodome.Hash.SHA1.new",
    "cryptography.hazmat.primitives.hashes.MD5",
    "cryptography.hazmat.primitives.hashes.SHA1",
];

fn standard<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let scope = site.place.scope;
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let flag = call.arguments.find_keyword("usedforsecurity");
    if flag.is_some_and(|flag| check.truth(&flag.value, scope) == Some(false)) {
        return;
    }
    let name = match &*site.path {
        "hashlib.new" => match site.argument("name", 0).and_then(|name| check.text(name, scope)) {
            Some(name) => name.to_ascii_lowercase(),
            None => return,
        },
        path => path.rsplit('.').next().unwrap_or(path).to_owned(),
    };
    if matches!(name.as_str(), "md4" | "md5" | "sha" | "sha1") {
        let finding = check.at_only(site.range, format!("{} makes a {name} hash", site.path), &["324"]);
        check.report(finding);
    }
}

fn password<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let method = site.argument("method", 0).into_iter().chain(site.argument("salt", 1));
    let is_weak = |path: &str| matches!(path, "crypt.METHOD_CRYPT" | "crypt.METHOD_MD5" | "crypt.METHOD_BLOWFISH");
    let weak = method.flat_map(|method| check.model.paths(method, site.place.scope)).find(|path| is_weak(path));
    if let Some(method) = weak {
        let finding = check.at_only(site.range, format!("{} uses {method}", site.path), &["324"]);
        check.report(finding);
    }
}

fn library<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called {
        let finding = check.at_only(site.range, format!("{} makes a weak hash", site.path), &["303"]);
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
MD2, MD4, MD5 and SHA-1 of `hashlib`, `cryptography` and PyCryptodome, and the old methods of `crypt`, unless `usedforsecurity=False` is passed. Bandit rates `hashlib.md5` high; most uses are checksums and cache keys, so it is low here.

## Why it is dangerous
Two different texts with the same hash can be made in minutes. A signature, a checksum of a download or a password that rests on such a hash proves nothing.

## Example
```python
import hashlib

def checksum(content):
    return hashlib.md5(content).hexdigest()
```

## Safe form
```python
import hashlib

def checksum(content):
    return hashlib.sha256(content).hexdigest()
```

## References
- [hashlib](https://docs.python.org/3/library/hashlib.html)
- CWE-327: Use of a Broken or Risky Cryptographic Algorithm
"##;
