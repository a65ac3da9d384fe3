//! What the calls in a file give the parameters of its functions.

use ruff_python_ast::{Expr, ExprCall};
use rustc_hash::FxHashMap;

use super::import_time::callee;
use super::scope::{BindingId, ScopeId, Slot, Value};
use super::{CallSite, Model};

/// How many calls of one function are looked at.
const CALLS: usize = 12;

impl<'a> Model<'a> {
    /// The expressions that calls in this file give a parameter, with their scopes.
    pub(crate) fn arguments(&self, parameter: BindingId) -> Vec<(&'a Expr, ScopeId)> {
        let Some(slot) = self.slots.get(parameter) else { return Vec::new() };
        let mut out = Vec::new();
        for call in self.callers().get(&slot.function).into_iter().flatten().take(CALLS) {
            let site = &self.calls[*call];
            out.extend(given(site.call, slot).into_iter().map(|argument| (argument, site.place.scope)));
        }
        out
    }

    /// The same of a parameter that stands for one argument.
    pub(crate) fn arguments_of_one(&self, parameter: BindingId) -> Vec<(&'a Expr, ScopeId)> {
        let is_one = self.slots.get(parameter).is_some_and(|slot| !slot.is_variadic);
        if is_one { self.arguments(parameter) } else { Vec::new() }
    }

    /// The one expression that a parameter always stands for: its function is called in
    /// one place of this file.
    pub(crate) fn only_argument(&self, parameter: BindingId) -> Option<(&'a Expr, ScopeId)> {
        let slot = self.slots.get(parameter).filter(|slot| !slot.is_variadic)?;
        let [call] = self.callers().get(&slot.function)?.as_slice() else { return None };
        let site = &self.calls[*call];
        Some((*given(site.call, slot).first()?, site.place.scope))
    }

    /// The calls of a function in this file.
    pub(crate) fn calls_of(&self, function: ScopeId) -> impl Iterator<Item = CallSite<'a>> {
        self.callers().get(&function).into_iter().flatten().take(CALLS).map(|index| self.calls[*index])
    }

    /// The calls that a function of this file is handed to by its name, and that may call it.
    pub(crate) fn handed_to(&self, function: ScopeId) -> impl Iterator<Item = CallSite<'a>> {
        let handed = self.receivers.get_or_init(|| {
            let mut receivers: FxHashMap<ScopeId, Vec<usize>> = FxHashMap::default();
            for (index, site) in self.calls.iter().enumerate() {
                let words = site.call.arguments.keywords.iter().map(|word| &word.value);
                for value in site.call.arguments.args.iter().chain(words) {
                    let Expr::Name(name) = value else { continue };
                    for id in self.lookup(&name.id, site.place.scope).into_iter().flatten() {
                        if let Value::Function(function) = self.bindings[id.index()].bound.value {
                            receivers.entry(function).or_default().push(index);
                        }
                    }
                }
            }
            receivers
        });
        handed.get(&function).into_iter().flatten().take(CALLS).map(|index| self.calls[*index])
    }

    fn callers(&self) -> &FxHashMap<ScopeId, Vec<usize>> {
        self.callers.get_or_init(|| {
            let mut callers: FxHashMap<ScopeId, Vec<usize>> = FxHashMap::default();
            for index in 0..self.calls.len() {
                let called = callee(self, index).or_else(|| self.own_method(index));
                if let Some(function) = called {
                    callers.entry(function).or_default().push(index);
                }
            }
            callers
        })
    }

    /// The method that `self.name(…)` or `Class.name(…)` calls.
    fn own_method(&self, index: usize) -> Option<ScopeId> {
        let site = self.calls[index];
        let Expr::Attribute(attribute) = &*site.call.func else { return None };
        let base = match &*attribute.value {
            Expr::Name(base) => base,
            // `Class().name(…)`.
            Expr::Call(call) => match &*call.func {
                Expr::Name(base) => base,
                _ => return None,
            },
            _ => return None,
        };
        self.lookup(&base.id, site.place.scope)?.iter().find_map(|id| match &self.bindings[id.index()].bound.value {
            Value::Own(class) | Value::Class(class) => self.method(*class, &attribute.attr),
            Value::Expr(Expr::Call(call)) => {
                let Expr::Name(made) = &*call.func else { return None };
                self.lookup(&made.id, ScopeId::MODULE)?.iter().find_map(|id| {
                    match self.bindings[id.index()].bound.value {
                        Value::Class(class) => self.method(class, &attribute.attr),
                        _ => None,
                    }
                })
            }
            _ => None,
        })
    }
}

/// What a call gives one parameter; several expressions for a variadic one.
fn given<'a>(call: &'a ExprCall, slot: &Slot<'a>) -> Vec<&'a Expr> {
    let mut row: Vec<&'a Expr> = Vec::new();
    for argument in &call.arguments.args {
        match argument {
            Expr::Starred(starred) => match &*starred.value {
                Expr::List(list) => row.extend(&list.elts),
                Expr::Tuple(tuple) => row.extend(&tuple.elts),
                _ => break,
            },
            argument => row.push(argument),
        }
    }
    if slot.is_variadic {
        return row.split_off(slot.position.min(row.len()));
    }
    if let Some(argument) = row.get(slot.position) {
        return vec![argument];
    }
    for keyword in &call.arguments.keywords {
        match (&keyword.arg, &keyword.value) {
            (Some(name), value) if name.as_str() == slot.name => return vec![value],
            (None, Expr::Dict(dict)) => {
                let named = |key: &Option<Expr>| matches!(key, Some(Expr::StringLiteral(key)) if key.value.to_str() == slot.name);
                if let Some(item) = dict.items.iter().find(|item| named(&item.key)) {
                    return vec![&item.value];
                }
            }
            _ => {}
        }
    }
    Vec::new()
}
