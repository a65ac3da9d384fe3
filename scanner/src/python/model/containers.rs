//! What containers hold: displays, what is put into them later, and what takes it out.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall, Operator};

use super::Model;
use super::object::{Object, Objects};
use super::remembered::{Begun, Level};
use super::resolve::scope_of;
use super::scope::{Bound, ScopeId, Value};

/// Searches for what containers hold that are under way inside one another.
const SEARCHES: usize = 6;
/// Expressions that one search looks at; a container rarely has more than one name.
const MOST: usize = 40;
/// How many of the values that are put into a container are looked at.
const PUTS: usize = 24;

/// Something that a container is made of.
#[derive(Clone, Copy)]
pub(super) enum Held<'a> {
    /// A display of items.
    Display(&'a Expr),
    /// An item by itself.
    Item(&'a Expr),
}

impl<'a> Model<'a> {
    /// The items of a container, or the one of that index.
    pub(super) fn items(&self, expr: &'a Expr, index: Option<usize>, scope: ScopeId, depth: u32, out: &mut Objects) {
        self.containers(expr, scope, depth, &mut |held, scope| match held {
            Held::Item(item) => self.reach(item, scope, depth + 1, out),
            Held::Display(container) => match container {
                Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) => {
                    let elements = elements(container);
                    let starred = elements.iter().any(Expr::is_starred_expr);
                    match index.filter(|_| !starred) {
                        Some(index) => {
                            elements.get(index).into_iter().for_each(|item| self.reach(item, scope, depth + 1, out));
                            self.rows(elements, index, scope, depth, out);
                        }
                        None => elements.iter().for_each(|item| match item {
                            Expr::Starred(starred) => self.items(&starred.value, None, scope, depth + 1, out),
                            item => self.part(item, scope, depth, out),
                        }),
                    }
                }
                Expr::Dict(dict) => dict.items.iter().for_each(|item| {
                    item.key.iter().for_each(|key| self.reach(key, scope, depth + 1, out));
                    self.reach(&item.value, scope, depth + 1, out);
                }),
                _ => {}
            },
        });
    }

    /// An item, and what a row holds, since loops unpack rows.
    fn part(&self, item: &'a Expr, scope: ScopeId, depth: u32, out: &mut Objects) {
        self.reach(item, scope, depth + 1, out);
        if let Expr::Tuple(_) | Expr::List(_) = item {
            elements(item).iter().for_each(|inner| self.reach(inner, scope, depth + 1, out));
        }
    }

    /// The column of that index, where the items are rows: `for f, a in [(run, 1)]`.
    fn rows(&self, rows: &'a [Expr], index: usize, scope: ScopeId, depth: u32, out: &mut Objects) {
        for row in rows {
            let inner = elements(row).get(index).into_iter();
            inner.for_each(|item| self.reach(item, scope, depth + 1, out));
        }
    }

    /// `container[key]` over literal containers.
    pub(super) fn keyed(&self, expr: &'a Expr, key: &'a Expr, scope: ScopeId, depth: u32, out: &mut Objects) {
        let key = self.constant(key, scope);
        let index = key.as_ref().and_then(|key| key.value.as_index());
        let text = key.and_then(|key| key.value.into_text());
        self.containers(expr, scope, depth, &mut |held, scope| match held {
            Held::Item(item) => self.reach(item, scope, depth + 1, out),
            Held::Display(container) => match container {
                Expr::Dict(dict) => {
                    for item in &dict.items {
                        let own = item.key.as_ref().and_then(|key| self.key(key, scope)).map(|(key, _)| key);
                        if own.is_none() || text.is_none() || own == text {
                            self.reach(&item.value, scope, depth + 1, out);
                        }
                    }
                }
                Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) => {
                    let elements = elements(container);
                    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
                    let at = index.map(|index| if index < 0 { index + length } else { index });
                    match at.and_then(|at| usize::try_from(at).ok()).and_then(|at| elements.get(at)) {
                        Some(item) => self.reach(item, scope, depth + 1, out),
                        None => elements.iter().for_each(|item| self.reach(item, scope, depth + 1, out)),
                    }
                }
                _ => {}
            },
        });
    }

    /// What a method of a container takes out of it: `table.get(key)`, `parts.pop()`.
    pub(super) fn taken_out(
        &self,
        base: &'a Expr,
        method: &str,
        call: &'a ExprCall,
        scope: ScopeId,
        depth: u32,
        out: &mut Objects,
    ) {
        if !matches!(method, "get" | "pop" | "setdefault" | "popleft" | "__getitem__" | "__next__") {
            return;
        }
        match call.arguments.args.first() {
            Some(key) => self.keyed(base, key, scope, depth, out),
            None => self.items(base, None, scope, depth, out),
        }
        if let Some(default) = call.arguments.args.get(1) {
            self.reach(default, scope, depth + 1, out);
        }
    }

    /// The containers that an expression can be.
    pub(super) fn containers(
        &self,
        expr: &'a Expr,
        scope: ScopeId,
        depth: u32,
        found: &mut dyn FnMut(Held<'a>, ScopeId),
    ) {
        // A container that is filled from itself adds nothing, and few are filled from many others.
        let name = match expr {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        let level = self.level(depth);
        let same = self.searching.borrow().iter().find(|(other, _)| !name.is_empty() && *other == name).copied();
        if let Some((_, number)) = same {
            return self.memory.meet(number);
        }
        if self.searching.borrow().len() >= SEARCHES {
            return self.memory.too_crowded();
        }
        let begun = self.memory.begin();
        self.searching.borrow_mut().push((name, self.memory.open()));
        let all = self.searched(expr, scope, level, &begun);
        all.iter().for_each(|(held, scope)| found(*held, *scope));
        self.searching.borrow_mut().pop();
        self.memory.close();
    }

    /// What a search finds, found out once.
    fn searched(&self, expr: &'a Expr, scope: ScopeId, level: Level, begun: &Begun) -> Rc<[(Held<'a>, ScopeId)]> {
        if let Some(known) = self.memory.container(expr, scope, level) {
            self.memory.end(begun, level);
            return known;
        }
        let mut all = Vec::new();
        self.search(expr, scope, level.depth, &mut |held, scope| all.push((held, scope)));
        let all = Rc::from(all);
        if let Some(holds) = self.memory.end(begun, level) {
            self.memory.searched(expr, scope, holds, Rc::clone(&all));
        }
        all
    }

    fn search(&self, expr: &'a Expr, scope: ScopeId, depth: u32, found: &mut dyn FnMut(Held<'a>, ScopeId)) {
        let mut pending = vec![(expr, scope)];
        let mut seen: Vec<*const Expr> = Vec::new();
        while let Some((expr, scope)) = pending.pop() {
            if seen.contains(&std::ptr::from_ref(expr)) {
                continue;
            }
            if depth > 200 || !self.step() {
                return self.memory.cut();
            }
            if seen.len() >= MOST {
                return;
            }
            seen.push(std::ptr::from_ref(expr));
            let bound = |bound: &Bound<'a>, pending: &mut Vec<(&'a Expr, ScopeId)>| match bound.value {
                Value::Expr(expr) | Value::Parameter(Some(expr)) | Value::Augmented(expr) => {
                    pending.push((expr, bound.scope));
                }
                // A row of a table.
                Value::Element(expr) => self.nested(expr, bound.scope, depth, pending),
                _ => {}
            };
            match expr {
                Expr::Name(name) => {
                    for id in self.lookup(&name.id, scope).into_iter().flatten() {
                        bound(&self.bindings[id.index()].bound, &mut pending);
                        let Some(slot) = self.slots.get(*id) else { continue };
                        for (argument, scope) in self.arguments(*id) {
                            if slot.is_variadic {
                                found(Held::Item(argument), scope);
                            } else {
                                pending.push((argument, scope));
                            }
                        }
                    }
                    // What was put into a container of that name.
                    for put in self.attributes.get(name.id.as_str()).into_iter().flatten().take(PUTS) {
                        match put.value {
                            Value::Expr(item) => found(Held::Item(item), put.scope),
                            Value::Element(items) => pending.push((items, put.scope)),
                            _ => {}
                        }
                    }
                }
                Expr::Attribute(attribute) => {
                    if matches!(attribute.attr.as_str(), "value" | "_value_") {
                        pending.push((&attribute.value, scope));
                    }
                    for assigned in self.attributes.get(attribute.attr.as_str()).into_iter().flatten().take(PUTS) {
                        bound(assigned, &mut pending);
                    }
                    for base in self.resolve_at(&attribute.value, scope, depth) {
                        match base.object {
                            Object::Class(class) | Object::Instance(class) => {
                                let names = &self.scopes[class.index()].names;
                                for id in names.get(attribute.attr.as_str()).into_iter().flatten() {
                                    bound(&self.bindings[id.index()].bound, &mut pending);
                                }
                            }
                            Object::Function(function) => self.of_function(function, &attribute.attr, found),
                            _ => {}
                        }
                    }
                }
                Expr::Named(named) => pending.push((&named.value, scope)),
                Expr::Starred(starred) => pending.push((&starred.value, scope)),
                Expr::Await(inner) => pending.push((&inner.value, scope)),
                Expr::If(inner) => pending.extend([(&*inner.body, scope), (&*inner.orelse, scope)]),
                Expr::BinOp(op) if matches!(op.op, Operator::Add | Operator::BitOr) => {
                    pending.extend([(&*op.left, scope), (&*op.right, scope)]);
                }
                Expr::BinOp(op) if op.op == Operator::Mult => pending.push((&op.left, scope)),
                Expr::Subscript(subscript) => match &*subscript.slice {
                    // The places have shifted: any item may be meant.
                    Expr::Slice(_) => {
                        let mut rows = Vec::new();
                        self.nested(&subscript.value, scope, depth, &mut rows);
                        rows.into_iter().for_each(|(item, scope)| found(Held::Item(item), scope));
                    }
                    _ => self.nested(&subscript.value, scope, depth, &mut pending),
                },
                Expr::ListComp(comp) => found_in(&comp.node_index, &comp.elt, found),
                Expr::SetComp(comp) => found_in(&comp.node_index, &comp.elt, found),
                Expr::Generator(comp) => found_in(&comp.node_index, &comp.elt, found),
                Expr::DictComp(comp) => found_in(&comp.node_index, &comp.value, found),
                Expr::Call(call) => self.made_by(call, scope, depth, found, &mut pending),
                Expr::Dict(dict) => {
                    let unpacked = dict.items.iter().filter(|item| item.key.is_none());
                    pending.extend(unpacked.map(|item| (&item.value, scope)));
                    found(Held::Display(expr), scope);
                }
                _ => found(Held::Display(expr), scope),
            }
        }
    }

    /// Displays within a display that an index leads into.
    fn nested(&self, outer: &'a Expr, scope: ScopeId, depth: u32, pending: &mut Vec<(&'a Expr, ScopeId)>) {
        if depth > 20 {
            return self.memory.too_far();
        }
        let mut inner = Vec::new();
        self.containers(outer, scope, depth + 1, &mut |held, scope| match held {
            Held::Item(item) => inner.push((item, scope)),
            Held::Display(Expr::Dict(dict)) => inner.extend(dict.items.iter().map(|item| (&item.value, scope))),
            Held::Display(display) => inner.extend(elements(display).iter().map(|item| (item, scope))),
        });
        inner.truncate(16);
        pending.extend(inner);
    }

    /// The containers that a call hands through or makes.
    fn made_by(
        &self,
        call: &'a ExprCall,
        scope: ScopeId,
        depth: u32,
        found: &mut dyn FnMut(Held<'a>, ScopeId),
        pending: &mut Vec<(&'a Expr, ScopeId)>,
    ) {
        let (name, base) = match &*call.func {
            Expr::Name(name) => (name.id.as_str(), None),
            Expr::Attribute(attribute) => (attribute.attr.as_str(), Some(&*attribute.value)),
            _ => return,
        };
        let args = &call.arguments.args;
        match (name, base) {
            ("values" | "items" | "keys" | "copy", Some(base)) => pending.push((base, scope)),
            ("iter" | "list" | "tuple" | "set" | "frozenset" | "reversed" | "sorted", None)
            | ("dict" | "OrderedDict" | "ChainMap" | "deque" | "enumerate" | "chain" | "MappingProxyType", _) => {
                pending.extend(args.iter().map(|argument| (argument, scope)));
                call.arguments.keywords.iter().for_each(|keyword| match keyword.arg {
                    Some(_) => found(Held::Item(&keyword.value), scope),
                    None => pending.push((&keyword.value, scope)),
                });
            }
            ("zip", None) => pending.extend(args.iter().map(|argument| (argument, scope))),
            ("fromkeys", Some(_)) => args.get(1).into_iter().for_each(|value| found(Held::Item(value), scope)),
            _ => {
                for function in self.resolve_at(&call.func, scope, depth) {
                    let Object::Function(id) = function.object else { continue };
                    let own = &self.scopes[id.index()];
                    own.yields.iter().for_each(|value| found(Held::Item(value), id));
                    pending.extend(own.returns.iter().map(|value| (*value, id)));
                }
            }
        }
    }

    /// The values in a function's own tables.
    fn of_function(&self, function: ScopeId, name: &str, found: &mut dyn FnMut(Held<'a>, ScopeId)) {
        let Some(around) = self.scopes[function.index()].parent else { return };
        if name == "__closure__" {
            for id in self.scopes[around.index()].names.values().flatten().filter(|_| self.step()) {
                let bound = &self.bindings[id.index()].bound;
                if let Value::Expr(value) | Value::Parameter(Some(value)) = bound.value {
                    found(Held::Item(value), bound.scope);
                }
            }
            return;
        }
        let Some(def) = self.scopes[function.index()].def else { return };
        for parameter in def.parameters.iter_non_variadic_params() {
            let value = match name {
                "__defaults__" | "__kwdefaults__" => parameter.default(),
                "__annotations__" => parameter.annotation(),
                _ => return,
            };
            value.into_iter().for_each(|value| found(Held::Item(value), around));
        }
    }
}

fn found_in<'a>(index: &ruff_python_ast::AtomicNodeIndex, element: &'a Expr, found: &mut dyn FnMut(Held<'a>, ScopeId)) {
    if let Some(inner) = scope_of(index) {
        found(Held::Item(element), inner);
    }
}

pub(super) fn elements(container: &Expr) -> &[Expr] {
    match container {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::Set(set) => &set.elts,
        _ => &[],
    }
}
