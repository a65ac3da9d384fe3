use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-model-output-template",
        title: "A model's answer is used as a template",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(1336),
        bandit: &[],
        ruff: &[],
        remedy: "Write the template yourself and give the model's words to it as a value.",
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
    "chevron.render",
];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }

    let Some(data) = site.call.and_then(|call| call.arguments.args.first()) else { return };
    let Some((path, at)) = check.model.touches(data, site.place.scope, &origin::is_answer) else { return };
    let mut finding = check.at(site.range, format!("{} makes a template of what a model answered", site.path));
    finding.evidence.push(check.evidence(check.model.source.line(at), format!("{path} gives the model's answer")));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
What a language model answered, used as the text of a template (`jinja2`, `mako` and their like), rather than as a value in one.

## Why it is dangerous
Templates can call functions. Whoever gets words before the model chooses which.

## Example
```python
import jinja2, litellm

text = litellm.completion(model="m", messages=[]).choices[0].message.content
jinja2.Template(text).render()
```

## Safe form
```python
import jinja2, litellm

text = litellm.completion(model="m", messages=[]).choices[0].message.content
jinja2.Template("<p>{{ text }}</p>", autoescape=True).render(text=text)
```

## References
- CWE-1336: Improper Neutralization of Special Elements Used in a Template Engine
- [OWASP Top 10 for LLM Applications: Improper Output Handling](https://genai.owasp.org/llmrisk/llm052025-improper-output-handling/)
"##;
