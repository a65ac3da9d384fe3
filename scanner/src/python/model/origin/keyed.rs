//! Dictionaries that are read under a constant key: what else they hold does not come out there.
//!
//! That is sure of a dictionary that the file makes itself and keeps under one name, where every use of that name is
//! seen to leave its other keys where they are (see [`super::table`]). Of any other the whole is followed.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall, ExprDict};
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet;

use super::access::literal;
use super::table::Tables;
use super::trail::What;
use super::walk::{At, Origins, PART, holder};
use crate::python::exports::Neighbours;
use crate::python::model::Model;
use crate::python::model::scope::{BindingId, ScopeId, ScopeKind, Value};

/// Calls that give whoever makes them the names of another scope, or every object there is.
const DOORS: &[&str] = &[
    "sys._getframe",
    "sys._current_frames",
    "sys.settrace",
    "sys.setprofile",
    "inspect.currentframe",
    "inspect.stack",
    "inspect.trace",
    "gc.get_objects",
    "gc.get_referrers",
    "gc.get_referents",
];
/// Calls that come to the names of the scope that they stand in, and of the module.
const OWN_DOORS: &[&str] = &["builtins.locals", "builtins.globals", "builtins.vars", "builtins.exec", "builtins.eval"];
/// What stands in a text that comes there by attributes.
const MARKS: &[&str] = &["f_locals", "f_back", "__closure__", "cell_contents"];
/// What comes to the names of a module besides.
const MODULE_MARKS: &[&str] = &["f_globals", "__globals__", "__dict__", "modules", "__main__"];

/// `table.get("key")` and its like: the table, the key, and what is given where there is none.
pub(super) fn chosen(call: &ExprCall) -> Option<(&Expr, &Expr, Option<&Expr>)> {
    let Expr::Attribute(attribute) = &*call.func else { return None };
    if !matches!(attribute.attr.as_str(), "get" | "pop" | "setdefault") || !call.arguments.keywords.is_empty() {
        return None;
    }
    match &*call.arguments.args {
        [key] => Some((&attribute.value, key, None)),
        [key, default] => Some((&attribute.value, key, Some(default))),
        _ => None,
    }
}

impl<'a> Origins<'_, 'a> {
    /// Follows what a dictionary holds under a constant key; `false` where more than that may come out.
    pub(super) fn under_key(&mut self, base: &'a Expr, key: &'a Expr, scope: ScopeId, at: At) -> bool {
        let Some(key) = literal(key) else { return false };
        match base {
            Expr::Dict(dict) => {
                self.display(dict, key, scope, at);
                true
            }
            Expr::Name(name) => self.named(&name.id, key, scope, at),
            _ => false,
        }
    }

    fn named(&mut self, name: &'a str, key: &'a str, scope: ScopeId, at: At) -> bool {
        let model = self.model;
        let Some(ids) = model.lookup(name, scope) else { return false };
        if !ids.iter().all(|id| is_table(model, *id)) {
            return false;
        }
        let Some(holder) = ids.first().and_then(|id| holder(model, name, *id, scope)) else { return false };
        let Some(tables) = tables_of(model, holder) else { return false };
        let Some(puts) = tables.puts(model, name, key) else { return false };
        let mut is_new = false;
        for id in ids {
            if !self.keys.insert((*id, at.frame, at.flags, key)) {
                continue;
            }
            is_new = true;
            let binding = &model.bindings[id.index()];
            let trail = self.trail.add(at.trail, binding.at, What::Assigned(name));
            let Value::Expr(value) = binding.bound.value else { continue };
            self.made(value, key, binding.bound.scope, At { trail, ..at });
        }
        for put in puts.iter().filter(|_| is_new) {
            let at = if put.is_under_key { at } else { at.with(PART) };
            let trail = self.trail.add(at.trail, put.value.start(), What::Added(name));
            self.push(put.value, put.scope, At { trail, ..at });
        }
        true
    }

    /// What a display, or a call of `dict`, holds under a key.
    fn made(&mut self, value: &'a Expr, key: &'a str, scope: ScopeId, at: At) {
        match value {
            Expr::Dict(dict) => self.display(dict, key, scope, at),
            Expr::Call(call) => {
                for argument in &call.arguments.args {
                    match argument {
                        Expr::Dict(dict) => self.display(dict, key, scope, at),
                        other => self.push(other, scope, at.with(PART)),
                    }
                }
                for keyword in &call.arguments.keywords {
                    match keyword.arg.as_deref() {
                        Some(name) if name == key => self.push(&keyword.value, scope, at),
                        Some(_) => {}
                        None => self.push(&keyword.value, scope, at.with(PART)),
                    }
                }
            }
            _ => {}
        }
    }

    fn display(&mut self, dict: &'a ExprDict, key: &'a str, scope: ScopeId, at: At) {
        for item in &dict.items {
            match item.key.as_ref().map(literal) {
                Some(Some(own)) if own == key => self.push(&item.value, scope, at),
                Some(Some(_)) => {}
                // A key that is not known, and what is unpacked: any may be meant.
                _ => self.push(&item.value, scope, at.with(PART)),
            }
        }
    }
}

impl Model<'_> {
    /// Whether no other module of the tree can change what this one holds.
    pub(in crate::python::model) fn is_alone(&self) -> bool {
        self.exports.is_none_or(Neighbours::is_alone)
    }

    /// Whether the file comes to the names of a scope by other ways than by naming them.
    pub(in crate::python::model) fn has_back_door(&self, holder: ScopeId) -> bool {
        let find = || self.called().first(DOORS).is_some() || self.mentions(MARKS);
        *self.facts().has_door.get_or_init(find) || self.facts().opened.get_or_init(|| self.opened()).contains(&holder)
    }

    /// The scopes around calls of [`OWN_DOORS`].
    fn opened(&self) -> FxHashSet<ScopeId> {
        let mut opened = FxHashSet::default();
        for (index, site) in self.calls.iter().enumerate() {
            if self.targets_of(index).iter().any(|to| to.path().is_some_and(|path| OWN_DOORS.contains(&path))) {
                let mut at = Some(site.place.scope);
                // Around one that is there already all others are.
                while let Some(scope) = at.filter(|scope| opened.insert(*scope)) {
                    at = self.scopes[scope.index()].parent;
                }
            }
        }
        opened
    }

    fn mentions(&self, marks: &[&str]) -> bool {
        marks.iter().any(|mark| self.source.text.contains(mark))
    }
}

/// Whether a name is bound to a dictionary that is made there, or to nothing.
fn is_table(model: &Model<'_>, id: BindingId) -> bool {
    let bound = &model.bindings[id.index()].bound;
    match bound.value {
        Value::Expr(Expr::Dict(_) | Expr::NoneLiteral(_)) => !model.entered.contains(&id),
        Value::Expr(Expr::Call(call)) => {
            let made = model.resolve(&call.func, bound.scope);
            let [made] = made.as_slice() else { return false };
            made.path() == Some("builtins.dict") && call.func.is_name_expr()
        }
        _ => false,
    }
}

/// The tables of a scope, where nobody but the code of that scope comes to its names.
fn tables_of<'a>(model: &Model<'a>, holder: ScopeId) -> Option<Rc<Tables<'a>>> {
    let inner = &model.scopes[holder.index()];
    let body = match inner.kind {
        ScopeKind::Function => inner.body,
        // Another module of the tree may change what a module holds.
        ScopeKind::Module if model.is_alone() => model.body,
        _ => return None,
    };
    let facts = model.facts();
    if let Some(known) = facts.tables.borrow().get(&holder) {
        return known.clone();
    }
    let is_open = model.has_back_door(holder) || (inner.kind == ScopeKind::Module && model.mentions(MODULE_MARKS));
    let tables = (!is_open).then(|| Rc::new(Tables::of(model, body, holder)));
    facts.tables.borrow_mut().insert(holder, tables.clone());
    tables
}
