//! What is written through an open file, where every use of it is seen.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Operator, Stmt};

use super::Model;
use super::scope::{BindingId, ScopeId, ScopeKind, Value};

/// How deep a text may be put together.
const DEPTH: u32 = 16;
/// How many files of one source are looked into; of any more nothing is known. Each question walks the whole source.
const MOST: u32 = 32;
/// How deep the walk over a body goes.
const BODY_DEPTH: u32 = 400;

impl<'a> Model<'a> {
    /// All that is written to the file that a call opens; nothing where somebody else may write to it too.
    pub(crate) fn written_through(&self, opening: &'a ExprCall) -> Option<Vec<(&'a Expr, ScopeId)>> {
        let asked = self.looked_into.get();
        if asked >= MOST {
            return None;
        }
        self.looked_into.set(asked + 1);
        let is_it = |expr: &Expr| matches!(expr, Expr::Call(call) if std::ptr::eq(call, opening));
        // `open(…).write(…)`
        let direct = self.calls.iter().find_map(|site| match &*site.call.func {
            Expr::Attribute(method) if is_it(&method.value) => Some((method, site)),
            _ => None,
        });
        if let Some((method, site)) = direct {
            let [data] = &*site.call.arguments.args else { return None };
            return (&method.attr == "write").then(|| vec![(data, site.place.scope)]);
        }
        let bound = |value: &Value<'a>| matches!(value, Value::Expr(expr) if is_it(expr));
        let mut ids = (0..self.bindings.len()).filter(|id| bound(&self.bindings[*id].bound.value));
        let id = BindingId(u32::try_from(ids.next()?).ok()?);
        if ids.next().is_some() {
            return None;
        }
        let (holder, name) = self.holder_of(id, self.bindings[id.index()].bound.scope)?;
        if self.has_back_door(holder) {
            return None;
        }
        let inner = &self.scopes[holder.index()];
        let body = match inner.kind {
            ScopeKind::Function => inner.body,
            ScopeKind::Module if self.is_alone() => self.body,
            _ => return None,
        };
        let mut uses = Uses { name, written: Vec::new(), is_shared: false, nested: 0, depth: 0 };
        uses.visit_body(body);
        let written = uses.written.into_iter().map(|data| (data, holder)).collect();
        (!uses.is_shared).then_some(written)
    }

    fn holder_of(&self, id: BindingId, from: ScopeId) -> Option<(ScopeId, &'a str)> {
        let mut at = Some(from);
        while let Some(scope) = at {
            let inner = &self.scopes[scope.index()];
            if let Some((name, _)) = inner.names.iter().find(|(_, ids)| ids.contains(&id)) {
                return Some((scope, name));
            }
            at = inner.parent;
        }
        None
    }

    /// The text that an expression is whatever happens: literals, and names that are bound once to such.
    pub(crate) fn sure_text(&self, expr: &'a Expr, scope: ScopeId) -> Option<String> {
        self.sure_text_at(expr, scope, 0)
    }

    fn sure_text_at(&self, expr: &'a Expr, scope: ScopeId, depth: u32) -> Option<String> {
        if depth > DEPTH {
            return None;
        }
        match expr {
            Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
            Expr::BytesLiteral(bytes) => String::from_utf8(bytes.value.bytes().collect()).ok(),
            Expr::BinOp(op) if op.op == Operator::Add => {
                let left = self.sure_text_at(&op.left, scope, depth + 1)?;
                Some(left + &self.sure_text_at(&op.right, scope, depth + 1)?)
            }
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) if &method.attr == "encode" && call.arguments.is_empty() => {
                    self.sure_text_at(&method.value, scope, depth + 1)
                }
                _ => None,
            },
            Expr::Name(name) => {
                let [id] = self.lookup(&name.id, scope)? else { return None };
                let bound = &self.bindings[id.index()].bound;
                // What a module holds may be bound anew by another one.
                let is_local = self.scopes[bound.scope.index()].kind == ScopeKind::Function;
                match bound.value {
                    Value::Expr(value) if is_local => self.sure_text_at(value, bound.scope, depth + 1),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

struct Uses<'a> {
    name: &'a str,
    written: Vec<&'a Expr>,
    is_shared: bool,
    nested: u32,
    depth: u32,
}

impl<'a> Visitor<'a> for Uses<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let is_nested = matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_));
        if self.depth >= BODY_DEPTH {
            self.is_shared = true;
            return;
        }
        self.depth += 1;
        self.nested += u32::from(is_nested);
        visitor::walk_stmt(self, stmt);
        self.nested -= u32::from(is_nested);
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.depth >= BODY_DEPTH {
            self.is_shared = true;
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Name(name) if name.id == self.name && name.ctx.is_load() => self.is_shared = true,
            Expr::Named(named) if is_name(&named.target, self.name) => self.is_shared = true,
            Expr::Call(call) if self.nested == 0 => match (&*call.func, &*call.arguments.args) {
                (Expr::Attribute(method), given) if is_name(&method.value, self.name) => {
                    match (method.attr.as_str(), given) {
                        ("write", [data]) if !data.is_starred_expr() && call.arguments.keywords.is_empty() => {
                            self.written.push(data);
                        }
                        ("close" | "flush", []) => {}
                        _ => self.is_shared = true,
                    }
                    visitor::walk_arguments(self, &call.arguments);
                }
                _ => visitor::walk_expr(self, expr),
            },
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.nested += 1;
                visitor::walk_expr(self, expr);
                self.nested -= 1;
            }
            _ => visitor::walk_expr(self, expr),
        }
        self.depth -= 1;
    }
}

fn is_name(expr: &Expr, wanted: &str) -> bool {
    matches!(expr, Expr::Name(name) if name.id == wanted)
}
