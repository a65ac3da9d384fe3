//! Which statements give a name another value.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall, Stmt};
use rustc_hash::FxHashMap;

use super::methods::CHANGING;
use crate::python::model::Model;
use crate::python::model::scope::ScopeId;

/// Blocks in blocks; the interpreter takes no more.
const MOST: u32 = 100;

/// The bodies whose statements have been gone through.
pub(in crate::python::model) type Changing<'a> = FxHashMap<ScopeId, Rc<Changed<'a>>>;

/// The statements of one body, by the names that they change.
#[derive(Default)]
pub(in crate::python::model) struct Changed<'a>(FxHashMap<&'a str, Vec<usize>>);

impl Changed<'_> {
    /// The places of those that change a name, in order.
    pub(super) fn of(&self, name: &str) -> &[usize] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

impl<'a> Model<'a> {
    /// The statements of a scope's body by the names that they change; gone through once for all names.
    pub(super) fn changing(&self, holder: ScopeId, body: &'a [Stmt]) -> Rc<Changed<'a>> {
        if let Some(known) = self.changing.borrow().get(&holder) {
            return Rc::clone(known);
        }
        let mut changed = Changed::default();
        for (index, stmt) in body.iter().enumerate() {
            each_changed(stmt, 0, &mut |name| {
                let places = changed.0.entry(name).or_default();
                if places.last() != Some(&index) {
                    places.push(index);
                }
            });
        }
        let changed = Rc::new(changed);
        self.changing.borrow_mut().insert(holder, Rc::clone(&changed));
        changed
    }
}

/// Tells every name that running a statement gives another value, perhaps more than once.
fn each_changed<'a>(stmt: &'a Stmt, depth: u32, tell: &mut dyn FnMut(&'a str)) {
    let within = |body: &'a [Stmt], tell: &mut dyn FnMut(&'a str)| {
        if depth < MOST {
            body.iter().for_each(|stmt| each_changed(stmt, depth + 1, tell));
        }
    };
    match stmt {
        Stmt::Assign(assign) => assign.targets.iter().for_each(|target| each_bound(target, tell)),
        Stmt::AnnAssign(assign) if assign.value.is_some() => each_bound(&assign.target, tell),
        Stmt::AugAssign(assign) => each_bound(&assign.target, tell),
        Stmt::Delete(delete) => delete.targets.iter().for_each(|target| each_bound(target, tell)),
        Stmt::Expr(stmt) => {
            if let Expr::Call(call) = &*stmt.value
                && let Some((name, _)) = changing(call)
            {
                tell(name);
            }
        }
        Stmt::For(stmt) => {
            each_bound(&stmt.target, tell);
            within(&stmt.body, tell);
        }
        Stmt::While(stmt) => within(&stmt.body, tell),
        Stmt::If(stmt) => {
            within(&stmt.body, tell);
            stmt.elif_else_clauses.iter().for_each(|clause| within(&clause.body, tell));
        }
        Stmt::Try(stmt) => within(&stmt.body, tell),
        Stmt::With(stmt) => within(&stmt.body, tell),
        _ => {}
    }
}

/// Tells the names that an assignment to a target gives another value.
fn each_bound<'a>(target: &'a Expr, tell: &mut dyn FnMut(&'a str)) {
    match target {
        Expr::Name(name) => tell(&name.id),
        Expr::Starred(inner) => each_bound(&inner.value, tell),
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| each_bound(target, tell)),
        Expr::List(list) => list.elts.iter().for_each(|target| each_bound(target, tell)),
        Expr::Subscript(subscript) => {
            if let Expr::Name(name) = &*subscript.value {
                tell(&name.id);
            }
        }
        _ => {}
    }
}

/// Whether running a statement gives a name another value.
pub(super) fn changes(stmt: &Stmt, name: &str) -> bool {
    let mut found = false;
    each_changed(stmt, 0, &mut |changed| found |= changed == name);
    found
}

/// Whether a method of that name changes what it is called on.
pub(in crate::python::model) fn is_changing(method: &str) -> bool {
    CHANGING.contains(&method)
}

/// The name and the method of a call that changes what the name holds.
pub(in crate::python::model) fn changing(call: &ExprCall) -> Option<(&str, &str)> {
    let Expr::Attribute(attribute) = &*call.func else { return None };
    let Expr::Name(name) = &*attribute.value else { return None };
    is_changing(&attribute.attr).then_some((name.id.as_str(), attribute.attr.as_str()))
}
