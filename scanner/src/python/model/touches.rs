//! Whether something goes into an expression: a search over the names, calls and
//! returns that its value is made of.

use compact_str::CompactString;
use ruff_python_ast::{Expr, FStringPart, InterpolatedStringElement};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashSet;

use super::Model;
use super::object::Object;
use super::scope::{BindingId, Bound, ScopeId, Value};

/// How many expressions one search looks at.
const STEPS: u32 = 400;

impl<'a> Model<'a> {
    /// The first path among what an expression is made of that `wanted` says yes to, and where.
    pub(crate) fn touches(
        &self,
        expr: &'a Expr,
        scope: ScopeId,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Option<(CompactString, TextSize)> {
        let mut search =
            Search { model: self, wanted, seen: FxHashSet::default(), functions: FxHashSet::default(), steps: STEPS };
        search.look(expr, scope)
    }
}

struct Search<'m, 'a> {
    model: &'m Model<'a>,
    wanted: &'m dyn Fn(&str) -> bool,
    seen: FxHashSet<BindingId>,
    functions: FxHashSet<ScopeId>,
    steps: u32,
}

type Touched = Option<(CompactString, TextSize)>;

impl<'a> Search<'_, 'a> {
    fn look(&mut self, expr: &'a Expr, scope: ScopeId) -> Touched {
        if self.steps == 0 || !self.model.step() {
            return None;
        }
        self.steps -= 1;
        match expr {
            Expr::Name(name) => self.name(expr, &name.id, scope),
            Expr::Attribute(attribute) => {
                self.own(expr, scope).or_else(|| self.member(&attribute.attr, &attribute.value, scope))
            }
            Expr::Call(call) => {
                let targets = self.model.targets(call, scope);
                let path = targets.iter().filter_map(super::object::Reached::path).find(|path| (self.wanted)(path));
                if let Some(path) = path {
                    return Some((path.into(), expr.start()));
                }
                for target in &targets {
                    let Object::Function(function) = target.object else { continue };
                    if self.functions.insert(function) {
                        let returns = &self.model.scopes[function.index()].returns;
                        if let Some(found) = returns.iter().find_map(|value| self.look(value, function)) {
                            return Some(found);
                        }
                    }
                }
                if let Expr::Attribute(attribute) = &*call.func
                    && let Some(found) = self.look(&attribute.value, scope)
                {
                    return Some(found);
                }
                let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
                call.arguments.args.iter().chain(keywords).find_map(|argument| self.look(argument, scope))
            }
            Expr::Subscript(inner) => self.own(expr, scope).or_else(|| self.look(&inner.value, scope)),
            Expr::BinOp(op) => self.look(&op.left, scope).or_else(|| self.look(&op.right, scope)),
            Expr::BoolOp(op) => op.values.iter().find_map(|value| self.look(value, scope)),
            Expr::UnaryOp(op) => self.look(&op.operand, scope),
            Expr::If(branch) => self.look(&branch.body, scope).or_else(|| self.look(&branch.orelse, scope)),
            Expr::Named(named) => self.look(&named.value, scope),
            Expr::Await(inner) => self.look(&inner.value, scope),
            Expr::Starred(inner) => self.look(&inner.value, scope),
            Expr::List(list) => list.elts.iter().find_map(|item| self.look(item, scope)),
            Expr::Tuple(tuple) => tuple.elts.iter().find_map(|item| self.look(item, scope)),
            Expr::Set(set) => set.elts.iter().find_map(|item| self.look(item, scope)),
            Expr::Dict(dict) => dict.items.iter().find_map(|item| self.look(&item.value, scope)),
            Expr::FString(fstring) => fstring.value.iter().find_map(|part| {
                let FStringPart::FString(inner) = part else { return None };
                inner.elements.iter().find_map(|element| match element {
                    InterpolatedStringElement::Interpolation(field) => self.look(&field.expression, scope),
                    InterpolatedStringElement::Literal(_) => None,
                })
            }),
            Expr::ListComp(comp) => self.comprehension(&comp.elt, &comp.generators, &comp.node_index, scope),
            Expr::SetComp(comp) => self.comprehension(&comp.elt, &comp.generators, &comp.node_index, scope),
            Expr::Generator(comp) => self.comprehension(&comp.elt, &comp.generators, &comp.node_index, scope),
            Expr::DictComp(comp) => {
                let inner = super::resolve::scope_of(&comp.node_index)?;
                self.look(&comp.value, inner)
                    .or_else(|| comp.generators.iter().find_map(|generator| self.look(&generator.iter, scope)))
            }
            _ => None,
        }
    }

    fn comprehension(
        &mut self,
        element: &'a Expr,
        generators: &'a [ruff_python_ast::Comprehension],
        index: &ruff_python_ast::AtomicNodeIndex,
        scope: ScopeId,
    ) -> Touched {
        let inner = super::resolve::scope_of(index)?;
        self.look(element, inner).or_else(|| generators.iter().find_map(|generator| self.look(&generator.iter, scope)))
    }

    /// The expression itself, by the paths that it can be.
    fn own(&self, expr: &'a Expr, scope: ScopeId) -> Touched {
        let reached = self.model.resolve(expr, scope);
        let path = reached.iter().filter_map(super::object::Reached::path).find(|path| (self.wanted)(path))?;
        Some((path.into(), expr.start()))
    }

    fn name(&mut self, expr: &'a Expr, name: &'a str, scope: ScopeId) -> Touched {
        if let Some(found) = self.own(expr, scope) {
            return Some(found);
        }
        let ids = self.model.lookup(name, scope)?;
        ids.iter().find_map(|id| {
            let fresh = self.seen.insert(*id);
            if fresh { self.bound(&self.model.bindings[id.index()].bound) } else { None }
        })
    }

    fn bound(&mut self, bound: &'_ Bound<'a>) -> Touched {
        match bound.value {
            Value::Expr(expr)
            | Value::Item(expr, _)
            | Value::Attribute(expr, _)
            | Value::Element(expr)
            | Value::Augmented(expr) => self.look(expr, bound.scope),
            _ => None,
        }
    }

    fn member(&mut self, name: &str, base: &'a Expr, scope: ScopeId) -> Touched {
        let is_ours = self
            .model
            .resolve(base, scope)
            .iter()
            .any(|base| matches!(base.object, Object::Class(_) | Object::Instance(_)));
        if !is_ours {
            return self.look(base, scope);
        }
        let model = self.model;
        let assigned = model.attributes.get(name).map_or(&[][..], Vec::as_slice);
        // What a class assigns to its own attributes may lead back here.
        self.steps = self.steps.saturating_sub(u32::try_from(assigned.len()).unwrap_or(u32::MAX));
        assigned.iter().find_map(|bound| self.bound(bound))
    }
}
