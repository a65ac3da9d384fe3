//! What a question about data needs to know of the whole file, gathered once and only
//! when the first question leads that far.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use ruff_python_ast::{Expr, ExprCall, ExprFString, FStringPart, InterpolatedStringElement, Operator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::families::Families;
use super::table::Tables;
use crate::python::model::Model;
use crate::python::model::object::{Object, Reached};
use crate::python::model::resolve::scope_of;
use crate::python::model::scope::{BindingId, ScopeId, Value};

/// A call that runs a function of this file.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) call: &'a ExprCall,
    pub(super) scope: ScopeId,
    /// The function is the argument of that index, and called with those that follow.
    pub(super) handed: Option<usize>,
}

/// A value put into a container or an open file by a method call.
#[derive(Clone, Copy)]
pub(super) struct Addition<'a> {
    pub(super) value: &'a Expr,
    pub(super) scope: ScopeId,
    /// The object it is put into.
    pub(super) into: &'a Expr,
}

/// A file by its name: text, or what the name is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileName {
    Text(String),
    Bound(Vec<BindingId>),
    Attribute(String),
}

/// Data written to a file.
pub(super) struct Store<'a> {
    pub(super) file: FileName,
    pub(super) data: &'a Expr,
    pub(super) scope: ScopeId,
    /// The data is another file's contents, by its name.
    pub(super) is_copy: bool,
    /// The file may be a buffer in memory.
    pub(super) in_memory: bool,
}

/// See the module.
pub(crate) struct Facts<'a> {
    pub(super) callers: FxHashMap<ScopeId, Vec<Caller<'a>>>,
    pub(super) additions: FxHashMap<&'a str, Vec<Addition<'a>>>,
    pub(super) stores: Vec<Store<'a>>,
    /// Whole folders are copied.
    pub(super) trees: bool,
    pub(super) families: Families,
    /// How the scopes that were asked for use their names.
    pub(super) tables: RefCell<FxHashMap<ScopeId, Option<Rc<Tables<'a>>>>>,
    /// Whether the file comes to names of any of its scopes by other ways than by naming them, once it was asked.
    pub(super) has_door: OnceCell<bool>,
    /// The scopes to whose names a call within them comes by other ways, once it was asked.
    pub(super) opened: OnceCell<FxHashSet<ScopeId>>,
}

/// The most callers of one function that are looked at.
const CALLERS: usize = 64;
/// The most written files that are looked at.
const STORES: usize = 64;

/// Methods that put an argument into their object.
const ADDING: &[&str] = &[
    "append",
    "appendleft",
    "extend",
    "add",
    "update",
    "insert",
    "write",
    "writelines",
    "setdefault",
    "put",
    "put_nowait",
];

impl<'a> Facts<'a> {
    pub(super) fn of(model: &Model<'a>) -> Self {
        let mut facts = Self {
            callers: FxHashMap::default(),
            additions: FxHashMap::default(),
            stores: Vec::new(),
            trees: false,
            families: Families::of(model),
            tables: RefCell::default(),
            has_door: OnceCell::new(),
            opened: OnceCell::new(),
        };
        for (index, site) in model.calls.iter().enumerate() {
            facts.call(model, site.call, site.place.scope, model.targets_of(index));
        }
        facts
    }

    fn call(&mut self, model: &Model<'a>, call: &'a ExprCall, scope: ScopeId, targets: &[Reached]) {
        for target in targets {
            match &target.object {
                Object::Function(function) => self.caller(*function, Caller { call, scope, handed: None }),
                Object::Class(class) => {
                    if let Some(function) = model.method(*class, "__init__") {
                        self.caller(function, Caller { call, scope, handed: None });
                    }
                }
                Object::Path(path) => self.store(model, path, call, scope),
                _ => {}
            }
        }
        if let Expr::Attribute(attribute) = &*call.func
            && ADDING.contains(&attribute.attr.as_str())
            && let Some(name) = name_of(&attribute.value)
        {
            let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
            let into = &*attribute.value;
            self.additions.entry(name).or_default().extend(values.map(|value| Addition { value, scope, into }));
        }
        if let Expr::Attribute(attribute) = &*call.func
            && matches!(attribute.attr.as_str(), "write_bytes" | "write_text")
            && let Some(data) = call.arguments.args.first()
        {
            self.written(model, &attribute.value, data, scope, false);
        }
        self.handed(model, call, scope);
    }

    /// Functions of this file that a call is given, by name.
    fn handed(&mut self, model: &Model<'a>, call: &'a ExprCall, scope: ScopeId) {
        let keywords = call.arguments.keywords.iter();
        let named = keywords
            .filter(|keyword| keyword.arg.as_deref().is_some_and(|name| matches!(name, "target" | "function" | "func")))
            .map(|keyword| (usize::MAX, &keyword.value));
        for (index, value) in call.arguments.args.iter().enumerate().chain(named) {
            let function = match value {
                Expr::Name(name) => model.lookup(&name.id, scope).and_then(|ids| {
                    ids.iter().find_map(|id| match model.bindings[id.index()].bound.value {
                        Value::Function(function) => Some(function),
                        _ => None,
                    })
                }),
                Expr::Attribute(_) => {
                    model.resolve(value, scope).into_iter().find_map(|reached| match reached.object {
                        Object::Function(function) => Some(function),
                        _ => None,
                    })
                }
                Expr::Lambda(lambda) => scope_of(&lambda.node_index),
                _ => None,
            };
            if let Some(function) = function {
                self.caller(function, Caller { call, scope, handed: Some(index) });
            }
        }
    }

    fn caller(&mut self, function: ScopeId, caller: Caller<'a>) {
        let callers = self.callers.entry(function).or_default();
        if callers.len() < CALLERS {
            callers.push(caller);
        }
    }

    fn store(&mut self, model: &Model<'a>, path: &str, call: &'a ExprCall, scope: ScopeId) {
        let argument = |name, position| call.arguments.find_argument_value(name, position);
        match path {
            "builtins.open().write" | "builtins.open().writelines" => {
                if let (Expr::Attribute(attribute), Some(data)) = (&*call.func, call.arguments.args.first()) {
                    for (name, scope) in opened(model, &attribute.value, scope) {
                        self.written(model, name, data, scope, false);
                    }
                }
            }
            "tempfile.NamedTemporaryFile().write" => {
                if let (Expr::Attribute(attribute), Some(data)) = (&*call.func, call.arguments.args.first()) {
                    self.written(model, &attribute.value, data, scope, false);
                }
            }
            "os.write" => {
                if let (Some(file), Some(data)) = (argument("fd", 0), argument("str", 1)) {
                    self.written(model, file, data, scope, false);
                }
            }
            "shutil.copyfileobj" => {
                if let (Some(data), Some(file)) = (argument("fsrc", 0), argument("fdst", 1)) {
                    for (name, scope) in opened(model, file, scope) {
                        self.written(model, name, data, scope, false);
                    }
                }
            }
            "urllib.request.urlretrieve" | "urllib.urlretrieve" => {
                if let Some(file) = argument("filename", 1) {
                    // The function stands for what it fetches.
                    self.written(model, file, &call.func, scope, false);
                }
            }
            _ => {
                self.copied(model, path, call, scope);
            }
        }
    }

    pub(super) fn written(&mut self, model: &Model<'a>, file: &'a Expr, data: &'a Expr, scope: ScopeId, is_copy: bool) {
        if let Some(file) = file_name(model, file, scope) {
            self.keep(Store { file, data, scope, is_copy, in_memory: false });
        }
    }

    pub(super) fn keep(&mut self, store: Store<'a>) {
        if self.stores.len() < STORES {
            self.stores.push(store);
        }
    }
}

/// The name under which a container or an open file is known.
pub(super) fn name_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// The names of the files that an open file can be.
fn opened<'a>(model: &Model<'a>, file: &'a Expr, scope: ScopeId) -> Vec<(&'a Expr, ScopeId)> {
    let mut found = Vec::new();
    let mut consider = |expr: &'a Expr, scope: ScopeId| {
        let expr = if let Expr::Await(inner) = expr { &*inner.value } else { expr };
        if let Expr::Call(call) = expr
            && let Some(name) = call.arguments.args.first()
            && model.resolve(&call.func, scope).iter().any(|reached| reached.path() == Some("builtins.open"))
        {
            found.push((name, scope));
        }
    };
    consider(file, scope);
    if let Expr::Name(name) = file {
        for id in model.lookup(&name.id, scope).into_iter().flatten() {
            let bound = &model.bindings[id.index()].bound;
            if let Value::Expr(expr) = bound.value {
                consider(expr, bound.scope);
            }
        }
    }
    found
}

/// A file by its name, when two expressions can be told to name the same one.
pub(super) fn file_name<'a>(model: &Model<'a>, file: &'a Expr, scope: ScopeId) -> Option<FileName> {
    // What is known as a whole is not taken apart.
    if let Some(text) = model.constant(file, scope).and_then(|folded| folded.value.into_text()) {
        return Some(FileName::Text(text));
    }
    let mut expr = file;
    // A path stays the same whatever it is wrapped in; eight wrappings are plenty.
    for _ in 0..8 {
        expr = match expr {
            Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
                (Expr::Name(name), [inner]) if matches!(name.id.as_str(), "str" | "Path" | "fspath") => inner,
                (Expr::Attribute(attribute), [inner]) if matches!(attribute.attr.as_str(), "fspath" | "Path") => inner,
                (Expr::Attribute(attribute), []) if matches!(attribute.attr.as_str(), "as_posix" | "resolve") => {
                    &attribute.value
                }
                _ => break,
            },
            Expr::Attribute(attribute) if &attribute.attr == "name" => &attribute.value,
            // An ending, which `shutil.make_archive` adds itself.
            Expr::BinOp(op) if op.op == Operator::Add && is_ending(&op.right) => &op.left,
            Expr::FString(text) => match ended(text) {
                Some(name) => name,
                None => break,
            },
            _ => break,
        };
    }
    if let Some(text) = model.constant(expr, scope).and_then(|folded| folded.value.into_text()) {
        return Some(FileName::Text(text));
    }
    match expr {
        Expr::Name(name) => {
            let ids = model.lookup(&name.id, scope)?;
            // Loop variables and parameters stand for whatever; a name with one meaning is a file's.
            Some(FileName::Bound(ids.to_vec()))
        }
        Expr::Attribute(attribute) => Some(FileName::Attribute(attribute.attr.to_string())),
        _ => None,
    }
}

fn is_ending(expr: &Expr) -> bool {
    matches!(expr, Expr::StringLiteral(text) if text.value.to_str().starts_with('.'))
}

/// The one value in a text that else is an ending: `f"{name}.zip"`.
fn ended(text: &ExprFString) -> Option<&Expr> {
    let [FStringPart::FString(inner)] = text.value.as_slice() else { return None };
    match &*inner.elements {
        [InterpolatedStringElement::Interpolation(name), InterpolatedStringElement::Literal(end)]
            if end.value.starts_with('.') =>
        {
            Some(&name.expression)
        }
        _ => None,
    }
}
