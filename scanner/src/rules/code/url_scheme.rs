use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-url-scheme",
        title: "Opens an address whose scheme is not checked",
        severity: Severity::Note,
        confidence: Confidence::Medium,
        cwe: Some(939),
        bandit: &["B310"],
        ruff: &["S310"],
        remedy: "Check that the address begins with `https://`, or write the scheme as a literal.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(OPENERS, check)],
};

/// What opens files as well as web pages.
const OPENERS: &[&str] = &[
    "urllib.request.urlopen",
    "urllib.request.urlretrieve",
    "urllib.request.Request",
    "urllib.request.URLopener",
    "urllib.request.FancyURLopener",
    "six.moves.urllib.request.urlopen",
    "six.moves.urllib.request.urlretrieve",
    "six.moves.urllib.request.Request",
    "six.moves.urllib.request.URLopener",
    "six.moves.urllib.request.FancyURLopener",
    "urllib.urlopen",
    "urllib.urlretrieve",
    "urllib2.urlopen",
];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }
    let Some(url) = site.argument("url", 0).or_else(|| site.argument("fullurl", 0)) else {
        if site.path.ends_with("opener") {
            report(check, site, "any address", Severity::Note);
        }
        return;
    };
    let scope = site.place.scope;
    if is_request(check, url, site) {
        return;
    }
    match check.beginning(url, scope).map(|start| start.trim_start().to_ascii_lowercase()) {
        Some(start) if start.starts_with("http://") || start.starts_with("https://") => {}
        Some(start) if start.contains(':') => {
            let scheme = start.split(':').next().unwrap_or_default().to_owned();
            report(
                check,
                site,
                &format!("an address of the scheme {}", airlock_model::escape::quoted(&scheme)),
                Severity::Low,
            );
        }
        _ => {
            let origin = check.model.origin(url, scope);
            let outside = origin.parameter.is_some() || origin.source.is_some();
            let severity = if outside { Severity::Low } else { Severity::Note };
            report(check, site, &format!("an address that holds {}", check.describe(&origin)), severity);
        }
    }
}

/// A request was looked at where it was made.
fn is_request<'a>(check: &Check<'_, 'a>, url: &'a Expr, site: &Use<'a>) -> bool {
    check.model.paths(url, site.place.scope).iter().any(|path| path.ends_with("request.Request()"))
}

fn report<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>, what: &str, severity: Severity) {
    let finding = check.at(site.range, format!("{} opens {what}", site.path));
    check.report(finding.severity(severity));
}

const DOC: &str = r##"## What it finds
`urllib.request.urlopen` and its relatives with an address that does not begin with `http://` or `https://` as far as can be told. It is low where a parameter, a request's answer or a user chooses the address, a note otherwise; Bandit and Ruff rate all of it medium. The network itself is AL-CAPABILITY-network.

## Why it is dangerous
These functions open `file:` and `ftp:` as well. Whoever chooses the address reads the files of the machine.

## Example
```python
from urllib.request import urlopen

def read(url):
    return urlopen(url).read()
```

## Safe form
```python
from urllib.request import urlopen

def read(page):
    return urlopen("https://docs.example.org/" + page).read()
```

## References
- [urllib.request](https://docs.python.org/3/library/urllib.request.html)
- CWE-939: Improper Authorization in Handler for Custom URL Scheme
"##;
