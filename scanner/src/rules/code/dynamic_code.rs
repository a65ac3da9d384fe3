use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::capability::dynamic_code::equivalents;
use crate::rules::check::{Check, How, Use};
use crate::rules::questions::is_terminal;
use crate::rules::sinks;
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
    hooks: &[
        Hook::Reach(paths::EVALUATORS, check),
        Hook::Reach(paths::EXPRESSIONS, expression),
        Hook::Reach(paths::SYMBOLS, symbols),
    ],
};

/// Symbolic mathematics makes symbols of its own words all over: only a tool, or what hears others, is asked.
fn symbols<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let hears = || check.model.imports.iter().any(|import| !import.relative && sinks::may_be_source(&import.path));
    if !check.model.tools().list.is_empty() || hears() {
        expression(check, site);
    }
}

/// What evaluates expressions is called with a program's own words all over; what others say is another matter.
fn expression<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let first = call.arguments.args.first().or_else(|| call.arguments.keywords.first().map(|word| &word.value));
    let Some(code) = first else { return };
    let origin = check.model.origin(code, site.place.scope);
    let of_others = origin.source.as_ref().is_some_and(|(kind, path, _)| {
        matches!(kind, SourceKind::Network | SourceKind::Model | SourceKind::User) && !is_terminal(path)
    });
    let of_tool = origin.parameter.as_ref().is_some_and(|name| {
        check.model.tool_around(site.place.scope).is_some_and(|(_, tool)| tool.has_parameter(name))
    });
    if !of_others && !of_tool {
        return;
    }
    let message = format!("{} evaluates an expression that holds {}", site.path, check.describe(&origin));
    let mut finding = check.at_only(site.range, message, &[]).severity(Severity::Medium);
    finding.evidence.extend(check.steps(&origin));
    check.report(finding);
}

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
`exec` or `eval`, by whatever name it is reached, of text that does not fold to a constant; and `exec` or `eval` handed to something that will call it. What evaluates expressions by way of `eval` (`sympy.sympify`, `numexpr.evaluate`, `pandas.eval`, `DataFrame.query`), of what others said or of a tool's parameter, is of medium severity.

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
