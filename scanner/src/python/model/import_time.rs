//! Which calls run when the module is imported: those at the top level, and those
//! in functions that the top level calls.

use ruff_python_ast::Expr;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Model;
use super::scope::{ScopeId, ScopeKind, Value};

/// Marks the calls inside functions that run at import.
pub(super) fn spread(model: &mut Model<'_>) {
    let mut pending: Vec<ScopeId> = called_from(model, |_, at_import| at_import);
    if pending.is_empty() {
        return;
    }
    let mut inner: FxHashMap<ScopeId, Vec<usize>> = FxHashMap::default();
    for (index, site) in model.calls.iter().enumerate() {
        if !site.place.at_import {
            inner.entry(function_of(model, site.place.scope)).or_default().push(index);
        }
    }
    let mut done: FxHashSet<ScopeId> = FxHashSet::default();
    while let Some(function) = pending.pop() {
        if !done.insert(function) {
            continue;
        }
        for index in inner.get(&function).into_iter().flatten() {
            model.calls[*index].place.at_import = true;
            pending.extend(callee(model, *index));
        }
    }
}

fn called_from(model: &Model<'_>, wanted: impl Fn(ScopeId, bool) -> bool) -> Vec<ScopeId> {
    (0..model.calls.len())
        .filter(|index| wanted(model.calls[*index].place.scope, model.calls[*index].place.at_import))
        .filter_map(|index| callee(model, index))
        .collect()
}

/// The function of this file that a call by plain name runs.
pub(super) fn callee(model: &Model<'_>, index: usize) -> Option<ScopeId> {
    let site = model.calls[index];
    match &*site.call.func {
        Expr::Name(name) => {
            let ids = model.lookup(&name.id, site.place.scope)?;
            ids.iter().find_map(|id| match model.bindings[id.index()].bound.value {
                Value::Function(scope) => Some(scope),
                Value::Class(class) => model.method(class, "__init__"),
                Value::Expr(Expr::Lambda(lambda)) => super::resolve::scope_of(&lambda.node_index),
                _ => None,
            })
        }
        Expr::Lambda(lambda) => super::resolve::scope_of(&lambda.node_index),
        _ => None,
    }
}

/// The function, class or module scope around a comprehension; itself otherwise.
fn function_of(model: &Model<'_>, scope: ScopeId) -> ScopeId {
    let mut at = scope;
    while model.scopes[at.index()].kind == ScopeKind::Comprehension
        && let Some(parent) = model.scopes[at.index()].parent
    {
        at = parent;
    }
    at
}
