//! The table of who asks for what.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::python::model::object::top_of;
use crate::python::model::origin::SourceKind;
use crate::rules::rule::{Hook, OnArrival, OnCall, OnFile, OnLiteral, OnMarked, OnProse, OnStore, OnUse, OnValue};
use crate::rules::sinks::{self, SinkKind};
use crate::rules::{Rule, marks, prose};

/// The rules that ask for uses of paths of one kind.
#[derive(Default)]
pub(super) struct Paths {
    exact: FxHashMap<&'static str, Vec<(&'static Rule, OnUse)>>,
    below: FxHashMap<&'static str, Vec<(&'static Rule, OnUse)>>,
    /// First components of all paths, to pass over most in one look, and whether one of `below` begins with them.
    roots: FxHashMap<&'static str, bool>,
}

impl Paths {
    fn add(&mut self, rule: &'static Rule, paths: &'static [&'static str], on: OnUse) {
        for path in paths {
            *self.roots.entry(top_of(path)).or_default() |= path.ends_with(".*");
            match path.strip_suffix(".*") {
                Some(prefix) => self.below.entry(prefix).or_default().push((rule, on)),
                None => self.exact.entry(path).or_default().push((rule, on)),
            }
        }
    }

    pub(super) fn matching(&self, path: &str, mut ask: impl FnMut(&'static Rule, OnUse)) {
        let Some(has_below) = self.roots.get(top_of(path)) else { return };
        for (rule, on) in self.exact.get(path).into_iter().flatten() {
            ask(rule, *on);
        }
        if !has_below {
            return;
        }
        for (at, _) in path.bytes().enumerate().filter(|(_, byte)| *byte == b'.') {
            for (rule, on) in self.below.get(&path[..at]).into_iter().flatten() {
                ask(rule, *on);
            }
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        let mut found = false;
        self.matching(path, |_, _| found = true);
        found
    }
}

/// The rules that ask for calls by the name of a method or keyword.
pub(super) type ByName = FxHashMap<&'static str, Vec<(&'static Rule, OnCall)>>;

/// What every rule asks for.
#[derive(Default)]
pub(super) struct Table {
    pub(super) reach: Paths,
    pub(super) read: Paths,
    pub(super) import: Paths,
    pub(super) flow: Vec<(&'static Rule, &'static [SourceKind], &'static [SinkKind], OnArrival)>,
    pub(super) unresolved: Vec<(&'static Rule, OnCall)>,
    pub(super) methods: ByName,
    pub(super) keywords: ByName,
    pub(super) value: Vec<(&'static Rule, OnValue)>,
    /// With the length in bytes from which on each asks.
    pub(super) literal: Vec<(&'static Rule, usize, OnLiteral)>,
    pub(super) file: Vec<(&'static Rule, OnFile)>,
    pub(super) marks: Vec<(&'static Rule, &'static [marks::Mark], OnMarked)>,
    pub(super) store: Vec<(&'static Rule, OnStore)>,
    pub(super) prose: Vec<(&'static Rule, &'static [prose::Kind], OnProse)>,
    /// The last components of what [`Hook::Read`] asks for.
    reads: FxHashSet<&'static str>,
}

/// The table of all rules.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for rule in crate::rules::python() {
        for hook in rule.hooks {
            match hook {
                Hook::Reach(paths, on) => table.reach.add(rule, paths, *on),
                Hook::Read(paths, on) => {
                    table.read.add(rule, paths, *on);
                    table.reads.extend(paths.iter().filter_map(|path| path.rsplit('.').next()));
                }
                Hook::Import(paths, on) => table.import.add(rule, paths, *on),
                Hook::Flow(sources, sinks, on) => table.flow.push((rule, sources, sinks, *on)),
                Hook::Unresolved(on) => table.unresolved.push((rule, *on)),
                Hook::Method(names, on) => by_name(&mut table.methods, names, rule, *on),
                Hook::Keyword(names, on) => by_name(&mut table.keywords, names, rule, *on),
                Hook::Value(on) => table.value.push((rule, *on)),
                Hook::Literal(from, on) => table.literal.push((rule, *from, *on)),
                Hook::File(on) => table.file.push((rule, *on)),
                Hook::Marks(kinds, on) => table.marks.push((rule, kinds, *on)),
                Hook::Store(on) => table.store.push((rule, *on)),
                Hook::Prose(kinds, on) => table.prose.push((rule, kinds, *on)),
            }
        }
    }
    table
});

fn by_name(table: &mut ByName, names: &[&'static str], rule: &'static Rule, on: OnCall) {
    for name in names {
        table.entry(name).or_default().push((rule, on));
    }
}

/// Whether some rule asks for reads of attributes of that name.
pub(crate) fn is_read(name: &str) -> bool {
    TABLE.reads.contains(name)
}

/// Whether some rule asks for calls that reach a path.
pub(crate) fn is_reached(path: &str) -> bool {
    TABLE.reach.has(path)
}

/// Whether anything is made of a path, whichever way it is used.
pub(crate) fn is_asked(path: &str) -> bool {
    TABLE.reach.has(path) || TABLE.read.has(path) || sinks::sink(path).is_some()
}

/// Whether a path is asked for by nothing but the name of its module, and another one by the same.
pub(crate) fn is_covered(path: &str, by: &str) -> bool {
    let asked = |path: &str| {
        let mut rules: Vec<&'static str> = Vec::new();
        TABLE.reach.matching(path, |rule, _| rules.push(rule.meta.id));
        rules
    };
    !is_asked_by_name(path) && top_of(path) == top_of(by) && asked(path) == asked(by)
}

/// The beginnings of all paths that rules ask for by name, and these: modules, classes and functions.
static NAMED: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
    let asked = [&TABLE.reach, &TABLE.read].into_iter().flat_map(|paths| paths.exact.keys().chain(paths.below.keys()));
    let ends = |path: &'static str| path.match_indices(['.', '(', '[']).map(|(at, _)| at).chain([path.len()]);
    asked.copied().chain(sinks::paths()).flat_map(|path| ends(path).map(|end| &path[..end])).collect()
});

/// Whether rules ask by name for a path, or for something of it.
pub(crate) fn is_named(path: &str) -> bool {
    NAMED.contains(path)
}

/// The names of sinks, and of the modules that they are of.
static SINKS: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| sinks::paths().flat_map(|path| [top_of(path), path.rsplit('.').next().unwrap_or(path)]).collect());

/// Whether a name is one of those by which sinks are asked for.
pub(crate) fn is_name_of_sink(name: &str) -> bool {
    SINKS.contains(name)
}

/// Whether anything is made of a path by its own name, rather than of everything below a path above it.
fn is_asked_by_name(path: &str) -> bool {
    TABLE.reach.exact.contains_key(path) || TABLE.read.exact.contains_key(path) || sinks::sink(path).is_some()
}

/// Classes of whose instances a rule asks for something, or a sink is known.
static INSTANCES: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| {
    let asked = [&TABLE.reach, &TABLE.read].into_iter().flat_map(|paths| paths.exact.keys().chain(paths.below.keys()));
    asked.copied().chain(sinks::paths()).filter_map(|path| Some(path.split_once("().")?.0)).collect()
});

/// Whether anything is known of instances of the class of that path.
pub(crate) fn has_instances(class: &str) -> bool {
    INSTANCES.contains(class)
}

/// Whether some rule asks for something of the same top module.
pub(crate) fn is_rooted(path: &str) -> bool {
    let first = top_of(path);
    TABLE.reach.roots.contains_key(first) || TABLE.read.roots.contains_key(first)
}
