//! Folding of calls: who is called, and with what.

use ruff_python_ast::{Expr, ExprCall};

use super::{Const, Folder, builtins, codecs, library};
use crate::python::model::object::{Object, path_of};
use crate::python::model::scope::{Ids, ScopeId, Value};

/// Something that can be called on constants.
#[derive(Clone)]
pub(super) enum Callable {
    /// A function outside this file.
    Path(String),
    /// A function of this file; whether its first parameter is taken by what it is a method of.
    Function(ScopeId, bool),
    /// A method of a constant.
    Bound(Const, String),
    /// `operator.itemgetter(key)`.
    Item(Const),
}

/// What a call is given.
#[derive(Default, Clone)]
pub(super) struct Given {
    pub(super) positional: Vec<Const>,
    pub(super) named: Vec<(String, Const)>,
}

impl Given {
    pub(super) fn of(positional: Vec<Const>) -> Self {
        Self { positional, named: Vec::new() }
    }

    /// An argument by position or name.
    pub(super) fn get(&self, position: usize, name: &str) -> Option<&Const> {
        let named = || self.named.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        self.positional.get(position).or_else(named)
    }
}

impl<'a> Folder<'_, 'a> {
    pub(super) fn call(&mut self, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        let callable = self.callable(&call.func, scope)?;
        if let Callable::Path(path) = &callable {
            if builtins::HIGHER_ORDER.contains(&path.as_str()) {
                return self.higher_order(path, call, scope);
            }
            if path == "builtins.type" && call.arguments.args.len() == 3 {
                return None;
            }
        }
        if let Callable::Path(path) = &callable
            && call.arguments.is_empty()
            && let Some(value) = self.elsewhere(&path_of(&[path, "()"]))
        {
            return Some(value);
        }
        let given = self.given(call, scope)?;
        self.apply(&callable, given)
    }

    /// What an expression calls when it is called.
    pub(super) fn callable(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Callable> {
        // A method of a constant comes first: `"".join` has no qualified path.
        if let Expr::Attribute(attribute) = expr
            && !self.is_outside(&attribute.value, scope)
            && (!self.known.is_empty() || self.model.may_fold(&attribute.value, scope))
            && let Some(own) = self.fold(&attribute.value, scope)
        {
            return Some(Callable::Bound(own, attribute.attr.to_string()));
        }
        if let Some(decoder) = self.codec(expr, scope) {
            return Some(decoder);
        }
        if let Expr::Call(call) = expr
            && let [key] = &*call.arguments.args
            && self.model.paths(&call.func, scope).iter().any(|path| path == "operator.itemgetter")
        {
            return Some(Callable::Item(self.fold(key, scope)?));
        }
        for target in self.model.resolve(expr, scope) {
            match target.object {
                Object::Path(path) => return Some(Callable::Path(path.to_string())),
                Object::Function(function) => {
                    return Some(Callable::Function(function, self.takes_itself(function)));
                }
                _ => {}
            }
        }
        None
    }

    /// Whether the first parameter of a function is the object whose method it is.
    fn takes_itself(&self, function: ScopeId) -> bool {
        let scope = &self.model.scopes[function.index()];
        let Some(first) = scope.parameters.first() else { return false };
        let ids = scope.names.get(first).map_or(&[][..], Ids::as_slice);
        ids.first().is_some_and(|id| matches!(self.model.bindings[id.index()].bound.value, Value::Own(_)))
    }

    /// Whether an expression stands for something that has no constant value, as a
    /// module or a class has none.
    fn is_outside(&self, expr: &Expr, scope: ScopeId) -> bool {
        let Expr::Name(name) = expr else { return false };
        if self.known.iter().any(|local| local.name == name.id.as_str()) {
            return false;
        }
        match self.model.lookup(&name.id, scope) {
            None => name.id != "__doc__",
            Some(ids) => ids.iter().all(|id| {
                matches!(
                    self.model.bindings[id.index()].bound.value,
                    Value::Import(_) | Value::Class(_) | Value::Function(_) | Value::Own(_)
                )
            }),
        }
    }

    /// `codecs.getdecoder(name)` and `codecs.lookup(name).decode`, which give the value and its length.
    fn codec(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Callable> {
        let inner = match expr {
            Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "decode" | "encode") => &*attribute.value,
            other => other,
        };
        let Expr::Call(call) = inner else { return None };
        let known = ["codecs.getdecoder", "codecs.getencoder", "codecs.lookup"];
        let paths = self.model.paths(&call.func, scope);
        paths.iter().any(|path| known.contains(&path.as_str())).then_some(())?;
        let name = self.fold(call.arguments.args.first()?, scope)?.into_text()?;
        Some(Callable::Path(format!("codecs.lookup({name})")))
    }

    pub(super) fn arguments(&mut self, call: &'a ExprCall, scope: ScopeId) -> Option<Vec<Const>> {
        let mut values = Vec::with_capacity(call.arguments.args.len());
        for argument in &call.arguments.args {
            match argument {
                Expr::Starred(starred) => values.extend(self.fold(&starred.value, scope)?.into_items()?),
                argument => values.push(self.fold(argument, scope)?),
            }
        }
        Some(values)
    }

    fn given(&mut self, call: &'a ExprCall, scope: ScopeId) -> Option<Given> {
        let positional = self.arguments(call, scope)?;
        let mut named = Vec::new();
        for keyword in &call.arguments.keywords {
            let value = self.fold(&keyword.value, scope);
            match (&keyword.arg, value) {
                (Some(name), Some(value)) => named.push((name.to_string(), value)),
                (None, Some(Const::Dict(items))) => {
                    for (key, value) in items {
                        named.push((key.into_text()?, value));
                    }
                }
                _ => return None,
            }
        }
        Some(Given { positional, named })
    }

    /// Calls something on constants.
    pub(super) fn apply(&mut self, callable: &Callable, given: Given) -> Option<Const> {
        self.step()?;
        let value = match callable {
            Callable::Path(path) => self.known_call(path, given),
            Callable::Function(function, takes_itself) => {
                self.computed();
                self.run(*function, given, *takes_itself)
            }
            Callable::Bound(own, name) => self.method(own.clone(), name, given),
            Callable::Item(key) => given.positional.into_iter().next()?.get(key),
        };
        self.weighed(value?)
    }

    /// A call of something outside this file.
    fn known_call(&mut self, path: &str, given: Given) -> Option<Const> {
        if let Some(name) = path.strip_prefix("codecs.lookup(").and_then(|rest| rest.strip_suffix(')')) {
            self.decoded();
            let value = codecs::decode(given.positional.into_iter().next()?, name)?;
            return Some(Const::List(vec![value, Const::None]));
        }
        if let Some(coding) = super::decode::decoder(path)
            && path != "builtins.bytes.decode"
        {
            let more = given.positional.get(1).or_else(|| Some(&given.named.first()?.1)).cloned();
            let value = super::decode::decode(coding, given.positional.into_iter().next()?, more)?;
            self.decoded();
            return Some(value);
        }
        self.computed();
        match path.strip_prefix("builtins.") {
            Some(name) => self.builtin(name, given),
            None => library::call(self, path, &given),
        }
    }

    fn builtin(&mut self, name: &str, given: Given) -> Option<Const> {
        if matches!(name, "chr" | "reversed") {
            self.decoded();
        }
        if let Some(value) = builtins::call(name, &given) {
            return Some(value);
        }
        // `str.replace(text, …)` is `text.replace(…)`.
        let (kind, method) = name.split_once('.')?;
        if !matches!(kind, "str" | "bytes" | "bytearray" | "int" | "list" | "dict" | "tuple") || method.contains('.') {
            return None;
        }
        let Given { positional, named } = given;
        let mut positional = positional.into_iter();
        let own = positional.next()?;
        self.method(own, method, Given { positional: positional.collect(), named })
    }

    /// Functions that are given a function: `map`, `filter`, `sorted`, `reduce`.
    fn higher_order(&mut self, path: &str, call: &'a ExprCall, scope: ScopeId) -> Option<Const> {
        let key = call.arguments.find_keyword("key").map(|keyword| &keyword.value);
        let name = path.rsplit('.').next()?;
        self.computed();
        if matches!(name, "sorted" | "min" | "max") {
            let mut items = self.arguments(call, scope)?;
            if let [single] = items.as_mut_slice() {
                items = std::mem::replace(single, Const::None).into_items()?;
            }
            let reverse = call.arguments.find_keyword("reverse").map(|keyword| &keyword.value);
            let reverse = reverse.is_some_and(|value| self.fold(value, scope).is_some_and(|value| value.is_true()));
            let key = match key {
                Some(key) => Some(self.callable(key, scope)?),
                None => None,
            };
            let items = self.ordered(items, key.as_ref(), reverse)?;
            return match name {
                "sorted" => Some(Const::List(items)),
                "min" => items.into_iter().next(),
                _ => items.into_iter().next_back(),
            };
        }
        let [function, rest @ ..] = &*call.arguments.args else { return None };
        let callable = if function.is_none_literal_expr() { None } else { Some(self.callable(function, scope)?) };
        let mut rows = Vec::new();
        for argument in rest {
            rows.push(match argument {
                Expr::Starred(inner) => self.fold(&inner.value, scope)?,
                other => self.fold(other, scope)?,
            });
        }
        self.applied_over(name, callable.as_ref(), rows)
    }

    fn applied_over(&mut self, name: &str, callable: Option<&Callable>, rows: Vec<Const>) -> Option<Const> {
        let mut rows = rows.into_iter();
        let first = rows.next()?;
        match name {
            "map" => {
                let rows: Option<Vec<_>> = std::iter::once(first).chain(rows).map(Const::into_items).collect();
                let rows = rows?;
                let length = rows.iter().map(Vec::len).min()?;
                let mut out = Vec::with_capacity(length);
                for index in 0..length {
                    let row = rows.iter().map(|row| row[index].clone()).collect();
                    out.push(self.apply(callable?, Given::of(row))?);
                }
                Some(Const::List(out))
            }
            "starmap" => {
                let mut out = Vec::new();
                for item in first.into_items()? {
                    out.push(self.apply(callable?, Given::of(item.into_items()?))?);
                }
                Some(Const::List(out))
            }
            "filter" => {
                let mut out = Vec::new();
                for item in first.into_items()? {
                    let kept = match callable {
                        Some(callable) => self.apply(callable, Given::of(vec![item.clone()]))?.is_true(),
                        None => item.is_true(),
                    };
                    if kept {
                        out.push(item);
                    }
                }
                Some(Const::List(out))
            }
            "reduce" => {
                let mut items = first.into_items()?.into_iter();
                let mut value = match rows.next() {
                    Some(start) => start,
                    None => items.next()?,
                };
                for item in items {
                    value = self.apply(callable?, Given::of(vec![value, item]))?;
                }
                Some(value)
            }
            _ => None,
        }
    }

    /// Items in order, by a key where there is one.
    pub(super) fn ordered(&mut self, items: Vec<Const>, key: Option<&Callable>, reverse: bool) -> Option<Vec<Const>> {
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            let by = match key {
                Some(key) => self.apply(key, Given::of(vec![item.clone()]))?,
                None => item.clone(),
            };
            pairs.push((by, item));
        }
        // Sorting compares more often than it moves.
        self.steps(u32::try_from(pairs.len().saturating_mul(20)).ok()?)?;
        let mut comparable = true;
        pairs.sort_by(|(left, _), (right, _)| {
            let order = left.order(right);
            comparable &= order.is_some();
            let order = order.unwrap_or(std::cmp::Ordering::Equal);
            if reverse { order.reverse() } else { order }
        });
        comparable.then(|| pairs.into_iter().map(|(_, item)| item).collect())
    }
}
