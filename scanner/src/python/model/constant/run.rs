//! Functions of the file that are run on constants, and the statements that put a
//! name's value together, statement by statement and under the same cap on steps.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::calls::Given;
use super::changing::{changes, changing};
use super::methods;
use super::{Const, Folder};
use crate::python::model::scope::{ScopeId, ScopeKind};

/// How a statement ends.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Const),
}

impl<'a> Folder<'_, 'a> {
    /// What a function of this file returns for these arguments.
    pub(super) fn run(&mut self, function: ScopeId, given: Given, takes_itself: bool) -> Option<Const> {
        let scope = &self.model.scopes[function.index()];
        let names: Vec<&'a str> = scope.parameters.iter().copied().skip(usize::from(takes_itself)).collect();
        let extra = given.positional.len().saturating_sub(names.len());
        if extra > 0 && scope.variadic.is_none() {
            return None;
        }
        if self.depth >= super::DEPTH {
            return self.cut();
        }
        let mut known = Vec::new();
        let mut positional = given.positional.into_iter();
        known.extend(names.iter().zip(positional.by_ref()).map(|(name, value)| Local::of(name, value)));
        if let Some(variadic) = scope.variadic {
            known.push(Local::of(variadic, Const::List(positional.collect())));
        }
        for (name, value) in given.named {
            known.push(Local::of(names.iter().find(|own| **own == name)?, value));
        }
        // A lambda sees the names around it; a function those of its own module.
        let before = match scope.kind {
            ScopeKind::Lambda => self.known.clone(),
            _ => std::mem::take(&mut self.known),
        };
        self.known.extend(known);
        let yielded = std::mem::take(&mut self.yielded);
        self.depth += 1;
        let value = match scope.kind {
            ScopeKind::Lambda => scope.returns.first().and_then(|value| self.fold(value, function)),
            _ => self.run_body(function),
        };
        self.depth -= 1;
        self.yielded = yielded;
        self.known = before;
        value
    }

    fn run_body(&mut self, function: ScopeId) -> Option<Const> {
        let scope = &self.model.scopes[function.index()];
        match self.block(scope.body, function, None)? {
            Flow::Return(value) => Some(value),
            _ if scope.gives => Some(Const::List(std::mem::take(&mut self.yielded))),
            _ => None,
        }
    }

    /// The value of a name after the statements that change it, up to a place.
    pub(super) fn run_up_to(&mut self, name: &'a str, scope: ScopeId, at: Option<TextSize>) -> Option<Const> {
        let model = self.model;
        let mut holder = scope;
        while !model.scopes[holder.index()].names.contains_key(name) {
            holder = model.scopes[holder.index()].parent?;
        }
        let inner = &model.scopes[holder.index()];
        let body = match inner.kind {
            ScopeKind::Module => model.body,
            ScopeKind::Class => &inner.class?.body,
            ScopeKind::Function => inner.body,
            ScopeKind::Lambda | ScopeKind::Comprehension => return None,
        };
        let known = std::mem::take(&mut self.known);
        for stmt in model.changing(holder, body).of(name).iter().map(|index| &body[*index]) {
            // Only what is before the place counts, unless a loop holds both.
            if at.is_some_and(|at| stmt.start() >= at) || self.step().is_none() {
                break;
            }
            if self.statement(stmt, holder, Some(name)).is_none() {
                // A change of a part leaves the rest as it was, as far as can be told.
                if changes_a_part(stmt, name) {
                    self.doubted();
                } else {
                    self.known.clear();
                }
            }
        }
        let value = self.known.iter().rev().find(|local| local.name == name).map(|local| local.value.clone());
        self.known = known;
        self.computed();
        value
    }

    fn block(&mut self, body: &'a [Stmt], scope: ScopeId, only: Option<&str>) -> Option<Flow> {
        for stmt in body {
            match self.statement(stmt, scope, only) {
                Some(Flow::Next) => {}
                Some(other) => return Some(other),
                // What does not touch the wanted name may fail.
                None if only.is_some_and(|name| !changes(stmt, name)) => {}
                None => return None,
            }
        }
        Some(Flow::Next)
    }

    fn statement(&mut self, stmt: &'a Stmt, scope: ScopeId, only: Option<&str>) -> Option<Flow> {
        self.step()?;
        if self.depth >= super::DEPTH {
            return self.cut();
        }
        self.depth += 1;
        let flow = self.statement_inner(stmt, scope, only);
        self.depth -= 1;
        flow
    }

    fn statement_inner(&mut self, stmt: &'a Stmt, scope: ScopeId, only: Option<&str>) -> Option<Flow> {
        match stmt {
            Stmt::Assign(assign) => {
                let value = self.fold(&assign.value, scope)?;
                for target in &assign.targets {
                    self.bind(target, value.clone())?;
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.fold(value, scope)?;
                    self.bind(&assign.target, value)?;
                }
            }
            Stmt::AugAssign(assign) => {
                let Expr::Name(name) = &*assign.target else { return None };
                let more = self.fold(&assign.value, scope)?;
                let (old, _) = self.current(name.id.as_str(), scope, name.range.start())?;
                self.computed();
                let value = match (super::binary(assign.op, old.clone(), more.clone()), old) {
                    (Some(value), _) => value,
                    (None, old @ (Const::List(_) | Const::Bytes(_))) => {
                        methods::changed(old, "extend", &Given::of(vec![more]))?
                    }
                    _ => return None,
                };
                let size = value.size();
                self.weigh(size)?;
                self.assign_weighed(name.id.as_str(), value, Some(size));
            }
            Stmt::Expr(stmt) => self.expression(&stmt.value, scope)?,
            Stmt::For(stmt) => {
                for item in self.fold(&stmt.iter, scope)?.into_items()? {
                    self.step()?;
                    self.bind(&stmt.target, item)?;
                    match self.block(&stmt.body, scope, only)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Some(Flow::Return(value)),
                        Flow::Next | Flow::Continue => {}
                    }
                }
            }
            Stmt::While(stmt) => {
                while self.fold(&stmt.test, scope)?.is_true() {
                    self.step()?;
                    match self.block(&stmt.body, scope, only)? {
                        Flow::Break => break,
                        Flow::Return(value) => return Some(Flow::Return(value)),
                        Flow::Next | Flow::Continue => {}
                    }
                }
            }
            Stmt::If(stmt) => {
                if self.fold(&stmt.test, scope)?.is_true() {
                    return self.block(&stmt.body, scope, only);
                }
                for clause in &stmt.elif_else_clauses {
                    let taken = match &clause.test {
                        Some(test) => self.fold(test, scope)?.is_true(),
                        None => true,
                    };
                    if taken {
                        return self.block(&clause.body, scope, only);
                    }
                }
            }
            Stmt::Try(stmt) => return self.block(&stmt.body, scope, only),
            Stmt::With(stmt) => return self.block(&stmt.body, scope, only),
            Stmt::Return(stmt) => {
                let value = match &stmt.value {
                    Some(value) => self.fold(value, scope)?,
                    None => Const::None,
                };
                return Some(Flow::Return(value));
            }
            Stmt::Break(_) => return Some(Flow::Break),
            Stmt::Continue(_) => return Some(Flow::Continue),
            Stmt::Pass(_)
            | Stmt::Import(_)
            | Stmt::ImportFrom(_)
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
            | Stmt::Assert(_) => {}
            _ => return None,
        }
        Some(Flow::Next)
    }

    /// An expression that is a statement: a `yield`, or a method that changes a name.
    fn expression(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<()> {
        match expr {
            Expr::Yield(inner) => {
                let value = match &inner.value {
                    Some(value) => self.fold(value, scope)?,
                    None => Const::None,
                };
                self.yielded.push(value);
                (self.yielded.len() <= super::SIZE).then_some(())
            }
            Expr::YieldFrom(inner) => {
                let more = self.fold(&inner.value, scope)?.into_items()?;
                self.yielded.extend(more);
                (self.yielded.len() <= super::SIZE).then_some(())
            }
            Expr::Call(call) => {
                // Calls of other kinds leave what is known as it is.
                if let Some((name, method)) = changing(call) {
                    let (old, weighed) = self.current(name, scope, call.start())?;
                    let mut given = Given::of(self.arguments(call, scope)?);
                    for keyword in &call.arguments.keywords {
                        given.named.push((keyword.arg.as_ref()?.to_string(), self.fold(&keyword.value, scope)?));
                    }
                    let value = methods::changed(old, method, &given)?;
                    // What only grew by an item is not measured again.
                    let size = match (&value, weighed) {
                        (Const::List(items), Some(before)) if method == "append" => {
                            before + items.last()?.size_in_list()
                        }
                        _ => value.size(),
                    };
                    self.weigh(size)?;
                    self.assign_weighed(name, value, Some(size));
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    /// What a name holds in the middle of a run, and its size where that is known.
    fn current(&mut self, name: &'a str, scope: ScopeId, at: TextSize) -> Option<(Const, Option<usize>)> {
        match self.known.iter_mut().rev().find(|local| local.name == name) {
            // It is about to be replaced, by what is weighed then: taking it spares a copy.
            Some(local) => Some((std::mem::replace(&mut local.value, Const::None), local.size.take())),
            None => Some((self.name(name, scope, at)?, None)),
        }
    }
}

/// A name of the frame that is being run.
#[derive(Clone)]
pub(super) struct Local<'a> {
    pub(super) name: &'a str,
    pub(super) value: Const,
    /// The size of the value, where it was measured.
    pub(super) size: Option<usize>,
}

impl<'a> Local<'a> {
    const fn of(name: &'a str, value: Const) -> Self {
        Self { name, value, size: None }
    }
}

/// Whether a statement does nothing to a name but change or remove an item of what it holds.
fn changes_a_part(stmt: &Stmt, name: &str) -> bool {
    let targets = match stmt {
        Stmt::Assign(assign) => assign.targets.as_slice(),
        Stmt::AugAssign(assign) => std::slice::from_ref(&*assign.target),
        Stmt::Delete(delete) => delete.targets.as_slice(),
        _ => return false,
    };
    targets.iter().all(|target| match target {
        Expr::Subscript(subscript) => matches!(&*subscript.value, Expr::Name(own) if own.id == name),
        _ => false,
    })
}
