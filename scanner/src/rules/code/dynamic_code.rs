use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::capability::dynamic_code::equivalents;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-dynamic-code",
        title: "Runs code that is not a constant",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(95),
        bandit: &["B102", "B307"],
        ruff: &["S102", "S307"],
        remedy: "Replace it: `ast.literal_eval` for data, a dictionary of functions for choices, a parser for expressions.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::EVALUATORS, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Handed {
        let message = format!("{} is handed to something that will call it on data", site.path);
        let finding = check.at_only(site.range, message, equivalents(&site.path));
        check.report(finding);
        return;
    }
    let code = site.argument("source", 0).or_else(|| site.call?.arguments.keywords.first().map(|first| &first.value));
    let Some(code) = code else { return };
    let origin = check.model.origin(code, site.place.scope);
    if origin.is_constant() {
        return;
    }
    let message = format!("{} runs code that holds {}", site.path, check.describe(&origin));
    let finding = check.at_only(site.range, message, equivalents(&site.path));
    let mut finding = finding.confidence(check.certainty(&origin));
    finding.evidence.extend(check.steps(&origin));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
`exec` or `eval`, by whatever name it is reached, of text that does not fold to a constant; and `exec` or `eval` handed to something that will call it.

## Why it is dangerous
The code that runs is not there to be examined, and whoever chooses part of the text chooses what runs.

## Example
```python
def calculate(expression):
    return eval(expression)
```

## Safe form
```python
import ast

def read(text):
    return ast.literal_eval(text)
```

## References
- [eval](https://docs.python.org/3/library/functions.html#eval)
- CWE-95: Improper Neutralization of Directives in Dynamically Evaluated Code
"##;
