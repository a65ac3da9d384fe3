use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};
use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-parameter-sql",
        title: "A tool puts a parameter into a query",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(89),
        bandit: &[],
        ruff: &[],
        remedy: "Write a placeholder into the query and pass the value beside it.",
        doc: DOC,
    },
    hooks: &[Hook::File(check)],
};

/// Methods that run a query.
const METHODS: &[&str] = &[
    "execute",
    "executemany",
    "executescript",
    "fetch",
    "fetchrow",
    "fetchval",
    "fetchall",
    "raw",
    "query",
    "read_sql",
    "read_sql_query",
    "sql",
];
/// How queries begin.
const VERBS: &[&str] = &[
    "select ",
    "insert ",
    "update ",
    "delete ",
    "drop ",
    "alter ",
    "create ",
    "replace ",
    "merge ",
    "with ",
    "pragma ",
    "truncate ",
];

fn check(check: &mut Check<'_, '_>) {
    let model = check.model;
    if model.tools().list.is_empty() {
        return;
    }
    for site in &model.calls {
        let Expr::Attribute(method) = &*site.call.func else { continue };
        if !METHODS.contains(&method.attr.as_str()) {
            continue;
        }
        let (Some((_, tool)), Some(query)) = (model.tool_around(site.place.scope), site.call.arguments.args.first())
        else {
            continue;
        };
        let text = model.written(query, site.place.scope);
        let start = text.trim_start().to_lowercase();
        if !VERBS.iter().any(|verb| start.starts_with(verb)) {
            continue;
        }
        let origin = model.origin(query, site.place.scope);
        let Some(parameter) = origin.parameter.filter(|name| tool.has_parameter(name)) else { continue };
        let shown = airlock_model::escape::quoted(&parameter);
        let finding = check.at(site.call.range(), format!("the query holds the tool's parameter {shown}"));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
A tool's parameter that becomes part of the text of a database query, by `+`, `%`, `format` or an f-string.

## Why it is dangerous
A parameter is chosen by the model, and the model by whoever gets words before it. Part of a query can end the query and begin another.

## Example
```python
@tool
def find(connection, name: str) -> list:
    """Finds people by name."""
    return connection.execute(f"SELECT * FROM people WHERE name = '{name}'").fetchall()
```

## Safe form
```python
@tool
def find(connection, name: str) -> list:
    """Finds people by name."""
    return connection.execute("SELECT * FROM people WHERE name = ?", (name,)).fetchall()
```

## References
- CWE-89: Improper Neutralization of Special Elements used in an SQL Command
"##;
