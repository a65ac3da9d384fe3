//! Names bound by `match` patterns, and values handed to the interpreter's hooks.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{Expr, ExprCall, Operator, Pattern};
use ruff_text_size::Ranged;

use super::constant::changing;
use super::scope::{Bound, ScopeKind, Value};
use super::walk::{Walk, is_own};
use super::{Handed, Place};
use crate::rules::prose;

impl<'a> Walk<'a> {
    /// Binds the captures of a pattern that is matched against `value`.
    pub(super) fn pattern(&mut self, pattern: &'a Pattern, value: &Value<'a>) {
        match pattern {
            Pattern::MatchAs(inner) => {
                if let Some(name) = &inner.name {
                    self.bind(name, value.clone(), name.start());
                }
                if let Some(pattern) = inner.pattern.as_deref() {
                    self.pattern(pattern, value);
                }
            }
            Pattern::MatchOr(inner) => inner.patterns.iter().for_each(|pattern| self.pattern(pattern, value)),
            Pattern::MatchSequence(inner) => {
                for (index, pattern) in inner.patterns.iter().enumerate() {
                    let part = match value {
                        Value::Expr(whole) if pattern.is_match_star() => Value::Element(whole),
                        Value::Expr(Expr::Tuple(tuple)) if index < tuple.elts.len() => Value::Expr(&tuple.elts[index]),
                        Value::Expr(Expr::List(list)) if index < list.elts.len() => Value::Expr(&list.elts[index]),
                        Value::Expr(whole) => Value::Item(whole, index),
                        _ => Value::Opaque,
                    };
                    self.pattern(pattern, &part);
                }
            }
            Pattern::MatchMapping(inner) => {
                inner.keys.iter().for_each(|key| self.visit_expr(key));
                let part = match value {
                    Value::Expr(whole) => Value::Element(whole),
                    _ => Value::Opaque,
                };
                inner.patterns.iter().for_each(|pattern| self.pattern(pattern, &part));
            }
            Pattern::MatchClass(inner) => {
                inner.arguments.patterns.iter().for_each(|pattern| self.pattern(pattern, &Value::Opaque));
                for keyword in &inner.arguments.keywords {
                    let part = match value {
                        Value::Expr(whole) => Value::Attribute(whole, &keyword.attr),
                        _ => Value::Opaque,
                    };
                    self.pattern(&keyword.pattern, &part);
                }
            }
            Pattern::MatchStar(inner) => {
                if let Some(name) = &inner.name {
                    self.bind(name, value.clone(), name.start());
                }
            }
            Pattern::MatchValue(_) | Pattern::MatchSingleton(_) => {}
        }
    }

    /// A special name assigned in a class body, or `__getattr__` of a module, is called by
    /// the interpreter.
    pub(super) fn hook(&mut self, target: &'a Expr, value: &'a Expr) {
        let Expr::Name(name) = target else { return };
        let called = match self.model.scopes[self.scope.index()].kind {
            // `cmd` and `enum` call such names as the interpreter calls those with two underscores.
            ScopeKind::Class => name.id.starts_with("__") || name.id.starts_with("do_") || name.id == "_missing_",
            ScopeKind::Module => matches!(name.id.as_str(), "__getattr__" | "__dir__"),
            _ => false,
        };
        if called {
            self.model.handed.push(Handed { value, place: Place { scope: self.scope, at_import: false } });
        }
    }

    /// `"()": "os.system"` in a configuration: what is named there is called.
    pub(super) fn factory(&mut self, key: &'a Expr, value: &'a Expr) {
        if matches!(key, Expr::StringLiteral(key) if key.value.to_str() == "()") {
            let place = self.place();
            self.model.named.push(Handed { value, place });
            self.model.handed.push(Handed { value, place });
        }
    }

    /// `setattr(x, "name", value)` is an assignment to an attribute.
    pub(super) fn set_attribute(&mut self, call: &'a ExprCall) {
        if let Expr::Name(name) = &*call.func
            && name.id == "setattr"
            && let [object, attribute, value] = &*call.arguments.args
        {
            if let Expr::StringLiteral(attribute) = attribute
                && let [part] = attribute.value.as_slice()
            {
                let bound = Bound { value: Value::Expr(value), scope: self.scope };
                self.model.attributes.entry(part.as_str()).or_default().push(bound);
                if prose::is_described(Some(part.as_str())) {
                    self.described(Some(part.as_str()), value);
                }
            }
            if !is_own(object) {
                let place = self.place();
                self.model.handed.push(Handed { value, place });
            }
        }
    }

    /// `parts.append(value)` and its like: the container holds another value.
    pub(super) fn change(&mut self, call: &'a ExprCall) {
        let Some((name, method)) = changing(call) else { return };
        self.model.changed.insert(name);
        let scope = self.scope;
        let args = &call.arguments.args;
        let mut put = |value: Value<'a>| {
            self.model.attributes.entry(name).or_default().push(Bound { value, scope });
        };
        match (method, &**args) {
            ("append" | "add" | "appendleft", [value]) | ("insert" | "setdefault" | "__setitem__", [_, value]) => {
                put(Value::Expr(value));
            }
            ("extend" | "__iadd__" | "update", [values]) => put(Value::Element(values)),
            _ => {}
        }
        if method == "update" {
            call.arguments.keywords.iter().for_each(|keyword| put(Value::Expr(&keyword.value)));
        }
    }

    /// Notes a text that is put together, the whole of it and not its beginnings.
    pub(super) fn built(&mut self, expr: &'a Expr) {
        let is_built = match expr {
            Expr::FString(_) => true,
            Expr::BinOp(op) => {
                let is_part = self.left == expr.range();
                self.left = op.left.range();
                matches!(op.op, Operator::Add | Operator::Mod) && !is_part && begins_with_text(&op.left)
            }
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) => &method.attr == "format" && begins_with_text(&method.value),
                _ => false,
            },
            _ => false,
        };
        if is_built {
            let place = Place { scope: self.scope, at_import: false };
            self.model.built.push((expr, place));
        }
    }
}

fn begins_with_text(mut expr: &Expr) -> bool {
    while let Expr::BinOp(op) = expr {
        expr = &op.left;
    }
    matches!(expr, Expr::StringLiteral(_) | Expr::FString(_))
}
