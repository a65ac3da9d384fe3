//! The walk behind a question: a list of expressions still to look at, each with the
//! way that led to it.

use super::families::is_self;
use compact_str::CompactString;
use ruff_python_ast::{AtomicNodeIndex, Expr, ExprCall, FStringPart, InterpolatedStringElement};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashSet;
use smallvec::{SmallVec, smallvec};

use super::facts::{Addition, Caller};
use super::source::{SourceKind, is_harmless, source_of};
use super::trail::{Trail, What};
use super::{Flow, Origin, Root, Step};
use crate::python::model::Model;
use crate::python::model::object::Object;
use crate::python::model::resolve::scope_of;
use crate::python::model::scope::{BindingId, Bound, ScopeId, Value};

/// How many steps one question takes.
const STEPS: u32 = 4000;
/// What one of them costs of all that may be asked about a file.
const FUEL: u32 = 8;
/// How many calls of the file's own functions lie inside one another.
const FRAMES: u32 = 10;
/// How many sources one answer names.
const FLOWS: usize = 48;
/// How many parameters one answer names.
const ROOTS: usize = 16;
/// How many literals one question collects.
const LITERALS: usize = 64;

/// Only a part of what is looked at goes on.
pub(super) const PART: u8 = 1;
/// It goes through something that may make anything of it.
pub(super) const WEAK: u8 = 2;
/// Only the opening of a file is looked for.
pub(super) const HANDLE: u8 = 4;
/// It was written to a file in between.
pub(super) const BY_FILE: u8 = 8;

/// How the walk came to an expression.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) trail: u32,
    /// The call of an own function that led in, 0 for none.
    pub(super) frame: u32,
    pub(super) flags: u8,
}

impl At {
    pub(super) const fn with(self, flags: u8) -> Self {
        Self { flags: self.flags | flags, ..self }
    }

    pub(super) const fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// A call of a function of this file that the walk went into.
struct Frame<'a> {
    outer: u32,
    depth: u32,
    function: ScopeId,
    caller: Caller<'a>,
}

pub(super) struct Origins<'m, 'a> {
    pub(super) model: &'m Model<'a>,
    pub(super) origin: Origin,
    seen: FxHashSet<(BindingId, u32, u8)>,
    members: FxHashSet<(&'a str, u32, u8, Option<u32>)>,
    /// Dictionaries by what they are bound to, with the keys under which they were read.
    pub(super) keys: FxHashSet<(BindingId, u32, u8, &'a str)>,
    pending: Vec<(&'a Expr, ScopeId, At)>,
    pub(super) trail: Trail<'a>,
    frames: Vec<Frame<'a>>,
    /// Where literals are wanted rather than sources.
    collected: Option<Vec<String>>,
    steps: u32,
    /// Only flows that other files may take up are wanted, no parameters.
    outward: bool,
}

impl<'m, 'a> Origins<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>) -> Self {
        Self {
            model,
            origin: Origin::default(),
            seen: FxHashSet::default(),
            members: FxHashSet::default(),
            keys: FxHashSet::default(),
            pending: Vec::new(),
            trail: Trail::default(),
            frames: Vec::new(),
            collected: None,
            steps: STEPS,
            outward: false,
        }
    }

    /// A walk that collects literals.
    pub(super) fn collecting(model: &'m Model<'a>) -> Self {
        Self { collected: Some(Vec::new()), ..Self::new(model) }
    }

    pub(super) const fn within(mut self, steps: u32) -> Self {
        self.steps = steps;
        self
    }

    pub(super) fn outward(self) -> Self {
        Self { outward: true, ..self }
    }

    pub(super) const fn is_collecting(&self) -> bool {
        self.collected.is_some()
    }

    pub(super) fn run(mut self, expr: &'a Expr, scope: ScopeId) -> Origin {
        self.walk(expr, scope);
        self.origin
    }

    /// The same of a name of the module.
    pub(super) fn run_name(mut self, name: &'a str) -> Origin {
        self.name(name, ScopeId::MODULE, At { trail: 0, frame: 0, flags: 0 });
        self.exhaust();
        self.origin
    }

    /// The same of its items.
    pub(super) fn run_items(mut self, name: &'a str) -> Origin {
        let at = At { trail: 0, frame: 0, flags: 0 };
        let model = self.model;
        for id in model.scopes[ScopeId::MODULE.index()].names.get(name).into_iter().flatten() {
            if let Value::Expr(display) = model.bindings[id.index()].bound.value {
                items(display).into_iter().for_each(|item| self.push(item, ScopeId::MODULE, at));
            }
        }
        self.put_into(name, model.lookup(name, ScopeId::MODULE).unwrap_or_default(), at);
        self.exhaust();
        self.origin
    }

    /// The literals that go into an expression, and whether the environment does.
    pub(super) fn literals(mut self, expr: &'a Expr, scope: ScopeId) -> Vec<String> {
        self.walk(expr, scope);
        self.collected.unwrap_or_default()
    }

    /// The same walk's literals together with its answer.
    pub(super) fn literals_and_origin(mut self, expr: &'a Expr, scope: ScopeId) -> (Vec<String>, Origin) {
        self.walk(expr, scope);
        (self.collected.unwrap_or_default(), self.origin)
    }

    fn walk(&mut self, expr: &'a Expr, scope: ScopeId) {
        self.push(expr, scope, At { trail: 0, frame: 0, flags: 0 });
        self.exhaust();
    }

    fn exhaust(&mut self) {
        while let Some((expr, scope, at)) = self.pending.pop() {
            if self.steps == 0 || !self.model.spend(FUEL) {
                self.origin.unknown = true;
                self.origin.cut = true;
                return;
            }
            self.steps -= 1;
            let before = self.pending.len();
            self.follow(expr, scope, at);
            // The list gives its end first, and the answer should name what stands first.
            self.pending[before..].reverse();
        }
    }

    pub(super) fn push(&mut self, expr: &'a Expr, scope: ScopeId, at: At) {
        self.pending.push((expr, scope, at));
    }

    pub(super) fn unknown(&mut self, at: At) {
        self.origin.unknown |= !at.has(HANDLE);
    }

    fn follow(&mut self, expr: &'a Expr, scope: ScopeId, at: At) {
        if self.collect(expr, scope) {
            return;
        }
        match expr {
            Expr::Name(name) if self.is_unbound(&name.id, scope) && self.outside(expr, scope, at) => {}
            Expr::Name(name) => self.name(&name.id, scope, at),
            Expr::Attribute(attribute) => self.attribute(expr, &attribute.value, &attribute.attr, scope, at),
            Expr::Call(call) => self.call(call, scope, at),
            Expr::BinOp(op) => {
                self.push(&op.left, scope, at);
                self.push(&op.right, scope, at);
            }
            Expr::UnaryOp(op) => self.push(&op.operand, scope, at),
            Expr::BoolOp(op) => op.values.iter().for_each(|value| self.push(value, scope, at)),
            Expr::If(branch) => {
                self.push(&branch.body, scope, at);
                self.push(&branch.orelse, scope, at);
            }
            Expr::Named(named) => self.push(&named.value, scope, at),
            Expr::Await(inner) => self.push(&inner.value, scope, at),
            Expr::Starred(inner) => self.push(&inner.value, scope, at),
            Expr::YieldFrom(inner) => self.push(&inner.value, scope, at),
            Expr::Subscript(inner) => {
                if !self.under_key(&inner.value, &inner.slice, scope, at) && !self.outside(expr, scope, at) {
                    let whole = matches!(&*inner.slice, Expr::Slice(_));
                    self.push(&inner.value, scope, if whole { at } else { at.with(PART) });
                }
            }
            Expr::List(list) => list.elts.iter().for_each(|item| self.push(item, scope, at)),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|item| self.push(item, scope, at)),
            Expr::Set(set) => set.elts.iter().for_each(|item| self.push(item, scope, at)),
            Expr::Dict(dict) => dict.items.iter().for_each(|item| self.push(&item.value, scope, at)),
            Expr::FString(fstring) => {
                for part in &fstring.value {
                    let FStringPart::FString(inner) = part else { continue };
                    for element in &inner.elements {
                        if let InterpolatedStringElement::Interpolation(field) = element {
                            self.push(&field.expression, scope, at);
                        }
                    }
                }
            }
            Expr::ListComp(comp) => self.inner(&comp.elt, &comp.node_index, at),
            Expr::SetComp(comp) => self.inner(&comp.elt, &comp.node_index, at),
            Expr::Generator(comp) => self.inner(&comp.elt, &comp.node_index, at),
            Expr::DictComp(comp) => {
                if let Some(key) = &comp.key {
                    self.inner(key, &comp.node_index, at);
                }
                self.inner(&comp.value, &comp.node_index, at);
            }
            Expr::Compare(_) | Expr::Lambda(_) => {}
            _ if expr.is_literal_expr() => {}
            _ => self.unknown(at),
        }
    }

    /// Takes a literal, where literals are wanted.
    fn collect(&mut self, expr: &'a Expr, scope: ScopeId) -> bool {
        let Some(collected) = &mut self.collected else { return false };
        let may_fold = matches!(
            expr,
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::BinOp(_) | Expr::FString(_) | Expr::Call(_)
        );
        if !may_fold {
            return false;
        }
        if let Expr::FString(fstring) = expr {
            let parts = fstring.value.iter().filter_map(|part| match part {
                FStringPart::FString(inner) => Some(&inner.elements),
                FStringPart::Literal(_) => None,
            });
            let literals = parts.flatten().filter_map(InterpolatedStringElement::as_literal);
            collected.extend(literals.take(LITERALS).map(|literal| literal.value.to_string()));
            return false;
        }
        if collected.len() < LITERALS
            && let Some(text) = self.model.constant(expr, scope).and_then(|folded| folded.value.into_text())
        {
            collected.push(text);
            return true;
        }
        false
    }

    /// Whether another file has a constant under a path; takes it, where literals are wanted.
    pub(super) fn constant(&mut self, path: &str) -> bool {
        let Some(folded) = self.model.constant_elsewhere(path) else { return false };
        let Some(collected) = &mut self.collected else { return !folded.doubtful };
        let text = if collected.len() < LITERALS { folded.value.clone().into_text() } else { None };
        text.map(|text| collected.push(text)).is_some()
    }

    fn inner(&mut self, element: &'a Expr, index: &AtomicNodeIndex, at: At) {
        match scope_of(index) {
            Some(scope) => self.push(element, scope, at),
            None => self.unknown(at),
        }
    }

    fn name(&mut self, name: &'a str, scope: ScopeId, at: At) {
        let Some(ids) = self.model.lookup(name, scope) else {
            if !matches!(name, "__file__" | "__name__" | "__doc__") {
                self.unknown(at);
            }
            return;
        };
        for id in ids {
            if !self.seen.insert((*id, at.frame, at.flags)) {
                continue;
            }
            let binding = &self.model.bindings[id.index()];
            match binding.bound.value {
                Value::Parameter(default) => self.parameter(name, *id, default, scope, at),
                _ => self.bound(&binding.bound, binding.at, What::Assigned(name), at),
            }
        }
        self.put_into(name, ids, at);
        if !self.is_collecting() && !self.model.facts().stores.is_empty() {
            self.buffered(ids, at);
        }
    }

    /// What is put into what a name holds.
    fn put_into(&mut self, name: &'a str, ids: &[BindingId], at: At) {
        let model = self.model;
        for bound in model.items.get(name).into_iter().flatten() {
            self.item(name, bound, at);
        }
        let same = |addition: &&Addition<'a>| matches!(addition.into, Expr::Name(other) if model.lookup(&other.id, addition.scope) == Some(ids));
        for addition in model.facts().additions.get(name).into_iter().flatten().filter(same) {
            self.added(name, addition, at);
        }
    }

    /// Whether nothing but a star import, or the interpreter, can bring a name.
    fn is_unbound(&self, name: &str, scope: ScopeId) -> bool {
        !self.model.scopes[ScopeId::MODULE.index()].stars.is_empty() && self.model.lookup(name, scope).is_none()
    }

    /// `name[key] = value`, `object.name = value`.
    fn item(&mut self, name: &'a str, bound: &Bound<'a>, at: At) {
        match bound.value {
            Value::Expr(expr) | Value::Item(expr, _) | Value::Element(expr) | Value::Augmented(expr) => {
                if self.first_time(name, expr, at) {
                    self.bound(bound, expr.start(), What::Added(name), at);
                }
            }
            _ => self.bound(bound, TextSize::default(), What::Added(name), at),
        }
    }

    fn added(&mut self, name: &'a str, addition: &Addition<'a>, at: At) {
        // An object may be put into itself; the way back is not to be taken again.
        if self.first_time(name, addition.value, at) {
            let trail = self.trail.add(at.trail, addition.value.start(), What::Added(name));
            self.push(addition.value, addition.scope, At { trail, ..at });
        }
    }

    /// Whether the walk has not come to an expression by this name yet.
    pub(super) fn first_time(&mut self, name: &'a str, expr: &'a Expr, at: At) -> bool {
        self.members.insert((name, expr.start().to_u32(), at.flags, None))
    }

    /// What the code itself wrote into a file that an expression names.
    pub(super) fn file(mut self, file: &'a Expr, scope: ScopeId) -> Origin {
        self.stored(file, scope, At { trail: 0, frame: 0, flags: BY_FILE });
        self.exhaust();
        self.origin
    }

    fn bound(&mut self, bound: &Bound<'a>, place: TextSize, what: What<'a>, at: At) {
        match &bound.value {
            Value::Expr(expr)
            | Value::Item(expr, _)
            | Value::Attribute(expr, _)
            | Value::Element(expr)
            | Value::Augmented(expr) => {
                let trail = self.trail.add(at.trail, place, what);
                self.push(expr, bound.scope, At { trail, ..at });
            }
            Value::Import(path) if self.is_collecting() && self.constant(path) => {}
            Value::Import(path) => {
                let is_told = self.is_source(path, None, place, bound.scope, at) || self.foreign(path, place, at);
                if !is_told && !self.constant(path) {
                    self.unknown(at);
                }
            }
            Value::Function(_) | Value::Class(_) => {}
            Value::Parameter(_) | Value::Own(_) | Value::Opaque => self.unknown(at),
        }
    }

    /// What a parameter holds: the argument of the call that led in, or of every caller.
    fn parameter(&mut self, name: &'a str, id: BindingId, default: Option<&'a Expr>, scope: ScopeId, at: At) {
        let Some(function) = holder(self.model, name, id, scope) else { return self.unknown(at) };
        if let Some(frame) = self.frame_of(function, at.frame) {
            let (outer, caller) = (self.frames[frame].outer, self.frames[frame].caller);
            self.argument(name, function, default, caller, At { frame: outer, ..at });
            return;
        }
        if !at.has(HANDLE) && !self.outward && self.origin.roots.len() < ROOTS {
            let steps = self.trail.steps(at.trail, self.model.source);
            let weak = at.has(WEAK);
            self.origin.roots.push(Root { function, name: name.into(), weak, steps });
        }
        if !at.has(HANDLE) {
            self.origin.parameter.get_or_insert_with(|| name.to_owned());
        }
        let model = self.model;
        if let Some(collected) = &mut self.collected {
            collected.extend(model.passed_by_others(id).into_iter().map(|passed| passed.text.clone()));
        }
        for caller in model.facts().callers.get(&function).into_iter().flatten() {
            self.argument(name, function, default, *caller, At { frame: 0, ..at });
        }
    }

    fn frame_of(&self, function: ScopeId, from: u32) -> Option<usize> {
        let mut at = from;
        while let Some(index) = (at as usize).checked_sub(1) {
            let frame = &self.frames[index];
            if frame.function == function {
                return Some(index);
            }
            at = frame.outer;
        }
        None
    }

    /// What a caller passes for a parameter.
    fn argument(&mut self, name: &'a str, function: ScopeId, default: Option<&'a Expr>, caller: Caller<'a>, at: At) {
        let values = passed(self.model, name, function, &caller);
        let label = self.model.scopes[function.index()].name.unwrap_or("a lambda");
        let trail = self.trail.add(at.trail, caller.call.start(), What::Passed(label, name));
        if values.is_empty() {
            if let (Some(default), Some(outer)) = (default, self.model.scopes[function.index()].parent) {
                self.push(default, outer, At { trail, ..at });
            }
            return;
        }
        for value in values {
            self.push(value, caller.scope, At { trail, ..at });
        }
    }

    /// Goes into a function of this file that is called.
    pub(super) fn enter(&mut self, function: ScopeId, call: &'a ExprCall, scope: ScopeId, at: At) {
        let depth = self.frames.get((at.frame as usize).wrapping_sub(1)).map_or(0, |frame| frame.depth) + 1;
        if depth > FRAMES {
            self.origin.cut = true;
            return self.unknown(at);
        }
        if self.frame_of(function, at.frame).is_some() {
            return;
        }
        let caller = Caller { call, scope, handed: None };
        self.frames.push(Frame { outer: at.frame, depth, function, caller });
        let frame = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        let model = self.model;
        let inner = &model.scopes[function.index()];
        let label = inner.name.unwrap_or("a lambda");
        for value in inner.returns.iter().chain(&inner.yields) {
            let trail = self.trail.add(at.trail, value.start(), What::Returned(label));
            self.push(value, function, At { trail, frame, flags: at.flags });
        }
    }

    /// What a property gives when it is read.
    fn given_by(&mut self, property: ScopeId, name: &'a str, at: At) {
        for value in &self.model.scopes[property.index()].returns {
            let trail = self.trail.add(at.trail, value.start(), What::Member(name));
            self.push(value, property, At { trail, ..at });
        }
    }

    /// Notes the source that an expression is, if it is one.
    fn outside(&mut self, expr: &'a Expr, scope: ScopeId, at: At) -> bool {
        let reached = self.model.resolve(expr, scope);
        reached.iter().any(|reached| {
            let Some(path) = reached.path().filter(|path| !self.model.is_barren(path)) else { return false };
            // What the interpreter has is a function that gives nothing until it is called.
            if expr.is_name_expr() && path.starts_with("builtins.") {
                return false;
            }
            self.is_source(path, Some(expr), expr.start(), scope, at) || self.foreign(path, expr.start(), at)
        })
    }

    fn attribute(&mut self, expr: &'a Expr, base: &'a Expr, name: &'a str, scope: ScopeId, at: At) {
        // What the file itself keeps there says more than what it can be.
        if self.member(base, name, scope, at) || self.outside(expr, scope, at) {
            return;
        }
        let reached = self.model.resolve(expr, scope);
        if reached.iter().any(|reached| reached.path().is_some_and(is_harmless)) {
            return;
        }
        if !self.model.dotted(expr, scope).is_some_and(|path| self.constant(&path)) {
            self.push(base, scope, at.with(PART));
        }
    }

    /// An attribute of a class of this file, or one that only this file can have set.
    fn member(&mut self, base_expr: &'a Expr, name: &'a str, scope: ScopeId, at: At) -> bool {
        let model = self.model;
        let bases = model.resolve(base_expr, scope);
        let mut known = false;
        let mut own = bases.is_empty();
        for base in &bases {
            let (Object::Class(class) | Object::Instance(class)) = base.object else { continue };
            own = true;
            for id in model.scopes[class.index()].names.get(name).into_iter().flatten() {
                known = true;
                if self.seen.insert((*id, at.frame, at.flags)) {
                    let binding = &model.bindings[id.index()];
                    match binding.bound.value {
                        Value::Function(function) if model.is_property(function) => self.given_by(function, name, at),
                        _ => self.bound(&binding.bound, binding.at, What::Member(name), at),
                    }
                }
            }
        }
        if !own {
            return false;
        }
        known |= model.attributes.contains_key(name) && !bases.is_empty();
        let facts = model.facts();
        let family = if is_self(base_expr) { facts.families.of_all(&bases) } else { None };
        if !self.members.insert((name, u32::MAX - at.frame, at.flags, family)) {
            return known;
        }
        let assigned = model.attributes.get(name).into_iter().flatten();
        // What another class assigns to its own `self` is not here.
        let assigned =
            assigned.filter(|bound| family.is_none_or(|family| !facts.families.is_foreign(model, name, bound, family)));
        for bound in assigned.chain(model.items.get(name).into_iter().flatten()) {
            self.item(name, bound, at);
        }
        for addition in model.facts().additions.get(name).into_iter().flatten() {
            if matches!(addition.into, Expr::Attribute(_)) {
                self.added(name, addition, at);
            }
        }
        known
    }

    /// Whether a path is a source; notes it. `expr` is what is there, where it is not an import.
    pub(super) fn is_source(
        &mut self,
        path: &str,
        expr: Option<&'a Expr>,
        place: TextSize,
        scope: ScopeId,
        at: At,
    ) -> bool {
        let Some(kind) = source_of(path) else { return false };
        // The request itself says more than what is read off its answer.
        if is_below_answer(path)
            && let Some(base) = expr.and_then(base_of)
        {
            self.push(base, scope, at);
            return true;
        }
        match (kind, expr) {
            (SourceKind::Environment, Some(Expr::Subscript(subscript))) => {
                self.variables(path, &subscript.slice, place, scope, at);
            }
            (SourceKind::Environment, _) => {
                let whole = !at.has(PART) && !path.contains(['[', '(']);
                self.note(kind, path, None, whole, place, at);
            }
            _ => self.note(kind, path, None, true, place, at),
        }
        true
    }

    /// The variables that a key of the environment can be.
    pub(super) fn variables(&mut self, path: &str, key: &'a Expr, place: TextSize, scope: ScopeId, at: At) {
        if self.is_collecting() {
            return self.note(SourceKind::Environment, path, None, false, place, at);
        }
        let path = path.strip_suffix("[]").unwrap_or(path);
        let (names, origin) = Self::collecting(self.model).literals_and_origin(key, scope);
        // `for name in os.environ: os.environ[name]` reads them all.
        let all = origin.source.is_some_and(|(kind, ..)| kind == SourceKind::Environment);
        if all || names.is_empty() {
            return self.note(SourceKind::Environment, path, None, all, place, at);
        }
        for name in names {
            self.note(SourceKind::Environment, path, Some(name), false, place, at);
        }
    }

    /// Notes a source with the way from it.
    pub(super) fn note(
        &mut self,
        kind: SourceKind,
        path: &str,
        name: Option<String>,
        whole: bool,
        place: TextSize,
        at: At,
    ) {
        if at.has(HANDLE) && !matches!(kind, SourceKind::KeyFile | SourceKind::Credentials) {
            return;
        }
        let known = |flow: &Flow| flow.kind == kind && flow.path == path && flow.name == name && flow.whole == whole;
        let line = self.model.source.line(place);
        if kind != SourceKind::Decoded && self.origin.source.as_ref().is_none_or(|(other, ..)| kind < *other) {
            self.origin.source = Some((kind, path.to_owned(), line));
        }
        if self.is_collecting() || self.origin.flows.len() >= FLOWS {
            return;
        }
        let weak = at.has(WEAK);
        if self.origin.flows.iter().any(|flow| known(flow) && (!flow.weak || weak)) {
            return;
        }
        let mut steps = Vec::new();
        if !self.outward || kind.goes_out() {
            let named =
                name.as_ref().map(|name| format!(" ({})", airlock_model::escape::quoted(name))).unwrap_or_default();
            steps.push(Step { file: None, line, message: format!("{path} gives {}{named}", kind.words()) });
            steps.extend(self.trail.steps(at.trail, self.model.source));
        }
        let path = CompactString::from(path);
        self.origin.flows.push(Flow { kind, path, name, whole, weak, by_file: at.has(BY_FILE), steps });
    }

    /// What another module of the tree hands out under a path.
    pub(super) fn foreign(&mut self, path: &str, place: TextSize, at: At) -> bool {
        let Some(exports) = self.model.exports else { return false };
        let Some((given, all)) = exports.given(path) else { return false };
        if at.has(HANDLE) || self.is_collecting() {
            return true;
        }
        let line = self.model.source.line(place);
        for flow in given.iter().take(FLOWS.saturating_sub(self.origin.flows.len())) {
            let mut flow = flow.clone();
            flow.weak |= at.has(WEAK);
            flow.whole &= all && !at.has(PART);
            flow.steps.push(Step { file: None, line, message: format!("{path} hands it over") });
            flow.steps.extend(self.trail.steps(at.trail, self.model.source));
            if flow.kind != SourceKind::Decoded
                && self.origin.source.as_ref().is_none_or(|(other, ..)| flow.kind < *other)
            {
                self.origin.source = Some((flow.kind, flow.path.to_string(), line));
            }
            self.origin.flows.push(flow);
        }
        true
    }
}

/// Whether a path goes through the call that made a request: `requests.get().text`.
pub(super) fn is_below_answer(path: &str) -> bool {
    let Some((above, _)) = path.rsplit_once(['.', '[']) else { return false };
    let mut ends = above.match_indices("()").chain(above.match_indices("[]"));
    ends.any(|(at, _)| source_of(&above[..at]).is_some())
}

/// What an attribute, item or method call is read off.
fn base_of(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Attribute(attribute) => Some(&attribute.value),
        Expr::Subscript(subscript) => Some(&subscript.value),
        Expr::Call(call) => base_of(&call.func),
        _ => None,
    }
}

/// The scope that holds a binding seen from `scope`.
pub(super) fn holder(model: &Model<'_>, name: &str, id: BindingId, scope: ScopeId) -> Option<ScopeId> {
    let mut at = Some(scope);
    while let Some(id_of_scope) = at {
        let inner = &model.scopes[id_of_scope.index()];
        if inner.names.get(name).is_some_and(|ids| ids.contains(&id)) {
            return Some(id_of_scope);
        }
        at = inner.parent;
    }
    None
}

/// What a display holds.
pub(crate) fn items(display: &Expr) -> Vec<&Expr> {
    match display {
        Expr::List(list) => list.elts.iter().collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        Expr::Set(set) => set.elts.iter().collect(),
        Expr::Dict(dict) => dict.items.iter().map(|item| &item.value).collect(),
        _ => Vec::new(),
    }
}

/// One expression nearly always.
type Passed<'a> = SmallVec<[&'a Expr; 2]>;

/// The arguments that a caller passes for a parameter.
pub(super) fn passed<'a>(model: &Model<'a>, name: &str, function: ScopeId, caller: &Caller<'a>) -> Passed<'a> {
    let inner = &model.scopes[function.index()];
    let first = inner.parameters.first().and_then(|first| inner.names.get(first)?.first());
    let own = first.is_some_and(|id| matches!(model.bindings[id.index()].bound.value, Value::Own(_)));
    let index = inner.parameters.iter().position(|parameter| *parameter == name);
    let arguments = &caller.call.arguments;
    let mut positional: SmallVec<[&'a Expr; 8]> = arguments.args.iter().collect();
    let mut keywords: SmallVec<[(Option<&str>, &'a Expr); 4]> =
        arguments.keywords.iter().map(|keyword| (keyword.arg.as_deref(), &keyword.value)).collect();
    if let Some(handed) = caller.handed {
        // `Thread(target=f, args=(x,))`, `submit(f, x)`, `map(f, xs)`.
        positional.drain(..handed.saturating_add(1).min(positional.len()));
        for keyword in &arguments.keywords {
            match (keyword.arg.as_deref(), &keyword.value) {
                (Some("args"), Expr::Tuple(tuple)) => positional = tuple.elts.iter().collect(),
                (Some("args"), Expr::List(list)) => positional = list.elts.iter().collect(),
                (Some("kwargs"), Expr::Dict(dict)) => keywords.extend(dict.items.iter().map(|item| {
                    let key = item.key.as_ref().and_then(|key| key.as_string_literal_expr());
                    (key.map(|key| key.value.to_str()), &item.value)
                })),
                _ => {}
            }
        }
    }
    if let Some((_, value)) = keywords.iter().find(|(keyword, _)| *keyword == Some(name)) {
        return smallvec![*value];
    }
    let spread = keywords.iter().filter(|(keyword, _)| keyword.is_none()).map(|(_, value)| *value);
    match index {
        Some(index) => {
            let at = index.saturating_sub(usize::from(own));
            let starred = positional.iter().take(at + 1).find(|value| value.is_starred_expr());
            match (starred, positional.get(at)) {
                (Some(starred), _) => smallvec![*starred],
                (None, Some(value)) => smallvec![*value],
                (None, None) => spread.collect(),
            }
        }
        // `*args` and `**kwargs` take what no other parameter takes.
        None => {
            let taken = inner.parameters.len().saturating_sub(usize::from(own));
            let rest = positional.into_iter().skip(taken);
            let named = keywords
                .iter()
                .filter(|(keyword, _)| keyword.is_none_or(|keyword| !inner.parameters.contains(&keyword)));
            rest.chain(named.map(|(_, value)| *value)).collect()
        }
    }
}

/// Whether a function of this file is a method, whose object decides with its arguments.
pub(crate) fn is_method(model: &Model<'_>, function: ScopeId) -> bool {
    let inner = &model.scopes[function.index()];
    let first = inner.parameters.first().and_then(|first| inner.names.get(first)?.first());
    first.is_some_and(|id| matches!(model.bindings[id.index()].bound.value, Value::Own(_)))
}
