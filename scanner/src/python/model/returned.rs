//! What calls return, for the calls whose meaning is known.

use compact_str::format_compact;
use ruff_python_ast::{Expr, ExprCall};

use super::object::{Object, Objects, Qualified, Reached, Via, add, parted, path_of};
use super::resolve::bracketed;
use super::scope::ScopeId;
use super::{Model, copies, known};
use crate::python::layout;

/// Calls that give back, or wrap, their first argument.
const TRANSPARENT: &[&str] = &[
    "functools.partial",
    "functools.partialmethod",
    "functools.cache",
    "functools.lru_cache",
    "functools.wraps()",
    "functools.singledispatch",
    "builtins.staticmethod",
    "builtins.classmethod",
    "builtins.property",
    "importlib.reload",
    "importlib.util.module_from_spec",
    "copy.copy",
    "copy.deepcopy",
    "weakref.ref",
    "weakref.proxy",
    "asyncio.run",
    "asyncio.run_coroutine_threadsafe",
    "contextlib.nullcontext",
    "contextlib.closing",
    "contextlib.contextmanager",
    "types.MappingProxyType",
    "types.MethodType",
];

/// Calls that give what their first argument names.
const BY_NAME: &[&str] = &[
    "importlib.import_module",
    "importlib.util.find_spec",
    "importlib.find_loader",
    "importlib.machinery.PathFinder.find_spec",
    "pkgutil.resolve_name",
    "pkgutil.find_loader",
    "pkgutil.get_loader",
    "pydoc.locate",
    "pydoc.safeimport",
    "pydoc.resolve",
    "logging.config._resolve",
    "unittest.mock._importer",
    "imp.load_module",
];

/// A call that is being looked into.
#[derive(Clone, Copy)]
struct Called<'a> {
    call: &'a ExprCall,
    scope: ScopeId,
    via: Via,
    depth: u32,
}

impl<'a> Model<'a> {
    /// What calling `function` gives.
    pub(super) fn returned(
        &self,
        function: &Reached,
        call: &'a ExprCall,
        scope: ScopeId,
        depth: u32,
        out: &mut Objects,
    ) {
        match &function.object {
            Object::Function(id) => self.returned_by_own(*id, depth, out),
            Object::Class(class) => out.push(Reached::plain(Object::Instance(*class))),
            Object::Path(path) => {
                let called = Called { call, scope, via: function.via, depth };
                self.returned_by_path(path, called, out);
            }
            Object::Instance(class) => match self.method(*class, "__call__") {
                Some(id) => self.returned_by_own(id, depth, out),
                // A reference to it, which was made out to be the thing itself.
                None => out.push(function.clone()),
            },
            Object::Namespace(_) | Object::OwnNamespace | Object::OwnModule | Object::ClassNamespace(_) => {}
        }
    }

    /// What a function of this file can return; remembered, as bindings are.
    pub(super) fn returned_by_own(&self, function: ScopeId, depth: u32, out: &mut Objects) {
        if self.memory.function(function, out) {
            return;
        }
        let mut found = Objects::new();
        let scope = &self.scopes[function.index()];
        for value in &scope.returns {
            self.reach(value, function, depth + 1, &mut found);
        }
        // A generator that is made a context gives what it yields.
        if scope.gives {
            for value in &scope.yields {
                self.reach(value, function, depth + 1, &mut found);
            }
        }
        add(out, &found);
        self.memory.returned(function, found);
    }

    fn returned_by_path(&self, path: &str, called: Called<'a>, out: &mut Objects) {
        let Called { call, scope, via: _, depth } = called;
        let first = call.arguments.args.first();
        let push = |out: &mut Objects, path: &str, via| {
            out.push(Reached { object: Object::Path(self.spelled(&[path])), via });
        };
        match path {
            "builtins.getattr"
            | "builtins.object.__getattribute__"
            | "inspect.getattr_static"
            | "xmlrpc.server.resolve_dotted_attribute" => {
                if let Some((name, via)) = self.name_at(&called, 1) {
                    let bases = self.objects(&called, 0);
                    bases.iter().for_each(|base| self.attribute(base, &name, via, depth, out));
                    if bases.is_empty() {
                        self.assigned(&name, depth, out);
                        self.table(&name, out);
                    }
                }
                out.extend(self.objects(&called, 2));
            }
            "builtins.__import__" => {
                if let Some((name, via)) = self.argument(call, "name", 0).and_then(|arg| self.key(arg, scope)) {
                    let whole = self.argument(call, "fromlist", 3).is_some_and(|list| !is_empty(list));
                    let module = if whole { &name } else { name.split('.').next().unwrap_or(&name) };
                    push(out, module, via);
                } else if first.is_some_and(is_own_name) {
                    out.push(Reached { object: Object::OwnModule, via: Via::Indirect });
                }
            }
            "runpy.run_module" => {
                if let Some((name, via)) = self.name_at(&called, 0) {
                    out.push(Reached { object: Object::Namespace(self.spelled(&[&name])), via });
                }
            }
            "builtins.vars" if first.is_some() => {
                out.extend(self.objects(&called, 0).into_iter().filter_map(copies::table_of));
            }
            "builtins.type" if call.arguments.args.len() == 3 => {
                let mut tables = Objects::new();
                self.tables(&call.arguments.args[2], scope, depth, &mut tables);
                out.extend(tables.into_iter().filter_map(copies::object_of));
                push(out, "builtins.type()", called.via);
            }
            "types.SimpleNamespace" | "argparse.Namespace" => {
                let mut tables = Objects::new();
                self.spread(call, scope, depth, &mut tables);
                out.extend(tables.into_iter().filter_map(copies::object_of));
                self.returned_by_pattern(path, called, out);
            }
            "unittest.mock.Mock" | "unittest.mock.MagicMock" | "unittest.mock.NonCallableMock" => {
                if let Some(wrapped) = call.arguments.find_keyword("wraps") {
                    out.extend(self.resolve_at(&wrapped.value, scope, depth));
                }
                self.returned_by_pattern(path, called, out);
            }
            "importlib.metadata.EntryPoint().load" => {
                let made = call.func.as_attribute_expr().and_then(|load| self.maker(&load.value, scope));
                let value = made.and_then(|(made, scope)| Some((self.argument(made, "value", 1)?, scope)));
                match value.and_then(|(value, scope)| self.key(value, scope)) {
                    Some((name, via)) => push(out, &name.replace(':', "."), via),
                    None => self.returned_by_pattern(path, called, out),
                }
            }
            "contextvars.ContextVar().get" => {
                let made = call.func.as_attribute_expr().and_then(|get| self.maker(&get.value, scope));
                if let Some((made, scope)) = made
                    && let Some(default) = made.arguments.find_keyword("default")
                {
                    out.extend(self.resolve_at(&default.value, scope, depth));
                }
                // What was set, and the default that is given here.
                if let Expr::Attribute(get) = &*call.func {
                    self.taken_out(&get.value, "get", call, scope, depth, out);
                }
                out.extend(self.objects(&called, 0));
                self.returned_by_pattern(path, called, out);
            }
            "string.Formatter().get_field" => self.field(call, scope, depth, out),
            _ if copies::TABLES.contains(&path) => {
                self.joined(call, scope, depth, out);
                self.returned_by_pattern(path, called, out);
            }
            "builtins.globals" | "builtins.locals" | "builtins.vars" => {
                out.push(Reached { object: Object::OwnNamespace, via: Via::Indirect });
            }
            "builtins.eval" => {
                if let Some((text, via)) = self.name_at(&called, 0) {
                    self.evaluated(&text, via, scope, depth, out);
                }
            }
            "builtins.type" if call.arguments.args.len() == 1 => {
                out.extend(self.objects(&called, 0).into_iter().map(type_of));
            }
            "typing.cast" => out.extend(self.objects(&called, 1)),
            "builtins.next" | "builtins.iter" | "builtins.min" | "builtins.max" => {
                if let Some(first) = first {
                    self.items(first, None, scope, depth + 1, out);
                }
            }
            "operator.attrgetter" if call.arguments.args.len() > 1 => {
                for name in call.arguments.args.iter().filter_map(|name| self.key(name, scope)) {
                    let path = Qualified::from(format_compact!("{path}({})", name.0));
                    out.push(Reached { object: Object::Path(path), via: Via::Indirect });
                }
            }
            "operator.attrgetter" | "operator.methodcaller" | "operator.itemgetter" => {
                let name = self.name_at(&called, 0).map_or_else(String::new, |(name, _)| name);
                out.push(Reached {
                    object: Object::Path(format_compact!("{path}({name})").into()),
                    via: Via::Indirect,
                });
            }
            "operator.getitem" | "builtins.dict.get" | "builtins.dict.__getitem__" | "builtins.dict.pop" => {
                if let Some((key, via)) = self.name_at(&called, 1) {
                    self.objects(&called, 0).iter().for_each(|base| self.named_item(base, &key, via, depth, out));
                }
                if let [container, key] = &*call.arguments.args {
                    self.keyed(container, key, scope, depth, out);
                }
            }
            "functools.reduce" => self.reduced(&called, out),
            _ if TRANSPARENT.contains(&path) => out.extend(self.objects(&called, 0)),
            _ if BY_NAME.contains(&path) || path.ends_with(".load_module") || path.ends_with(".find_spec") => {
                self.named_module(&called, out);
            }
            _ => self.returned_by_pattern(path, called, out),
        }
    }

    /// A string argument that serves as a name.
    fn name_at(&self, called: &Called<'a>, index: usize) -> Option<(String, Via)> {
        let (argument, scope) = self.argument_at(called.call, called.scope, index, called.depth)?;
        let (key, how) = self.key(argument, scope)?;
        Some((key, how.max(called.via)))
    }

    /// What an argument can be.
    fn objects(&self, called: &Called<'a>, index: usize) -> Objects {
        let argument = self.argument_at(called.call, called.scope, index, called.depth);
        argument.map(|(argument, scope)| self.resolve_at(argument, scope, called.depth)).unwrap_or_default()
    }

    /// `import_module("a.b")`, `resolve_name("a:b")`, `import_module(".b", __name__)`.
    fn named_module(&self, called: &Called<'a>, out: &mut Objects) {
        let Some(argument) = ["name", "fullname"].iter().find_map(|name| self.argument(called.call, name, 0)) else {
            return;
        };
        if is_own_name(argument) {
            out.push(Reached { object: Object::OwnModule, via: Via::Indirect });
        }
        let Some((name, via)) = self.key(argument, called.scope) else { return };
        let name = name.replace(':', ".");
        let bare = name.trim_start_matches('.');
        let level = u32::try_from(name.len() - bare.len()).unwrap_or(u32::MAX);
        let path = layout::absolute(self.source.path, Some(bare), level);
        out.push(Reached { object: Object::Path(self.spelled(&[&path])), via: via.max(called.via) });
    }

    fn returned_by_pattern(&self, path: &str, called: Called<'a>, out: &mut Objects) {
        let Called { call, scope, via, depth } = called;
        let first = call.arguments.args.first();
        let parts = parted(path);
        if let Some(name) = bracketed(path, "operator.attrgetter(") {
            for base in self.objects(&called, 0) {
                out.extend(self.followed(Objects::from_elem(base, 1), name.split('.'), via, depth));
            }
        } else if let Some(name) = bracketed(path, "operator.itemgetter(") {
            self.objects(&called, 0).iter().for_each(|base| self.named_item(base, name, via, depth, out));
        } else if let Some((base, "copy")) = parts
            && let Some(object) = table_at(base)
        {
            out.push(Reached { object, via });
        } else if let Some((base, "get" | "pop" | "setdefault" | "__getitem__")) = parts {
            match (table_at(base), first.and_then(|arg| self.key(arg, scope))) {
                (Some(object), Some((key, how))) => {
                    self.named_item(&Reached { object, via }, &key, how, depth, out);
                }
                _ => out.push(Reached { object: Object::Path(path_of(&[path, "()"]).into()), via }),
            }
        } else if let Some((base, "__getattribute__" | "__getattr__")) = parts {
            // Through a type the object comes first: `type(os).__getattribute__(os, "system")`.
            if let Some((key, how)) = self.name_at(&called, 1) {
                self.objects(&called, 0).iter().for_each(|base| self.attribute(base, &key, how, depth, out));
            } else if let Some((key, how)) = first.and_then(|arg| self.key(arg, scope)) {
                let base = Reached { object: Object::Path(base.into()), via };
                self.attribute(&base, &key, how, depth, out);
            }
        } else {
            // A module is not called; a reference to it is.
            if known::is_standard(path) {
                out.push(Reached { object: Object::Path(path.into()), via });
            }
            out.push(Reached { object: Object::Path(self.spelled(&[path, "()"])), via });
        }
    }

    /// What a row of attributes leads to.
    pub(super) fn followed<'n>(
        &self,
        mut found: Objects,
        steps: impl Iterator<Item = &'n str>,
        via: Via,
        depth: u32,
    ) -> Objects {
        for step in steps.take(32) {
            let mut next = Objects::new();
            found.iter().for_each(|base| self.attribute(base, step, via, depth + 1, &mut next));
            next.truncate(24);
            found = next;
        }
        found
    }

    /// `eval("os.system")`: what a dotted name leads to.
    fn evaluated(&self, text: &str, via: Via, scope: ScopeId, depth: u32, out: &mut Objects) {
        let is_name = |step: &str| !step.is_empty() && step.chars().all(|c| c.is_alphanumeric() || c == '_');
        let text = text.trim();
        if depth > 100 {
            return self.memory.cut();
        }
        if text.len() > 200 || !text.split('.').all(is_name) {
            return;
        }
        let mut steps = text.split('.');
        let Some(first) = steps.next() else { return };
        let mut found = Objects::new();
        match self.lookup(first, scope) {
            Some(ids) => ids.iter().for_each(|id| self.binding(*id, depth + 1, &mut found)),
            None => found.push(Reached::plain(Object::Path(format_compact!("builtins.{first}").into()))),
        }
        let mut found = self.followed(found, steps, via, depth);
        found.iter_mut().for_each(|found| found.via = found.via.max(via));
        out.extend(found);
    }

    /// `functools.reduce(getattr, names, base)`.
    fn reduced(&self, called: &Called<'a>, out: &mut Objects) {
        let [_, names, _] = &*called.call.arguments.args else { return };
        if !self.objects(called, 0).iter().any(|function| function.path() == Some("builtins.getattr")) {
            return;
        }
        let Some(folded) = self.constant(names, called.scope) else { return };
        let via = called.via.max(folded.via).max(Via::Indirect);
        let names = folded.value.into_items().unwrap_or_default().into_iter();
        let names: Option<Vec<String>> = names.take(32).map(super::constant::Const::into_text).collect();
        let names = names.unwrap_or_default();
        out.extend(self.followed(self.objects(called, 2), names.iter().map(String::as_str), via, called.depth));
    }

    /// What `with` binds: what `__enter__` gives.
    pub(super) fn entered(&self, managers: &[Reached], depth: u32) -> Objects {
        let mut out = Objects::new();
        for manager in managers {
            match &manager.object {
                Object::Instance(class) if self.method(*class, "__enter__").is_some() => {
                    let enter = self.method(*class, "__enter__").into_iter();
                    enter.for_each(|enter| self.returned_by_own(enter, depth, &mut out));
                }
                _ => out.push(manager.clone()),
            }
        }
        out
    }

    pub(super) fn resolve_at(&self, expr: &'a Expr, scope: ScopeId, depth: u32) -> Objects {
        let mut found = Objects::new();
        self.reach(expr, scope, depth + 1, &mut found);
        found
    }

    /// An argument by keyword or position, when no star-argument stands before it.
    pub(crate) fn argument(&self, call: &'a ExprCall, name: &str, position: usize) -> Option<&'a Expr> {
        call.arguments.find_argument_value(name, position)
    }
}

/// The table of names whose method a path is.
fn table_at(path: &str) -> Option<Object> {
    match path {
        "globals()" => Some(Object::OwnNamespace),
        "sys.modules" | "builtins" => Some(Object::Path(path.into())),
        _ => path.strip_suffix(".__dict__").map(|path| Object::Namespace(path.into())),
    }
}

/// `type(x)`.
fn type_of(reached: Reached) -> Reached {
    let object = match reached.object {
        Object::Function(_) => Object::Path("types.FunctionType".into()),
        Object::Instance(class) => Object::Class(class),
        _ => Object::Path("builtins.type()".into()),
    };
    Reached { object, via: reached.via }
}

/// `__name__`, under which a module finds itself.
fn is_own_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if name.id == "__name__")
}

fn is_empty(expr: &Expr) -> bool {
    match expr {
        Expr::List(list) => list.is_empty(),
        Expr::Tuple(tuple) => tuple.is_empty(),
        Expr::NoneLiteral(_) => true,
        _ => false,
    }
}
