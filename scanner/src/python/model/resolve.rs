//! Which objects an expression can be.

use std::rc::Rc;

use compact_str::{CompactString, format_compact};
use ruff_python_ast::{AtomicNodeIndex, Expr, ExprCall, ExprSubscript, Operator, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

use super::object::{Object, Objects, Qualified, Reached, Via, add, hand, path_of};
use super::origin::items;
use super::remembered::Level;
use super::scope::{BindingId, Bound, Ids, ScopeId, ScopeKind, Value, tag};
use super::{CallSite, Model};
use crate::rules::dispatch;

/// How many names, attributes and calls one answer may lead through.
const DEPTH: u32 = 250;
/// How many objects one answer may hold.
pub(crate) const OBJECTS: usize = 24;
/// What gives a pair of connections.
const PAIRS: [&str; 2] = ["multiprocessing.Pipe", "asyncio.open_connection"];

/// The scope that a function, lambda, class or comprehension opened.
pub(crate) fn scope_of(index: &AtomicNodeIndex) -> Option<ScopeId> {
    index.load().as_u32().map(ScopeId)
}

impl<'a> Model<'a> {
    /// Every object that an expression can be, as far as can be told.
    pub(crate) fn resolve(&self, expr: &'a Expr, scope: ScopeId) -> Objects {
        let mut out = Objects::new();
        let far = self.memory.far();
        self.reach(expr, scope, 0, &mut out);
        self.memory.back(far);
        out
    }

    /// How deep a question lies that led through so many names, attributes and calls.
    pub(super) fn level(&self, depth: u32) -> Level {
        let searches = u32::try_from(self.searching.borrow().len()).unwrap_or(u32::MAX);
        Level { nesting: self.nesting.get(), searches, depth }
    }

    /// The paths outside this file that an expression can be.
    pub(crate) fn paths(&self, expr: &'a Expr, scope: ScopeId) -> Vec<CompactString> {
        self.resolve(expr, scope).iter().filter_map(Reached::path).map(CompactString::from).collect()
    }

    /// The paths outside this file that a call gives.
    pub(crate) fn returned_paths(&self, site: &CallSite<'a>) -> Vec<CompactString> {
        let mut out = Objects::new();
        for function in self.resolve(&site.call.func, site.place.scope) {
            self.returned(&function, site.call, site.place.scope, 0, &mut out);
        }
        out.iter().filter_map(Reached::path).map(CompactString::from).collect()
    }

    /// The paths outside this file that a binding can be.
    pub(crate) fn bound_paths(&self, id: BindingId) -> Vec<CompactString> {
        let mut out = Objects::new();
        self.binding(id, 0, &mut out);
        out.iter().filter_map(Reached::path).map(CompactString::from).collect()
    }

    /// Everything that a call can call, with what `operator.methodcaller` and its like call in turn.
    pub(crate) fn targets(&self, call: &'a ExprCall, scope: ScopeId) -> Objects {
        let mut targets = self.resolve(&call.func, scope);
        for index in 0..targets.len() {
            if let Some(name) = targets[index].path().and_then(|path| bracketed(path, "operator.methodcaller("))
                && let Some(first) = call.arguments.args.first()
            {
                let (name, via) = (name.to_owned(), targets[index].via.max(Via::Indirect));
                for base in self.resolve(first, scope) {
                    self.attribute(&base, &name, via, 0, &mut targets);
                }
            }
            if let Object::Class(class) = targets[index].object {
                self.bases(class, &mut targets);
            }
        }
        targets
    }

    /// The classes from outside this file that a class stands on: making an instance of
    /// it makes one of them.
    fn bases(&self, class: ScopeId, out: &mut Objects) {
        let mut pending = vec![class];
        let mut seen = Vec::new();
        while let Some(class) = pending.pop() {
            if seen.contains(&class) || seen.len() >= OBJECTS {
                continue;
            }
            seen.push(class);
            let scope = &self.scopes[class.index()];
            let (Some(def), Some(outer)) = (scope.class, scope.parent) else { continue };
            for base in def.bases().iter().flat_map(|base| self.resolve(base, outer)) {
                match base.object {
                    Object::Class(base) => pending.push(base),
                    Object::Path(_) => out.push(base),
                    _ => {}
                }
            }
        }
    }

    /// The bindings that a name has, seen from a scope.
    pub(crate) fn lookup(&self, name: &str, scope: ScopeId) -> Option<&[BindingId]> {
        let (mut at, tag) = (Some(scope), tag(name));
        while let Some(id) = at {
            let inner = &self.scopes[id.index()];
            if id == scope || inner.kind != ScopeKind::Class {
                if let Some((_, holder)) = inner.elsewhere.iter().find(|(other, _)| *other == name) {
                    return self.scopes[holder.index()].names.get(name).map(Ids::as_slice);
                }
                if let Some(found) = inner.names.tagged(name, tag) {
                    return Some(found);
                }
            }
            at = inner.parent;
        }
        None
    }

    /// The scope of a method that a class itself defines.
    pub(crate) fn method(&self, class: ScopeId, name: &str) -> Option<ScopeId> {
        let ids = self.scopes[class.index()].names.get(name)?;
        ids.iter().find_map(|id| match self.bindings[id.index()].bound.value {
            Value::Function(scope) => Some(scope),
            _ => None,
        })
    }

    pub(super) fn reach(&self, expr: &'a Expr, scope: ScopeId, depth: u32, out: &mut Objects) {
        if out.len() >= OBJECTS {
            return;
        }
        if depth > DEPTH || !self.step() {
            self.exhaust();
            return;
        }
        // Names are remembered by their bindings.
        if !matches!(expr, Expr::Attribute(_) | Expr::Call(_) | Expr::Subscript(_)) {
            return self.reach_anew(expr, scope, depth, out);
        }
        let level = self.level(depth);
        if self.memory.expression(expr, scope, level, out) {
            return;
        }
        let begun = self.memory.begin();
        let mut found = Objects::new();
        self.reach_anew(expr, scope, depth, &mut found);
        if let Some(holds) = self.memory.end(&begun, level) {
            self.memory.reached(expr, scope, holds, &found);
        }
        hand(out, found);
    }

    fn reach_anew(&self, expr: &'a Expr, scope: ScopeId, depth: u32, out: &mut Objects) {
        match expr {
            Expr::Name(name) => self.reach_name(&name.id, scope, depth, out),
            Expr::Attribute(attribute) => {
                let mut bases = Objects::new();
                self.reach(&attribute.value, scope, depth + 1, &mut bases);
                for base in &bases {
                    self.attribute(base, &attribute.attr, base.via, depth, out);
                    self.of_record(base, &attribute.value, &attribute.attr, scope, depth, out);
                }
                if bases.is_empty() {
                    self.of_anything(&attribute.value, &attribute.attr, scope, depth, out);
                }
            }
            Expr::Call(call) => {
                let mut functions = Objects::new();
                self.reach(&call.func, scope, depth + 1, &mut functions);
                for function in &functions {
                    self.returned(function, call, scope, depth, out);
                }
                if functions.is_empty()
                    && let Expr::Attribute(attribute) = &*call.func
                {
                    self.taken_out(&attribute.value, &attribute.attr, call, scope, depth, out);
                }
            }
            Expr::Subscript(subscript) => self.subscript(subscript, scope, depth, out),
            Expr::Named(named) => self.reach(&named.value, scope, depth + 1, out),
            Expr::Await(inner) => self.reach(&inner.value, scope, depth + 1, out),
            Expr::YieldFrom(inner) => self.reach(&inner.value, scope, depth + 1, out),
            Expr::Starred(inner) => self.reach(&inner.value, scope, depth + 1, out),
            Expr::If(inner) => {
                self.reach(&inner.body, scope, depth + 1, out);
                self.reach(&inner.orelse, scope, depth + 1, out);
            }
            Expr::BoolOp(inner) => inner.values.iter().for_each(|value| self.reach(value, scope, depth + 1, out)),
            Expr::BinOp(op) if op.op == Operator::BitOr => {
                self.tables(&op.left, scope, depth, out);
                self.tables(&op.right, scope, depth, out);
            }
            Expr::Dict(dict) => {
                let spread = dict.items.iter().filter(|item| item.key.is_none()).take(OBJECTS);
                spread.for_each(|item| self.tables(&item.value, scope, depth, out));
            }
            // `folder / "name"` is a path as the folder is.
            Expr::BinOp(op) if op.op == Operator::Div => {
                let mut left = Objects::new();
                self.reach(&op.left, scope, depth + 1, &mut left);
                out.extend(left.into_iter().filter(|reached| reached.path() == Some("pathlib.Path()")));
            }
            Expr::Lambda(lambda) => {
                out.extend(scope_of(&lambda.node_index).map(|scope| Reached::plain(Object::Function(scope))));
            }
            _ => {}
        }
    }

    fn reach_name(&self, name: &'a str, scope: ScopeId, depth: u32, out: &mut Objects) {
        if let Some(ids) = self.lookup(name, scope) {
            for id in ids {
                self.binding(*id, depth, out);
            }
            // `except ImportError: name = None` beside a star import.
            let is_none =
                |id: &BindingId| matches!(self.bindings[id.index()].bound.value, Value::Expr(Expr::NoneLiteral(_)));
            if ids.iter().all(is_none) {
                self.starred(name, scope, out);
            } else {
                add(out, &self.overridden(name, ids));
            }
            return;
        }
        if name == "__builtins__" {
            out.push(Reached { object: Object::Path("builtins".into()), via: Via::Indirect });
            return;
        }
        self.starred(name, scope, out);
        // What was put into `builtins` or into this module by another way.
        self.assigned(name, depth, out);
        out.push(Reached::plain(Object::Path(self.builtin(name))));
    }

    /// What a name can be by the star imports around.
    fn starred(&self, name: &str, scope: ScopeId, out: &mut Objects) {
        let mut at = Some(scope);
        while let Some(id) = at {
            let stars = &self.scopes[id.index()].stars;
            if !stars.is_empty() {
                let mut brought = self.brought.borrow_mut();
                let found = brought.entry((id, name.into())).or_insert_with(|| self.brought(stars, name));
                add(out, found);
            }
            at = self.scopes[id.index()].parent;
        }
    }

    /// What a name of the module can be by the star imports after it, as far as a rule asks by name for that,
    /// or for something of it.
    pub(crate) fn overridden(&self, name: &str, ids: &[BindingId]) -> Objects {
        let (mut brought, module) = (Objects::new(), &self.scopes[ScopeId::MODULE.index()]);
        let is_before = |id: &BindingId| self.bindings[id.index()].at < module.starred_to;
        let is_of_module = || module.names.get(name).is_some_and(|own| std::ptr::eq(own.as_slice(), ids));
        if !module.stars.is_empty() && ids.iter().any(is_before) && is_of_module() {
            self.starred(name, ScopeId::MODULE, &mut brought);
            brought.retain(|reached| {
                let leads = |path: &str| self.exports.is_some_and(|tree| tree.leads_to_named(path));
                reached.path().is_some_and(|path| dispatch::is_named(path) || leads(path))
            });
        }
        brought
    }

    /// What a name can be by several star imports, each of which may bring it.
    fn brought(&self, stars: &[CompactString], name: &str) -> Objects {
        let has = |star: &&CompactString| self.exports.is_some_and(|tree| tree.has(star));
        let of_tree: Vec<_> = stars.iter().filter(has).collect();
        // A file of the tree may have the name of another package.
        let outside = stars.iter().filter(|star| !has(star) || dispatch::is_rooted(star));
        let of_tree = match self.exports {
            Some(tree) if !of_tree.is_empty() => tree.bringing(&of_tree, name),
            _ => of_tree,
        };
        let mut found: Vec<_> = outside.chain(of_tree).map(|star| self.spelled(&[star, ".", name])).collect();
        // What is asked for is not lost among what is not.
        let leads = |path: &str| self.exports.is_some_and(|tree| tree.leads_to_asked(path));
        let matters = |path: &Qualified| dispatch::is_asked(path) || leads(path);
        let mut seen = FxHashSet::default();
        found.retain(|path| seen.insert(path.clone()));
        found.sort_by_key(|path| (!matters(path), !dispatch::is_rooted(path)));
        if found.get(OBJECTS).is_some_and(|path| matters(path) || dispatch::is_rooted(path)) {
            self.exhaust();
        }
        found.into_iter().take(OBJECTS).map(|path| Reached::plain(Object::Path(path))).collect()
    }

    /// What one binding can be; remembered, since names are asked for again and again.
    pub(super) fn binding(&self, id: BindingId, depth: u32, out: &mut Objects) {
        if self.memory.binding(id, out) {
            return;
        }
        let mut found = Objects::new();
        let bound = &self.bindings[id.index()].bound;
        self.bound(bound, depth, &mut found);
        if let Value::Parameter(_) = bound.value
            && self.slots.get(id).is_some_and(|slot| !slot.is_variadic)
        {
            for (argument, scope) in self.arguments(id) {
                self.reach(argument, scope, depth + 1, &mut found);
            }
        }
        if self.entered.contains(&id) {
            found = self.entered(&found, depth);
        }
        unique(&mut found);
        add(out, &found);
        self.memory.bound(id, found);
    }

    fn bound(&self, bound: &Bound<'a>, depth: u32, out: &mut Objects) {
        match &bound.value {
            Value::Import(path) => {
                out.push(Reached::plain(Object::Path(self.spelled(&[path]))));
                self.put_among_modules(path, depth, out);
            }
            Value::Attribute(expr, name) => {
                let mut bases = Objects::new();
                self.reach(expr, bound.scope, depth + 1, &mut bases);
                bases.iter().for_each(|base| self.attribute(base, name, Via::Indirect, depth, out));
            }
            Value::Expr(expr) | Value::Parameter(Some(expr)) => self.reach(expr, bound.scope, depth + 1, out),
            Value::Item(expr, index) => {
                self.items(expr, Some(*index), bound.scope, depth + 1, out);
                let made = if let Expr::Await(inner) = expr { &*inner.value } else { *expr };
                if let Expr::Call(call) = made
                    && let Some(pair) = self.pair_of(call, bound.scope)
                {
                    out.push(Reached::plain(Object::Path(self.spelled(&[pair, "()[]"]))));
                }
            }
            Value::Element(expr) => {
                self.items(expr, None, bound.scope, depth + 1, out);
                if let Expr::Call(_) = expr {
                    self.listed_paths(expr, bound.scope, depth, out);
                }
            }
            Value::Own(class) => out.push(Reached::plain(Object::Instance(*class))),
            Value::Function(scope) => out.push(Reached::plain(Object::Function(*scope))),
            Value::Class(scope) => out.push(Reached::plain(Object::Class(*scope))),
            Value::Augmented(_) | Value::Parameter(None) | Value::Opaque => {}
        }
    }

    /// The function that gives a pair of connections, if a call is one of such.
    fn pair_of(&self, call: &'a ExprCall, scope: ScopeId) -> Option<&'static str> {
        PAIRS.into_iter().find(|pair| {
            let last = pair.rsplit('.').next().unwrap_or(pair);
            match &*call.func {
                Expr::Attribute(attribute) => attribute.attr.as_str() == last,
                Expr::Name(name) => self
                    .lookup(&name.id, scope)
                    .into_iter()
                    .flatten()
                    .any(|id| matches!(&self.bindings[id.index()].bound.value, Value::Import(path) if path == pair)),
                _ => false,
            }
        })
    }

    /// What an import can be where this file puts other modules into `sys.modules`.
    fn put_among_modules(&self, path: &str, depth: u32, out: &mut Objects) {
        for put in self.items.get("modules").into_iter().flatten().take(OBJECTS) {
            let mut found = Objects::new();
            self.bound(put, depth + 1, &mut found);
            let modules = found.iter().filter_map(Reached::path).filter(|module| !module.contains('('));
            out.extend(modules.map(|module| {
                let rest = path.find('.').map_or("", |at| &path[at..]);
                Reached { object: Object::Path(self.spelled(&[module, rest])), via: Via::Indirect }
            }));
        }
    }

    /// The paths that a folder's listing holds.
    fn listed_paths(&self, expr: &'a Expr, scope: ScopeId, depth: u32, out: &mut Objects) {
        let mut listed = Objects::new();
        self.reach(expr, scope, depth + 1, &mut listed);
        for reached in listed {
            let Some(path) = reached.path().filter(|path| path.starts_with("pathlib.Path().")) else { continue };
            let item = self.spelled(&[path, "[]"]);
            out.push(Reached { object: Object::Path(item), via: reached.via });
        }
    }

    /// What was assigned to an attribute of that name, on anything, in this file.
    pub(super) fn assigned(&self, name: &str, depth: u32, out: &mut Objects) {
        let Some((name, bounds)) = self.attributes.get_key_value(name) else { return };
        if self.memory.attribute(name, out) {
            return;
        }
        let mut found = Objects::new();
        for bound in bounds {
            self.bound(bound, depth + 1, &mut found);
        }
        found.dedup();
        add(out, &found);
        self.memory.assigned(name, found);
    }

    /// Tables that can be reached from any object.
    pub(super) fn table(&self, name: &str, out: &mut Objects) {
        let object = match name {
            "f_builtins" => Object::Namespace("builtins".into()),
            "__builtins__" => Object::Path("builtins".into()),
            "f_globals" | "f_locals" | "__globals__" => Object::OwnNamespace,
            // What an object is an instance of leads to all classes that there are.
            "__class__" => Object::Path("builtins.object.__class__".into()),
            _ => return,
        };
        out.push(Reached { object, via: Via::Indirect });
    }

    /// The attribute of an object.
    pub(super) fn attribute(&self, base: &Reached, name: &str, via: Via, depth: u32, out: &mut Objects) {
        let via = via.max(base.via);
        match &base.object {
            Object::Path(path) => {
                let object = match name {
                    "__call__" | "__func__" | "__wrapped__" | "cell_contents" => base.object.clone(),
                    "__dict__" => Object::Namespace(path.clone()),
                    "__globals__" | "__self__" => {
                        let module = Qualified::from(module_part(path));
                        if name == "__self__" { Object::Path(module) } else { Object::Namespace(module) }
                    }
                    "f_builtins" | "__builtins__" | "f_globals" | "f_locals" => return self.table(name, out),
                    "__base__" | "__bases__" | "__mro__" if path.starts_with("builtins.") => {
                        Object::Path("builtins.object".into())
                    }
                    "__subclasses__" if path.ends_with(".__class__") => {
                        Object::Path("builtins.object.__subclasses__".into())
                    }
                    _ => Object::Path(self.spelled(&[path, ".", name])),
                };
                out.push(Reached { object, via });
            }
            Object::Class(class) | Object::Instance(class) => match name {
                "__dict__" => out.push(Reached { object: Object::ClassNamespace(*class), via }),
                "__class__" => out.push(Reached { object: Object::Class(*class), via }),
                "__bases__" | "__base__" | "__mro__" => {
                    out.push(Reached { object: Object::Path("builtins.object".into()), via });
                }
                _ => {
                    let from = out.len();
                    self.member(*class, name, base, depth, out);
                    raise(&mut out[from..], via);
                }
            },
            Object::Function(_) if matches!(name, "__call__" | "__func__" | "__wrapped__" | "cell_contents") => {
                out.push(Reached { object: base.object.clone(), via });
            }
            Object::Function(_) if name == "__class__" => {
                out.push(Reached { object: Object::Path("types.FunctionType".into()), via });
            }
            Object::Function(_) => {
                self.table(name, out);
                self.assigned(name, depth, out);
            }
            Object::Namespace(path) => {
                out.push(Reached { object: Object::Path(path_of(&[path, ".__dict__.", name]).into()), via });
            }
            Object::OwnNamespace => {
                out.push(Reached { object: Object::Path(path_of(&["globals().", name]).into()), via });
            }
            Object::OwnModule => match name {
                "__dict__" => out.push(Reached { object: Object::OwnNamespace, via }),
                _ => self.own_name(name, via, depth, out),
            },
            Object::ClassNamespace(class) => {
                let path = Qualified::from(format_compact!("vars({}).{name}", class.0));
                out.push(Reached { object: Object::Path(path), via });
            }
        }
    }

    /// A name of this module, asked for by a string.
    fn own_name(&self, name: &str, via: Via, depth: u32, out: &mut Objects) {
        let from = out.len();
        for id in self.scopes[0].names.get(name).into_iter().flatten() {
            self.binding(*id, depth, out);
        }
        if out.len() == from {
            // A frame's own names, or what `setattr` put there.
            self.assigned(name, depth, out);
            for scope in &self.scopes {
                for id in scope.names.get(name).into_iter().flatten().filter(|_| self.step()) {
                    self.binding(*id, depth, out);
                }
                if out.len() > from {
                    break;
                }
            }
        }
        if out.len() == from && name == "__builtins__" {
            out.push(Reached { object: Object::Path("builtins".into()), via });
        }
        if out.len() == from
            && let Some(ids) = self.scopes[0].names.get("__getattr__")
        {
            for id in ids {
                if let Value::Function(function) = self.bindings[id.index()].bound.value {
                    self.returned_by_own(function, depth, out);
                }
            }
        }
        raise(&mut out[from..], via);
    }

    /// An attribute of something that is not known.
    fn of_anything(&self, base: &'a Expr, name: &'a str, scope: ScopeId, depth: u32, out: &mut Objects) {
        self.assigned(name, depth, out);
        // The value of an enumeration's member, what a closure's cell holds.
        if matches!(name, "cell_contents" | "value" | "_value_") {
            self.reach(base, scope, depth + 1, out);
        }
        for id in self.members().get(name).into_iter().flatten() {
            self.binding(*id, depth, out);
        }
        self.table(name, out);
    }

    /// What the classes of this file hold that is not a method, by name.
    fn members(&self) -> &FxHashMap<&'a str, Vec<BindingId>> {
        self.members.get_or_init(|| {
            let mut members: FxHashMap<&'a str, Vec<BindingId>> = FxHashMap::default();
            for scope in self.scopes.iter().filter(|scope| scope.kind == ScopeKind::Class) {
                for (name, ids) in scope.names.iter() {
                    let held = |id: &&BindingId| {
                        matches!(
                            self.bindings[id.index()].bound.value,
                            Value::Expr(Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_)) | Value::Import(_)
                        )
                    };
                    members.entry(name).or_default().extend(ids.iter().filter(held));
                }
            }
            members
        })
    }

    /// An attribute of a class of this file: its own, assigned to it, or its bases'.
    fn member(&self, class: ScopeId, name: &str, from: &Reached, depth: u32, out: &mut Objects) {
        let scope = &self.scopes[class.index()];
        if let Some(ids) = scope.names.get(name) {
            let mut found = Objects::new();
            ids.iter().for_each(|id| self.binding(*id, depth, &mut found));
            // An object of the class may be one of a class below it, which has something else there.
            if from.object == Object::Instance(class) && ids.iter().all(|id| self.is_stub(*id)) {
                self.of_subclasses(class, name, depth, &mut found);
            }
            self.described(&found, depth, out);
            // What is declared in the body may be filled in elsewhere.
            if found.is_empty() {
                self.assigned(name, depth, out);
            }
            return;
        }
        let before = out.len();
        self.assigned(name, depth, out);
        if depth > DEPTH {
            return self.memory.cut();
        }
        let (Some(def), Some(outer)) = (scope.class, scope.parent) else { return };
        for base in def.bases() {
            let mut bases = Objects::new();
            self.reach(base, outer, depth + 1, &mut bases);
            for base in bases.iter().filter(|base| base.object != Object::Class(class)) {
                match base.object {
                    Object::Class(above) if matches!(from.object, Object::Instance(_)) => {
                        let start = out.len();
                        self.member(above, name, from, depth + 1, out);
                        raise(&mut out[start..], base.via);
                    }
                    _ => {
                        let instance =
                            matches!(from.object, Object::Instance(_)).then(|| self.instance_of(base)).flatten();
                        self.attribute(instance.as_ref().unwrap_or(base), name, base.via, depth + 1, out);
                    }
                }
            }
        }
        if out.len() == before && from.object == Object::Instance(class) {
            self.of_subclasses(class, name, depth, out);
        }
        // Where a class looks up what it does not have.
        if out.len() == before
            && let Some(function) = self.method(class, "__getattr__")
        {
            self.returned_by_own(function, depth, out);
        }
    }

    /// An instance of a class from outside this file, where a rule knows anything of those.
    fn instance_of(&self, class: &Reached) -> Option<Reached> {
        let path = class.path().filter(|path| dispatch::has_instances(path))?;
        Some(Reached { object: Object::Path(self.spelled(&[path, "()"])), via: class.via })
    }

    /// The classes from outside this file that a class of it stands on, of whose instances a rule knows anything.
    pub(crate) fn stands_on(&self, class: ScopeId) -> Rc<[Qualified]> {
        if let Some(known) = self.stood_on.borrow().get(&class) {
            return Rc::clone(known);
        }
        let mut bases = Objects::new();
        self.bases(class, &mut bases);
        let known = |base: &Reached| base.qualified().filter(|path| dispatch::has_instances(path)).cloned();
        let found: Rc<[Qualified]> = bases.iter().filter_map(known).collect();
        self.stood_on.borrow_mut().insert(class, Rc::clone(&found));
        found
    }

    /// Whether a member does nothing of its own: classes below are to say what it does.
    fn is_stub(&self, id: BindingId) -> bool {
        match self.bindings[id.index()].bound.value {
            Value::Function(function) => self.does_nothing(function),
            Value::Expr(value) => gives_nothing(value),
            _ => false,
        }
    }

    pub(super) fn does_nothing(&self, function: ScopeId) -> bool {
        self.scopes[function.index()].body.iter().all(|statement| match statement {
            Stmt::Pass(_) | Stmt::Raise(_) => true,
            Stmt::Expr(text) => text.value.is_literal_expr(),
            Stmt::Return(given) => given.value.as_deref().is_none_or(gives_nothing),
            _ => false,
        })
    }

    /// What a class that stands on this one has by that name.
    fn of_subclasses(&self, class: ScopeId, name: &str, depth: u32, out: &mut Objects) {
        let subclasses = self.subclasses.get_or_init(|| {
            let mut subclasses: FxHashMap<&'a str, Vec<ScopeId>> = FxHashMap::default();
            for (index, def) in self.scopes.iter().enumerate().filter_map(|(index, scope)| Some((index, scope.class?)))
            {
                for base in def.bases() {
                    if let Expr::Name(base) = base {
                        let id = ScopeId(u32::try_from(index).unwrap_or(u32::MAX));
                        subclasses.entry(base.id.as_str()).or_default().push(id);
                    }
                }
            }
            subclasses
        });
        let below = |class: ScopeId| {
            let name = self.scopes[class.index()].name.unwrap_or_default();
            subclasses.get(name).map_or(&[][..], Vec::as_slice)
        };
        if below(class).is_empty() {
            return;
        }
        let (mut all, mut next) = (vec![class], 0);
        while let Some(above) = all.get(next) {
            let more = below(*above).iter().filter(|class| !all.contains(class));
            let more: Vec<ScopeId> = more.take(OBJECTS.saturating_sub(all.len())).copied().collect();
            all.extend(more);
            next += 1;
        }
        for subclass in &all[1..] {
            for id in self.scopes[subclass.index()].names.get(name).into_iter().flatten() {
                self.binding(*id, depth, out);
            }
        }
    }

    /// What an attribute gives when it is read: properties and descriptors are called for it.
    fn described(&self, found: &[Reached], depth: u32, out: &mut Objects) {
        for reached in found {
            let getter = match &reached.object {
                Object::Function(function) => Some(*function).filter(|function| self.is_property(*function)),
                Object::Instance(class) => self.method(*class, "__get__"),
                _ => None,
            };
            match getter {
                Some(getter) => self.returned_by_own(getter, depth, out),
                None => out.push(reached.clone()),
            }
        }
    }

    pub(crate) fn is_property(&self, function: ScopeId) -> bool {
        self.scopes[function.index()].def.is_some_and(|def| {
            def.decorator_list.iter().any(|decorator| match &decorator.expression {
                Expr::Name(name) => matches!(name.id.as_str(), "property" | "cached_property"),
                Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "cached_property" | "getter"),
                _ => false,
            })
        })
    }

    fn subscript(&self, subscript: &'a ExprSubscript, scope: ScopeId, depth: u32, out: &mut Objects) {
        let mut bases = Objects::new();
        self.reach(&subscript.value, scope, depth + 1, &mut bases);
        for base in &bases {
            self.of_factory(base, &subscript.value, scope, depth, out);
            if let Some((key, via)) = self.key(&subscript.slice, scope) {
                self.named_item(base, &key, via, depth, out);
            } else if let Object::Path(path) = &base.object
                && path != "sys.modules"
                && path != "builtins"
            {
                let path = if path == "builtins.object" { path.clone() } else { path_of(&[path, "[]"]).into() };
                out.push(Reached { object: Object::Path(path), via: base.via });
            }
            // The own module, by whatever it is called: `sys.modules[__name__]`.
            if let Object::Path(path) = &base.object
                && path == "sys.modules"
                && matches!(&*subscript.slice, Expr::Name(name) if name.id == "__name__")
            {
                out.push(Reached { object: Object::OwnModule, via: Via::Indirect });
            }
        }
        if let Expr::Call(call) = &*subscript.value
            && !bases.is_empty()
            && self.gives_row(call, scope, depth)
        {
            add(out, &bases);
        }
        if let Expr::Name(name) = &*subscript.value {
            self.assigned(&name.id, depth, out);
            // A starred name holds the items themselves.
            let ids = self.lookup(&name.id, scope).unwrap_or_default();
            if ids.iter().any(|id| matches!(self.bindings[id.index()].bound.value, Value::Element(_))) {
                hand(out, bases);
            }
        }
        self.keyed(&subscript.value, &subscript.slice, scope, depth, out);
    }

    /// `namespace["name"]`.
    pub(super) fn named_item(&self, base: &Reached, key: &str, via: Via, depth: u32, out: &mut Objects) {
        let via = via.max(base.via);
        match &base.object {
            Object::Path(path) if path == "sys.modules" => {
                out.push(Reached { object: Object::Path(self.spelled(&[key])), via });
            }
            Object::Path(path) if path == "builtins" => {
                out.push(Reached { object: Object::Path(self.builtin(key)), via });
            }
            Object::Path(path) if path == "builtins.object" => out.push(base.clone()),
            Object::Path(path) => {
                out.push(Reached { object: Object::Path(path_of(&[path, "[]"]).into()), via: base.via });
            }
            Object::Namespace(path) => {
                let module = Reached { object: Object::Path(path.clone()), via };
                self.attribute(&module, key, via, depth, out);
            }
            Object::OwnNamespace => self.own_name(key, via, depth, out),
            Object::ClassNamespace(class) => {
                let class = Reached { object: Object::Class(*class), via };
                self.attribute(&class, key, via, depth, out);
            }
            // A class as an index: `__class_getitem__` and metaclasses are hooks of their own.
            Object::Class(_) | Object::Instance(_) | Object::Function(_) | Object::OwnModule => {}
        }
    }

    /// A string used as a name, and how openly it is written.
    pub(crate) fn key(&self, expr: &'a Expr, scope: ScopeId) -> Option<(String, Via)> {
        let folded = self.constant(expr, scope)?;
        Some((folded.value.into_text()?, folded.via.max(Via::Indirect)))
    }
}

/// Marks objects as reached no more openly than `via`.
fn raise(found: &mut [Reached], via: Via) {
    found.iter_mut().for_each(|found| found.via = found.via.max(via));
}

/// Leaves each object once, in the order in which they were found.
fn unique(found: &mut Objects) {
    let mut kept = 0;
    for at in 0..found.len() {
        if kept < OBJECTS && !found[..kept].contains(&found[at]) {
            found.swap(kept, at);
            kept += 1;
        }
    }
    found.truncate(kept);
}

/// The module of a function or of a method of one of its classes.
fn module_part(path: &str) -> &str {
    let (mut module, last) = path.rsplit_once('.').unwrap_or(("", path));
    if last.starts_with("__") {
        module = module.rsplit_once('.').map_or("", |(module, _)| module);
    }
    // Classes are written with a capital, functions' dunder methods follow them.
    while let Some((rest, last)) = module.rsplit_once('.')
        && last.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
    {
        module = rest;
    }
    module
}

/// What stands between `prefix` and the closing bracket that ends the path.
pub(super) fn bracketed<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix)?.strip_suffix(')').filter(|inner| !inner.is_empty())
}

/// Whether a value is a literal, or a display of such.
fn gives_nothing(value: &Expr) -> bool {
    let is_display = matches!(value, Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_));
    value.is_literal_expr() || (is_display && items(value).iter().all(|item| item.is_literal_expr()))
}
