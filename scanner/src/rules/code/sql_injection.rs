use airlock_model::{Confidence, RuleMeta, Severity};

use regex::Regex;
use ruff_python_ast::{Expr, FStringPart, InterpolatedStringElement, Operator};
use ruff_text_size::{Ranged, TextRange};
use std::sync::LazyLock;

use crate::python::model::scope::Value;
use crate::python::model::{CallSite, Place};
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-sql-injection",
        title: "SQL that is put together of text",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(89),
        bandit: &["B608", "B610", "B611"],
        ruff: &["S608", "S610", "S611"],
        remedy: "Write placeholders, and pass the values apart: `execute(\"… WHERE id = ?\", (id,))`.",
        doc: DOC,
    },
    hooks: &[
        Hook::File(built),
        Hook::Reach(&["django.db.models.expressions.RawSQL"], raw),
        Hook::Method(&["extra"], extra),
    ],
};

/// Beginnings of statements, with what must follow somewhere.
static STATEMENT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?is)^\s*(select\s.*\sfrom\s|(insert|replace)\s+into\s|delete\s+from\s|update\s.*\sset\s|with\s.*\sas\s*\(|drop\s+(table|database|view|index)\s|(create|alter)\s+(table|database|view|index|user)\s|truncate\s+table\s)";
    Regex::new(pattern).expect("the pattern is a constant")
});

/// The first words of statements: most texts are sorted out by them.
const VERBS: &[&str] =
    &["select", "insert", "replace", "delete", "update", "with", "drop", "create", "alter", "truncate"];

/// Second words of an English sentence that begins like a statement.
const ARTICLES: &[&str] = &["an", "the", "your", "this", "these", "some"];

/// After so much literal text of one expression the rest is left out.
const MOST: usize = 8192;

/// Methods that carry a statement out.
const EXECUTORS: &[&str] =
    &["execute", "executemany", "executescript", "raw", "fetch", "fetchrow", "fetchval", "read_sql", "read_sql_query"];

fn built(check: &mut Check<'_, '_>) {
    let model = check.model;
    let mut last = TextRange::default();
    for (expr, place) in &model.built {
        if last.contains_range(expr.range()) || !is_statement(expr) {
            continue;
        }
        last = expr.range();
        let origin = model.origin(expr, place.scope);
        if origin.is_constant() {
            continue;
        }
        let from_outside = origin.parameter.is_some() || origin.source.is_some();
        let carried_out = from_outside && is_carried_out(check, expr);
        let severity = if carried_out { Severity::Medium } else { Severity::Low };
        let message = format!("a text that reads as SQL holds {}", check.describe(&origin));
        let mut finding = check.at_only(expr.range(), message, &["608"]).severity(severity);
        finding.evidence.extend(check.steps(&origin));
        check.report(finding);
    }
}

/// Whether the literal parts of an expression begin as a statement does.
fn is_statement(expr: &Expr) -> bool {
    let mut text = String::new();
    skeleton(expr, &mut text);
    let mut words = text.split_whitespace();
    let (Some(first), Some(second)) = (words.next(), words.next()) else { return false };
    let is_verb = VERBS.iter().any(|verb| first.eq_ignore_ascii_case(verb));
    is_verb && !ARTICLES.iter().any(|article| second.eq_ignore_ascii_case(article)) && STATEMENT.is_match(&text)
}

/// The literal parts, with a mark where something is put in.
fn skeleton(expr: &Expr, text: &mut String) {
    // From the right to the left down the spine, and then up: chains may be long.
    let mut spine = Vec::new();
    let mut expr = expr;
    while let Expr::BinOp(op) = expr {
        spine.push(op);
        expr = &op.left;
    }
    leaf(expr, text);
    for op in spine.into_iter().rev() {
        if text.len() > MOST {
            return;
        }
        if op.op == Operator::Add {
            leaf(&op.right, text);
        }
    }
}

fn leaf(expr: &Expr, text: &mut String) {
    match expr {
        Expr::StringLiteral(literal) => text.push_str(literal.value.to_str()),
        Expr::FString(fstring) => {
            for part in &fstring.value {
                match part {
                    FStringPart::Literal(literal) => text.push_str(literal),
                    FStringPart::FString(inner) => inner.elements.iter().for_each(|element| match element {
                        InterpolatedStringElement::Literal(literal) => text.push_str(literal),
                        InterpolatedStringElement::Interpolation(_) => text.push('?'),
                    }),
                }
            }
        }
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) if &method.attr == "format" && text.is_empty() => match &*method.value {
                Expr::StringLiteral(literal) => text.push_str(literal.value.to_str()),
                receiver @ Expr::BinOp(_) => skeleton(receiver, text),
                _ => text.push('?'),
            },
            _ => text.push('?'),
        },
        _ => text.push('?'),
    }
}

/// Whether the text, or a name that it was given, is an argument of a method that runs it.
fn is_carried_out<'a>(check: &Check<'_, 'a>, built: &'a Expr) -> bool {
    let model = check.model;
    let is_it = |value: &'a Expr, place: Place| match value {
        Expr::Name(name) => model.lookup(&name.id, place.scope).into_iter().flatten().any(
            |id| matches!(model.bindings[id.index()].bound.value, Value::Expr(bound) if bound.range() == built.range()),
        ),
        value => value.range().contains_range(built.range()),
    };
    model.calls.iter().any(|site| {
        let executes = match &*site.call.func {
            Expr::Attribute(method) => EXECUTORS.contains(&method.attr.as_str()),
            Expr::Name(name) => EXECUTORS.contains(&name.id.as_str()),
            _ => false,
        };
        executes && site.call.arguments.args.iter().take(2).any(|value| is_it(value, site.place))
    })
}

fn raw<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(sql) = site.argument("sql", 0).filter(|_| site.how == How::Called) else { return };
    let origin = check.model.origin(sql, site.place.scope);
    if !origin.is_constant() {
        let message = format!("{} is given SQL that holds {}", site.path, check.describe(&origin));
        let finding = check.at_only(site.range, message, &["611"]).severity(Severity::Medium);
        check.report(finding);
    }
}

/// `extra()` of a query of Django's: it puts its arguments into the SQL as they are.
fn extra<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let targets = check.model.targets(site.call, site.place.scope);
    let is_query = |path: &str| path.contains(".objects") || path.starts_with("django.");
    if !check.imports("django") && !targets.iter().any(|target| target.path().is_some_and(is_query)) {
        return;
    }
    let mut unsafe_parts = [("select", 0), ("where", 1), ("tables", 3)].into_iter().filter_map(|(name, position)| {
        let value = site.call.arguments.find_argument_value(name, position)?;
        let origin = check.model.origin(value, site.place.scope);
        (!origin.is_constant()).then_some((name, origin))
    });
    if let Some((name, origin)) = unsafe_parts.next() {
        let message = format!("extra() is given a {name} that holds {}", check.describe(&origin));
        let finding = check.at_only(site.call.range(), message, &["610"]).severity(Severity::Medium);
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
Text that begins as an SQL statement does and is put together, by `+`, `%`, `format` or an f-string, with something that is not a constant; and Django's `RawSQL` and `extra()` with such text. It is medium where a parameter or data from outside goes in and the text is carried out in the same file, low otherwise. Bandit and Ruff rate all of it medium, placeholders and constants included.

## Why it is dangerous
Whoever chooses a part of the statement can end it and begin another: read every table, or empty it. In a plugin that a language model calls, a parameter is chosen by whoever speaks to the model.

## Example
```python
def find(cursor, name):
    cursor.execute("SELECT * FROM users WHERE name = '" + name + "'")
```

## Safe form
```python
def find(cursor, name):
    cursor.execute("SELECT * FROM users WHERE name = ?", (name,))
```

## References
- [sqlite3: placeholders](https://docs.python.org/3/library/sqlite3.html#how-to-use-placeholders-to-bind-values-in-sql-queries)
- CWE-89: Improper Neutralization of Special Elements used in an SQL Command
"##;
