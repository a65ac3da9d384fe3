//! Where flows between files begin and end, by the names of one file.

use compact_str::CompactString;
use ruff_python_ast::Expr;
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::file::name_of;
use crate::python::model::Model;
use crate::python::model::object::path_of;
use crate::python::model::origin::{Flow, Step};
use crate::python::model::scope::{ScopeId, Value};
use crate::rules::sinks::{Part, SinkKind};

/// How many functions, values and members of classes of one file are asked what data they give; that there are more is
/// told.
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

/// Where flows between files begin and end, by one file's names.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    /// Names, with `()` for what calling them gives, and the data that they hold.
    pub(super) given: Vec<(CompactString, Vec<Flow>)>,
    /// Functions, and what becomes of what they are given.
    pub(super) taken: Vec<(CompactString, Take)>,
}

impl Ends {
    pub(super) fn taken(model: &Model<'_>, takes: Vec<(ScopeId, Take)>) -> Self {
        let taken = takes.into_iter().filter_map(|(function, take)| exported(model, function, take)).collect();
        Self { taken, ..Self::default() }
    }

    /// The data that the module's names hold.
    pub(super) fn given(&mut self, model: &Model<'_>) {
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
