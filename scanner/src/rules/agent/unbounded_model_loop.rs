use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use crate::python::model::origin;
use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-unbounded-model-loop",
        title: "A model is called in a loop without end",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(834),
        bandit: &[],
        ruff: &[],
        remedy: "Bound how often the loop runs, and say what happens when the bound is reached.",
        doc: DOC,
    },
    hooks: &[Hook::File(check)],
};

fn check(check: &mut Check<'_, '_>) {
    let model = check.model;
    let endless: Vec<_> = model
        .loops
        .iter()
        .filter(|(stmt, place)| {
            model.constant(&stmt.test, place.scope).is_some_and(|test| test.value.is_true()) && !leaves(&stmt.body, 0)
        })
        .collect();
    if endless.is_empty() {
        return;
    }
    for site in &model.calls {
        let inside = endless
            .iter()
            .any(|(stmt, place)| place.scope == site.place.scope && stmt.range().contains_range(site.call.range()));
        if !inside {
            continue;
        }
        let targets = model.targets(site.call, site.place.scope);
        if let Some(path) = targets.iter().filter_map(|target| target.path()).find(|path| origin::is_answer(path)) {
            let finding = check.at(site.call.range(), format!("{path} is called again and again, without a bound"));
            check.report(finding);
        }
    }
}

/// Whether a loop's body can end the loop.
fn leaves(body: &[Stmt], depth: u32) -> bool {
    depth < 64
        && body.iter().any(|stmt| match stmt {
            Stmt::Break(_) | Stmt::Return(_) | Stmt::Raise(_) => true,
            Stmt::If(stmt) => {
                leaves(&stmt.body, depth + 1)
                    || stmt.elif_else_clauses.iter().any(|clause| leaves(&clause.body, depth + 1))
            }
            Stmt::With(stmt) => leaves(&stmt.body, depth + 1),
            Stmt::For(stmt) => leaves(&stmt.body, depth + 1) || leaves(&stmt.orelse, depth + 1),
            Stmt::While(stmt) => leaves(&stmt.body, depth + 1),
            Stmt::Match(stmt) => stmt.cases.iter().any(|case| leaves(&case.body, depth + 1)),
            Stmt::Try(stmt) => {
                leaves(&stmt.body, depth + 1)
                    || leaves(&stmt.orelse, depth + 1)
                    || leaves(&stmt.finalbody, depth + 1)
                    || stmt.handlers.iter().any(|handler| {
                        let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                        leaves(&handler.body, depth + 1)
                    })
            }
            _ => false,
        })
}

const DOC: &str = r##"## What it finds
A call of a language model in a `while True` whose body never leaves the loop.

## Why it is dangerous
Each round costs money, and a model that is led in a circle does not stop by itself.

## Example
```python
import openai

client = openai.OpenAI()
while True:
    client.chat.completions.create(model="m", messages=[])
```

## Safe form
```python
import openai

client = openai.OpenAI()
for _ in range(10):
    client.chat.completions.create(model="m", messages=[])
```

## References
- CWE-834: Excessive Iteration
- [OWASP Top 10 for LLM Applications: Unbounded Consumption](https://genai.owasp.org/llmrisk/llm102025-unbounded-consumption/)
"##;
