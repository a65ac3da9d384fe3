//! What calls return, for the calls whose meaning is known, and what containers hold.

use compact_str::format_compact;
use ruff_python_ast::{Expr, ExprCall};

use super::Model;
use super::known::canonical;
use super::object::{Object, Reached, Via};
use super::resolve::bracketed;
use super::scope::{ScopeId, Value};

/// Calls that give back, or wrap, their first argument.
const TRANSPARENT: &[&str] = &[
    "functools.partial",
    "functools.partialmethod",
    "functools.cache",
    "functools.lru_cache",
    "functools.wraps()",
    "builtins.staticmethod",
    "builtins.classmethod",
    "builtins.property",
    "importlib.reload",
    "copy.copy",
    "copy.deepcopy",
    "weakref.ref",
    "weakref.proxy",
];

impl<'a> Model<'a> {
    /// What calling `function` gives.
    pub(super) fn returned(
        &self,
        function: &Reached,
        call: &'a ExprCall,
        scope: ScopeId,
        depth: u32,
        out: &mut Vec<Reached>,
    ) {
        match &function.object {
            Object::Function(id) => self.returned_by_own(*id, depth, out),
            Object::Class(class) => out.push(Reached::plain(Object::Instance(*class))),
            Object::Path(path) => self.returned_by_path(path, function.via, call, scope, depth, out),
            Object::Instance(class) => {
                if let Some(id) = self.method(*class, "__call__") {
                    self.returned_by_own(id, depth, out);
                }
            }
            Object::Namespace(_) | Object::OwnNamespace => {}
        }
    }

    /// What a function of this file can return; remembered, as bindings are.
    fn returned_by_own(&self, function: ScopeId, depth: u32, out: &mut Vec<Reached>) {
        if let Some(known) = self.returned_memo.borrow().get(&function) {
            out.extend(known.iter().cloned());
            return;
        }
        self.returned_memo.borrow_mut().insert(function, Vec::new());
        let mut found = Vec::new();
        for value in &self.scopes[function.index()].returns {
            self.reach(value, function, depth + 1, &mut found);
        }
        out.extend(found.iter().cloned());
        self.returned_memo.borrow_mut().insert(function, found);
    }

    fn returned_by_path(
        &self,
        path: &str,
        via: Via,
        call: &'a ExprCall,
        scope: ScopeId,
        depth: u32,
        out: &mut Vec<Reached>,
    ) {
        let first = call.arguments.args.first();
        let name_at = |index: usize| {
            call.arguments.args.get(index).and_then(|arg| self.key(arg, scope)).map(|(key, how)| (key, how.max(via)))
        };
        let push = |out: &mut Vec<Reached>, path: &str, via| {
            out.push(Reached { object: Object::Path(canonical(path.into())), via });
        };
        let objects = |index: usize| {
            let mut found = Vec::new();
            if let Some(arg) = call.arguments.args.get(index) {
                self.reach(arg, scope, depth + 1, &mut found);
            }
            found
        };
        match path {
            "builtins.getattr" | "builtins.object.__getattribute__" | "inspect.getattr_static" => {
                if let Some((name, via)) = name_at(1) {
                    objects(0).iter().for_each(|base| self.attribute(base, &name, via, depth, out));
                }
                out.extend(objects(2));
            }
            "builtins.__import__" => {
                if let Some((name, via)) = self.argument(call, "name", 0).and_then(|arg| self.key(arg, scope)) {
                    let whole = self.argument(call, "fromlist", 3).is_some_and(|list| !is_empty(list));
                    let module = if whole { &name } else { name.split('.').next().unwrap_or(&name) };
                    push(out, module, via);
                }
            }
            "importlib.import_module" | "builtins.__loader__.load_module" | "pkgutil.resolve_name" | "pydoc.locate" => {
                if let Some((name, via)) = self.argument(call, "name", 0).and_then(|arg| self.key(arg, scope)) {
                    push(out, &name.replace(':', "."), via);
                }
            }
            "builtins.vars" if first.is_some() => out.extend(objects(0).into_iter().filter_map(|base| {
                let path = base.path()?;
                Some(Reached { object: Object::Namespace(path.into()), via: base.via.max(Via::Indirect) })
            })),
            "builtins.globals" | "builtins.locals" | "builtins.vars" => {
                out.push(Reached { object: Object::OwnNamespace, via: Via::Indirect });
            }
            "typing.cast" => out.extend(objects(1)),
            "builtins.next" | "builtins.iter" | "builtins.min" | "builtins.max" => {
                if let Some(first) = first {
                    self.items(first, None, scope, depth + 1, out);
                }
            }
            "operator.attrgetter" | "operator.methodcaller" | "operator.itemgetter" => {
                let name = name_at(0).map_or_else(String::new, |(name, _)| name);
                out.push(Reached { object: Object::Path(format_compact!("{path}({name})")), via: Via::Indirect });
            }
            _ if TRANSPARENT.contains(&path) => out.extend(objects(0)),
            _ => self.returned_by_pattern(path, via, call, scope, depth, out),
        }
    }

    fn returned_by_pattern(
        &self,
        path: &str,
        via: Via,
        call: &'a ExprCall,
        scope: ScopeId,
        depth: u32,
        out: &mut Vec<Reached>,
    ) {
        let first = call.arguments.args.first();
        let bases = || first.map(|arg| self.resolve_at(arg, scope, depth)).unwrap_or_default();
        if let Some(name) = bracketed(path, "operator.attrgetter(") {
            for mut base in bases() {
                let mut steps = name.split('.').peekable();
                while let Some(step) = steps.next() {
                    let mut next = Vec::new();
                    self.attribute(&base, step, via, depth, &mut next);
                    let Some(reached) = next.pop() else { break };
                    base = reached;
                    if steps.peek().is_none() {
                        out.push(base.clone());
                    }
                }
            }
        } else if let Some(name) = bracketed(path, "operator.itemgetter(") {
            bases().iter().for_each(|base| self.named_item(base, name, via, depth, out));
        } else if let Some((base, "get" | "pop" | "setdefault" | "__getitem__")) = path.rsplit_once('.') {
            let object = match base {
                "globals()" => Some(Object::OwnNamespace),
                "sys.modules" | "builtins" => Some(Object::Path(base.into())),
                _ => base.strip_suffix(".__dict__").map(|path| Object::Namespace(path.into())),
            };
            match (object, first.and_then(|arg| self.key(arg, scope))) {
                (Some(object), Some((key, how))) => {
                    self.named_item(&Reached { object, via }, &key, how, depth, out);
                }
                _ => out.push(Reached { object: Object::Path(format_compact!("{path}()")), via }),
            }
        } else if let Some((base, "__getattribute__" | "__getattr__")) = path.rsplit_once('.') {
            if let Some((key, how)) = first.and_then(|arg| self.key(arg, scope)) {
                let base = Reached { object: Object::Path(base.into()), via };
                self.attribute(&base, &key, how, depth, out);
            }
        } else {
            out.push(Reached { object: Object::Path(canonical(format_compact!("{path}()"))), via });
        }
    }

    fn resolve_at(&self, expr: &'a Expr, scope: ScopeId, depth: u32) -> Vec<Reached> {
        let mut found = Vec::new();
        self.reach(expr, scope, depth + 1, &mut found);
        found
    }

    /// An argument by keyword or position, when no star-argument stands before it.
    pub(crate) fn argument(&self, call: &'a ExprCall, name: &str, position: usize) -> Option<&'a Expr> {
        call.arguments.find_argument_value(name, position)
    }

    /// The items of a container, or the one of that index.
    pub(super) fn items(
        &self,
        expr: &'a Expr,
        index: Option<usize>,
        scope: ScopeId,
        depth: u32,
        out: &mut Vec<Reached>,
    ) {
        self.containers(expr, scope, depth, &mut |container, scope| match container {
            Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) => {
                let elements = elements(container);
                let starred = elements.iter().any(Expr::is_starred_expr);
                match index.filter(|_| !starred) {
                    Some(index) => {
                        elements.get(index).into_iter().for_each(|item| self.reach(item, scope, depth + 1, out));
                    }
                    None => elements.iter().for_each(|item| match item {
                        Expr::Starred(starred) => self.items(&starred.value, None, scope, depth + 1, out),
                        item => self.reach(item, scope, depth + 1, out),
                    }),
                }
            }
            Expr::Dict(dict) => dict.items.iter().for_each(|item| {
                item.key.iter().for_each(|key| self.reach(key, scope, depth + 1, out));
                self.reach(&item.value, scope, depth + 1, out);
            }),
            Expr::ListComp(comp) => {
                if let Some(inner) = super::resolve::scope_of(&comp.node_index) {
                    self.reach(&comp.elt, inner, depth + 1, out);
                }
            }
            _ => {}
        });
    }

    /// `container[key]` over literal containers.
    pub(super) fn keyed(&self, expr: &'a Expr, key: &'a Expr, scope: ScopeId, depth: u32, out: &mut Vec<Reached>) {
        let key = self.constant(key, scope);
        let index = key.as_ref().and_then(|key| key.value.as_index());
        let text = key.and_then(|key| key.value.into_text());
        self.containers(expr, scope, depth, &mut |container, scope| match container {
            Expr::Dict(dict) => {
                for item in &dict.items {
                    let own = item.key.as_ref().and_then(|key| self.key(key, scope)).map(|(key, _)| key);
                    if own.is_none() || text.is_none() || own == text {
                        self.reach(&item.value, scope, depth + 1, out);
                    }
                }
            }
            Expr::List(_) | Expr::Tuple(_) => {
                let elements = elements(container);
                let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
                let at = index.map(|index| if index < 0 { index + length } else { index });
                match at.and_then(|at| usize::try_from(at).ok()).and_then(|at| elements.get(at)) {
                    Some(item) => self.reach(item, scope, depth + 1, out),
                    None if index.is_none() => {
                        elements.iter().for_each(|item| self.reach(item, scope, depth + 1, out));
                    }
                    None => {}
                }
            }
            _ => {}
        });
    }

    /// The literal containers that an expression can be.
    fn containers(&self, expr: &'a Expr, scope: ScopeId, depth: u32, found: &mut dyn FnMut(&'a Expr, ScopeId)) {
        /// Expressions that one search looks at; a container rarely has more than one name.
        const MOST: usize = 40;
        let mut pending = vec![(expr, scope, 0u32)];
        let mut seen: Vec<*const Expr> = Vec::new();
        while let Some((expr, scope, steps)) = pending.pop() {
            if seen.contains(&std::ptr::from_ref(expr)) {
                continue;
            }
            if seen.len() >= MOST || depth > 200 || !self.step() {
                return;
            }
            seen.push(std::ptr::from_ref(expr));
            match expr {
                Expr::Name(name) => {
                    for id in self.lookup(&name.id, scope).into_iter().flatten() {
                        let bound = &self.bindings[id.index()].bound;
                        if let Value::Expr(expr) | Value::Parameter(Some(expr)) = bound.value {
                            pending.push((expr, bound.scope, steps + 1));
                        }
                    }
                }
                Expr::Attribute(attribute) => {
                    for bound in self.attributes.get(attribute.attr.as_str()).into_iter().flatten() {
                        if let Value::Expr(expr) = bound.value {
                            pending.push((expr, bound.scope, steps + 1));
                        }
                    }
                    for base in self.resolve_at(&attribute.value, scope, depth + steps) {
                        if let Object::Class(class) | Object::Instance(class) = base.object {
                            for id in
                                self.scopes[class.index()].names.get(attribute.attr.as_str()).into_iter().flatten()
                            {
                                let bound = &self.bindings[id.index()].bound;
                                if let Value::Expr(expr) = bound.value {
                                    pending.push((expr, bound.scope, steps + 1));
                                }
                            }
                        }
                    }
                }
                Expr::Named(named) => pending.push((&named.value, scope, steps + 1)),
                Expr::Starred(starred) => pending.push((&starred.value, scope, steps + 1)),
                Expr::Call(call) => pending.extend(passed_through(call).map(|inner| (inner, scope, steps + 1))),
                _ => found(expr, scope),
            }
        }
    }
}

/// The container that a call hands through: `iter(x)`, `list(x)`, `x.values()`.
fn passed_through(call: &ExprCall) -> Option<&Expr> {
    match &*call.func {
        Expr::Name(name)
            if matches!(name.id.as_str(), "iter" | "list" | "tuple" | "set" | "reversed" | "sorted" | "dict") =>
        {
            call.arguments.args.first()
        }
        Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "values" | "items" | "keys" | "copy") => {
            Some(&attribute.value)
        }
        _ => None,
    }
}

fn elements(container: &Expr) -> &[Expr] {
    match container {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::Set(set) => &set.elts,
        _ => &[],
    }
}

fn is_empty(expr: &Expr) -> bool {
    match expr {
        Expr::List(list) => list.is_empty(),
        Expr::Tuple(tuple) => tuple.is_empty(),
        Expr::NoneLiteral(_) => true,
        _ => false,
    }
}
