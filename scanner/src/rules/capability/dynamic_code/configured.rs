//! What a logging configuration has called: the `"()"` and `"class"` of its parts, where they do not stand there openly.

use ruff_python_ast::Expr;

use crate::python::model::constant::Const;
use crate::python::model::scope::{ScopeId, Value};
use crate::rules::check::{Check, Use};
use crate::rules::sinks;

/// What reads a configuration that is a dictionary.
pub(super) const DICTIONARIES: &[&str] = &["logging.config.dictConfig", "logging.config.DictConfigurator"];

/// How deep configurations lie inside one another, and how many of their parts are looked at.
const DEPTH: u32 = 8;
const PARTS: usize = 256;

pub(super) fn examine<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(config) = site.argument("config", 0) else { return };
    let mut names = Vec::new();
    written(check, config, site.place.scope, DEPTH, &mut names);
    for name in names {
        let name = name.strip_prefix("ext://").unwrap_or(&name);
        let is_path = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        if is_path && sinks::sink(name).is_some() {
            let module = name.split('.').next().unwrap_or(name);
            check.payload(site, format!("import {module}\n{name}()\n"));
        }
    }
}

/// The names in a configuration that stands in the source.
fn written<'a>(check: &Check<'_, 'a>, expr: &'a Expr, scope: ScopeId, depth: u32, names: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1).filter(|_| names.len() < PARTS) else { return };
    match expr {
        Expr::Dict(dict) => {
            for item in dict.items.iter().take(PARTS) {
                match item.key.as_ref().and_then(|key| check.model.key(key, scope)) {
                    Some((key, _)) if is_called(&key) => names.extend(check.text(&item.value, scope)),
                    _ => written(check, &item.value, scope, depth, names),
                }
            }
        }
        Expr::Name(name) => {
            for id in check.model.lookup(&name.id, scope).unwrap_or_default() {
                let bound = &check.model.bindings[id.index()].bound;
                if let Value::Expr(value) = bound.value {
                    written(check, value, bound.scope, depth, names);
                }
            }
        }
        Expr::List(list) => list.elts.iter().take(PARTS).for_each(|item| written(check, item, scope, depth, names)),
        // `json.loads("…")`.
        Expr::Call(_) => {
            if let Some(folded) = check.model.constant(expr, scope) {
                folded_in(&folded.value, depth, names);
            }
        }
        _ => {}
    }
}

fn folded_in(value: &Const, depth: u32, names: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1).filter(|_| names.len() < PARTS) else { return };
    match value {
        Const::Dict(items) => items.iter().for_each(|(key, value)| match (key, value) {
            (Const::Str(key), Const::Str(name)) if is_called(key) => names.push(name.clone()),
            (_, value) => folded_in(value, depth, names),
        }),
        Const::List(items) => items.iter().for_each(|item| folded_in(item, depth, names)),
        _ => {}
    }
}

fn is_called(key: &str) -> bool {
    matches!(key, "()" | "class")
}
