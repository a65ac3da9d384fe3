use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;

use crate::python::model::origin::SourceKind;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-unescaped-markup",
        title: "Markup that is not escaped",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(79),
        bandit: &["B308", "B703", "B704"],
        ruff: &["S308", "S703", "S704"],
        remedy: "Build it with `format_html`, `Markup.format` or a template, which escape what they are given.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(DJANGO, django), Hook::Reach(MARKUP, markup)],
};

/// Of Django.
const DJANGO: &[&str] = &[
    "django.utils.safestring.mark_safe",
    "django.utils.safestring.SafeString",
    "django.utils.safestring.SafeText",
    "django.utils.safestring.SafeBytes",
    "django.utils.safestring.SafeUnicode",
    "django.utils.html.mark_safe",
];

/// Of Jinja's family.
const MARKUP: &[&str] = &["markupsafe.Markup", "flask.Markup", "jinja2.Markup"];

fn django<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    examine(check, site, &["308", "703"]);
}

fn markup<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called {
        examine(check, site, &["704"]);
    }
}

fn examine<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>, numbers: &[&str]) {
    let Some(call) = site.call else {
        let message = format!("{} {}, for whatever it will be called with", site.verb(), site.path);
        let finding = check.at_only(site.range, message, numbers);
        check.report(finding);
        return;
    };
    let Some(text) = call.arguments.args.first() else { return };
    let origin = check.model.origin(text, site.place.scope);
    if origin.is_constant() || is_escaped(check, text, site) {
        return;
    }
    let message = format!("{} declares safe what holds {}", site.path, check.describe(&origin));
    let mut finding = check.at_only(site.range, message, numbers);
    if origin.source.as_ref().is_some_and(|(kind, ..)| matches!(kind, SourceKind::Network | SourceKind::User)) {
        finding = finding.severity(Severity::Medium);
    }
    finding.evidence.extend(check.steps(&origin));
    check.report(finding);
}

/// Whether the text is what a function gave that escapes.
fn is_escaped<'a>(check: &Check<'_, 'a>, text: &'a Expr, site: &Use<'a>) -> bool {
    let Expr::Call(call) = text else { return false };
    let targets = check.model.targets(call, site.place.scope);
    let escapes = |path: &str| {
        let name = path.rsplit('.').next().unwrap_or(path);
        matches!(name, "escape" | "conditional_escape" | "format_html" | "format_html_join" | "render_to_string")
    };
    targets.iter().any(|target| target.path().is_some_and(escapes))
}

const DOC: &str = r##"## What it finds
`mark_safe` and the safe strings of Django, and `markupsafe.Markup`, given something that is neither constant nor escaped. Bandit and Ruff rate it medium, constants included; here it is low, and medium only where a request's answer or a user's input goes in.

## Why it is dangerous
A template shows such text as it is. Whoever chooses a part of it can put a script into the page of another user.

## Example
```python
from markupsafe import Markup

def greet(name):
    return Markup(f"<b>{name}</b>")
```

## Safe form
```python
from markupsafe import Markup

def greet(name):
    return Markup("<b>{}</b>").format(name)
```

## References
- [MarkupSafe](https://markupsafe.palletsprojects.com/en/stable/escaping/)
- CWE-79: Improper Neutralization of Input During Web Page Generation
"##;
