//! What one file hands out, and takes.

use compact_str::{CompactString, format_compact};
use ruff_python_ast::Expr;

use super::Neighbours;
use super::constants::constants;
use super::ends::{Ends, Take};
use super::passed::{Passed, passed};
use crate::python::layout;
use crate::python::model::constant::Folded;
use crate::python::model::object::{Object, path_of};
use crate::python::model::origin::items;
use crate::python::model::resolve::scope_of;
use crate::python::model::scope::{BindingId, ScopeId, ScopeKind, Value};
use crate::python::model::{Model, Verb};
use crate::rules::dispatch;

/// How many items of a display are looked at, but for literals; that there are more is told.
const ITEMS: usize = 512;
/// How many names that a file binds before star imports are looked for in what these bring.
const OVERRIDDEN: usize = 1024;

/// What one file hands out, by the names that it gives, and what it takes.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileExports {
    /// A name, with `()` for what calling it gives and `[]` for its items, and the path it leads to.
    pub(super) names: Vec<(CompactString, CompactString)>,
    /// Every name that the file binds.
    pub(super) own: Vec<CompactString>,
    /// Those that it binds before it imports all names of a module.
    pub(super) overridden: Vec<CompactString>,
    /// Modules of which it hands out everything.
    pub(super) stars: Vec<CompactString>,
    /// The qualified paths that it imports.
    pub(super) imports: Vec<CompactString>,
    pub(super) ends: Ends,
    /// Names, with `()` for what calling them gives, and the constants that they have.
    pub(super) constants: Vec<(CompactString, Folded)>,
    /// Classes, and those of other files that they stand on.
    pub(super) bases: Vec<(CompactString, CompactString)>,
    /// Functions of other files, and texts that are passed to them.
    pub(super) passed: Vec<(CompactString, Passed)>,
    /// Data comes in here that other files may take up.
    pub(crate) has_inflow: bool,
    /// Data comes in here, or is made here, of which this file may tell.
    pub(crate) has_data: bool,
}

impl FileExports {
    /// The qualified paths that the file imports.
    pub(super) fn imports(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(|path| path.strip_suffix(".*").unwrap_or(path))
    }

    /// Keeps what an earlier look found out, but for the flows that the file hands on now.
    pub(crate) fn keep(&mut self, earlier: Self) {
        *self = Self { ends: std::mem::take(&mut self.ends), ..earlier };
    }

    /// The flows that a file hands on once the other files are known, and nothing else.
    pub(crate) fn handing_on(model: &Model<'_>, takes: Vec<(ScopeId, Take)>) -> Self {
        let mut ends = Ends::taken(model, takes);
        let imports = || model.imports.iter().map(|import| import.path.as_str());
        let is_given = |neighbours: &Neighbours<'_>| {
            neighbours.has_given() || imports().any(|path| neighbours.hands_data(path, model.source.text.as_bytes()))
        };
        if model.has_inflow() || model.exports.is_some_and(is_given) {
            ends.given(model);
        }
        Self { ends, ..Self::default() }
    }

    /// Reads them off a file's model; `takes` are the sinks that its parameters reach.
    pub(crate) fn of(model: &Model<'_>, takes: Vec<(ScopeId, Take)>) -> Self {
        let module = &model.scopes[ScopeId::MODULE.index()];
        let mut exports = Self {
            ends: Ends::taken(model, takes),
            stars: module.stars.clone(),
            own: module.names.iter().map(|(name, _)| CompactString::from(name)).collect(),
            imports: model.imports.iter().map(|import| import.path.clone()).chain(by_name(model)).collect(),
            constants: constants(model),
            passed: passed(model),
            ..Self::default()
        };
        let own = Own { model, module: layout::module_of(model.source.path) };
        exports.has_inflow = model.has_inflow();
        exports.has_data = exports.has_inflow || model.decodes();
        if exports.has_inflow {
            exports.ends.given(model);
        }
        for (name, ids) in module.names.iter() {
            if ids.iter().any(|id| model.bindings[id.index()].at < module.starred_to) {
                exports.overridden.push(name.into());
            }
            for id in ids {
                let value = &model.bindings[id.index()].bound.value;
                exports.binding(&own, name, value);
                exports.add(name, model.bound_paths(*id));
                if let Value::Expr(value) = value {
                    exports.add(name, own.paths(value, ScopeId::MODULE));
                }
            }
        }
        if exports.overridden.len() > OVERRIDDEN {
            model.exhausted.set(true);
            exports.overridden.truncate(OVERRIDDEN);
        }
        exports.names.sort_unstable();
        exports
    }

    fn binding<'a>(&mut self, own: &Own<'_, 'a>, name: &str, value: &Value<'a>) {
        let model = own.model;
        match value {
            Value::Function(scope) => {
                for value in &model.scopes[scope.index()].returns {
                    self.add_value(own, &path_of(&[name, "()"]), value, *scope);
                }
            }
            Value::Class(class) => {
                let scope = &model.scopes[class.index()];
                for base in scope.class.into_iter().flat_map(ruff_python_ast::StmtClassDef::bases) {
                    let paths = model.paths(base, ScopeId::MODULE).into_iter();
                    let in_tree = paths.filter(|path| model.exports.is_some_and(|exports| exports.has(path)));
                    self.bases.extend(in_tree.map(|path| (name.into(), path)));
                }
                // Its instances are instances of what it stands on, but for what it has itself.
                let bases =
                    model.stands_on(*class).iter().map(|base| path_of(&[base.as_str(), "()"])).collect::<Vec<_>>();
                if !bases.is_empty() {
                    let members = model.scopes[class.index()].names.iter();
                    self.own.extend(members.map(|(member, _)| path_of(&[name, "().", member])));
                    self.add(&path_of(&[name, "()"]), bases);
                }
                for (member, ids) in model.scopes[class.index()].names.iter() {
                    for id in ids {
                        let paths = model.bound_paths(*id);
                        if paths.is_empty() {
                            continue;
                        }
                        self.add(&path_of(&[name, ".", member]), paths.clone());
                        self.add(&path_of(&[name, "().", member]), paths);
                    }
                }
            }
            Value::Expr(display) => {
                let mut items = items(display);
                items.retain(|item| !item.is_literal_expr());
                if items.len() > ITEMS {
                    model.exhausted.set(true);
                    items.truncate(ITEMS);
                }
                for item in items {
                    self.add_value(own, &path_of(&[name, "[]"]), item, ScopeId::MODULE);
                }
            }
            _ => {}
        }
    }

    /// Adds what a value can be, outside of the file and within.
    fn add_value<'a>(&mut self, own: &Own<'_, 'a>, name: &str, value: &'a Expr, scope: ScopeId) {
        self.add(name, own.model.paths(value, scope));
        self.add(name, own.paths(value, scope));
    }

    fn add(&mut self, name: &str, paths: Vec<CompactString>) {
        let worth = |path: &CompactString| !path.starts_with("builtins.") || dispatch::is_reached(path);
        self.names.extend(paths.into_iter().filter(worth).map(|path| (name.into(), path)));
    }
}

/// What a file says of its own functions and classes.
struct Own<'m, 'a> {
    model: &'m Model<'a>,
    module: String,
}

impl<'a> Own<'_, 'a> {
    /// The functions of the file that an expression can be, and the classes, or instances of them, by their paths.
    fn paths(&self, expr: &'a Expr, scope: ScopeId) -> Vec<CompactString> {
        let reached = self.model.resolve(expr, scope);
        let names = reached.iter().filter_map(|reached| match reached.object {
            Object::Function(function) => name_of(self.model, function),
            Object::Class(class) => self.class(class).map(CompactString::from),
            Object::Instance(class) => self.class(class).map(|class| path_of(&[class, "()"])),
            _ => None,
        });
        names.map(|name| path_of(&[&self.module, ".", &name])).collect()
    }

    /// The name of a class of the module.
    fn class(&self, class: ScopeId) -> Option<&'a str> {
        let scope = &self.model.scopes[class.index()];
        scope.name.filter(|_| scope.parent == Some(ScopeId::MODULE))
    }
}

/// What other files call a function by.
pub(super) fn name_of(model: &Model<'_>, function: ScopeId) -> Option<CompactString> {
    let scope = &model.scopes[function.index()];
    let outer = &model.scopes[scope.parent?.index()];
    let Some(name) = scope.name else { return lambda_name(model, function) };
    match (outer.kind, outer.name) {
        (ScopeKind::Module, _) => Some(name.into()),
        // What a function makes and gives.
        (ScopeKind::Function, Some(maker)) if outer.parent == Some(ScopeId::MODULE) => {
            let is_it = |value: &&Expr| matches!(value, Expr::Name(given) if given.id == name);
            outer.returns.iter().any(is_it).then(|| path_of(&[maker, "()"]))
        }
        (ScopeKind::Class, Some(class)) if outer.parent == Some(ScopeId::MODULE) => {
            Some(if name == "__init__" { class.into() } else { format_compact!("{class}.{name}") })
        }
        _ => None,
    }
}

/// The name of the module's that a lambda has.
fn lambda_name(model: &Model<'_>, function: ScopeId) -> Option<CompactString> {
    let is_it = |id: &BindingId| match model.bindings[id.index()].bound.value {
        Value::Expr(Expr::Lambda(lambda)) => scope_of(&lambda.node_index) == Some(function),
        _ => false,
    };
    let names = model.scopes[ScopeId::MODULE.index()].names.iter();
    names.filter(|(_, ids)| ids.iter().any(is_it)).map(|(name, _)| CompactString::from(name)).next()
}

/// Modules that are imported by calls: `importlib.import_module(".a", __name__)`.
fn by_name(model: &Model<'_>) -> Vec<CompactString> {
    let mut out = Vec::new();
    for site in model.calls.iter().filter(|site| site.verb == Verb::Import) {
        out.extend(model.returned_paths(site));
    }
    out
}
