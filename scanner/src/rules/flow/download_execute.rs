use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::check::{Check, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-download-execute",
        title: "An answer from the network is run",
        severity: Severity::Critical,
        confidence: Confidence::High,
        cwe: Some(494),
        bandit: &[],
        ruff: &[],
        remedy: "Ship the code with the plugin, where it can be examined.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(paths::SHELLS, check),
        Hook::Reach(paths::PROCESSES, check),
        Hook::Reach(paths::EVALUATORS, check),
        Hook::Reach(paths::CODE_MAKERS, check),
        Hook::Reach(paths::PICKLES, check),
    ],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(first) = site.call.and_then(|call| call.arguments.args.first()) else { return };
    let origin = check.model.origin(first, site.place.scope);
    if let Some((SourceKind::Network, source, _)) = &origin.source {
        let mut finding = check.at(site.range, format!("{} is given what {source} answered", site.path));
        finding.evidence.extend(check.steps(&origin));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
Data from a network client that reaches `exec`, `eval`, a shell, a program's arguments, or a pickle.

## Why it is dangerous
Whoever answers the request, today or after the domain has changed hands, runs code on every machine that has the plugin.

## Example
```python
import urllib.request

exec(urllib.request.urlopen("https://example.org/x.py").read())
```

## Safe form
```python
import json
import urllib.request

json.load(urllib.request.urlopen("https://example.org/x.json"))
```

## References
- CWE-494: Download of Code Without Integrity Check
"##;
