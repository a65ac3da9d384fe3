use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-parameter-template",
        title: "A tool uses a parameter as a template",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(1336),
        bandit: &[],
        ruff: &[],
        remedy: "Write the template yourself and give the parameter to it as a value; or use `jinja2.sandbox`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(TEMPLATES, check)],
};

/// What makes a template of a text.
const TEMPLATES: &[&str] = &[
    "jinja2.Template",
    "jinja2.Environment().from_string",
    "jinja2.environment.Template",
    "flask.render_template_string",
    "mako.template.Template",
    "tornado.template.Template",
    "django.template.Template",
];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some((_, tool)) = check.model.tool_around(site.place.scope) else { return };
    let Some(text) = site.call.and_then(|call| call.arguments.args.first()) else { return };
    let origin = check.model.origin(text, site.place.scope);
    if let Some(parameter) = origin.parameter.filter(|name| tool.has_parameter(name)) {
        let shown = airlock_model::escape::quoted(&parameter);
        let finding = check.at(site.range, format!("{} makes a template of the tool's parameter {shown}", site.path));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
A tool's parameter used as the text of a template (`jinja2`, `mako` and their like), rather than as a value in one. The sandboxed environment of `jinja2` is not meant.

## Why it is dangerous
Templates can call functions. A parameter is chosen by the model, and the model by whoever gets words before it.

## Example
```python
import jinja2

@tool
def render(template: str) -> str:
    """Renders a letter."""
    return jinja2.Template(template).render()
```

## Safe form
```python
import jinja2

@tool
def render(name: str) -> str:
    """Renders a letter."""
    return jinja2.Template("Dear {{ name }}").render(name=name)
```

## References
- CWE-1336: Improper Neutralization of Special Elements Used in a Template Engine
"##;
