use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::written::GAP;
use crate::rules::addresses;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-parameter-url",
        title: "A tool asks whatever address it is given",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(918),
        bandit: &[],
        ruff: &[],
        remedy: "Take the host from the configuration, or hold it against a list; refuse private and link-local addresses after resolving.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(addresses::REQUESTS, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }
    let Some((_, tool)) = check.model.tool_around(site.place.scope) else { return };
    let Some(data) = site.argument("url", usize::from(site.path.ends_with(".request"))) else { return };
    let Some(parameter) = check.model.origin(data, site.place.scope).parameter.filter(|name| tool.has_parameter(name))
    else {
        return;
    };
    if tool.checks_addresses {
        return;
    }
    let text = check.model.written(data, site.place.scope);
    // A host that is written out stays what it is.
    let host = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    if host.is_some_and(|host| !host.contains(GAP) && !host.is_empty()) {
        return;
    }
    let shown = airlock_model::escape::quoted(&parameter);
    let finding = check.at(site.range, format!("{} goes to where the tool's parameter {shown} says", site.path));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
A URL or a host that a tool's parameter decides, reaching a request, in a tool that does not look at where it leads.

## Why it is dangerous
A parameter is chosen by the model, and the model by whoever gets words before it. From inside a network such a request reaches what is not open to the outside: administration pages, databases, a cloud machine's credentials.

## Example
```python
import requests

@tool
def fetch(url: str) -> str:
    """Fetches a page."""
    return requests.get(url).text
```

## Safe form
```python
import requests

@tool
def weather(city: str) -> str:
    """Tells the weather."""
    return requests.get("https://api.example.org/weather", params={"city": city}).text
```

## References
- CWE-918: Server-Side Request Forgery
"##;
