use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;

use crate::rules::check::{Check, Need, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-network",
        title: "Uses the network",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: None,
        bandit: &[],
        ruff: &[],
        remedy: "Declare the hosts under `permissions: network` in plugin.yaml.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::NETWORK, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let url = site.argument("url", 0).or_else(|| site.argument("host", 0));
    // `requests.request("GET", url)` has the address second.
    let second = site.call.and_then(|call| call.arguments.args.get(1));
    let host = [url, second].into_iter().flatten().find_map(|expr| host(check, expr, site));
    let message = match &host {
        Some(host) => format!("{} {}, host {}", site.verb(), site.path, airlock_model::escape::quoted(host)),
        None => format!("{} {}", site.verb(), site.path),
    };
    check.capability(site, &Need::Network(host.as_deref()), message);
}

/// The host that an argument names: of a URL, or of an address pair.
fn host<'a>(check: &Check<'_, 'a>, expr: &'a Expr, site: &Use<'a>) -> Option<String> {
    let (expr, is_pair) = match expr {
        Expr::Tuple(pair) => (pair.elts.first()?, true),
        other => (other, false),
    };
    let text = check.model.constant(expr, site.place.scope)?.value.into_text()?;
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest,
        // What stands first in a pair is a host, a number or a name without dots included.
        None if is_pair || (text.contains('.') && !text.contains([' ', '/'])) => &text,
        None => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

const DOC: &str = r##"## What it finds
Sockets, HTTP clients, mail, file transfer, web sockets and name resolution, in the standard library and in the libraries in common use. A host that is a constant is held against the hosts that the manifest declares. One that is made at run time cannot be: it counts as declared when the manifest declares any host, and the finding names none.

## Why it is dangerous
What a plugin can read it can send away, and what it fetches it can run. Whoever installs it should know which hosts it speaks to.

## Example
```python
import urllib.request

urllib.request.urlopen("https://api.example.org/v1")
```

## Safe form
```python
# plugin.yaml
# permissions:
#   network: ["api.example.org"]
```

## References
- CWE-200: Exposure of Sensitive Information to an Unauthorized Actor
"##;
