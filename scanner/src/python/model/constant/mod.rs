//! Which constant an expression folds to, under caps on steps and size.

mod calls;
mod decode;
mod format;
mod methods;
mod value;

use ruff_python_ast::{
    BoolOp, Comprehension, Expr, ExprSlice, ExprSubscript, FStringPart, InterpolatedStringElement, Number, Operator,
    UnaryOp,
};

use super::Model;
use super::object::Via;
use super::scope::{BindingId, ScopeId, Value};
pub(crate) use value::Const;

/// How deep one folding goes.
const DEPTH: u32 = 120;
/// How many foldings may wait for one another.
const NESTED: u32 = 4;
/// How many steps one folding takes.
const STEPS: u32 = 60_000;
/// How many bytes, or items, one value holds.
pub(super) const SIZE: usize = 1024 * 1024;

/// A constant, and how openly it is written.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    pub(crate) value: Const,
    /// [`Via::Plain`] for a literal, perhaps behind names; [`Via::Computed`] when it
    /// is put together; [`Via::Decoded`] when it is decoded.
    pub(crate) via: Via,
}

impl<'a> Model<'a> {
    /// The constant that an expression folds to.
    pub(crate) fn constant(&self, expr: &'a Expr, scope: ScopeId) -> Option<Folded> {
        // What a name can be may hang on a constant, and a constant on what a name can be.
        let nested = self.folding.get();
        if nested >= NESTED {
            return None;
        }
        self.folding.set(nested + 1);
        let mut folder = Folder::new(self);
        let value = folder.fold(expr, scope);
        self.folding.set(nested);
        Some(Folded { value: value?, via: folder.via })
    }
}

/// One folding.
pub(super) struct Folder<'m, 'a> {
    pub(super) model: &'m Model<'a>,
    pub(super) via: Via,
    /// What the parameters and loop variables around stand for, innermost last.
    pub(super) known: Vec<(&'a str, Const)>,
    depth: u32,
    steps: u32,
    /// Bindings that are being folded, so that none folds through itself.
    open: Vec<BindingId>,
}

impl<'m, 'a> Folder<'m, 'a> {
    const fn new(model: &'m Model<'a>) -> Self {
        Self { model, via: Via::Plain, known: Vec::new(), depth: 0, steps: STEPS, open: Vec::new() }
    }

    /// Notes that the value is put together rather than written.
    pub(super) fn computed(&mut self) {
        self.via = self.via.max(Via::Computed);
    }

    /// Notes that the value is decoded.
    pub(super) const fn decoded(&mut self) {
        self.via = Via::Decoded;
    }

    pub(super) fn step(&mut self) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        self.model.step().then_some(())
    }

    pub(super) fn fold(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Const> {
        self.step()?;
        if self.depth >= DEPTH {
            return None;
        }
        self.depth += 1;
        let value = self.fold_inner(expr, scope);
        self.depth -= 1;
        value.filter(|value| value.size() <= SIZE)
    }

    fn fold_inner(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Const> {
        match expr {
            Expr::StringLiteral(literal) => Some(Const::Str(literal.value.to_str().to_owned())),
            Expr::BytesLiteral(literal) => Some(Const::Bytes(literal.value.bytes().collect())),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(int) => int.as_i64().map(Const::Int),
                Number::Float(_) | Number::Complex { .. } => None,
            },
            Expr::BooleanLiteral(literal) => Some(Const::Bool(literal.value)),
            Expr::NoneLiteral(_) => Some(Const::None),
            Expr::List(list) => self.list(&list.elts, scope),
            Expr::Tuple(tuple) => self.list(&tuple.elts, scope),
            Expr::Set(set) => self.list(&set.elts, scope),
            Expr::Dict(dict) => {
                let mut items = Vec::with_capacity(dict.items.len());
                for item in &dict.items {
                    items.push((self.fold(item.key.as_ref()?, scope)?, self.fold(&item.value, scope)?));
                }
                Some(Const::Dict(items))
            }
            Expr::Name(name) => self.name(&name.id, scope, name.range.start()),
            Expr::Named(named) => self.fold(&named.value, scope),
            Expr::FString(fstring) => self.fstring(fstring, scope),
            Expr::BinOp(op) => {
                let left = self.fold(&op.left, scope)?;
                let right = self.fold(&op.right, scope)?;
                self.computed();
                self.binary(op.op, left, right)
            }
            Expr::UnaryOp(op) => match (op.op, self.fold(&op.operand, scope)?) {
                (UnaryOp::USub, Const::Int(int)) => int.checked_neg().map(Const::Int),
                (UnaryOp::Invert, Const::Int(int)) => Some(Const::Int(!int)),
                (UnaryOp::UAdd, Const::Int(int)) => Some(Const::Int(int)),
                (UnaryOp::Not, value) => Some(Const::Bool(!value.is_true())),
                _ => None,
            },
            Expr::BoolOp(op) => {
                let mut last = None;
                for value in &op.values {
                    let value = self.fold(value, scope)?;
                    let decides = value.is_true() == (op.op == BoolOp::Or);
                    last = Some(value);
                    if decides {
                        break;
                    }
                }
                last
            }
            Expr::If(branch) => {
                let test = self.fold(&branch.test, scope)?;
                self.fold(if test.is_true() { &branch.body } else { &branch.orelse }, scope)
            }
            Expr::Subscript(subscript) => self.subscript(subscript, scope),
            Expr::Attribute(attribute) => self.attribute(&attribute.value, &attribute.attr, scope),
            Expr::ListComp(comp) => self.comprehension(&comp.elt, &comp.generators, &comp.node_index),
            Expr::SetComp(comp) => self.comprehension(&comp.elt, &comp.generators, &comp.node_index),
            Expr::Generator(comp) => self.comprehension(&comp.elt, &comp.generators, &comp.node_index),
            Expr::Call(call) => self.call(call, scope),
            _ => None,
        }
    }

    fn list(&mut self, elements: &'a [Expr], scope: ScopeId) -> Option<Const> {
        let mut items = Vec::with_capacity(elements.len().min(SIZE));
        for element in elements {
            match element {
                Expr::Starred(starred) => items.extend(self.fold(&starred.value, scope)?.into_items()?),
                element => items.push(self.fold(element, scope)?),
            }
            if items.len() > SIZE {
                return None;
            }
        }
        Some(Const::List(items))
    }

    fn name(&mut self, name: &str, scope: ScopeId, at: ruff_text_size::TextSize) -> Option<Const> {
        if let Some((_, value)) = self.known.iter().rev().find(|(known, _)| *known == name) {
            return Some(value.clone());
        }
        let model = self.model;
        let ids = model.lookup(name, scope)?;
        let own = model.scopes[scope.index()].names.get(name).is_some_and(|own| std::ptr::eq(own.as_slice(), ids));
        // In its own scope a name has the value of the last binding before the use;
        // seen from an inner scope, the last of all.
        let count =
            if own { ids.iter().take_while(|id| model.bindings[id.index()].at < at).count() } else { ids.len() };
        self.bindings(&ids[..count.max(1).min(ids.len())])
    }

    /// The value after a row of bindings: the last plain one and what augments it.
    fn bindings(&mut self, ids: &[BindingId]) -> Option<Const> {
        let model = self.model;
        let is_augment = |id: &BindingId| matches!(model.bindings[id.index()].bound.value, Value::Augmented(_));
        let start = ids.iter().rposition(|id| !is_augment(id))?;
        let mut value = self.binding(ids[start])?;
        for id in &ids[start + 1..] {
            let bound = &model.bindings[id.index()].bound;
            let Value::Augmented(expr) = bound.value else { return None };
            let more = self.fold(expr, bound.scope)?;
            self.computed();
            value = self.binary(Operator::Add, value, more)?;
        }
        Some(value)
    }

    fn binding(&mut self, id: BindingId) -> Option<Const> {
        if self.open.contains(&id) {
            return None;
        }
        self.open.push(id);
        let bound = &self.model.bindings[id.index()].bound;
        // Names of the caller mean nothing in the scope of a binding.
        let known = std::mem::take(&mut self.known);
        let value = match &bound.value {
            Value::Expr(expr) => self.fold(expr, bound.scope),
            Value::Parameter(Some(expr)) => self.fold(expr, bound.scope),
            Value::Item(expr, index) => self.fold(expr, bound.scope).and_then(|value| value.item(*index)),
            _ => None,
        };
        self.known = known;
        self.open.pop();
        value
    }

    fn fstring(&mut self, fstring: &'a ruff_python_ast::ExprFString, scope: ScopeId) -> Option<Const> {
        let mut text = String::new();
        for part in &fstring.value {
            match part {
                FStringPart::Literal(literal) => text.push_str(literal),
                FStringPart::FString(inner) => {
                    for element in &inner.elements {
                        match element {
                            InterpolatedStringElement::Literal(literal) => text.push_str(literal),
                            InterpolatedStringElement::Interpolation(field) => {
                                if field.format_spec.is_some() || field.debug_text.is_some() {
                                    return None;
                                }
                                self.computed();
                                text.push_str(&self.fold(&field.expression, scope)?.to_text()?);
                            }
                        }
                    }
                }
            }
        }
        Some(Const::Str(text))
    }

    fn subscript(&mut self, subscript: &'a ExprSubscript, scope: ScopeId) -> Option<Const> {
        let value = self.fold(&subscript.value, scope)?;
        self.computed();
        match &*subscript.slice {
            Expr::Slice(slice) => self.slice(&value, slice, scope),
            key => match (self.fold(key, scope)?, value) {
                (key, Const::Dict(items)) => items.into_iter().find(|(other, _)| *other == key).map(|(_, value)| value),
                (Const::Int(index), value) => value.at(index),
                _ => None,
            },
        }
    }

    fn slice(&mut self, value: &Const, slice: &'a ExprSlice, scope: ScopeId) -> Option<Const> {
        let mut bound = |part: &'a Option<Box<Expr>>| match part {
            None => Some(None),
            Some(expr) => match self.fold(expr, scope)? {
                Const::Int(int) => Some(Some(int)),
                Const::None => Some(None),
                _ => None,
            },
        };
        let (lower, upper, step) = (bound(&slice.lower)?, bound(&slice.upper)?, bound(&slice.step)?);
        if step.is_some_and(|step| step < 0) {
            self.decoded();
        }
        value.slice(lower, upper, step.unwrap_or(1))
    }

    /// `A.name` for a class or module of this file, and some constants of modules.
    fn attribute(&mut self, base: &'a Expr, name: &str, scope: ScopeId) -> Option<Const> {
        use super::object::Object;
        let model = self.model;
        for reached in model.resolve(base, scope) {
            match reached.object {
                Object::Class(class) | Object::Instance(class) => {
                    let assigned = model.attributes.get(name).map_or(&[][..], Vec::as_slice);
                    if let Some(ids) = model.scopes[class.index()].names.get(name) {
                        return self.bindings(ids);
                    }
                    if let [bound] = assigned
                        && let Value::Expr(expr) = bound.value
                    {
                        return self.fold(expr, bound.scope);
                    }
                }
                Object::Path(path) => return value::module_constant(&path, name),
                _ => {}
            }
        }
        None
    }

    fn comprehension(
        &mut self,
        element: &'a Expr,
        generators: &'a [Comprehension],
        index: &ruff_python_ast::AtomicNodeIndex,
    ) -> Option<Const> {
        let [generator] = generators else { return None };
        let inner = super::resolve::scope_of(index)?;
        let outer = self.model.scopes[inner.index()].parent?;
        let items = self.fold(&generator.iter, outer)?.into_items()?;
        let mut out = Vec::with_capacity(items.len());
        self.computed();
        let before = self.known.len();
        for item in items {
            self.bind(&generator.target, item)?;
            let mut kept = true;
            for test in &generator.ifs {
                kept &= self.fold(test, inner)?.is_true();
            }
            if kept {
                out.push(self.fold(element, inner)?);
            }
            self.known.truncate(before);
        }
        Some(Const::List(out))
    }

    /// Gives the names of a target their part of a value.
    pub(super) fn bind(&mut self, target: &'a Expr, value: Const) -> Option<()> {
        match target {
            Expr::Name(name) => {
                self.known.push((name.id.as_str(), value));
                Some(())
            }
            Expr::Tuple(tuple) => {
                let items = value.into_items()?;
                if items.len() != tuple.elts.len() {
                    return None;
                }
                tuple.elts.iter().zip(items).try_for_each(|(target, item)| self.bind(target, item))
            }
            _ => None,
        }
    }

    fn binary(&mut self, op: Operator, left: Const, right: Const) -> Option<Const> {
        match (op, left, right) {
            (Operator::Mod, Const::Str(pattern), values) => format::percent(&pattern, values).map(Const::Str),
            (Operator::Add, left, right) => left.joined(right),
            (Operator::Mult, Const::Int(times), value) | (Operator::Mult, value, Const::Int(times))
                if !matches!(value, Const::Int(_)) =>
            {
                value.repeated(times)
            }
            (op, left, right) => {
                let (left, right) = (left.as_int()?, right.as_int()?);
                let value = match op {
                    Operator::Sub => left.checked_sub(right)?,
                    Operator::Mult => left.checked_mul(right)?,
                    Operator::FloorDiv => left.checked_div_euclid(right)?,
                    Operator::Mod => left.checked_rem_euclid(right)?,
                    Operator::BitXor => left ^ right,
                    Operator::BitAnd => left & right,
                    Operator::BitOr => left | right,
                    Operator::LShift => left.checked_shl(u32::try_from(right).ok()?)?,
                    Operator::RShift => left.checked_shr(u32::try_from(right).ok()?)?,
                    Operator::Pow => left.checked_pow(u32::try_from(right).ok()?)?,
                    _ => return None,
                };
                Some(Const::Int(value))
            }
        }
    }
}

/// What origins ask about decoders.
pub(crate) mod decoder {
    /// Whether calling this path decodes its argument.
    pub(crate) fn is_decoder(path: &str) -> bool {
        // Percent-encoding is how addresses are written; it hides nothing.
        super::decode::decoder(path).is_some_and(|coding| coding != super::decode::Coding::Percent)
    }
}
