//! Who is asked about what: rules by kind of node and by qualified path.

mod inert;
mod table;
mod texts;

use std::cell::OnceCell;

use compact_str::{CompactString, format_compact};
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxBuildHasher, FxHashMap};

use self::inert::is_inert;
use self::table::{Paths, TABLE};
pub(crate) use self::table::{
    has_instances, is_asked, is_covered, is_name_of_sink, is_named, is_reached, is_read, is_rooted,
};
use super::Rule;
use super::arrivals::{Arrival, Arrivals};
use super::check::{Check, Found, How, Use};
use super::sinks::{self, Part, SinkKind};
use crate::python::exports::{Neighbours, Take};
use crate::python::model::object::{Object, Qualified, Reached, Via};
use crate::python::model::{CallSite, Model, Place, Store};
use airlock_model::finding::Evidence;
use airlock_model::manifest::Permissions;

/// Asks every rule about everything in a file that it wants to be asked about.
pub(crate) fn run(model: &Model<'_>, permissions: Option<&Permissions>, exports: &Neighbours<'_>, found: &mut Found) {
    let in_test = model.source.in_test;
    let paths = model.calls.len() / 2;
    let known = FxHashMap::with_capacity_and_hasher(paths, FxBuildHasher);
    let mut asker = Asker { model, permissions, exports, found, known, facts: Vec::with_capacity(paths), in_test };
    asker.imports();
    asker.calls();
    asker.handed();
    asker.named();
    asker.reads();
    asker.stores();
    asker.texts();
    let table = &*TABLE;
    for literal in &model.literals {
        for (rule, _, on) in table.literal.iter().filter(|(_, from, _)| literal.length >= *from) {
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
    exports: &'m Neighbours<'m>,
    found: &'m mut Found,
    /// By where the path's text lies: the texts of a file's paths are shared, and stay while they are here.
    known: FxHashMap<*const u8, usize>,
    facts: Vec<Facts<'m>>,
    in_test: bool,
}

/// What is known of a path that a file uses; found out once, since files use the same few paths all over.
struct Facts<'m> {
    own: Qualified,
    /// What it leads to among the tree's files.
    path: Qualified,
    /// What it may be as well.
    others: Vec<Qualified>,
    is_reached: bool,
    sink: Option<SinkKind>,
    /// A call of it may leave alone what it is given.
    is_inert: bool,
    /// What becomes of what it is given, where it is called.
    takes: OnceCell<&'m [Take]>,
}

impl<'m, 'a> Asker<'m, 'a> {
    /// The number of what is known of a path.
    fn known(&mut self, path: &Qualified) -> usize {
        let place = path.as_str().as_ptr();
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        let (end, others) = self.led(path);
        let followed = end.map_or_else(|| path.clone(), Qualified::from);
        let facts = Facts {
            is_reached: TABLE.reach.has(&followed),
            sink: sinks::sink(&followed),
            is_inert: is_inert(path, 0, self.in_test),
            takes: OnceCell::new(),
            others: others.into_iter().map(Qualified::from).collect(),
            path: followed,
            own: path.clone(),
        };
        let number = self.facts.len();
        self.facts.push(facts);
        self.known.insert(place, number);
        number
    }

    /// The number of what a path may be as well.
    fn other(&mut self, known: usize, at: usize) -> Option<usize> {
        let other = self.facts[known].others.get(at)?.clone();
        Some(self.known(&other))
    }

    /// What a path is followed to, and what it may be besides; that it may be more than is looked at is told.
    fn led(&self, path: &str) -> (Option<CompactString>, Vec<CompactString>) {
        let Some(led) = self.exports.led(path) else { return (None, Vec::new()) };
        if led.others.is_cut {
            self.model.exhausted.set(true);
        }
        (led.end, led.others.ends)
    }

    fn check(&mut self, rule: &'static Rule) -> Check<'_, 'a> {
        Check { model: self.model, permissions: self.permissions, meta: &rule.meta, found: self.found }
    }

    fn ask(&mut self, paths: &Paths, site: &Use<'a>) {
        paths.matching(&site.path, |rule, on| self.each_way(rule, |check| on(check, site)));
    }

    /// Asks a rule for each of the ways by which texts come to a place from callers.
    fn each_way(&mut self, rule: &'static Rule, on: impl Fn(&mut Check<'_, 'a>)) {
        let (model, first) = (self.model, self.found.findings.len());
        let mut again = Found::default();
        let mut is_first = true;
        let is_cut = model.passing.each(|| {
            let found = if is_first { &mut *self.found } else { &mut again };
            on(&mut Check { model, permissions: self.permissions, meta: &rule.meta, found });
            let whence = model.passing.whence();
            let fresh = if is_first { self.found.findings.split_off(first) } else { again.findings.split_off(0) };
            for mut finding in fresh {
                let told = &self.found.findings[first..];
                if is_first || told.iter().all(|known| (known.line, &known.message) != (finding.line, &finding.message))
                {
                    finding.evidence.extend(whence.clone().map(|(file, line)| Evidence {
                        file: Some(file.map_or_else(|| model.source.path.to_owned(), String::from)),
                        line: Some(line),
                        message: "a call passes it here".into(),
                    }));
                    self.found.findings.push(finding);
                }
            }
            is_first = false;
        });
        if is_cut {
            model.exhausted.set(true);
        }
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
        let sends_logs = sinks::sends_logs(model);
        for (index, site) in model.calls.iter().enumerate() {
            let targets = model.targets_of(index);
            let count = site.call.arguments.args.len();
            let inert = targets.iter().filter_map(Reached::qualified).any(|path| {
                // What it is given decides only where the path alone does not.
                let known = self.known(path);
                self.facts[known].is_inert && is_inert(path, count, self.in_test)
            });
            self.uses(targets, How::Called, site.call, None, site.place);
            // What a call of something else gave is not known any better.
            let is_unknown =
                targets.is_empty() || targets.iter().any(|target| target.path().is_some_and(is_open_ended));
            // Nor is what a name that is put together leads to as sure as what is written.
            if is_unknown || targets.iter().any(|target| target.via >= Via::Computed) {
                for (rule, on) in &TABLE.unresolved {
                    on(&mut self.check(rule), site);
                }
            }
            if is_unknown {
                self.unknown_sender(site.call, site.place);
            }
            if sends_logs {
                self.logged(site.call, site.place);
            }
            self.method_or_keyword(site);
            if !inert {
                self.arguments(site.call, site.place);
            }
        }
    }

    /// Rules that know a call by its method's name or by a keyword.
    fn method_or_keyword(&mut self, site: &CallSite<'a>) {
        if let Expr::Attribute(method) = &*site.call.func {
            for (rule, on) in TABLE.methods.get(method.attr.as_str()).into_iter().flatten() {
                on(&mut self.check(rule), site);
            }
        }
        // Once for each rule, however many of its keywords are there.
        let mut asked: Vec<&'static str> = Vec::new();
        for name in site.call.arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_deref()) {
            for (rule, on) in TABLE.keywords.get(name).into_iter().flatten() {
                if !asked.contains(&rule.meta.id) {
                    asked.push(rule.meta.id);
                    on(&mut self.check(rule), site);
                }
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

    /// What is logged, where a handler sends it to another machine.
    fn logged(&mut self, call: &'a ExprCall, place: Place) {
        if let Expr::Attribute(method) = &*call.func
            && sinks::is_log(&method.attr)
        {
            let path = format_compact!("logging.{}", method.attr);
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
                for (rule, on) in &TABLE.value {
                    on(&mut self.check(rule), value, &reached, place);
                }
            }
            Expr::List(list) if list.elts.len() < 16 => list.elts.iter().for_each(|item| self.value(item, by, place)),
            Expr::Tuple(tuple) if tuple.elts.len() < 16 => {
                tuple.elts.iter().for_each(|item| self.value(item, by, place));
            }
            Expr::Dict(dict) if dict.items.len() < 16 => {
                dict.items.iter().for_each(|item| self.value(&item.value, by, place));
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

    /// Strings that name what something will call.
    fn named(&mut self) {
        let model = self.model;
        for named in &model.named {
            if let Some((name, via)) = model.key(named.value, named.place.scope) {
                let name = name.strip_prefix("ext://").unwrap_or(&name);
                let object = Object::Path(model.spelled(&[name]));
                self.handed_over(&[Reached { object, via }], named.value, None, named.place);
            }
        }
    }

    fn reads(&mut self) {
        let model = self.model;
        for (expr, place) in &model.reads {
            for reached in model.resolve(expr, place.scope) {
                let Some(path) = reached.path() else { continue };
                let (end, others) = self.led(path);
                for path in std::iter::once(end.unwrap_or_else(|| path.into())).chain(others) {
                    let (via, range) = (reached.via, expr.range());
                    self.ask(&TABLE.read, &Use { path, via, how: How::Read, call: None, range, place: *place });
                }
            }
        }
    }

    fn stores(&mut self) {
        let model = self.model;
        for store in &model.stores {
            // What an object assigns to its own attributes is no one else's.
            let base = match store.target {
                Expr::Attribute(attribute) => &*attribute.value,
                Expr::Subscript(subscript) => &*subscript.value,
                _ => continue,
            };
            if matches!(base, Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls")) {
                self.kept(store, base);
                continue;
            }
            for path in stored_paths(model, store.target, base, store.place) {
                for (rule, on) in &TABLE.store {
                    on(&mut self.check(rule), store, &path);
                }
                if let (Some(value), Some((_, part))) = (store.value, sinks::assigned(&path)) {
                    self.assigned(part, &path, base, value, store.target.range(), store.place);
                }
            }
        }
    }

    /// What an object assigns to its own attributes, where its class stands on a client that sends them.
    fn kept(&mut self, store: &Store<'a>, base: &'a Expr) {
        let (Some(value), Expr::Attribute(attribute)) = (store.value, store.target) else { return };
        if !sinks::may_be_sent(&attribute.attr) {
            return;
        }
        let own = self.model.resolve(base, store.place.scope);
        let classes =
            own.iter().filter_map(|own| if let Object::Instance(class) = own.object { Some(class) } else { None });
        for client in classes.flat_map(|class| self.model.stands_on(class).to_vec()) {
            let path = format_compact!("{}().{}", client.as_str(), attribute.attr);
            if let Some((_, part)) = sinks::assigned(&path) {
                self.assigned(part, &path, base, value, store.target.range(), store.place);
            }
        }
    }

    /// A value that an attribute holds which a client sends with each of its requests.
    fn assigned(&mut self, part: Part, path: &str, base: &'a Expr, value: &'a Expr, range: TextRange, place: Place) {
        let path = path.split_once('[').map_or(path, |(attribute, _)| attribute);
        let site = Use { path: path.into(), via: Via::Plain, how: How::Called, call: None, range, place };
        let arrival = Arrivals { model: self.model, found: self.found }.assigned(part, &site, base, value);
        self.arrived(arrival);
    }

    /// `setattr(session, "headers", value)`.
    fn set(&mut self, call: &'a ExprCall, place: Place) {
        let [object, name, value] = &*call.arguments.args else { return };
        let Some((name, _)) = self.model.key(name, place.scope) else { return };
        for reached in self.model.resolve(object, place.scope) {
            let Some(path) = reached.path().map(|path| format_compact!("{path}.{name}")) else { continue };
            if let Some((_, part)) = sinks::assigned(&path) {
                self.assigned(part, &path, object, value, call.range(), place);
            }
        }
    }

    /// What a call calls.
    fn uses(&mut self, reached: &[Reached], how: How, call: &'a ExprCall, handed: Option<&'a Expr>, place: Place) {
        for (index, target) in reached.iter().enumerate() {
            let Some(path) = target.qualified() else { continue };
            if reached[..index].iter().any(|earlier| earlier.qualified() == Some(path)) {
                continue;
            }
            let known = self.known(path);
            let mut next = Some(known);
            for at in 0.. {
                let Some(number) = next else { break };
                self.use_of(number, target.via, how, call, handed, place);
                next = self.other(known, at);
            }
        }
    }

    fn use_of(&mut self, known: usize, via: Via, how: How, call: &'a ExprCall, handed: Option<&'a Expr>, place: Place) {
        let exports = self.exports;
        let facts = &self.facts[known];
        let takes = if how == How::Called { facts.takes.get_or_init(|| exports.taken(&facts.own)) } else { &[][..] };
        let Facts { is_reached, sink, .. } = *facts;
        if !is_reached && sink.is_none() && takes.is_empty() {
            return;
        }
        let path = CompactString::from(facts.path.as_str());
        let range = handed.map_or_else(|| call.range(), Ranged::range);
        let called = (how == How::Called).then_some(call);
        let site = Use { path, via, how, call: called, range, place };
        if is_reached {
            self.ask(&TABLE.reach, &site);
        }
        if let (Some(call), "builtins.setattr") = (called, &*site.path) {
            self.set(call, place);
        }
        if let Some(kind) = sink {
            self.arrive(kind, &site, call, handed);
        }
        for take in takes {
            let arrival = Arrivals { model: self.model, found: self.found }.through(take, &site, call);
            self.arrived(arrival);
        }
    }

    /// What a value can be that something else will call.
    fn handed_over(&mut self, reached: &[Reached], value: &'a Expr, by: Option<&'a ExprCall>, place: Place) {
        if let Some(call) = by {
            return self.uses(reached, How::Handed, call, Some(value), place);
        }
        for (index, target) in reached.iter().enumerate() {
            let Some(path) = target.qualified() else { continue };
            let again = reached[..index].iter().any(|earlier| earlier.qualified() == Some(path));
            let known = self.known(path);
            let mut next = Some(known).filter(|_| !again);
            for at in 0.. {
                let Some(number) = next else { break };
                next = self.other(known, at);
                let facts = &self.facts[number];
                if !facts.is_reached {
                    continue;
                }
                let (range, path) = (value.range(), CompactString::from(facts.path.as_str()));
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

/// Whether a path tells only what something came out of.
fn is_open_ended(path: &str) -> bool {
    path.ends_with("()") || path.ends_with("[]")
}

/// The paths that an assignment goes to; an item is `container[key]` where its key is known, also of a container that is
/// not.
fn stored_paths<'a>(model: &Model<'a>, target: &'a Expr, base: &'a Expr, place: Place) -> Vec<String> {
    let bases = model.resolve(base, place.scope);
    let paths = bases.iter().filter_map(Reached::path);
    match target {
        Expr::Attribute(attribute) => paths.map(|path| format!("{path}.{}", attribute.attr)).collect(),
        Expr::Subscript(subscript) => {
            let key = model.key(&subscript.slice, place.scope).map(|(key, _)| key).unwrap_or_default();
            let paths: Vec<String> = paths.map(|path| format!("{path}[{key}]")).collect();
            if paths.is_empty() && !key.is_empty() { vec![format!("[{key}]")] } else { paths }
        }
        _ => Vec::new(),
    }
}
