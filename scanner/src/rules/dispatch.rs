//! Who is asked about what: rules by kind of node and by qualified path.

use std::sync::LazyLock;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Rule;
use super::check::{Check, Found, How, Use};
use super::marks::{self, MARKS_PER_RULE, Marked};
use super::prose;
use super::rule::{Hook, OnCall, OnFile, OnLiteral, OnMarked, OnProse, OnStore, OnUse};
use crate::python::exports::Exports;
use crate::python::layout;
use crate::python::model::constant::Const;
use crate::python::model::object::{Reached, Via};
use crate::python::model::written::fstring_text;
use crate::python::model::{Literal, Model, Place};
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
    literal: Vec<(&'static Rule, OnLiteral)>,
    file: Vec<(&'static Rule, OnFile)>,
    marks: Vec<(&'static Rule, &'static [marks::Mark], OnMarked)>,
    store: Vec<(&'static Rule, OnStore)>,
    prose: Vec<(&'static Rule, &'static [prose::Kind], OnProse)>,
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
                Hook::Literal(on) => table.literal.push((rule, *on)),
                Hook::File(on) => table.file.push((rule, *on)),
                Hook::Marks(kinds, on) => table.marks.push((rule, kinds, *on)),
                Hook::Store(on) => table.store.push((rule, *on)),
                Hook::Prose(kinds, on) => table.prose.push((rule, kinds, *on)),
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
    asker.stores();
    asker.texts();
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
            if targets.is_empty() {
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
            }
            Expr::List(list) if list.elts.len() < 16 => list.elts.iter().for_each(|item| self.value(item, place)),
            Expr::Tuple(tuple) if tuple.elts.len() < 16 => tuple.elts.iter().for_each(|item| self.value(item, place)),
            _ => {}
        }
    }

    fn handed(&mut self) {
        let model = self.model;
        for handed in &model.handed {
            self.value(handed.value, handed.place);
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
                continue;
            }
            for path in stored_paths(model, store.target, base, store.place) {
                for (rule, on) in &TABLE.store {
                    on(&mut self.check(rule), store, &path);
                }
            }
        }
    }

    /// Texts that stand in the source, whole or with values in them, and texts that are put
    /// together for a call.
    fn texts(&mut self) {
        let model = self.model;
        let mut counts = vec![0_u32; TABLE.marks.len()];
        for literal in &model.literals {
            match literal.expr {
                Expr::StringLiteral(string) => {
                    let text = string.value.to_str();
                    if prose::is_read_by_models(literal) {
                        self.prose(literal, text);
                    }
                    if !literal.is_statement {
                        self.marked(text, literal.expr.range(), &mut counts);
                    }
                }
                Expr::BytesLiteral(bytes) => {
                    let bytes: Vec<u8> = bytes.value.bytes().collect();
                    if let Ok(text) = std::str::from_utf8(&bytes) {
                        self.marked(text, literal.expr.range(), &mut counts);
                    }
                }
                _ => {}
            }
        }
        for fstring in &model.fstrings {
            self.marked(&fstring_text(fstring), fstring.range(), &mut counts);
        }
        for site in &model.calls {
            for argument in &site.call.arguments.args {
                if !matches!(argument, Expr::BinOp(_) | Expr::Call(_) | Expr::Name(_) | Expr::Subscript(_)) {
                    continue;
                }
                let Some(folded) = model.constant(argument, site.place.scope) else { continue };
                if folded.via >= Via::Computed
                    && let Const::Str(_) | Const::Bytes(_) = folded.value
                    && let Some(text) = folded.value.into_text()
                {
                    self.marked(&text, argument.range(), &mut counts);
                }
            }
        }
    }

    fn marked(&mut self, text: &str, range: TextRange, counts: &mut [u32]) {
        for (mark, word, at) in marks::find(text) {
            for (index, (rule, kinds, on)) in TABLE.marks.iter().enumerate() {
                if kinds.contains(&mark) && counts[index] < MARKS_PER_RULE {
                    counts[index] += 1;
                    on(&mut self.check(rule), &Marked { word, text, at, range });
                }
            }
        }
    }

    fn prose(&mut self, literal: &Literal<'a>, text: &str) {
        let signs = prose::signs(text);
        if signs.is_empty() {
            return;
        }
        let prose = prose::Prose { text, signs: &signs, literal: literal.expr, label: literal.label };
        for (rule, kinds, on) in &TABLE.prose {
            if signs.iter().any(|sign| kinds.contains(&sign.kind)) {
                on(&mut self.check(rule), &prose);
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

/// The paths that an assignment goes to; an item is `container[key]` where its key is known.
fn stored_paths<'a>(model: &Model<'a>, target: &'a Expr, base: &'a Expr, place: Place) -> Vec<String> {
    let bases = model.resolve(base, place.scope);
    let paths = bases.iter().filter_map(Reached::path);
    match target {
        Expr::Attribute(attribute) => paths.map(|path| format!("{path}.{}", attribute.attr)).collect(),
        Expr::Subscript(subscript) => {
            let key = model.key(&subscript.slice, place.scope).map(|(key, _)| key).unwrap_or_default();
            paths.map(|path| format!("{path}[{key}]")).collect()
        }
        _ => Vec::new(),
    }
}
