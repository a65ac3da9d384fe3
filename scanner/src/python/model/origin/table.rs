//! How the code of one scope uses its names: what is put under which key of a dictionary that such a name holds, and
//! whether anybody else comes to it.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprCompare, ExprContext, Pattern, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::{FxHashMap, FxHashSet};

use super::access::{each_part, literal, names_in, part};
use crate::python::model::Model;
use crate::python::model::resolve::scope_of;
use crate::python::model::scope::ScopeId;
use crate::rules::sinks::{self, SinkKind};

/// How deep the walk goes; what lies deeper counts as unseen.
const DEPTH: u32 = 400;

/// Functions that leave a dictionary that they are given as it is, and keep nothing of it.
const LEAVE_ALONE: &[&str] = &[
    "builtins.len",
    "builtins.print",
    "builtins.str",
    "builtins.repr",
    "builtins.bool",
    "builtins.isinstance",
    "json.dumps",
    "urllib.parse.urlencode",
];

/// Something put into a dictionary.
pub(super) struct Put<'a> {
    /// It is put under the key that was asked for, and not under one that is not known.
    pub(super) is_under_key: bool,
    pub(super) value: &'a Expr,
    pub(super) scope: ScopeId,
}

/// How a name is used that may hold a dictionary.
#[derive(Default)]
struct Table<'a> {
    /// By their keys, where these are known.
    puts: FxHashMap<Option<&'a str>, Vec<(&'a Expr, ScopeId)>>,
    /// It was handed to somebody who may change it, or has another name.
    is_shared: bool,
    /// Other names of what it holds.
    parts: Vec<&'a str>,
}

/// The names that one scope's code uses.
#[derive(Default)]
pub(super) struct Tables<'a> {
    tables: FxHashMap<&'a str, Table<'a>>,
    /// Names whose values are worked into: `x += y`.
    augmented: FxHashSet<&'a str>,
    /// Some code lies too deep to be looked at.
    cut: bool,
}

impl<'a> Tables<'a> {
    /// Walks the code of a scope, and of those within it.
    pub(super) fn of(model: &Model<'a>, body: &'a [Stmt], scope: ScopeId) -> Self {
        let mut uses = Uses { model, scope, tables: Self::default(), depth: 0 };
        uses.visit_body(body);
        uses.tables
    }

    /// What is put into a name's dictionary that may come out under a key, where nobody else changes the dictionary or
    /// what it holds.
    pub(super) fn puts(&self, model: &Model<'a>, name: &str, key: &str) -> Option<Vec<Put<'a>>> {
        if self.cut {
            return None;
        }
        let Some(table) = self.tables.get(name) else { return Some(Vec::new()) };
        let changes = |part: &&str| {
            model.changed.contains(part) || model.items.contains_key(part) || self.augmented.contains(part)
        };
        if table.is_shared || table.parts.iter().any(changes) {
            return None;
        }
        let mut puts = Vec::new();
        for under in [Some(key), None] {
            let put =
                |(value, scope): &(&'a Expr, ScopeId)| Put { is_under_key: under.is_some(), value, scope: *scope };
            puts.extend(table.puts.get(&under).into_iter().flatten().map(put));
        }
        puts.sort_by_key(|put| put.value.start());
        Some(puts)
    }
}

struct Uses<'m, 'a> {
    model: &'m Model<'a>,
    scope: ScopeId,
    tables: Tables<'a>,
    depth: u32,
}

impl<'a> Uses<'_, 'a> {
    fn table(&mut self, name: &'a str) -> &mut Table<'a> {
        self.tables.tables.entry(name).or_default()
    }

    fn put(&mut self, name: &'a str, key: Option<&'a str>, value: &'a Expr) {
        let scope = self.scope;
        self.table(name).puts.entry(key).or_default().push((value, scope));
    }

    fn share(&mut self, name: &'a str) {
        self.table(name).is_shared = true;
    }

    /// `target = value`.
    fn assigned(&mut self, target: &'a Expr, value: &'a Expr) {
        match target {
            Expr::Name(_) => self.named(target, value),
            Expr::Subscript(_) | Expr::Attribute(_) => match part(target) {
                Some((table, key)) => {
                    self.put(table, key, value);
                    self.within(target);
                }
                None => self.visit_expr(target),
            },
            _ => {
                self.named(target, value);
                self.visit_expr(target);
            }
        }
    }

    /// What comes out of a dictionary may be changed under the names that it is given.
    fn named(&mut self, target: &'a Expr, value: &'a Expr) {
        let tables = &mut self.tables.tables;
        each_part(value, &mut |table| {
            let parts = &mut tables.entry(table).or_default().parts;
            names_in(target, &mut |name| parts.push(name));
        });
    }

    /// What stands inside of an access to a part of a dictionary, but for the dictionary itself.
    fn within(&mut self, access: &'a Expr) {
        match access {
            Expr::Subscript(inner) => {
                self.visit_expr(&inner.slice);
                self.within(&inner.value);
            }
            Expr::Attribute(inner) => self.within(&inner.value),
            Expr::Call(call) => {
                self.within(&call.func);
                call.arguments.args.iter().for_each(|argument| self.visit_expr(argument));
                call.arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
            }
            Expr::Name(_) => {}
            other => self.visit_expr(other),
        }
    }

    /// A method of a name; `false` where it may do more with it than is known.
    fn method(&mut self, name: &'a str, method: &str, call: &'a ExprCall) -> bool {
        let arguments = &call.arguments;
        match (method, &*arguments.args) {
            ("keys", []) | ("get" | "pop", [_] | [_, _]) | ("setdefault", [_]) => {}
            ("setdefault", [key, value]) => self.put(name, literal(key), value),
            ("update", given) => {
                for given in given {
                    match given {
                        Expr::Dict(dict) => dict
                            .items
                            .iter()
                            .for_each(|item| self.put(name, item.key.as_ref().and_then(literal), &item.value)),
                        other => self.put(name, None, other),
                    }
                }
                for keyword in &arguments.keywords {
                    self.put(name, keyword.arg.as_deref(), &keyword.value);
                }
            }
            _ => return false,
        }
        true
    }

    fn call(&mut self, call: &'a ExprCall) {
        if let Expr::Attribute(attribute) = &*call.func {
            match &*attribute.value {
                Expr::Name(name) => {
                    if !self.method(&name.id, &attribute.attr, call) {
                        self.visit_expr(&attribute.value);
                    }
                }
                // A method of what it holds may keep what it is given there.
                object => {
                    if let Some((table, key)) = part(object) {
                        let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                        call.arguments.args.iter().chain(keywords).for_each(|value| self.put(table, key, value));
                    }
                    self.visit_expr(object);
                }
            }
        } else {
            self.visit_expr(&call.func);
        }
        let keywords = call.arguments.keywords.iter();
        let named = keywords.filter(|keyword| keyword.arg.is_some()).map(|keyword| &keyword.value);
        let given: Vec<&'a Expr> = call.arguments.args.iter().chain(named).collect();
        let keeps = given.iter().any(|value| value.is_name_expr()) && !self.leaves_alone(call);
        for value in given.into_iter().filter(|value| keeps || !value.is_name_expr()) {
            self.visit_expr(value);
        }
        call.arguments.keywords.iter().filter(|word| word.arg.is_none()).for_each(|word| self.visit_expr(&word.value));
    }

    fn leaves_alone(&self, call: &'a ExprCall) -> bool {
        let reached = self.model.resolve(&call.func, self.scope);
        !reached.is_empty()
            && reached.iter().all(|reached| {
                let path = reached.path();
                path.is_some_and(|path| LEAVE_ALONE.contains(&path) || sinks::sink(path) == Some(SinkKind::Send))
            })
    }

    /// `"key" in table`.
    fn compared(&mut self, compare: &'a ExprCompare) {
        self.visit_expr(&compare.left);
        for (op, value) in compare.ops.iter().zip(&compare.comparators) {
            if !(matches!(op, CmpOp::In | CmpOp::NotIn) && value.is_name_expr()) {
                self.visit_expr(value);
            }
        }
    }

    fn inside(&mut self, scope: Option<ScopeId>, work: impl FnOnce(&mut Self)) {
        let before = self.scope;
        self.scope = scope.unwrap_or(before);
        work(self);
        self.scope = before;
    }

    fn deeper(&mut self) -> bool {
        self.tables.cut |= self.depth >= DEPTH;
        self.depth < DEPTH
    }
}

impl<'a> Visitor<'a> for Uses<'_, 'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if !self.deeper() {
            return;
        }
        self.depth += 1;
        match stmt {
            Stmt::Assign(assign) => {
                self.visit_expr(&assign.value);
                for target in &assign.targets {
                    self.assigned(target, &assign.value);
                    // Two names of one thing.
                    if let (Expr::Name(name), true) = (target, assign.targets.len() > 1) {
                        self.share(&name.id);
                    }
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = assign.value.as_deref() {
                    self.visit_expr(value);
                    self.assigned(&assign.target, value);
                }
            }
            Stmt::AugAssign(assign) => {
                self.visit_expr(&assign.value);
                match &*assign.target {
                    Expr::Name(name) => {
                        self.tables.augmented.insert(&name.id);
                    }
                    target => self.assigned(target, &assign.value),
                }
            }
            Stmt::Delete(delete) => delete.targets.iter().for_each(|target| match part(target) {
                Some(_) => self.within(target),
                None => self.visit_expr(target),
            }),
            Stmt::For(inner) => {
                self.named(&inner.target, &inner.iter);
                visitor::walk_stmt(self, stmt);
            }
            Stmt::With(inner) => {
                for item in &inner.items {
                    item.optional_vars.iter().for_each(|target| self.named(target, &item.context_expr));
                }
                visitor::walk_stmt(self, stmt);
            }
            Stmt::Match(inner) => {
                let tables = &mut self.tables.tables;
                each_part(&inner.subject, &mut |table| tables.entry(table).or_default().is_shared = true);
                visitor::walk_stmt(self, stmt);
            }
            Stmt::FunctionDef(def) => {
                def.type_params.iter().for_each(|parameters| self.visit_type_params(parameters));
                def.returns.iter().for_each(|returns| self.visit_expr(returns));
                def.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                self.visit_parameters(&def.parameters);
                self.inside(scope_of(&def.node_index), |uses| uses.visit_body(&def.body));
            }
            Stmt::ClassDef(def) => {
                def.type_params.iter().for_each(|parameters| self.visit_type_params(parameters));
                def.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                def.arguments.iter().for_each(|arguments| visitor::walk_arguments(self, arguments));
                self.inside(scope_of(&def.node_index), |uses| uses.visit_body(&def.body));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
        self.depth -= 1;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if !self.deeper() {
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Name(name) if name.ctx != ExprContext::Store => self.share(&name.id),
            Expr::Call(call) => self.call(call),
            Expr::Compare(compare) => self.compared(compare),
            Expr::Subscript(subscript) => {
                // Part of a target that is unpacked, or of a loop.
                if let (ExprContext::Store, Some((table, _))) = (subscript.ctx, part(expr)) {
                    self.share(table);
                }
                if !subscript.value.is_name_expr() {
                    self.visit_expr(&subscript.value);
                }
                self.visit_expr(&subscript.slice);
            }
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                self.named(&named.target, &named.value);
                names_in(&named.target, &mut |name| self.share(name));
            }
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|parameters| self.visit_parameters(parameters));
                self.inside(scope_of(&lambda.node_index), |uses| uses.visit_expr(&lambda.body));
            }
            Expr::ListComp(comp) => {
                self.inside(scope_of(&comp.node_index), |uses| visitor::walk_expr(uses, expr));
            }
            Expr::SetComp(comp) => self.inside(scope_of(&comp.node_index), |uses| visitor::walk_expr(uses, expr)),
            Expr::Generator(comp) => self.inside(scope_of(&comp.node_index), |uses| visitor::walk_expr(uses, expr)),
            Expr::DictComp(comp) => self.inside(scope_of(&comp.node_index), |uses| visitor::walk_expr(uses, expr)),
            _ => visitor::walk_expr(self, expr),
        }
        self.depth -= 1;
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(inner) => inner.name.as_ref(),
            Pattern::MatchStar(inner) => inner.name.as_ref(),
            Pattern::MatchMapping(inner) => inner.rest.as_ref(),
            _ => None,
        };
        name.into_iter().for_each(|name| self.share(name));
        visitor::walk_pattern(self, pattern);
    }
}
