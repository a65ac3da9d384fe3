use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::constant::Const;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-template-autoescape",
        title: "A template engine that does not escape",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(79),
        bandit: &["B701", "B702"],
        ruff: &["S701", "S702"],
        remedy: "Pass `autoescape=select_autoescape()` to Jinja, and `default_filters=[\"h\"]` to Mako.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(JINJA, jinja), Hook::Reach(MAKO, mako)],
};

/// Of Jinja.
const JINJA: &[&str] = &[
    "jinja2.Environment",
    "jinja2.environment.Environment",
    "jinja2.sandbox.SandboxedEnvironment",
    "jinja2.sandbox.ImmutableSandboxedEnvironment",
    "jinja2.nativetypes.NativeEnvironment",
];

/// Of Mako.
const MAKO: &[&str] = &["mako.template.Template"];

fn jinja<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let message = match call.arguments.find_keyword("autoescape") {
        Some(keyword) if check.truth(&keyword.value, site.place.scope) != Some(false) => return,
        Some(_) => format!("{} is told not to escape", site.path),
        None if call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) => return,
        None => format!("{} does not escape unless told to", site.path),
    };
    let finding = check.at_only(site.range, message, &["701"]);
    check.report(finding);
}

fn mako<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let escape = Const::Str("h".into());
    let filters = call.arguments.find_keyword("default_filters");
    let filters = filters.and_then(|filters| check.model.constant(&filters.value, site.place.scope));
    if matches!(filters.map(|folded| folded.value), Some(Const::List(filters)) if filters.contains(&escape)) {
        return;
    }
    let finding = check.at_only(site.range, format!("{} does not escape unless told to", site.path), &["702"]);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
`jinja2.Environment` without `autoescape` or with it off, and `mako.template.Template` without the filter `h`. Bandit and Ruff rate them high and medium; templates also make configuration files and prompts, where nothing is to be escaped, so it is low here.

## Why it is dangerous
In a web page, whoever chooses a value that is filled in can put a script there.

## Example
```python
from jinja2 import Environment

environment = Environment()
```

## Safe form
```python
from jinja2 import Environment, select_autoescape

environment = Environment(autoescape=select_autoescape())
```

## References
- [Jinja: Autoescaping](https://jinja.palletsprojects.com/en/stable/api/#autoescaping)
- CWE-79: Improper Neutralization of Input During Web Page Generation
"##;
