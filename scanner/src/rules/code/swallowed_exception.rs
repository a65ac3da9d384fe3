use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::{ExceptHandlerExceptHandler, Stmt};
use ruff_text_size::Ranged;

use crate::python::model::Place;
use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-swallowed-exception",
        title: "Passes over every error",
        severity: Severity::Note,
        confidence: Confidence::High,
        cwe: Some(390),
        bandit: &["B110", "B112"],
        ruff: &["S110", "S112"],
        remedy: "Catch the errors that are expected, and log the others.",
        doc: DOC,
    },
    hooks: &[Hook::File(check)],
};

fn check(check: &mut Check<'_, '_>) {
    if check.is_apart() {
        return;
    }
    let model = check.model;
    for (handler, place) in &model.handlers {
        let (what, number) = match &*handler.body {
            [Stmt::Pass(_)] => ("pass", "110"),
            [Stmt::Continue(_)] => ("continue", "112"),
            _ => continue,
        };
        if catches_all(check, handler, *place) {
            let message = format!("an except clause for every error holds nothing but `{what}`");
            let finding = check.at_only(handler.range(), message, &[number]);
            check.report(finding);
        }
    }
}

fn catches_all<'a>(check: &Check<'_, 'a>, handler: &'a ExceptHandlerExceptHandler, place: Place) -> bool {
    let Some(caught) = handler.type_.as_deref() else { return true };
    let is_all = |path: &str| matches!(path, "builtins.Exception" | "builtins.BaseException");
    check.model.resolve(caught, place.scope).iter().any(|caught| caught.path().is_some_and(is_all))
}

const DOC: &str = r##"## What it finds
`except:`, `except Exception:` and `except BaseException:` whose body is nothing but `pass` or `continue`, outside of tests.

## Why it is dangerous
An attack, or a check that could not be made, leaves no trace, and the program goes on as if all were well.

## Example
```python
try:
    verify(signature)
except Exception:
    pass
```

## Safe form
```python
import logging

try:
    verify(signature)
except ValueError as error:
    logging.warning("the signature is not valid: %s", error)
    raise
```

## References
- [Handling Exceptions](https://docs.python.org/3/tutorial/errors.html#handling-exceptions)
- CWE-390: Detection of Error Condition Without Action
"##;
