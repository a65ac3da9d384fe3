use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::constant::Const;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-no-timeout",
        title: "A request that may wait for ever",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(400),
        bandit: &["B113"],
        ruff: &["S113"],
        remedy: "Pass `timeout=` with the seconds that the caller can wait.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(WAITING, check), Hook::Reach(LIMITED, check)],
};

/// What waits for ever unless told otherwise.
const WAITING: &[&str] = &[
    "requests.get",
    "requests.post",
    "requests.put",
    "requests.patch",
    "requests.delete",
    "requests.head",
    "requests.options",
    "requests.request",
];

/// What has a limit unless it is taken away.
const LIMITED: &[&str] = &[
    "httpx.get",
    "httpx.post",
    "httpx.put",
    "httpx.patch",
    "httpx.delete",
    "httpx.head",
    "httpx.options",
    "httpx.request",
    "httpx.stream",
    "httpx.Client",
    "httpx.AsyncClient",
];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let waits = match call.arguments.find_keyword("timeout") {
        Some(keyword) => {
            check.model.constant(&keyword.value, site.place.scope).is_some_and(|folded| folded.value == Const::None)
        }
        // `**options` may hold it.
        None => WAITING.contains(&&*site.path) && call.arguments.keywords.iter().all(|keyword| keyword.arg.is_some()),
    };
    if waits {
        let finding = check.at(site.range, format!("{} is called without a timeout", site.path));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
Requests made with `requests` without `timeout=`, and with `requests` or `httpx` and `timeout=None`.

## Why it is dangerous
A server that answers slowly, or never, keeps the caller waiting; a few such requests stop an agent altogether.

## Example
```python
import requests

def read(url):
    return requests.get(url).text
```

## Safe form
```python
import requests

def read(url):
    return requests.get(url, timeout=10).text
```

## References
- [Requests: Timeouts](https://requests.readthedocs.io/en/latest/user/advanced/#timeouts)
- CWE-400: Uncontrolled Resource Consumption
"##;
