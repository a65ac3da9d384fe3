//! What the files of a tree hand to one another: names of a module that lead out
//! of it again, so that `from .a import run` is what `a` says that `run` is.
//!
//! Only names at the top level are followed: imports, assignments, what functions
//! return, members of classes and items of displays. With them goes what data a name
//! holds ([`Flow`]) and what becomes of what a function is given ([`Take`]). A file is
//! examined anew with this table only when it imports one of these names.

pub(crate) mod deeds;

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use compact_str::{CompactString, format_compact};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use ruff_python_ast::Expr;
use rustc_hash::{FxHashMap, FxHashSet};

use self::deeds::Deeds;
use super::model::Model;
use super::model::object::{path_of, top_of};
use super::model::origin::{Flow, Step};
use super::model::scope::{ScopeId, ScopeKind, Value};
use crate::rules::dispatch;
use crate::rules::sinks::{self, Part, SinkKind};

/// How many modules one name may be handed through.
const STEPS: u32 = 8;
/// How many modules are asked for one name that a star import brings.
const STARS: usize = 256;
/// How many items of a display are looked at.
const ITEMS: usize = 64;

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

/// What one file hands out, and what it takes.
#[derive(Debug, Default)]
pub(crate) struct FileExports {
    /// A name, with `()` for what calling it gives and `[]` for its items, and the path it leads to.
    names: Vec<(CompactString, CompactString)>,
    /// Every name that the file binds.
    own: Vec<CompactString>,
    /// Modules of which it hands out everything.
    stars: Vec<CompactString>,
    /// The qualified paths that it imports.
    imports: Vec<CompactString>,
    /// Names, with `()` for what calling them gives, and the data that they hold.
    given: Vec<(CompactString, Vec<Flow>)>,
    /// Functions, and what becomes of what they are given.
    taken: Vec<(CompactString, Take)>,
    /// Data from outside comes in here.
    has_source: bool,
    /// Data goes out, or is run, here.
    has_sink: bool,
}

/// How many of one file's names are asked what data they hold.
const GIVEN: usize = 256;
/// How many steps each of these questions takes.
const GIVEN_STEPS: u32 = 400;

impl FileExports {
    /// Reads them off a file's model; `takes` are the sinks that its parameters reach.
    pub(crate) fn of(model: &Model<'_>, takes: Vec<(ScopeId, Take)>) -> Self {
        let module = &model.scopes[ScopeId::MODULE.index()];
        let mut exports = Self {
            taken: takes.into_iter().filter_map(|(function, take)| exported(model, function, take)).collect(),
            stars: module.stars.clone(),
            own: module.names.iter().map(|(name, _)| CompactString::from(name)).collect(),
            imports: model.imports.iter().map(|import| import.path.clone()).chain(by_name(model)).collect(),
            ..Self::default()
        };
        exports.ends_of_flows(model);
        if exports.has_source {
            exports.given(model);
        }
        for (name, ids) in module.names.iter() {
            for id in ids {
                exports.binding(model, name, &model.bindings[id.index()].bound.value);
                exports.add(name, model.bound_paths(*id));
            }
        }
        exports.names.sort_unstable();
        exports
    }

    /// The same with its names as other files call them.
    pub(crate) fn within(mut self, module: &str) -> Self {
        let names = self.names.iter_mut().map(|(name, _)| name);
        let given = self.given.iter_mut().map(|(name, _)| name);
        let taken = self.taken.iter_mut().map(|(name, _)| name);
        names.chain(given).chain(taken).chain(&mut self.own).for_each(|name| *name = path_of(&[module, ".", name]));
        self
    }

    fn binding<'a>(&mut self, model: &Model<'a>, name: &str, value: &Value<'a>) {
        match value {
            Value::Function(scope) => {
                for value in &model.scopes[scope.index()].returns {
                    self.add(&path_of(&[name, "()"]), model.paths(value, *scope));
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
                for item in items(display).into_iter().take(ITEMS) {
                    self.add(&path_of(&[name, "[]"]), model.paths(item, ScopeId::MODULE));
                }
            }
            _ => {}
        }
    }

    /// Whether data comes in or goes out here.
    fn ends_of_flows(&mut self, model: &Model<'_>) {
        self.has_source =
            model.reads.iter().any(|(expr, _)| matches!(expr, Expr::Attribute(read) if &read.attr == "environ"))
                || self.imports.iter().any(|path| path.starts_with("os.environ"));
        for (path, _) in model.called().all() {
            self.has_source = self.has_source || sinks::may_be_source(path);
            self.has_sink = self.has_sink || sinks::sink(path).is_some();
        }
    }

    /// The data that the module's names hold.
    fn given(&mut self, model: &Model<'_>) {
        let module = &model.scopes[ScopeId::MODULE.index()];
        let mut names: Vec<(&str, &Value<'_>)> = Vec::new();
        for (name, ids) in module.names.iter() {
            names.extend(ids.iter().map(|id| (name, &model.bindings[id.index()].bound.value)));
        }
        names.sort_unstable_by_key(|(name, _)| *name);
        for (name, value) in names.into_iter().take(GIVEN) {
            match value {
                Value::Function(function) => {
                    let flows = returned(model, *function);
                    if !flows.is_empty() {
                        self.give(model, &path_of(&[name, "()"]), flows);
                    }
                }
                Value::Class(class) => {
                    let mut members: Vec<(&str, ScopeId)> = Vec::new();
                    for (member, ids) in model.scopes[class.index()].names.iter() {
                        members.extend(ids.iter().filter_map(|id| match model.bindings[id.index()].bound.value {
                            Value::Function(function) => Some((member, function)),
                            _ => None,
                        }));
                    }
                    members.sort_unstable_by_key(|(member, _)| *member);
                    for (member, function) in members.into_iter().take(GIVEN) {
                        let flows = returned(model, function);
                        if !flows.is_empty() {
                            self.give(model, &path_of(&[name, "().", member, "()"]), flows.clone());
                            self.give(model, &path_of(&[name, ".", member, "()"]), flows);
                        }
                    }
                }
                Value::Expr(expr) if !expr.is_literal_expr() => {
                    self.give(model, name, model.outward_flows(GIVEN_STEPS, expr, ScopeId::MODULE));
                }
                _ => {}
            }
        }
    }

    fn give(&mut self, model: &Model<'_>, name: &str, mut flows: Vec<Flow>) {
        if flows.is_empty() || self.given.len() >= GIVEN {
            return;
        }
        for step in flows.iter_mut().flat_map(|flow| &mut flow.steps) {
            step.file.get_or_insert_with(|| model.source.path.into());
        }
        self.given.push((name.into(), flows));
    }

    fn add(&mut self, name: &str, paths: Vec<CompactString>) {
        let worth = |path: &CompactString| !path.starts_with("builtins.") || dispatch::is_reached(path);
        self.names.extend(paths.into_iter().filter(worth).map(|path| (name.into(), path)));
    }
}

/// The data that a function gives.
fn returned<'a>(model: &Model<'a>, function: ScopeId) -> Vec<Flow> {
    let inner = &model.scopes[function.index()];
    let values = inner.returns.iter().chain(&inner.yields).filter(|value| !value.is_literal_expr());
    values.flat_map(|value| model.outward_flows(GIVEN_STEPS, value, function)).collect()
}

/// A function at the top level, or a method of a class there, by the name that others call it by.
fn exported(model: &Model<'_>, function: ScopeId, mut take: Take) -> Option<(CompactString, Take)> {
    let name = name_of(model, function)?;
    for step in &mut take.steps {
        step.file.get_or_insert_with(|| model.source.path.into());
    }
    Some((name, take))
}

fn name_of(model: &Model<'_>, function: ScopeId) -> Option<CompactString> {
    let scope = &model.scopes[function.index()];
    let (name, outer) = (scope.name?, &model.scopes[scope.parent?.index()]);
    match (outer.kind, outer.name) {
        (ScopeKind::Module, _) => Some(name.into()),
        (ScopeKind::Class, Some(class)) if outer.parent == Some(ScopeId::MODULE) => {
            Some(if name == "__init__" { class.into() } else { format_compact!("{class}.{name}") })
        }
        _ => None,
    }
}

/// Modules that are imported by calls: `importlib.import_module(".a", __name__)`.
fn by_name(model: &Model<'_>) -> Vec<CompactString> {
    let mut out = Vec::new();
    for site in &model.calls {
        let called = match &*site.call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => continue,
        };
        if matches!(called, "import_module" | "__import__" | "resolve_name") {
            out.extend(model.returned_paths(site));
        }
    }
    out
}

fn items(display: &Expr) -> Vec<&Expr> {
    match display {
        Expr::List(list) => list.elts.iter().collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        Expr::Set(set) => set.elts.iter().collect(),
        Expr::Dict(dict) => dict.items.iter().map(|item| &item.value).collect(),
        _ => Vec::new(),
    }
}

/// What all files of a tree hand out, by qualified path.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    /// First components of the tree's modules: no other path leads into the tree.
    tops: FxHashSet<CompactString>,
    /// How many files the tree has.
    files: usize,
    /// Its modules.
    modules: FxHashSet<CompactString>,
    /// Only the modules' names are known yet.
    is_unread: bool,
    names: FxHashMap<CompactString, Known>,
    stars: FxHashMap<CompactString, Stars>,
    /// Paths that, when imported, may lead to something that a rule asks for.
    heads: FxHashSet<CompactString>,
    given: FxHashMap<CompactString, Vec<Flow>>,
    taken: FxHashMap<CompactString, Vec<Take>>,
    /// Paths that, when imported, may lead to data from outside, or to a sink.
    given_heads: FxHashSet<CompactString>,
    taken_heads: FxHashSet<CompactString>,
    deeds: Deeds,
}

/// The modules of which one hands on all names.
#[derive(Debug, Default)]
struct Stars {
    modules: Vec<CompactString>,
    /// Names that were asked for, and which of the modules each comes from.
    known: Mutex<FxHashMap<CompactString, Option<usize>>>,
}

/// What the tree says of one path.
#[derive(Debug, Default)]
struct Known {
    /// Where it leads.
    target: Option<CompactString>,
    /// A file binds it.
    is_own: bool,
}

/// A path without its calls: a method is known by its class, whichever way the object was made.
fn uncalled(path: &str) -> CompactString {
    path.split("()").collect()
}

/// Adds a path and the beginnings of it that an import may name. With one of them come all that are shorter.
fn add_heads(heads: &mut FxHashSet<CompactString>, path: &str) {
    let ends = path.bytes().enumerate().rev().filter(|(_, byte)| matches!(byte, b'.' | b'(' | b'[')).map(|(at, _)| at);
    for end in std::iter::once(path.len()).chain(ends) {
        if heads.contains(&path[..end]) {
            break;
        }
        heads.insert(path[..end].into());
    }
}

/// All of them of several paths.
fn all_heads<'p>(paths: impl Iterator<Item = &'p CompactString>) -> FxHashSet<CompactString> {
    let mut heads = FxHashSet::default();
    paths.for_each(|path| add_heads(&mut heads, path));
    heads
}

/// What a file asked of the tree's other files. Its answers are a function of the answers to these questions: a
/// file that would be answered as before needs no second look.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Paths into the tree that it came to.
    paths: FxHashSet<CompactString>,
    /// Those of which it asked whether the tree defines them.
    owned: FxHashSet<CompactString>,
    /// Functions of which it asked what they change.
    done: FxHashSet<CompactString>,
    /// Names that come from one of the modules of the tree of which it imports all names, and these.
    starred: FxHashSet<CompactString>,
    stars: FxHashSet<CompactString>,
}

/// Which questions of files that saw none of the others are answered otherwise now that all have been looked at. Files
/// ask the same all over, so that each answer is kept.
pub(crate) struct Answers<'e> {
    exports: &'e Exports,
    known: FxHashMap<&'e str, bool>,
    own: FxHashMap<&'e str, bool>,
}

impl<'e> Answers<'e> {
    /// By what the files hand out.
    pub(crate) fn of(exports: &'e Exports) -> Self {
        Self { exports, known: FxHashMap::default(), own: FxHashMap::default() }
    }

    /// Whether any of a file's questions is.
    pub(crate) fn differ(&mut self, asked: &'e Asked) -> bool {
        let Self { exports, known, own } = self;
        let mut otherwise = |path: &'e str| *known.entry(path).or_insert_with(|| exports.otherwise(path));
        let mut is_own = |path: &'e str| *own.entry(path).or_insert_with(|| exports.is_own(path));
        asked.paths.iter().any(|path| otherwise(path))
            || asked.owned.iter().any(|path| is_own(path) != exports.is_likely_own(path))
            || asked.starred.iter().any(|name| exports.brings_otherwise(&asked.stars, name))
    }
}

/// The tree's other files as one file sees them, with what it asked of them so far.
pub(crate) struct Neighbours<'e> {
    exports: &'e Exports,
    asked: RefCell<Asked>,
}

impl<'e> Neighbours<'e> {
    /// For one file.
    pub(crate) fn new(exports: &'e Exports) -> Self {
        Self { exports, asked: RefCell::default() }
    }

    /// Whether a path may lead into the tree.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.exports.has(path)
    }

    /// What was asked.
    pub(crate) fn into_asked(self) -> Asked {
        self.asked.into_inner()
    }

    /// Whether a path leads into the tree, which is noted.
    fn note(&self, path: &str) -> bool {
        let leads = self.exports.has(path);
        if leads && !self.asked.borrow().paths.contains(path) {
            self.asked.borrow_mut().paths.insert(path.into());
        }
        leads
    }

    /// Those of the tree's modules, of which a file imports all names, that bring one; until the files are read, any.
    pub(crate) fn bringing<'s>(&'s self, stars: &[&'s CompactString], name: &str) -> Vec<&'s CompactString> {
        let mut brought: Vec<_> =
            self.exports.bringing(stars.iter().copied(), name).into_iter().map(|(star, _)| star).collect();
        if brought.is_empty() {
            brought.extend(stars.first());
        }
        let mut asked = self.asked.borrow_mut();
        if asked.starred.insert(name.into()) {
            asked.stars.extend(stars.iter().map(|star| (*star).clone()));
        }
        brought
    }

    /// See [`Exports::follow`].
    pub(crate) fn follow(&self, path: &str) -> Option<CompactString> {
        if self.note(path) { self.exports.follow(path) } else { None }
    }

    /// See [`Exports::given`].
    pub(crate) fn given(&self, path: &str) -> Option<(&'e [Flow], bool)> {
        if self.note(path) { self.exports.given(path) } else { None }
    }

    /// See [`Exports::taken`].
    pub(crate) fn taken(&self, path: &str) -> &'e [Take] {
        if self.note(path) { self.exports.taken(path) } else { &[] }
    }

    /// Whether the tree has no other file.
    pub(crate) const fn is_alone(&self) -> bool {
        self.exports.files <= 1
    }

    /// See [`Exports::is_own`].
    pub(crate) fn is_own(&self, path: &str) -> bool {
        if !self.exports.has(path) {
            return false;
        }
        if !self.asked.borrow().owned.contains(path) {
            self.asked.borrow_mut().owned.insert(path.into());
        }
        self.exports.is_own(path)
    }
}

impl Exports {
    /// Of files of which only the modules' names are known yet.
    pub(crate) fn unread(modules: impl Iterator<Item = String>) -> Self {
        let mut all = Self { is_unread: true, ..Self::default() };
        modules.for_each(|module| all.add_module(&module));
        all
    }

    fn add_module(&mut self, module: &str) {
        self.files += 1;
        if !self.tops.contains(top_of(module)) {
            self.tops.insert(top_of(module).into());
        }
        self.modules.insert(module.into());
    }

    /// Whether a path may lead into the tree.
    fn has(&self, path: &str) -> bool {
        self.tops.contains(top_of(path))
    }

    /// Whether a path leads out of the tree to something that is asked for, holds data or takes any: one walk tells all
    /// three.
    fn otherwise(&self, path: &str) -> bool {
        let mut at = CompactString::from(path);
        for _ in 0..STEPS {
            if self.given_at(&at).is_some() || self.taken.contains_key(&at) {
                return true;
            }
            let Some(next) = self.step(&at) else { break };
            at = next;
        }
        if self.is_followed(path, &at) {
            // What nobody asks for is passed over under either name.
            return dispatch::is_asked(path) || dispatch::is_asked(&at);
        }
        path.contains("()") && self.steps(&uncalled(path)).any(|path| self.taken.contains_key(&path))
    }

    /// Puts together what the files hand out, and takes it from them; each comes with the name of its module, and is
    /// [`within`](FileExports::within) it.
    pub(crate) fn of<'f>(files: impl Iterator<Item = (String, &'f mut FileExports)>) -> Self {
        let mut all = Self::default();
        for (module, file) in files {
            all.add_module(&module);
            all.names.reserve(file.own.len());
            for (name, path) in file.names.drain(..).filter(|(name, path)| path != name) {
                let known = all.names.entry(name).or_default();
                if !known.target.as_deref().is_some_and(dispatch::is_reached) {
                    known.target = Some(path);
                }
            }
            for (name, flows) in file.given.drain(..) {
                all.given.entry(name).or_default().extend(flows);
            }
            for (name, take) in file.taken.drain(..) {
                all.taken.entry(name).or_default().push(take);
            }
            for name in file.own.drain(..) {
                all.names.entry(name).or_default().is_own = true;
            }
            if !file.stars.is_empty() {
                let stars = &mut all.stars.entry(module.into()).or_default().modules;
                stars.extend(file.stars.drain(..).filter(|star| !stars.contains(star)).collect::<Vec<_>>());
            }
        }
        all.heads = all.leading();
        all.given_heads = all_heads(all.given.keys());
        all.taken_heads = all_heads(all.taken.keys());
        all
    }

    /// The beginnings of names that lead out of the tree.
    fn leading(&self) -> FxHashSet<CompactString> {
        let names: Vec<_> = self.names.iter().filter(|(_, known)| known.target.is_some()).collect();
        let mut left: Vec<(&CompactString, bool, Option<CompactString>)> = names
            .into_par_iter()
            .map(|(name, _)| {
                let next = self.step(name);
                let end = next.clone().map(|next| self.walked(next, STEPS - 1));
                let leads = end.is_some_and(|end| end != *name && dispatch::is_rooted(&end));
                (name, leads, next)
            })
            .collect();
        let mut found = FxHashSet::default();
        // A name may lead to a module of the tree that leads out in turn.
        for _ in 0..STEPS {
            left.retain(|(name, ..)| !found.contains(*name));
            let onward = |next: &Option<CompactString>| next.as_ref().is_some_and(|next| found.contains(next));
            let leading: Vec<&CompactString> =
                left.iter().filter(|(_, leads, next)| *leads || onward(next)).map(|(name, ..)| *name).collect();
            if leading.is_empty() {
                break;
            }
            leading.into_iter().for_each(|name| add_heads(&mut found, name));
        }
        found
    }

    /// A path, and what it leads to step by step.
    fn steps(&self, path: &str) -> impl Iterator<Item = CompactString> {
        std::iter::successors(Some(CompactString::from(path)), |path| self.step(path)).take(STEPS as usize)
    }

    /// The data that a path of the tree holds; of an item or attribute of it, what the whole holds, as a part.
    pub(crate) fn given(&self, path: &str) -> Option<(&[Flow], bool)> {
        if self.given.is_empty() {
            return None;
        }
        self.steps(path).find_map(|path| self.given_at(&path))
    }

    fn given_at(&self, path: &str) -> Option<(&[Flow], bool)> {
        if self.given.is_empty() {
            return None;
        }
        // From the shortest beginning to the longest, as long as it is one of something that holds data.
        let mut found = None;
        let ends = path.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'.' | b'(' | b'['));
        for (end, stop) in ends.chain([(path.len(), b'.')]) {
            if !self.given_heads.contains(&path[..end]) {
                break;
            }
            let flows = self.given.get(&path[..end]).filter(|_| stop != b'(');
            found = flows.map(|flows| (flows.as_slice(), end == path.len())).or(found);
        }
        found
    }

    /// What becomes of what a function of the tree is given.
    pub(crate) fn taken(&self, path: &str) -> &[Take] {
        if self.taken.is_empty() {
            return &[];
        }
        let at = |path: &str| self.steps(path).find_map(|path| self.taken.get(&path));
        let found = at(path).or_else(|| path.contains("()").then(|| at(&uncalled(path)))?);
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether a path is a function or class of the tree, whichever module hands it on; what is likely, until the files
    /// are read.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        if self.is_unread { self.is_likely_own(path) } else { self.steps(path).any(|path| self.is_bound(&path)) }
    }

    /// Whether a path into the tree is likely to be a function or class of it, or a member of one. What functions give
    /// is not known, but what members give is taken for their class's.
    fn is_likely_own(&self, path: &str) -> bool {
        let called = path.split_once(['(', '[']).map(|(called, _)| called);
        called.is_none_or(|called| called.rsplit_once('.').is_some_and(|(above, _)| !self.modules.contains(above)))
    }

    /// Whether a file of the tree binds a name, or what it is a member of.
    fn is_bound(&self, path: &str) -> bool {
        let mut at = Some(path);
        while let Some(path) = at {
            if self.names.get(path).is_some_and(|known| known.is_own) {
                return true;
            }
            at = path.rsplit_once('.').map(|(above, _)| above);
        }
        false
    }

    fn leads_out(&self, path: &str) -> bool {
        self.follow(path).is_some()
    }

    /// Whether a file imports something that leads out of the tree again.
    pub(crate) fn concern(&self, file: &FileExports) -> bool {
        let (mut given, mut taken) = (false, false);
        for path in &file.imports {
            let path = path.strip_suffix(".*").unwrap_or(path);
            if self.heads.contains(path) || self.stars.contains_key(path) || self.leads_out(path) {
                return true;
            }
            // A name of the package's own may lead to one of these through other modules.
            for path in self.steps(path) {
                given |= self.given_heads.contains(&path);
                taken |= self.taken_heads.contains(&path);
            }
        }
        // Data is of interest where it can go somewhere.
        (given && (file.has_sink || taken)) || (taken && file.has_source)
    }

    /// The other path that a path leads to, if it is one that a rule may ask for.
    pub(crate) fn follow(&self, path: &str) -> Option<CompactString> {
        let end = self.walked(self.step(path)?, STEPS - 1);
        self.is_followed(path, &end).then_some(end)
    }

    /// Whether a path is taken for the one that it leads to. Where both are of the tree, it is the one that is asked
    /// for: in their own source, too, packages are known by their public names.
    fn is_followed(&self, path: &str, end: &str) -> bool {
        end != path
            && dispatch::is_rooted(end)
            && (!self.has(end) || (dispatch::is_asked(end) && !dispatch::is_asked(path)))
    }

    fn walked(&self, from: CompactString, steps: u32) -> CompactString {
        let mut at = from;
        for _ in 0..steps {
            let Some(next) = self.step(&at) else { break };
            at = next;
        }
        at
    }

    fn step(&self, path: &str) -> Option<CompactString> {
        if !self.has(path) {
            return None;
        }
        // From the longest beginning of the path to the shortest.
        let mut end = path.len();
        let mut star = None;
        loop {
            if let Some(known) = self.names.get(&path[..end]) {
                if let Some(target) = &known.target {
                    return Some(path_of(&[target, &path[end..]]));
                }
                if known.is_own {
                    // A package binds its modules, too.
                    break;
                }
            }
            let Some(dot) = path.as_bytes()[..end].iter().rposition(|byte| *byte == b'.') else { break };
            if star.is_none() {
                star = self.star(&path[..dot], &path[dot + 1..end]).map(|star| (star, dot));
            }
            end = dot;
        }
        let (star, at) = star?;
        Some(path_of(&[star, &path[at..]]))
    }

    /// The module that a name of another one is likely to come from, which imports all names of several.
    fn star(&self, module: &str, name: &str) -> Option<&CompactString> {
        let Stars { modules, known } = self.stars.get(module)?;
        let name = name.split(['(', '[']).next().unwrap_or(name);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = known.get(name) {
            return modules.get((*at)?);
        }
        let at = self.likely_star(module, modules, name);
        known.insert(name.into(), at);
        modules.get(at?)
    }

    /// See [`star`](Self::star).
    fn likely_star(&self, module: &str, stars: &[CompactString], name: &str) -> Option<usize> {
        // What is asked for is not hidden by what is not.
        let rank = |path: &CompactString| match self.names.get(path).and_then(|known| known.target.as_ref()) {
            Some(target) => 1 + u8::from(dispatch::is_reached(target)),
            None => 0,
        };
        let brought = self.bringing(stars.iter(), name);
        let found = brought.iter().rev().max_by_key(|(_, path)| rank(path)).map(|(star, _)| *star);
        let from_outside = |star: &&CompactString| !self.has(star) && dispatch::is_rooted(star);
        let found = found.or_else(|| stars.iter().find(from_outside));
        // A module of that name is meant where nothing is known that would hide it.
        let is_module = || self.modules.contains(&path_of(&[module, ".", name]));
        match found {
            Some(found) => stars.iter().position(|star| star == found),
            None => (!stars.is_empty() && !is_module()).then_some(0),
        }
    }

    /// Those of several modules of the tree that bind a name, or import all names of one that does, with its path there.
    fn bringing<'s>(
        &'s self,
        stars: impl Iterator<Item = &'s CompactString>,
        name: &str,
    ) -> Vec<(&'s CompactString, CompactString)> {
        let mut seen = FxHashSet::default();
        let mut asked: Vec<(&CompactString, &CompactString)> = Vec::new();
        asked.extend(stars.take(STARS).filter(|star| seen.insert(*star)).map(|star| (star, star)));
        let (mut at, mut found) = (0, Vec::new());
        while let Some((module, star)) = asked.get(at).copied() {
            at += 1;
            let path = path_of(&[module, ".", name]);
            if self.names.contains_key(&path) {
                found.push((star, path));
            } else if let Some(further) = self.stars.get(module) {
                let room = STARS.saturating_sub(asked.len());
                let further = further.modules.iter().filter(|module| seen.insert(*module));
                asked.extend(further.take(room).map(|module| (module, star)));
            }
        }
        found
    }

    /// Whether a name that one of several modules brings leads elsewhere than to what the tree's files bind.
    fn brings_otherwise(&self, stars: &FxHashSet<CompactString>, name: &str) -> bool {
        let brought = self.bringing(stars.iter(), name);
        brought.iter().any(|(star, _)| self.otherwise(&path_of(&[star, ".", name])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(names: &[(&str, &str)], stars: &[&str]) -> FileExports {
        let own = names.iter().map(|(name, _)| CompactString::from(*name)).collect();
        let names = names.iter().map(|(name, path)| ((*name).into(), (*path).into())).collect();
        let stars = stars.iter().map(|star| (*star).into()).collect();
        FileExports { names, own, stars, ..FileExports::default() }
    }

    #[test]
    fn names_lead_through_modules_and_out_of_the_tree() {
        let files = [
            ("p.a", file(&[("numbers", "os"), ("get()", "os.system"), ("own", "p.a.own")], &[])),
            ("p.b", file(&[("again", "p.a.numbers"), ("round", "p.b.trip"), ("trip", "p.b.round")], &["subprocess"])),
            ("p", file(&[], &["p.b"])),
        ];
        let mut files = files.map(|(module, file)| (module.to_owned(), file.within(module)));
        let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)));
        for (path, expected) in [
            ("p.a.numbers.system", "os.system"),
            ("p.a.get()", "os.system"),
            ("p.b.again.popen", "os.popen"),
            ("p.again.popen", "os.popen"),
            ("p.b.run", "subprocess.run"),
            ("p.a.own", "p.a.own"),
            ("p.b.round", "p.b.round"),
            ("json.loads", "json.loads"),
        ] {
            assert_eq!(exports.follow(path).as_deref().unwrap_or(path), expected, "{path}");
        }
        let taking = |path: &str| FileExports { imports: vec![path.into()], ..FileExports::default() };
        assert!(exports.concern(&taking("p.a")) && exports.concern(&taking("p.b.*")));
        assert!(!exports.concern(&taking("p.a.own")) && !exports.concern(&taking("json")));
    }

    #[test]
    fn a_name_comes_from_the_star_that_brings_it() {
        let files = [
            ("p", file(&[], &["p.a", "p.b"])),
            ("p.a", file(&[("own", "p.a.own")], &[])),
            ("p.b", file(&[("run", "os.system"), ("decoy", "os")], &["p.c", "p.b"])),
            ("p.c", file(&[("far", "subprocess")], &[])),
            ("p.decoy", file(&[("f", "p.decoy.f")], &[])),
            ("p.module", file(&[("f", "p.module.f")], &[])),
            ("q", file(&[], &["os"])),
            ("q.system", file(&[], &[])),
        ];
        let mut files = files.map(|(module, file)| (module.to_owned(), file.within(module)));
        let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)));
        for (path, leads) in [
            ("p.run", Some("os.system")),
            ("p.far.run", Some("subprocess.run")),
            ("p.own.run", None),
            // It is what the star brought until somebody imports the module.
            ("p.decoy.system", Some("os.system")),
            ("p.decoy.f", None),
            ("p.module.system", None),
            ("q.system", Some("os.system")),
        ] {
            assert_eq!(exports.follow(path).as_deref(), leads, "{path}");
        }
        assert_eq!(exports.steps("p.module.x").count(), 1, "a module is no name of a star");
    }

    #[test]
    fn a_file_is_looked_at_again_that_took_a_path_for_what_it_is_not() {
        let files = [("p", file(&[], &["p.a"])), ("p.a", file(&[("f", "p.a.f")], &[]))];
        let mut files = files.map(|(module, file)| (module.to_owned(), file.within(module)));
        let unread = Exports::unread(files.iter().map(|(module, _)| module.clone()));
        let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)));
        for (path, is_own) in [
            ("p.a.f", true),
            ("p.a.f.g", true),
            ("p.f", true),
            ("p.a.g", false),
            ("p.g", false),
            ("p.a.f()", false),
            ("p.a.f.g().h", true),
            ("p.a.g.h()", false),
        ] {
            let neighbours = Neighbours::new(&unread);
            let likely = neighbours.is_own(path);
            assert_eq!(exports.is_own(path), is_own, "{path}");
            assert_eq!(Answers::of(&exports).differ(&neighbours.into_asked()), is_own != likely, "{path}");
        }
        let before = |path: &str| Neighbours::new(&unread).is_own(path);
        assert!(before("p.g") && !before("p.a.f()") && !before("q.f"));
    }

    #[test]
    fn only_what_something_asks_for_is_worth_a_second_look() {
        let of =
            |names: &[(&str, &str)]| Exports::of(std::iter::once(("p".to_owned(), &mut file(names, &[]).within("p"))));
        let again = |exports: &Exports, path: &str| {
            Answers::of(exports).differ(&Asked { paths: [path.into()].into_iter().collect(), ..Asked::default() })
        };
        let exports = of(&[("run", "os.system"), ("join", "os.path.join"), ("environ", "os.environ")]);
        assert!(again(&exports, "p.run") && again(&exports, "p.environ"));
        assert_eq!(exports.follow("p.join").as_deref(), Some("os.path.join"));
        assert!(!again(&exports, "p.join") && !again(&exports, "p.other"));
    }
}
