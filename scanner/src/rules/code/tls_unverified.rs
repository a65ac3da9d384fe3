use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::python::model::CallSite;
use crate::python::model::constant::Const;
use crate::python::model::scope::Value;
use crate::rules::check::{Check, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-tls-unverified",
        title: "A server that is not asked who it is",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(295),
        bandit: &["B323", "B501"],
        ruff: &["S323", "S501"],
        remedy: "Leave verification on; for a certificate authority of your own, pass its file as `verify=` or `cafile=`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(CONTEXTS, context), Hook::Keyword(KEYWORDS, keyword), Hook::File(assigned)],
};

/// Makers of a context that verifies nothing.
const CONTEXTS: &[&str] = &["ssl._create_unverified_context", "ssl._create_stdlib_context"];

/// Keywords that turn verification off, and the libraries that read them.
const KEYWORDS: &[&str] =
    &["verify", "verify_ssl", "ssl", "cert_reqs", "validate_certs", "disable_ssl_certificate_validation"];

/// Libraries whose `verify=False` means certificates.
const CLIENTS: &[&str] =
    &["requests", "httpx", "aiohttp", "boto3", "botocore", "urllib3", "hvac", "niquests", "websockets"];

/// Methods of a client whose kind cannot be told.
const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "request", "send", "stream"];

fn context<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}, which accepts every certificate", site.verb(), site.path);
    // The standard library's own name for the same function is nothing that other tools look for.
    let numbers: &[&str] = if site.path == "ssl._create_unverified_context" { &["323"] } else { &[] };
    let finding = check.at_only(site.range, message, numbers);
    check.report(finding);
}

fn keyword<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let scope = site.place.scope;
    let Some((name, confidence)) = site.call.arguments.keywords.iter().find_map(|keyword| {
        let name = keyword.arg.as_deref().filter(|name| KEYWORDS.contains(name))?;
        Some((name, turns_off(check, site, name, &keyword.value)?))
    }) else {
        return;
    };
    let target = check.model.targets(site.call, scope).iter().find_map(|target| target.path().map(str::to_owned));
    let target = target.unwrap_or_else(|| "a call".into());
    let message = format!("{target} is told by {name} to accept every certificate");
    let finding = check.at_only(site.call.range(), message, &["501"]).confidence(confidence);
    check.report(finding);
}

/// Whether a keyword's value turns verification off, and how sure that is.
fn turns_off<'a>(check: &Check<'_, 'a>, site: &CallSite<'a>, name: &str, value: &'a Expr) -> Option<Confidence> {
    let scope = site.place.scope;
    if name == "cert_reqs" {
        let is_none = check.model.paths(value, scope).iter().any(|path| path == "ssl.CERT_NONE")
            || check.text(value, scope).is_some_and(|text| matches!(text.as_str(), "NONE" | "CERT_NONE"));
        return is_none.then_some(Confidence::High);
    }
    let off = if name == "disable_ssl_certificate_validation" { Some(true) } else { Some(false) };
    // `None` is the default of most, and leaves it on.
    let is_plain =
        matches!(value, Expr::BooleanLiteral(_) | Expr::Name(_) | Expr::Attribute(_) | Expr::NumberLiteral(_));
    if !is_plain || check.truth(value, scope) != off || is_nothing(check, site, value) {
        return None;
    }
    let targets = check.model.targets(site.call, scope);
    let root = |path: &str| path.split(['.', '(']).next().unwrap_or_default().to_owned();
    let mut paths = targets.iter().filter_map(|target| target.path()).peekable();
    if paths.peek().is_some() {
        let is_client = paths.any(|path| CLIENTS.contains(&root(path).as_str()));
        // `ssl=` is aiohttp's word; elsewhere it asks whether to use TLS at all.
        let fits =
            name != "ssl" || targets.iter().filter_map(|target| target.path()).any(|path| root(path) == "aiohttp");
        return (is_client && fits).then_some(Confidence::High);
    }
    let Expr::Attribute(method) = &*site.call.func else { return None };
    let is_verb = VERBS.contains(&method.attr.as_str());
    let speaks = CLIENTS.iter().any(|client| check.imports(client));
    (is_verb && speaks && (name != "ssl" || check.imports("aiohttp"))).then_some(Confidence::Medium)
}

fn is_nothing<'a>(check: &Check<'_, 'a>, site: &CallSite<'a>, value: &'a Expr) -> bool {
    check.model.constant(value, site.place.scope).is_some_and(|folded| folded.value == Const::None)
}

/// `context.verify_mode = ssl.CERT_NONE`, `session.verify = False`.
fn assigned(check: &mut Check<'_, '_>) {
    let model = check.model;
    for bound in model.attributes.get("verify_mode").into_iter().flatten() {
        if let Value::Expr(value) = bound.value
            && model.paths(value, bound.scope).iter().any(|path| path == "ssl.CERT_NONE")
        {
            let finding = check.at_only(value.range(), "a TLS context is told to accept every certificate", &[]);
            check.report(finding);
        }
    }
    let speaks = || ["requests", "httpx"].iter().any(|client| check.imports(client));
    let sessions = model.attributes.get("verify").filter(|_| speaks());
    for bound in sessions.into_iter().flatten() {
        if let Value::Expr(value @ Expr::BooleanLiteral(literal)) = bound.value
            && !literal.value
        {
            let finding = check.at_only(value.range(), "a session is told to accept every certificate", &["501"]);
            check.report(finding.confidence(Confidence::Medium));
        }
    }
}

const DOC: &str = r##"## What it finds
`verify=False` and its relatives of `requests`, `httpx`, `aiohttp` and `urllib3`, `ssl._create_unverified_context`, and contexts whose `verify_mode` is `ssl.CERT_NONE`.

## Why it is dangerous
Encryption to someone who may be anyone protects nothing: whoever stands on the way reads and changes what is sent, passwords and downloaded code included.

## Example
```python
import requests

def read(url):
    return requests.get(url, timeout=10, verify=False).text
```

## Safe form
```python
import requests

def read(url):
    return requests.get(url, timeout=10, verify="/etc/ssl/own-authority.pem").text
```

## References
- [ssl: Security considerations](https://docs.python.org/3/library/ssl.html#ssl-security)
- CWE-295: Improper Certificate Validation
"##;
