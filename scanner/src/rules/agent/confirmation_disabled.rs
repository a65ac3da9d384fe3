use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::python::model::CallSite;
use crate::python::model::constant::Const;
use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-confirmation-disabled",
        title: "What a person was to confirm is let through",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(1188),
        bandit: &[],
        ruff: &[],
        remedy: "Leave the question on, or let whoever runs the plugin switch it off.",
        doc: DOC,
    },
    hooks: &[Hook::File(check)],
};

/// Arguments of frameworks that switch a question off, by their name, and what they let through.
const FLAGS: &[(&str, &str)] = &[
    ("allow_dangerous_requests", "requests of any kind"),
    ("allow_dangerous_code", "code of any kind"),
    ("allow_dangerous_deserialization", "pickles of any origin"),
    ("allow_dangerous_tools", "dangerous tools"),
    ("allow_code_execution", "code that the model writes"),
    ("trust_remote_code", "code that comes with a model's weights"),
    ("dangerously_allow_browser", "keys in a browser"),
    ("dangerously_skip_permissions", "every permission"),
    ("auto_approve", "every call"),
    ("auto_confirm", "every call"),
    ("skip_confirmation", "every call"),
    ("bypass_permissions", "every permission"),
];

fn check(check: &mut Check<'_, '_>) {
    let model = check.model;
    for site in model.calls.iter().filter(|site| site.has_keywords) {
        for keyword in &site.call.arguments.keywords {
            let Some(name) = keyword.arg.as_deref().filter(|name| is_asked_about(name)) else { continue };
            let value = || model.constant(&keyword.value, site.place.scope).map(|folded| folded.value);
            let what = match FLAGS.iter().find(|(flag, _)| *flag == name) {
                Some((_, what)) if matches!(value(), Some(Const::Bool(true) | Const::Int(1))) => *what,
                _ => match (name, value()) {
                    ("human_input_mode", Some(Const::Str(mode))) if mode == "NEVER" && runs_code(site) => {
                        "code that the model writes"
                    }
                    ("code_execution_mode", Some(Const::Str(mode))) if mode == "unsafe" => "code that the model writes",
                    ("permission_mode", Some(Const::Str(mode))) if mode == "bypassPermissions" => "every permission",
                    ("require_approval", Some(Const::Str(mode))) if mode == "never" => {
                        "every call of another server's tools"
                    }
                    _ => continue,
                },
            };
            let finding = check.at(keyword.range(), format!("`{name}` lets {what} through without asking"));
            let mild = name == "trust_remote_code" && is_pinned(check, site);
            check.report(if mild { finding.severity(Severity::Low) } else { finding });
        }
    }
}

/// Whether an argument of that name may switch a question off; values are looked at of no others.
fn is_asked_about(name: &str) -> bool {
    FLAGS.iter().any(|(flag, _)| *flag == name)
        || matches!(name, "human_input_mode" | "code_execution_mode" | "permission_mode" | "require_approval")
}

/// Whether an agent that asks nobody also runs code.
fn runs_code(site: &CallSite<'_>) -> bool {
    site.call.arguments.find_keyword("code_execution_config").is_some_and(|config| {
        !matches!(&config.value, Expr::BooleanLiteral(literal) if !literal.value)
            && !config.value.is_none_literal_expr()
    })
}

/// A revision that is pinned to a commit loads what was looked at.
fn is_pinned<'a>(check: &Check<'_, 'a>, site: &CallSite<'a>) -> bool {
    let revision = site.call.arguments.find_keyword("revision");
    revision
        .and_then(|revision| check.model.constant(&revision.value, site.place.scope))
        .and_then(|revision| revision.value.into_text())
        .is_some_and(|revision| revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit()))
}

const DOC: &str = r##"## What it finds
Arguments of agent frameworks that switch a safeguard off in the source: `allow_dangerous_requests=True`, `allow_dangerous_code=True`, `trust_remote_code=True`, `human_input_mode="NEVER"` for an agent that runs code, and their like. A model pinned to a commit is of low severity.

## Why it is dangerous
The question is there because the model can be led by whoever gets words before it. Whoever runs the plugin should be the one to switch it off.

## Example
```python
agent = create_agent(model, tools, allow_dangerous_code=True)
```

## Safe form
```python
agent = create_agent(model, tools, allow_dangerous_code=settings.allow_code)
```

## References
- CWE-1188: Initialization of a Resource with an Insecure Default
- [OWASP Top 10 for LLM Applications: Excessive Agency](https://genai.owasp.org/llmrisk/llm062025-excessive-agency/)
"##;
