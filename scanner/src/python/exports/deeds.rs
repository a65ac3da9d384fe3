//! What the functions of a tree change elsewhere, by the names that other files call them by, and what they call of
//! one another: a tool that says that it only reads may leave the change to another file.

use compact_str::{CompactString, format_compact};
use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::file::name_of;
use super::tree::uncalled;
use super::{Asked, Exports, Neighbours};
use crate::python::model::Model;
use crate::python::model::object::{Object, Reached, path_of};
use crate::python::model::origin::Step;
use crate::python::model::scope::{ScopeId, Value};
use crate::python::model::tools::docstring;

/// How many deeds of one file's functions are noted.
pub(crate) const DEEDS: usize = 1024;
/// How many calls of functions of other files are noted of one file.
const CALLS: usize = 2048;
/// How many functions are looked at for what one of them does.
const BEHIND: usize = 32;

/// Something that a function changes: a file, another machine, or whatever a program that it starts may change.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    /// What it calls.
    pub(crate) path: CompactString,
    /// The line, from 1.
    pub(crate) line: u32,
}

/// A use of a function of the tree's other files.
pub(crate) struct Outward {
    pub(crate) path: CompactString,
    /// Where it is called or handed over.
    pub(crate) range: TextRange,
    pub(crate) scope: ScopeId,
}

/// What one of the tree's functions changes, and the way there.
pub(crate) struct Done {
    /// What is called in the end.
    pub(crate) path: CompactString,
    /// The function's own promise to change nothing, in its words.
    pub(crate) promise: Option<&'static str>,
    pub(crate) steps: Vec<Step>,
}

/// One function, as other files know it.
#[derive(Debug, Default, Clone)]
struct Function {
    /// What it, or a function of its file that it calls, changes first.
    does: Option<(CompactString, Step)>,
    /// The functions of other files that it calls.
    calls: Vec<(CompactString, Step)>,
    promise: Option<&'static str>,
}

/// What the functions of one file do. It is found out once some file asks, by reading the files again: few trees have a
/// tool that promises anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileDeeds {
    functions: FxHashMap<CompactString, Function>,
    /// Names of the module for a function or an object of a class of this file, and what that is called.
    aliases: Vec<(CompactString, CompactString)>,
}

impl FileDeeds {
    /// `promise` reads off a function's docstring what it promises.
    pub(crate) fn of(model: &Model<'_>, deeds: &[(ScopeId, Deed)], promise: fn(&str) -> Option<&'static str>) -> Self {
        let mut own = Self::default();
        let mut behind = Behind { model, known: FxHashMap::default() };
        let step = |line: u32, path: &str| Step {
            file: Some(model.source.path.into()),
            line,
            message: format!("calls {}", airlock_model::escape::line(path)),
        };
        for (scope, deed) in deeds {
            for name in behind.names(*scope) {
                let function = own.functions.entry(name.clone()).or_default();
                function.does.get_or_insert_with(|| (deed.path.clone(), step(deed.line, &deed.path)));
            }
        }
        for call in outward(model) {
            for name in behind.names(call.scope) {
                let function = own.functions.entry(name.clone()).or_default();
                if function.calls.iter().all(|(path, _)| *path != call.path) {
                    function.calls.push((call.path.clone(), step(model.source.line(call.range.start()), &call.path)));
                }
            }
        }
        if !own.functions.is_empty() {
            for defined in &model.functions {
                let Some(promise) = docstring(&defined.def.body).and_then(promise) else { continue };
                let function = name_of(model, defined.scope).and_then(|name| own.functions.get_mut(&name));
                function.into_iter().for_each(|function| function.promise = Some(promise));
            }
            own.other_names(model);
        }
        own
    }

    /// `store = Store()`, `run = _run`: what a module binds to something of its own.
    fn other_names(&mut self, model: &Model<'_>) {
        let module = &model.scopes[ScopeId::MODULE.index()];
        for (name, ids) in module.names.iter() {
            for id in ids {
                let Value::Expr(expr @ (Expr::Name(_) | Expr::Call(_))) = model.bindings[id.index()].bound.value else {
                    continue;
                };
                for reached in model.resolve(expr, ScopeId::MODULE) {
                    let (Object::Function(scope) | Object::Class(scope) | Object::Instance(scope)) = reached.object
                    else {
                        continue;
                    };
                    let meant = &model.scopes[scope.index()];
                    if let Some(meant) = meant.name.filter(|_| meant.parent == Some(ScopeId::MODULE)) {
                        self.aliases.push(((*name).into(), meant.into()));
                    }
                }
            }
        }
        self.aliases.sort_unstable();
    }
}

/// The functions behind places, found out once for each.
struct Behind<'m, 'a> {
    model: &'m Model<'a>,
    known: FxHashMap<ScopeId, Vec<CompactString>>,
}

impl Behind<'_, '_> {
    /// By the names that other files call them by.
    fn names(&mut self, scope: ScopeId) -> &[CompactString] {
        let model = self.model;
        self.known.entry(scope).or_insert_with(|| {
            model.functions_behind(scope).into_iter().filter_map(|function| name_of(model, function)).collect()
        })
    }
}

/// Everything that a file calls, or hands to what may call it, of the tree's other files.
pub(crate) fn outward(model: &Model<'_>) -> Vec<Outward> {
    let Some(tree) = model.exports else { return Vec::new() };
    let is_ours = |path: &str| tree.exports.has(path);
    if !model.imports.iter().any(|import| is_ours(&import.path)) {
        return Vec::new();
    }
    // What is handed over is looked at where it begins with a name that was imported from the tree.
    let mut names: FxHashSet<&str> = FxHashSet::default();
    for scope in &model.scopes {
        names.extend(scope.names.iter().filter_map(|(name, ids)| {
            let imported = |path: &Value<'_>| matches!(path, Value::Import(path) if is_ours(path));
            ids.iter().any(|id| imported(&model.bindings[id.index()].bound.value)).then_some(name)
        }));
    }
    let mut out = Vec::new();
    for (index, site) in model.calls.iter().enumerate() {
        if out.len() >= CALLS {
            break;
        }
        let scope = site.place.scope;
        let mut add = |reached: &[Reached], range: TextRange| {
            let paths = reached.iter().filter_map(Reached::path).filter(|path| is_ours(path));
            out.extend(paths.map(|path| Outward { path: path.into(), range, scope }));
        };
        add(model.targets_of(index), site.call.range());
        let words = site.call.arguments.keywords.iter().map(|word| &word.value);
        for value in site.call.arguments.args.iter().chain(words) {
            if first_name(value).is_some_and(|name| names.contains(name)) {
                add(&model.resolve(value, scope), value.range());
            }
        }
    }
    out
}

fn first_name(mut expr: &Expr) -> Option<&str> {
    loop {
        match expr {
            Expr::Name(name) => return Some(&name.id),
            Expr::Attribute(attribute) => expr = &attribute.value,
            _ => return None,
        }
    }
}

/// What the functions of all files do, by qualified path.
#[derive(Debug, Default)]
pub(super) struct Deeds {
    functions: FxHashMap<CompactString, Function>,
    aliases: FxHashMap<CompactString, CompactString>,
}

impl Deeds {
    fn add(&mut self, module: &str, file: FileDeeds) {
        let named = |name: &str| path_of(&[module, ".", name]);
        self.functions.extend(file.functions.into_iter().map(|(name, function)| (named(&name), function)));
        self.aliases.extend(file.aliases.iter().map(|(name, meant)| (named(name), named(meant))));
    }

    /// The key of a function: a method is known by its class, whichever way the object was made.
    fn key(&self, path: &str) -> Option<CompactString> {
        let path = uncalled(path).unwrap_or_else(|| path.into());
        if self.functions.contains_key(&path) {
            return Some(path);
        }
        let ends = path.char_indices().filter(|(_, c)| *c == '.').map(|(at, _)| at).chain([path.len()]);
        ends.filter_map(|end| Some(format_compact!("{}{}", self.aliases.get(&path[..end])?, &path[end..])))
            .find(|path| self.functions.contains_key(path))
    }
}

impl Asked {
    /// Whether a file asked what a function of another one changes.
    pub(crate) fn of_deeds(&self) -> bool {
        !self.done.is_empty()
    }
}

impl Exports {
    /// Takes over what the functions of files do; each comes with the name of its module.
    pub(crate) fn learn(&mut self, files: impl Iterator<Item = (String, FileDeeds)>) {
        files.for_each(|(module, file)| self.deeds.add(&module, file));
    }

    /// Whether a function that a file asked about changes something.
    pub(crate) fn does_any(&self, asked: &Asked) -> bool {
        asked.done.iter().any(|path| self.done(path).is_some())
    }

    /// What a function of the tree changes, itself or by what it calls, the shortest way.
    pub(super) fn done(&self, path: &str) -> Option<Done> {
        if self.deeds.functions.is_empty() {
            return None;
        }
        let known = |path: &str| self.steps(path).find_map(|path| self.deeds.key(&path));
        let first = known(path)?;
        let promise = self.deeds.functions.get(&first)?.promise;
        let mut pending: Vec<(CompactString, Vec<Step>)> = vec![(first, Vec::new())];
        let mut at = 0;
        while let Some((key, way)) = pending.get(at).cloned() {
            at += 1;
            let Some(function) = self.deeds.functions.get(&key) else { continue };
            if let Some((path, step)) = &function.does {
                let steps = way.into_iter().chain([step.clone()]).collect();
                return Some(Done { path: path.clone(), promise, steps });
            }
            for (path, step) in &function.calls {
                let Some(next) = known(path).filter(|next| pending.iter().all(|(seen, _)| seen != next)) else {
                    continue;
                };
                if pending.len() >= BEHIND {
                    break;
                }
                pending.push((next, way.iter().cloned().chain([step.clone()]).collect()));
            }
        }
        None
    }
}

impl Neighbours<'_> {
    /// See [`Exports::done`].
    pub(crate) fn done(&self, path: &str) -> Option<Done> {
        if !self.exports.has(path) {
            return None;
        }
        let path = self.placed(path);
        self.asked.borrow_mut().done.insert(&path);
        self.exports.done(&path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(does: bool, calls: &[&str]) -> Function {
        let step = || Step { file: None, line: 1, message: String::new() };
        let calls = calls.iter().map(|path| ((*path).into(), step())).collect();
        Function { does: does.then(|| ("os.remove".into(), step())), calls, promise: None }
    }

    #[test]
    fn circles_and_long_ways_end() {
        let mut exports = Exports::default();
        let mut add = |name: String, function| drop(exports.deeds.functions.insert(name.into(), function));
        add("p.a".into(), function(false, &["p.b", "p.a"]));
        add("p.b".into(), function(false, &["p.a"]));
        for at in 0..100 {
            add(format!("p.c{at}"), function(at == 99, &[&format!("p.c{}", at + 1)]));
        }
        assert!(exports.done("p.a").is_none() && exports.done("p.c0").is_none() && exports.done("p.gone").is_none());
        assert_eq!(exports.done("p.c80").map(|done| done.steps.len()), Some(20));
    }
}
