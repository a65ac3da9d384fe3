use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::python::model::CallSite;
use crate::python::model::scope::{ScopeId, Value};
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-tls-version",
        title: "A version of TLS that is broken",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(327),
        bandit: &["B502", "B503", "B504"],
        ruff: &["S502", "S503", "S504"],
        remedy: "Use `ssl.create_default_context()`, which chooses the versions that are sound.",
        doc: DOC,
    },
    hooks: &[
        Hook::Keyword(&["ssl_version", "method", "protocol"], keyword),
        Hook::Reach(&["ssl.SSLContext", "OpenSSL.SSL.Context"], positional),
        Hook::Reach(&["ssl.wrap_socket"], unspecified),
        Hook::File(held),
    ],
};

/// Names of versions that are broken, in `ssl` and pyOpenSSL.
const BROKEN: &[&str] = &[
    "PROTOCOL_SSLv2",
    "PROTOCOL_SSLv3",
    "PROTOCOL_TLSv1",
    "PROTOCOL_TLSv1_1",
    "SSLv2_METHOD",
    "SSLv3_METHOD",
    "SSLv23_METHOD",
    "TLSv1_METHOD",
    "TLSv1_1_METHOD",
    "TLSVersion.SSLv3",
    "TLSVersion.TLSv1",
    "TLSVersion.TLSv1_1",
];

/// The broken version that an expression is.
fn broken<'a>(check: &Check<'_, 'a>, version: &'a Expr, scope: ScopeId) -> Option<String> {
    let is_broken = |path: &str| {
        let rest = ["ssl.", "OpenSSL.SSL.", "pyOpenSSL.SSL."].iter().find_map(|module| path.strip_prefix(module));
        rest.is_some_and(|name| BROKEN.contains(&name))
    };
    check.model.paths(version, scope).into_iter().find(|path| is_broken(path)).map(String::from)
}

fn keyword<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let given = site.call.arguments.keywords.iter().find_map(|keyword| {
        let name = keyword.arg.as_deref()?;
        matches!(name, "ssl_version" | "method" | "protocol").then_some(&keyword.value)
    });
    let Some(version) = given.and_then(|version| broken(check, version, site.place.scope)) else { return };
    let finding = check.at_only(site.call.range(), format!("a connection is made by {version}"), &["502"]);
    check.report(finding);
}

/// The version as the first argument.
fn positional<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(first) = site.call.and_then(|call| call.arguments.args.first()) else { return };
    if let Some(version) = broken(check, first, site.place.scope) {
        let finding = check.at_only(site.range, format!("{} is made for {version}", site.path), &["502"]);
        check.report(finding);
    }
}

fn unspecified<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called && site.call.is_some_and(|call| call.arguments.find_keyword("ssl_version").is_none()) {
        let finding = check.at_only(site.range, format!("{} is told no version", site.path), &["504"]);
        check.report(finding);
    }
}

/// Defaults of parameters, and `context.minimum_version = …`.
fn held(check: &mut Check<'_, '_>) {
    if !["ssl", "OpenSSL", "pyOpenSSL"].iter().any(|module| check.imports(module)) {
        return;
    }
    let model = check.model;
    let defaults = model.bindings.iter().map(|binding| &binding.bound).filter_map(|bound| match bound.value {
        Value::Parameter(Some(default)) => Some((default, bound.scope, "503")),
        _ => None,
    });
    let least = model.attributes.get("minimum_version").into_iter().flatten().filter_map(|bound| match bound.value {
        Value::Expr(value) => Some((value, bound.scope, "502")),
        _ => None,
    });
    for (value, scope, number) in defaults.chain(least) {
        if let Some(version) = broken(check, value, scope) {
            let finding = check.at_only(value.range(), format!("allows {version}"), &[number]);
            check.report(finding);
        }
    }
}

const DOC: &str = r##"## What it finds
SSL 2 and 3 and TLS 1.0 and 1.1 of `ssl` and pyOpenSSL, passed to a call, as a parameter's default or as a context's least version; and `ssl.wrap_socket` without a version. Bandit rates them up to high; servers of today refuse these versions, and it is low here.

## Why it is dangerous
Whoever stands on the way can make both ends use the broken version, and then read what is sent.

## Example
```python
import ssl

context = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
```

## Safe form
```python
import ssl

context = ssl.create_default_context()
```

## References
- [ssl: Protocol versions](https://docs.python.org/3/library/ssl.html#ssl-security)
- CWE-327: Use of a Broken or Risky Cryptographic Algorithm
"##;
