//! `setup.py`: the lists that are handed to `setup()`, where they are constants.
//! It is read as a tree and never run.

use airlock_model::inventory::Scope;
use airlock_model::limits::ScanLimits;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, ModModule, Stmt};
use ruff_text_size::{Ranged as _, TextSize};

use super::inventory::{Inventory, Place, at};
use super::rules;
use crate::python::source::Source;
use crate::python::{parse, pool};

const FILE: &str = "setup.py";

/// Lists that `setup()` takes.
const LISTS: &[(&str, Scope)] = &[
    ("install_requires", Scope::Runtime),
    ("requires", Scope::Runtime),
    ("setup_requires", Scope::Build),
    ("tests_require", Scope::Dev),
];

/// One requirement, or the place of something that is computed.
enum Seen {
    Constant { text: String, line: u32, scope: Scope, extra: Option<String> },
    Computed { line: u32, key: String, shown: String },
}

/// Reads `setup.py` at the top of the package. What cannot be parsed is the scan's to tell.
pub(super) fn read(limits: &ScanLimits, inventory: &mut Inventory<'_>) {
    let Some(bytes) = inventory.tree.get(FILE) else { return };
    let Ok(text) = parse::text(bytes, limits.source_bytes) else { return };
    let seen = pool::on_big_stack(|| parse::module(text).map(|module| calls(&module, text)).unwrap_or_default());
    for one in seen.unwrap_or_default() {
        match one {
            Seen::Constant { text, line, scope, extra } => {
                let place = Place { file: FILE, line, scope, group: extra.as_deref() };
                inventory.requirement(&text, place, 0);
            }
            Seen::Computed { line, key, shown } => {
                let place = Place { file: FILE, line, scope: Scope::Runtime, group: None };
                let message = format!("`{key}` is computed when setup.py runs, so what it asks for was not examined");
                inventory.find(at(&rules::COMPUTED, place, &shown, message));
            }
        }
        if inventory.is_full() {
            return;
        }
    }
}

fn calls(module: &ModModule, text: &str) -> Vec<Seen> {
    let mut finder = Finder { module, source: Source::new(FILE, text), seen: Vec::new() };
    finder.visit_body(&module.body);
    finder.seen
}

struct Finder<'a> {
    module: &'a ModModule,
    source: Source<'a>,
    seen: Vec<Seen>,
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && is_setup(call)
        {
            self.setup(call);
        }
        walk_expr(self, expr);
    }
}

fn is_setup(call: &ExprCall) -> bool {
    match &*call.func {
        Expr::Name(name) => name.id.as_str() == "setup",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "setup",
        _ => false,
    }
}

impl<'a> Finder<'a> {
    fn setup(&mut self, call: &'a ExprCall) {
        for keyword in &call.arguments.keywords {
            let Some(name) = keyword.arg.as_ref().map(ruff_python_ast::Identifier::as_str) else {
                self.computed("**", keyword.value.start(), &keyword.value);
                continue;
            };
            if let Some((_, scope)) = LISTS.iter().find(|(known, _)| *known == name) {
                self.list(name, &keyword.value, *scope, None);
            } else if name == "extras_require" {
                match self.resolved(&keyword.value) {
                    Expr::Dict(dict) => dict.items.iter().for_each(|item| match item.key.as_ref().and_then(constant) {
                        Some(extra) => self.list(name, &item.value, Scope::Optional, Some(&extra)),
                        None => self.computed(name, item.value.start(), &item.value),
                    }),
                    other => self.computed(name, other.start(), other),
                }
            }
        }
    }

    fn list(&mut self, key: &str, value: &'a Expr, scope: Scope, extra: Option<&str>) {
        let items = match self.resolved(value) {
            Expr::List(list) => &list.elts,
            Expr::Tuple(tuple) => &tuple.elts,
            other => {
                match constant(other) {
                    Some(text) => text.lines().filter(|line| !line.trim().is_empty()).for_each(|line| {
                        self.constant(line.to_owned(), other.start(), scope, extra);
                    }),
                    None => self.computed(key, value.start(), value),
                }
                return;
            }
        };
        for item in items {
            match constant(self.resolved(item)) {
                Some(text) => self.constant(text, item.start(), scope, extra),
                None => self.computed(key, item.start(), item),
            }
        }
    }

    fn constant(&mut self, text: String, at: TextSize, scope: Scope, extra: Option<&str>) {
        let line = self.source.line(at);
        self.seen.push(Seen::Constant { text, line, scope, extra: extra.map(str::to_owned) });
    }

    fn computed(&mut self, key: &str, at: TextSize, value: &Expr) {
        let (line, shown) = (self.source.line(at), self.source.snippet(value.range()));
        self.seen.push(Seen::Computed { line, key: key.to_owned(), shown });
    }

    /// What a name stands for, when the module binds it exactly once, at its top level.
    fn resolved(&self, expr: &'a Expr) -> &'a Expr {
        let Expr::Name(name) = expr else { return expr };
        let mut values = self.module.body.iter().filter_map(|stmt| match stmt {
            Stmt::Assign(assign) => match assign.targets.as_slice() {
                [Expr::Name(target)] if target.id == name.id => Some(&*assign.value),
                _ => None,
            },
            Stmt::AnnAssign(assign) => match &*assign.target {
                Expr::Name(target) if target.id == name.id => assign.value.as_deref(),
                _ => None,
            },
            // Whatever else touches it makes it something else.
            Stmt::AugAssign(assign) => match &*assign.target {
                Expr::Name(target) if target.id == name.id => Some(expr),
                _ => None,
            },
            _ => None,
        });
        match (values.next(), values.next()) {
            (Some(value), None) => value,
            _ => expr,
        }
    }
}

fn constant(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
        _ => None,
    }
}
