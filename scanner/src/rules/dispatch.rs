//! Who is asked about what: rules by kind of node and by qualified path.

use std::sync::LazyLock;

use compact_str::format_compact;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Rule;
use super::arrivals::{Arrival, Arrivals};
use super::check::{Check, Found, How, Use};
use super::rule::{Hook, OnArrival, OnCall, OnFile, OnLiteral, OnUse};
use super::sinks::{self, SinkKind};
use crate::python::exports::Exports;
use crate::python::layout;
use crate::python::model::object::{Reached, Via};
use crate::python::model::origin::SourceKind;
use crate::python::model::{Model, Place};
use airlock_model::manifest::Permissions;

/// The rules that ask for uses of paths of one kind.
#[derive(Default)]
struct Paths {
    exact: FxHashMap<&'static str, Vec<(&'static Rule, OnUse)>>,
    below: FxHashMap<&'static str, Vec<(&'static Rule, OnUse)>>,
    /// First components of all paths, to pass over most in one look.
    roots: FxHashSet<&'static str>,
}

impl Paths {
    fn add(&mut self, rule: &'static Rule, paths: &'static [&'static str], on: OnUse) {
        for path in paths {
            self.roots.insert(path.split('.').next().unwrap_or(path));
            match path.strip_suffix(".*") {
                Some(prefix) => self.below.entry(prefix).or_default().push((rule, on)),
                None => self.exact.entry(path).or_default().push((rule, on)),
            }
        }
    }

    fn matching(&self, path: &str, mut ask: impl FnMut(&'static Rule, OnUse)) {
        let first = path.split('.').next().unwrap_or(path);
        if !self.roots.contains(first) {
            return;
        }
        for (rule, on) in self.exact.get(path).into_iter().flatten() {
            ask(rule, *on);
        }
        for (at, _) in path.match_indices('.') {
            for (rule, on) in self.below.get(&path[..at]).into_iter().flatten() {
                ask(rule, *on);
            }
        }
    }

    fn has(&self, path: &str) -> bool {
        let mut found = false;
        self.matching(path, |_, _| found = true);
        found
    }
}

#[derive(Default)]
struct Table {
    reach: Paths,
    read: Paths,
    import: Paths,
    flow: Vec<(&'static Rule, &'static [SourceKind], &'static [SinkKind], OnArrival)>,
    unresolved: Vec<(&'static Rule, OnCall)>,
    literal: Vec<(&'static Rule, OnLiteral)>,
    file: Vec<(&'static Rule, OnFile)>,
    /// The last components of what [`Hook::Read`] asks for.
    reads: FxHashSet<&'static str>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for rule in super::python() {
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
                Hook::Literal(on) => table.literal.push((rule, *on)),
                Hook::File(on) => table.file.push((rule, *on)),
            }
        }
    }
    table
});

/// Whether some rule asks for reads of attributes of that name.
pub(crate) fn is_read(name: &str) -> bool {
    TABLE.reads.contains(name)
}

/// Whether some rule asks for calls that reach a path.
pub(crate) fn is_reached(path: &str) -> bool {
    TABLE.reach.has(path)
}

/// Whether some rule asks for something of the same top module.
pub(crate) fn is_rooted(path: &str) -> bool {
    let first = path.split('.').next().unwrap_or(path);
    TABLE.reach.roots.contains(first) || TABLE.read.roots.contains(first)
}

/// Things that take a callable and do not call it.
const INERT: &[&str] = &[
    "builtins.isinstance",
    "builtins.issubclass",
    "builtins.print",
    "builtins.repr",
    "builtins.str",
    "builtins.id",
    "builtins.callable",
    "builtins.hasattr",
    "builtins.type",
    "builtins.hash",
    "builtins.getattr",
    "builtins.setattr",
    "builtins.delattr",
    "builtins.vars",
    "builtins.dir",
    "builtins.help",
    "builtins.len",
    "builtins.super",
    "inspect.signature",
    "inspect.getsource",
    "inspect.isclass",
    "inspect.isfunction",
    "typing.cast",
    "functools.update_wrapper",
    "operator.attrgetter()",
    "logging.getLogger",
];

/// The same in test files; elsewhere what they put in another's place is called there.
const INERT_IN_TESTS: &[&str] = &["unittest.mock.patch", "unittest.mock.patch.object", "unittest.mock.create_autospec"];

/// Asks every rule about everything in a file that it wants to be asked about.
pub(crate) fn run(model: &Model<'_>, permissions: Option<&Permissions>, exports: &Exports, found: &mut Found) {
    let mut asker = Asker { model, permissions, exports, found };
    asker.imports();
    asker.calls();
    asker.handed();
    asker.reads();
    let table = &*TABLE;
    for literal in &model.literals {
        for (rule, on) in &table.literal {
            on(&mut asker.check(rule), literal);
        }
    }
    for (rule, on) in &table.file {
        on(&mut asker.check(rule));
    }
}

struct Asker<'m, 'a> {
    model: &'m Model<'a>,
    permissions: Option<&'m Permissions>,
    exports: &'m Exports,
    found: &'m mut Found,
}

impl<'a> Asker<'_, 'a> {
    fn check(&mut self, rule: &'static Rule) -> Check<'_, 'a> {
        Check { model: self.model, permissions: self.permissions, meta: &rule.meta, found: self.found }
    }

    fn ask(&mut self, paths: &Paths, site: &Use<'a>) {
        paths.matching(&site.path, |rule, on| on(&mut self.check(rule), site));
    }

    fn imports(&mut self) {
        let model = self.model;
        for import in model.imports.iter().filter(|import| !import.relative) {
            let site = Use {
                path: import.path.clone(),
                via: Via::Plain,
                how: How::Imported,
                call: None,
                range: import.range,
                place: import.place,
            };
            self.ask(&TABLE.import, &site);
        }
    }

    fn calls(&mut self) {
        let model = self.model;
        let in_test = layout::is_test(model.source.path);
        for (index, site) in model.calls.iter().enumerate() {
            let targets = model.targets_of(index);
            let is_inert = |path: &str| INERT.contains(&path) || (in_test && INERT_IN_TESTS.contains(&path));
            let inert = targets.iter().any(|target| target.path().is_some_and(is_inert));
            self.uses(targets, How::Called, site.call, None, site.place);
            if targets.is_empty() {
                for (rule, on) in &TABLE.unresolved {
                    on(&mut self.check(rule), site);
                }
                self.unknown_sender(site.call, site.place);
            }
            if !inert {
                self.arguments(site.call, site.place);
            }
        }
    }

    /// Values that a call is given and may call.
    fn arguments(&mut self, call: &'a ExprCall, place: Place) {
        let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        for value in values {
            self.value(value, Some(call), place);
        }
    }

    /// A method of something unknown that can hardly be anything but a request.
    fn unknown_sender(&mut self, call: &'a ExprCall, place: Place) {
        if let Expr::Attribute(attribute) = &*call.func
            && matches!(attribute.attr.as_str(), "post" | "sendall" | "sendto")
        {
            let path = format_compact!("requests.{}", attribute.attr);
            let site = Use { path, via: Via::Plain, how: How::Called, call: Some(call), range: call.range(), place };
            self.arrive(SinkKind::Send, &site, call, None);
        }
    }

    /// A value that `by` is given, or that something else will call.
    fn value(&mut self, value: &'a Expr, by: Option<&'a ExprCall>, place: Place) {
        let value = if let Expr::Starred(starred) = value { &*starred.value } else { value };
        match value {
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::Call(_) | Expr::Named(_) => {
                let reached = self.model.resolve(value, place.scope);
                self.handed_over(&reached, value, by, place);
            }
            Expr::List(list) if list.elts.len() < 16 => list.elts.iter().for_each(|item| self.value(item, by, place)),
            Expr::Tuple(tuple) if tuple.elts.len() < 16 => {
                tuple.elts.iter().for_each(|item| self.value(item, by, place));
            }
            _ => {}
        }
    }

    fn handed(&mut self) {
        let model = self.model;
        for handed in &model.handed {
            self.value(handed.value, None, handed.place);
        }
    }

    fn reads(&mut self) {
        let model = self.model;
        for (expr, place) in &model.reads {
            for reached in model.resolve(expr, place.scope) {
                if let Some(path) = reached.path() {
                    let site = Use {
                        path: self.exports.follow(path),
                        via: reached.via,
                        how: How::Read,
                        call: None,
                        range: expr.range(),
                        place: *place,
                    };
                    self.ask(&TABLE.read, &site);
                }
            }
        }
    }

    /// What a call calls.
    fn uses(&mut self, reached: &[Reached], how: How, call: &'a ExprCall, handed: Option<&'a Expr>, place: Place) {
        for (index, target) in reached.iter().enumerate() {
            let Some(path) = target.path() else { continue };
            if reached[..index].iter().any(|earlier| earlier.path() == Some(path)) {
                continue;
            }
            let path = self.exports.follow(path);
            let (is_reached, sink) = (TABLE.reach.has(&path), sinks::sink(&path));
            let takes = if how == How::Called { self.exports.taken(&path) } else { &[] };
            if !is_reached && sink.is_none() && takes.is_empty() {
                continue;
            }
            let range = handed.map_or_else(|| call.range(), Ranged::range);
            let called = (how == How::Called).then_some(call);
            let site = Use { path, via: target.via, how, call: called, range, place };
            if is_reached {
                self.ask(&TABLE.reach, &site);
            }
            if let Some(kind) = sink {
                self.arrive(kind, &site, call, handed);
            }
            for take in takes {
                let arrival = Arrivals { model: self.model, found: self.found }.through(take, &site, call);
                self.arrived(arrival);
            }
        }
    }

    /// What a value can be that something else will call.
    fn handed_over(&mut self, reached: &[Reached], value: &'a Expr, by: Option<&'a ExprCall>, place: Place) {
        if let Some(call) = by {
            return self.uses(reached, How::Handed, call, Some(value), place);
        }
        for (index, target) in reached.iter().enumerate() {
            let Some(path) = target.path() else { continue };
            let again = reached[..index].iter().any(|earlier| earlier.path() == Some(path));
            let path = self.exports.follow(path);
            if !again && TABLE.reach.has(&path) {
                let range = value.range();
                self.ask(&TABLE.reach, &Use { path, via: target.via, how: How::Handed, call: None, range, place });
            }
        }
    }

    /// Asks what data arrives at a sink.
    fn arrive(&mut self, kind: SinkKind, site: &Use<'a>, call: &'a ExprCall, handed: Option<&'a Expr>) {
        let arrival = Arrivals { model: self.model, found: self.found }.at(kind, site, call, handed);
        self.arrived(arrival);
    }

    fn arrived(&mut self, arrival: Option<Arrival>) {
        let Some(arrival) = arrival else { return };
        for (rule, sources, sinks, on) in &TABLE.flow {
            if sinks.contains(&arrival.sink) && arrival.of(sources).next().is_some() {
                on(&mut self.check(rule), &arrival);
            }
        }
    }
}
