//! Who is asked about what: rules by kind of node and by qualified path.

use std::sync::LazyLock;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Rule;
use super::check::{Check, Found, How, Use};
use super::rule::{Hook, OnCall, OnFile, OnLiteral, OnUse, OnValue};
use crate::python::exports::Exports;
use crate::python::layout;
use crate::python::model::object::{Object, Reached, Via};
use crate::python::model::{Model, Place, canonical};
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
    unresolved: Vec<(&'static Rule, OnCall)>,
    value: Vec<(&'static Rule, OnValue)>,
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
                Hook::Unresolved(on) => table.unresolved.push((rule, *on)),
                Hook::Value(on) => table.value.push((rule, *on)),
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
    asker.named();
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
        for site in &model.calls {
            let targets = model.targets(site.call, site.place.scope);
            let is_inert = |path: &str| INERT.contains(&path) || (in_test && INERT_IN_TESTS.contains(&path));
            let inert = targets.iter().any(|target| target.path().is_some_and(is_inert));
            self.uses(&targets, How::Called, Some(site.call), site.call.range(), site.place);
            // What a call of something else gave is not known any better.
            if targets.is_empty() || targets.iter().any(|target| target.path().is_some_and(|path| path.ends_with("()")))
            {
                for (rule, on) in &TABLE.unresolved {
                    on(&mut self.check(rule), site);
                }
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
            self.value(value, place);
        }
    }

    fn value(&mut self, value: &'a Expr, place: Place) {
        let value = if let Expr::Starred(starred) = value { &*starred.value } else { value };
        match value {
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) | Expr::Call(_) | Expr::Named(_) => {
                let reached = self.model.resolve(value, place.scope);
                self.uses(&reached, How::Handed, None, value.range(), place);
                for (rule, on) in &TABLE.value {
                    on(&mut self.check(rule), value, &reached, place);
                }
            }
            Expr::List(list) if list.elts.len() < 16 => list.elts.iter().for_each(|item| self.value(item, place)),
            Expr::Tuple(tuple) if tuple.elts.len() < 16 => tuple.elts.iter().for_each(|item| self.value(item, place)),
            Expr::Dict(dict) if dict.items.len() < 16 => {
                dict.items.iter().for_each(|item| self.value(&item.value, place));
            }
            _ => {}
        }
    }

    fn handed(&mut self) {
        let model = self.model;
        for handed in &model.handed {
            self.value(handed.value, handed.place);
        }
    }

    /// Strings that name what something will call.
    fn named(&mut self) {
        let model = self.model;
        for named in &model.named {
            if let Some((name, via)) = model.key(named.value, named.place.scope) {
                let name = name.strip_prefix("ext://").unwrap_or(&name);
                let object = Object::Path(canonical(name.into()));
                self.uses(&[Reached { object, via }], How::Handed, None, named.value.range(), named.place);
            }
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

    fn uses(&mut self, reached: &[Reached], how: How, call: Option<&'a ExprCall>, range: TextRange, place: Place) {
        for (index, target) in reached.iter().enumerate() {
            let Some(path) = target.path() else { continue };
            let again = reached[..index].iter().any(|earlier| earlier.path() == Some(path));
            let path = self.exports.follow(path);
            if again || !TABLE.reach.has(&path) {
                continue;
            }
            let site = Use { path, via: target.via, how, call, range, place };
            self.ask(&TABLE.reach, &site);
        }
    }
}
