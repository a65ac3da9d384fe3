use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, Need, Use, narrow};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-dynamic-code",
        title: "Runs code made at run time",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(94),
        bandit: &["B102", "B307"],
        ruff: &["S102", "S307"],
        remedy: "Declare `dynamic_code: true` under `permissions` in plugin.yaml, or replace it: `ast.literal_eval` for data, a dictionary of functions for choices.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::EVALUATORS, check), Hook::Reach(paths::CODE_MAKERS, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}", site.verb(), site.path);
    check.capability(site, &Need::DynamicCode, message);
    if let Some(finding) = check.found.findings.last_mut() {
        narrow(finding, equivalents(&site.path));
    }
    if let Some(code) = site.argument("source", 0)
        && let Some(folded) = check.model.constant(code, site.place.scope)
        && let Some(text) = folded.value.into_text()
    {
        check.payload(site, text);
    }
}

/// The numbers of other tools' rules about a path.
pub(crate) fn equivalents(path: &str) -> &'static [&'static str] {
    match path {
        "builtins.exec" => &["102"],
        "builtins.eval" => &["307"],
        _ => &[],
    }
}

const DOC: &str = r##"## What it finds
`exec`, `eval`, `compile`, `types.FunctionType`, `code`, `runpy` and other ways to run code that is not in the plugin's own files as such, by whatever name they are reached.

## Why it is dangerous
Code that is made at run time is not there to be examined. Where the text is a constant, it is examined in place; where it is not, see AL-CODE-dynamic-code.

## Example
```python
eval("1 + 1")
```

## Safe form
```python
import ast

ast.literal_eval("[1, 2]")
```

## References
- [ast.literal_eval](https://docs.python.org/3/library/ast.html#ast.literal_eval)
- CWE-94: Improper Control of Generation of Code
"##;
