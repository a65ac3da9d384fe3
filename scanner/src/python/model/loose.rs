//! Dangerous functions that stand where a value stands: as a key, in an annotation, beside an
//! operator, as what a lambda gives. Whoever meets them there may call them, so they are handed over.

use std::sync::LazyLock;

use ruff_python_ast::{CmpOp, Expr};
use rustc_hash::FxHashSet;

use super::Handed;
use super::scope::Value;
use super::walk::Walk;
use crate::rules::paths;

/// From how many values on a display is not followed item by item any more.
const LONG: usize = 16;

/// How many of the values that a name was given are looked at, the last ones.
const REBOUND: usize = 64;

/// How the functions are called that a value is looked at for. Classes stand in annotations and checks for good reasons.
static LAST_NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
    let lists = [paths::SHELLS, paths::PROCESSES, paths::EVALUATORS, paths::CODE_MAKERS, paths::PICKLES];
    let last = lists.into_iter().flatten().filter_map(|path| path.rsplit('.').next());
    last.chain(["__import__", "import_module"])
        .filter(|name| !name.starts_with(|c: char| c.is_uppercase() || c == '*'))
        .collect()
});

/// Those of them that need no import.
const BUILTINS: &[&str] = &["exec", "eval", "compile", "__import__"];

impl<'a> Walk<'a> {
    /// A value in a place from which something else may take it and call it.
    pub(super) fn loose(&mut self, value: &'a Expr) {
        match value {
            Expr::Attribute(attribute) if LAST_NAMES.contains(attribute.attr.as_str()) => self.hand(value),
            Expr::Name(name) if self.may_be_dangerous(&name.id) => self.hand(value),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|item| self.loose(item)),
            Expr::List(list) => list.elts.iter().for_each(|item| self.loose(item)),
            Expr::Starred(inner) => self.loose(&inner.value),
            Expr::Slice(slice) => {
                [&slice.lower, &slice.upper, &slice.step].into_iter().flatten().for_each(|part| self.loose(part));
            }
            _ => {}
        }
    }

    /// The values of a long display: of these, resolving tells only the first.
    pub(super) fn long_display(&mut self, count: usize, values: impl Iterator<Item = &'a Expr>) {
        if count >= LONG {
            values.for_each(|value| self.loose(value));
        }
    }

    /// `x[key] = value`: what has a name is followed by it, as far as it holds few values.
    pub(super) fn loose_item(&mut self, container: &'a Expr, value: &Value<'a>) {
        let count = match container {
            Expr::Name(name) => self.model.items.get(name.id.as_str()).map_or(0, Vec::len),
            Expr::Attribute(attribute) => self.model.items.get(attribute.attr.as_str()).map_or(0, Vec::len),
            _ => LONG,
        };
        if let Value::Expr(value) = value {
            self.long_display(count, std::iter::once(*value));
            if value.is_list_expr() || value.is_tuple_expr() {
                self.loose(value);
            }
        }
    }

    /// The operands of a comparison; `is` asks nobody.
    pub(super) fn compared(&mut self, compare: &'a ruff_python_ast::ExprCompare) {
        let mut left = &*compare.left;
        for (op, right) in compare.ops.iter().zip(&compare.comparators) {
            if !matches!(op, CmpOp::Is | CmpOp::IsNot) {
                self.loose(left);
                self.loose(right);
            }
            left = right;
        }
    }

    fn hand(&mut self, value: &'a Expr) {
        let place = self.place();
        self.model.handed.push(Handed { value, place });
    }

    /// Whether a name is bound to what is called like a dangerous function.
    fn may_be_dangerous(&self, name: &str) -> bool {
        let mut at = Some(self.scope);
        while let Some(scope) = at.map(|id| &self.model.scopes[id.index()]) {
            if let Some(ids) = scope.names.get(name) {
                return ids.iter().rev().take(REBOUND).any(|id| match &self.model.bindings[id.index()].bound.value {
                    Value::Import(path) => path.rsplit('.').next().is_some_and(|last| LAST_NAMES.contains(last)),
                    Value::Expr(Expr::Attribute(attribute)) => LAST_NAMES.contains(attribute.attr.as_str()),
                    Value::Expr(Expr::Name(name)) => BUILTINS.contains(&name.id.as_str()),
                    _ => false,
                });
            }
            at = scope.parent;
        }
        BUILTINS.contains(&name)
    }
}
