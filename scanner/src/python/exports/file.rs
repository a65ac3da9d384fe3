//! What one file hands out, and takes.

use compact_str::{CompactString, format_compact};
use ruff_python_ast::Expr;
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::constants::constants;
use crate::python::layout;
use crate::python::model::constant::Folded;
use crate::python::model::object::{Object, path_of};
use crate::python::model::origin::{Flow, Step, items};
use crate::python::model::resolve::scope_of;
use crate::python::model::scope::{BindingId, ScopeId, ScopeKind, Value};
use crate::python::model::{Model, Verb};
use crate::rules::dispatch;
use crate::rules::sinks::{Part, SinkKind};

/// How many items of a display are looked at, but for literals; that there are more is told.
const ITEMS: usize = 512;
/// How many names that a file binds before star imports are looked for in what these bring.
const OVERRIDDEN: usize = 1024;
/// How many functions and values of one file are asked what data they give; that there are more is told.
const HOLDERS: usize = 1024;
/// How many of its names are told to hold any; that there are more is told.
const GIVEN: usize = 512;
/// How many steps each of these questions takes.
const GIVEN_STEPS: u32 = 400;

/// A sink inside a function that data reaches through one of its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Take {
    /// The parameter's name.
    pub(crate) parameter: CompactString,
    /// Its place among those that a caller passes, where it has one.
    pub(crate) index: Option<usize>,
    pub(crate) sink: SinkKind,
    pub(crate) part: Part,
    /// The qualified path of the sink.
    pub(crate) path: CompactString,
    /// Where the sink sends it, as far as that is constant.
    pub(crate) destinations: Vec<String>,
    /// From the parameter to the sink.
    pub(crate) steps: Vec<Step>,
    /// What the caller passes is what the sink is given, unless it is a container that was worked on.
    pub(crate) is_same: bool,
    /// Nor is a container worked on in between.
    pub(crate) is_untouched: bool,
}

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
    /// Data comes in here that other files may take up.
    pub(crate) has_inflow: bool,
    /// Data comes in here, or is made here, of which this file may tell.
    pub(crate) has_data: bool,
}

/// Where flows between files begin and end, by one file's names.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    /// Names, with `()` for what calling them gives, and the data that they hold.
    pub(super) given: Vec<(CompactString, Vec<Flow>)>,
    /// Functions, and what becomes of what they are given.
    pub(super) taken: Vec<(CompactString, Take)>,
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
        ends.given(model);
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
                exports.binding(model, &own, name, value);
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

    fn binding<'a>(&mut self, model: &Model<'a>, own: &Own<'_, 'a>, name: &str, value: &Value<'a>) {
        match value {
            Value::Function(scope) => {
                for value in &model.scopes[scope.index()].returns {
                    self.add(&path_of(&[name, "()"]), model.paths(value, *scope));
                    self.add(&path_of(&[name, "()"]), own.paths(value, *scope));
                }
            }
            Value::Class(class) => {
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
                    self.add(&path_of(&[name, "[]"]), model.paths(item, ScopeId::MODULE));
                    self.add(&path_of(&[name, "[]"]), own.paths(item, ScopeId::MODULE));
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, name: &str, paths: Vec<CompactString>) {
        let worth = |path: &CompactString| !path.starts_with("builtins.") || dispatch::is_reached(path);
        self.names.extend(paths.into_iter().filter(worth).map(|path| (name.into(), path)));
    }
}

impl Ends {
    fn taken(model: &Model<'_>, takes: Vec<(ScopeId, Take)>) -> Self {
        let taken = takes.into_iter().filter_map(|(function, take)| exported(model, function, take)).collect();
        Self { taken, ..Self::default() }
    }

    /// The data that the module's names hold.
    fn given(&mut self, model: &Model<'_>) {
        let mut holders = holders(model);
        if holders.len() > HOLDERS {
            model.exhausted.set(true);
            holders.truncate(HOLDERS);
        }
        for holder in holders {
            match holder {
                Holder::Function(name, function) => {
                    self.give(model, &path_of(&[name, "()"]), returned(model, function));
                }
                Holder::Method(class, name, function) => {
                    let flows = returned(model, function);
                    if model.is_property(function) {
                        self.give(model, &path_of(&[class, "().", name]), flows.clone());
                    }
                    self.give(model, &path_of(&[class, "().", name, "()"]), flows.clone());
                    self.give(model, &path_of(&[class, ".", name, "()"]), flows);
                }
                Holder::Member(class, name, value, scope) => {
                    let flows = model.outward_flows(GIVEN_STEPS, value, scope);
                    self.give(model, &path_of(&[class, "().", name]), flows.clone());
                    self.give(model, &path_of(&[class, ".", name]), flows);
                }
                Holder::Value(name) => {
                    let flows = model.outward_flows_of(GIVEN_STEPS, name);
                    if !flows.is_empty() {
                        self.give(model, &path_of(&[name, "[]"]), model.outward_flows_of_items(GIVEN_STEPS, name));
                    }
                    self.give(model, name, flows);
                }
            }
        }
    }

    fn give(&mut self, model: &Model<'_>, name: &str, mut flows: Vec<Flow>) {
        if flows.is_empty() {
            return;
        }
        if self.given.len() >= GIVEN {
            model.exhausted.set(true);
            return;
        }
        for step in flows.iter_mut().flat_map(|flow| &mut flow.steps) {
            step.file.get_or_insert_with(|| model.source.path.into());
        }
        self.given.push((name.into(), flows));
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

/// What may hold data under a name that other files know.
#[derive(Clone, Copy)]
enum Holder<'a> {
    Function(&'a str, ScopeId),
    /// By its class and its own name.
    Method(&'a str, &'a str, ScopeId),
    /// What a class keeps under a name, by its own name and that, with where it is said.
    Member(&'a str, &'a str, &'a Expr, ScopeId),
    Value(&'a str),
}

/// All of a module, each kind by name. What gives nothing but literals is none.
fn holders<'a>(model: &Model<'a>) -> Vec<Holder<'a>> {
    let gives = |function: ScopeId| given_by(model, function).next().is_some();
    let members = |scope: ScopeId| {
        let mut all: Vec<(&'a str, &Value<'a>)> = Vec::new();
        for (name, ids) in model.scopes[scope.index()].names.iter() {
            all.extend(ids.iter().map(|id| (name, &model.bindings[id.index()].bound.value)));
        }
        all.sort_by_key(|(name, _)| *name);
        all
    };
    let (mut holders, mut held, mut names, mut assigned) = (Vec::new(), Vec::new(), Vec::new(), assigned(model));
    for (name, value) in members(ScopeId::MODULE) {
        match value {
            Value::Function(function) if gives(*function) => holders.push(Holder::Function(name, *function)),
            Value::Class(class) => {
                held.extend(members(*class).into_iter().filter_map(|(member, value)| match value {
                    Value::Function(function) if gives(*function) => Some(Holder::Method(name, member, *function)),
                    Value::Expr(value) if !value.is_literal_expr() => Some(Holder::Member(name, member, value, *class)),
                    _ => None,
                }));
                let assigned = assigned.remove(class).unwrap_or_default().into_iter();
                held.extend(assigned.map(|(member, value, scope)| Holder::Member(name, member, value, scope)));
            }
            Value::Expr(value) if !value.is_literal_expr() => names.push(name),
            _ => {}
        }
    }
    names.dedup();
    holders.extend(names.into_iter().map(Holder::Value));
    holders.extend(held);
    holders
}

/// What methods assign to attributes, by their class, in the order of the attributes' names.
fn assigned<'a>(model: &Model<'a>) -> FxHashMap<ScopeId, Vec<(&'a str, &'a Expr, ScopeId)>> {
    let mut assigned: FxHashMap<ScopeId, Vec<_>> = FxHashMap::default();
    for (attribute, bounds) in &model.attributes {
        for bound in bounds {
            if let (Value::Expr(value), Some(around)) = (&bound.value, model.scopes[bound.scope.index()].parent)
                && !value.is_literal_expr()
            {
                assigned.entry(around).or_default().push((*attribute, *value, bound.scope));
            }
        }
    }
    assigned.values_mut().for_each(|all| all.sort_by_key(|(attribute, value, _)| (*attribute, value.start())));
    assigned
}

/// What a function gives, but for literals.
fn given_by<'m, 'a>(model: &'m Model<'a>, function: ScopeId) -> impl Iterator<Item = &'a Expr> + use<'m, 'a> {
    let inner = &model.scopes[function.index()];
    inner.returns.iter().chain(&inner.yields).copied().filter(|value| !value.is_literal_expr())
}

/// The data that a function gives.
fn returned<'a>(model: &Model<'a>, function: ScopeId) -> Vec<Flow> {
    given_by(model, function).flat_map(|value| model.outward_flows(GIVEN_STEPS, value, function)).collect()
}

/// A function at the top level, or a method of a class there, by the name that others call it by.
fn exported(model: &Model<'_>, function: ScopeId, mut take: Take) -> Option<(CompactString, Take)> {
    let name = name_of(model, function)?;
    for step in &mut take.steps {
        step.file.get_or_insert_with(|| model.source.path.into());
    }
    Some((name, take))
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
