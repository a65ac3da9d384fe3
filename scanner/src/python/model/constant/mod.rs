//! Which constant an expression folds to, under caps on steps and size.
//!
//! Expressions are folded (`mod.rs`), calls of what is known are carried out
//! (`calls.rs`, `builtins.rs`, `library.rs`, `methods.rs`), and functions of the file
//! and loops that put a value together are run statement by statement (`run.rs`).

mod bases;
mod builtins;
mod calls;
mod changing;
mod codecs;
mod decode;
mod format;
mod inflate;
mod library;
mod methods;
mod names;
mod number;
mod run;
mod shape;
mod strings;
mod value;
mod words;

use ruff_python_ast::{
    BoolOp, CmpOp, Comprehension, Expr, ExprCompare, ExprSlice, ExprSubscript, FStringPart, InterpolatedStringElement,
    Number, Operator, UnaryOp,
};
use ruff_text_size::TextSize;

pub(super) use changing::{Changing, changing, is_changing};
pub(super) use shape::Shapes;

use super::Model;
use super::object::Via;
use super::scope::{BindingId, ScopeId};
pub(crate) use value::Const;

/// How deep one folding goes.
const DEPTH: u32 = 120;
/// How many foldings are under way inside one another.
const NESTING: u32 = 12;
/// How many steps one folding takes; moving a value of some size takes steps as well.
const STEPS: u32 = 400_000;
/// How many bytes of a value one step moves.
const BYTES_PER_STEP: usize = 256;
/// How many bytes, or items, one value holds.
pub(super) const SIZE: usize = 1024 * 1024;

/// A constant, and how openly it is written.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    pub(crate) value: Const,
    /// [`Via::Plain`] for a literal, perhaps behind names; [`Via::Computed`] when it
    /// is put together; [`Via::Decoded`] when it is decoded.
    pub(crate) via: Via,
    /// Something that it was taken out of may hold another value by then.
    pub(crate) doubtful: bool,
}

impl<'a> Model<'a> {
    /// Whether an expression folds to a constant, and can be nothing else.
    pub(crate) fn is_certain(&self, expr: &'a Expr, scope: ScopeId) -> bool {
        self.constant(expr, scope).is_some_and(|folded| !folded.doubtful)
    }

    /// The constant that an expression folds to.
    pub(crate) fn constant(&self, expr: &'a Expr, scope: ScopeId) -> Option<Folded> {
        self.folding(|| self.may_fold(expr, scope), |folder| folder.fold(expr, scope))
    }

    /// The constant that a name of the module has in the end.
    pub(crate) fn constant_in_the_end(&self, name: &'a str) -> Option<Folded> {
        let end = TextSize::new(u32::MAX);
        self.folding(
            || self.name_may_fold(name, ScopeId::MODULE, end),
            |folder| folder.name(name, ScopeId::MODULE, end),
        )
    }

    fn folding<'m>(
        &'m self,
        may_fold: impl FnOnce() -> bool,
        fold: impl FnOnce(&mut Folder<'m, 'a>) -> Option<Const>,
    ) -> Option<Folded> {
        // Folding asks what names are, which folds keys in turn: the stack bears so much of it.
        let nesting = self.nesting.get();
        if nesting >= NESTING {
            self.exhausted.set(true);
            self.memory.too_deep();
            return None;
        }
        self.nesting.set(nesting + 1);
        let folded = if may_fold() {
            let mut folder = Folder::new(self);
            fold(&mut folder).map(|value| Folded { value, via: folder.via, doubtful: folder.doubtful })
        } else {
            None
        };
        self.nesting.set(nesting);
        folded
    }

    /// The constants that an expression can be: the one it folds to, or each that a
    /// loop or the callers of a function put in its place.
    pub(crate) fn constants(&self, expr: &'a Expr, scope: ScopeId) -> Vec<Folded> {
        match self.constant(expr, scope) {
            Some(folded) => vec![folded],
            None => names::choices(self, expr, scope),
        }
    }
}

/// What may lead back to itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open<'a> {
    Binding(BindingId),
    /// What is assigned to attributes of that name.
    Attribute(&'a str),
}

/// One folding.
pub(super) struct Folder<'m, 'a> {
    pub(super) model: &'m Model<'a>,
    pub(super) via: Via,
    pub(super) doubtful: bool,
    /// What the parameters and loop variables around stand for, innermost last.
    known: Vec<run::Local<'a>>,
    depth: u32,
    steps: u32,
    /// What is being folded, so that nothing folds through itself, with the numbers of these questions.
    open: Vec<(Open<'a>, u32)>,
    /// What a generator function that is being run has given.
    yielded: Vec<Const>,
}

impl<'m, 'a> Folder<'m, 'a> {
    const fn new(model: &'m Model<'a>) -> Self {
        Self {
            model,
            via: Via::Plain,
            doubtful: false,
            known: Vec::new(),
            depth: 0,
            steps: STEPS,
            open: Vec::new(),
            yielded: Vec::new(),
        }
    }

    /// Notes that the value is put together rather than written.
    pub(super) fn computed(&mut self) {
        self.via = self.via.max(Via::Computed);
    }

    /// Notes that the value may be another one where it is used.
    pub(super) fn doubted(&mut self) {
        self.doubtful = true;
        self.computed();
    }

    /// Notes that the value is decoded.
    pub(super) const fn decoded(&mut self) {
        self.via = Via::Decoded;
    }

    pub(super) fn step(&mut self) -> Option<()> {
        self.steps(1)
    }

    /// Takes as many steps as moving a value of that size is worth.
    fn steps(&mut self, count: u32) -> Option<()> {
        let Some(left) = self.steps.checked_sub(count) else { return self.cut() };
        self.steps = left;
        self.model.spend(count).then_some(())
    }

    /// Ends a folding that might have gone on from elsewhere.
    fn cut<T>(&self) -> Option<T> {
        self.model.memory.cut();
        None
    }

    pub(super) fn fold(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Const> {
        self.step()?;
        if self.depth >= DEPTH {
            return self.cut();
        }
        // What fails is asked for again and again: by each name that it is bound to, by each call that it is given to.
        // Inside of a run the values of names decide as well, and literals do not fail.
        let remembers = self.known.is_empty() && !matches!(expr, Expr::Name(_)) && !expr.is_literal_expr();
        if remembers { self.fold_once(expr, scope) } else { self.fold_anew(expr, scope) }
    }

    /// Folds an expression, unless it is known to fold to nothing.
    fn fold_once(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Const> {
        let (memory, level) = (&self.model.memory, self.model.level(0));
        if let Some(via) = memory.unfoldable(expr, scope, level) {
            self.via = self.via.max(via);
            return None;
        }
        let begun = memory.begin();
        let before = std::mem::replace(&mut self.via, Via::Plain);
        let value = self.fold_anew(expr, scope);
        // A failure that leaves a name behind is not told by its answer alone.
        if let Some(holds) = memory.end(&begun, level)
            && value.is_none()
            && self.known.is_empty()
        {
            memory.failed(expr, scope, holds, self.via);
        }
        self.via = self.via.max(before);
        value
    }

    fn fold_anew(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Const> {
        self.depth += 1;
        let value = self.fold_inner(expr, scope);
        self.depth -= 1;
        self.weighed(value?)
    }

    /// Folds what a binding or attribute stands for, unless it leads back to itself.
    fn within(&mut self, what: Open<'a>, fold: impl FnOnce(&mut Self) -> Option<Const>) -> Option<Const> {
        if let Some((_, number)) = self.open.iter().find(|(open, _)| *open == what) {
            self.model.memory.meet(*number);
            return None;
        }
        self.open.push((what, self.model.memory.open()));
        let value = fold(self);
        self.open.pop();
        self.model.memory.close();
        value
    }

    /// A value that is small enough to go on with.
    pub(super) fn weighed(&mut self, value: Const) -> Option<Const> {
        self.weigh(value.size())?;
        Some(value)
    }

    /// Whether a value of that size is small enough; what is large costs steps.
    fn weigh(&mut self, size: usize) -> Option<()> {
        self.steps(u32::try_from(size / BYTES_PER_STEP).ok()?)?;
        (size <= SIZE).then_some(())
    }

    fn fold_inner(&mut self, expr: &'a Expr, scope: ScopeId) -> Option<Const> {
        match expr {
            Expr::StringLiteral(literal) => {
                (literal.value.len() <= SIZE).then(|| Const::Str(literal.value.to_str().to_owned()))
            }
            Expr::BytesLiteral(literal) => Some(Const::Bytes(literal.value.bytes().collect())),
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(int) => match int.as_i64() {
                    Some(int) => Some(Const::Int(int)),
                    None => number::read(&int.to_string(), 0),
                },
                Number::Float(float) => Some(Const::Float(*float)),
                Number::Complex { .. } => None,
            },
            Expr::BooleanLiteral(literal) => Some(Const::Bool(literal.value)),
            Expr::NoneLiteral(_) => Some(Const::None),
            Expr::List(list) => self.list(&list.elts, scope),
            Expr::Tuple(tuple) => self.list(&tuple.elts, scope),
            Expr::Set(set) => self.list(&set.elts, scope),
            Expr::Dict(dict) => self.dict(dict, scope),
            Expr::Name(name) => self.name(&name.id, scope, name.range.start()),
            Expr::Named(named) => self.named(&named.target, &named.value, scope),
            Expr::FString(fstring) => self.fstring(fstring, scope),
            Expr::BinOp(op) => {
                let left = self.fold(&op.left, scope)?;
                let right = self.fold(&op.right, scope)?;
                self.computed();
                binary(op.op, left, right)
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
            Expr::Compare(compare) => self.compare(compare, scope),
            Expr::If(branch) => {
                let test = self.fold(&branch.test, scope)?;
                self.fold(if test.is_true() { &branch.body } else { &branch.orelse }, scope)
            }
            Expr::Subscript(subscript) => self.subscript(subscript, scope),
            Expr::Attribute(attribute) => self.attribute(&attribute.value, &attribute.attr, scope),
            Expr::ListComp(comp) => self.comprehension(&[&comp.elt], &comp.generators, &comp.node_index),
            Expr::SetComp(comp) => self.comprehension(&[&comp.elt], &comp.generators, &comp.node_index),
            Expr::Generator(comp) => self.comprehension(&[&comp.elt], &comp.generators, &comp.node_index),
            Expr::DictComp(comp) => {
                let key = comp.key.as_deref()?;
                let pairs = self.comprehension(&[key, &comp.value], &comp.generators, &comp.node_index)?;
                builtins::dict(pairs)
            }
            Expr::Call(call) => self.call(call, scope),
            Expr::Starred(inner) => self.fold(&inner.value, scope),
            Expr::Await(inner) => self.fold(&inner.value, scope),
            _ => None,
        }
    }

    fn list(&mut self, elements: &'a [Expr], scope: ScopeId) -> Option<Const> {
        let mut items = Vec::with_capacity(elements.len().min(1024));
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

    fn dict(&mut self, dict: &'a ruff_python_ast::ExprDict, scope: ScopeId) -> Option<Const> {
        let mut items = Vec::with_capacity(dict.items.len().min(1024));
        for item in &dict.items {
            match &item.key {
                Some(key) => items.push((self.fold(key, scope)?, self.fold(&item.value, scope)?)),
                None => {
                    let Const::Dict(inner) = self.fold(&item.value, scope)? else { return None };
                    items.extend(inner);
                }
            }
            if items.len() > SIZE {
                return None;
            }
        }
        Some(Const::Dict(items))
    }

    /// `name := value`, which later expressions of the same folding see.
    fn named(&mut self, target: &'a Expr, value: &'a Expr, scope: ScopeId) -> Option<Const> {
        let value = self.fold(value, scope)?;
        if let Expr::Name(name) = target {
            self.assign(name.id.as_str(), value.clone());
        }
        Some(value)
    }

    fn fstring(&mut self, fstring: &'a ruff_python_ast::ExprFString, scope: ScopeId) -> Option<Const> {
        let mut text = String::new();
        for part in &fstring.value {
            match part {
                FStringPart::Literal(literal) => text.push_str(literal),
                FStringPart::FString(inner) => {
                    for element in &inner.elements {
                        self.fstring_element(element, scope, &mut text)?;
                    }
                }
            }
        }
        Some(Const::Str(text))
    }

    fn fstring_element(
        &mut self,
        element: &'a InterpolatedStringElement,
        scope: ScopeId,
        text: &mut String,
    ) -> Option<()> {
        match element {
            InterpolatedStringElement::Literal(literal) => text.push_str(literal),
            InterpolatedStringElement::Interpolation(field) => {
                if field.debug_text.is_some() {
                    return None;
                }
                self.computed();
                let value = self.fold(&field.expression, scope)?;
                let mut spec = String::new();
                for element in field.format_spec.iter().flat_map(|spec| &spec.elements) {
                    self.fstring_element(element, scope, &mut spec)?;
                }
                text.push_str(&format::specified(&value, &spec)?);
            }
        }
        (text.len() <= SIZE).then_some(())
    }

    fn compare(&mut self, compare: &'a ExprCompare, scope: ScopeId) -> Option<Const> {
        let mut left = self.fold(&compare.left, scope)?;
        for (op, right) in compare.ops.iter().zip(&compare.comparators) {
            let right = self.fold(right, scope)?;
            let holds = match op {
                CmpOp::Eq | CmpOp::Is => left == right,
                CmpOp::NotEq | CmpOp::IsNot => left != right,
                CmpOp::Lt => left.order(&right)?.is_lt(),
                CmpOp::LtE => left.order(&right)?.is_le(),
                CmpOp::Gt => left.order(&right)?.is_gt(),
                CmpOp::GtE => left.order(&right)?.is_ge(),
                CmpOp::In | CmpOp::NotIn => {
                    let within = match (&left, &right) {
                        (Const::Str(part), Const::Str(whole)) => whole.contains(part.as_str()),
                        (left, right) => right.clone().into_items()?.contains(left),
                    };
                    within == (*op == CmpOp::In)
                }
            };
            if !holds {
                return Some(Const::Bool(false));
            }
            left = right;
        }
        Some(Const::Bool(true))
    }

    fn subscript(&mut self, subscript: &'a ExprSubscript, scope: ScopeId) -> Option<Const> {
        let value = self.fold(&subscript.value, scope)?;
        self.computed();
        match &*subscript.slice {
            Expr::Slice(slice) => self.slice(&value, slice, scope),
            Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id == "slice") => {
                let parts = self.arguments(call, scope)?;
                let [lower, upper, step] = match parts.as_slice() {
                    [upper] => [&Const::None, upper, &Const::None],
                    [lower, upper] => [lower, upper, &Const::None],
                    [lower, upper, step] => [lower, upper, step],
                    _ => return None,
                };
                self.sliced(&value, lower, upper, step)
            }
            key => value.get(&self.fold(key, scope)?),
        }
    }

    fn slice(&mut self, value: &Const, slice: &'a ExprSlice, scope: ScopeId) -> Option<Const> {
        let mut bound = |part: &'a Option<Box<Expr>>| match part {
            None => Some(Const::None),
            Some(expr) => self.fold(expr, scope),
        };
        let (lower, upper, step) = (bound(&slice.lower)?, bound(&slice.upper)?, bound(&slice.step)?);
        self.sliced(value, &lower, &upper, &step)
    }

    fn sliced(&mut self, value: &Const, lower: &Const, upper: &Const, step: &Const) -> Option<Const> {
        let bound = |part: &Const| match part {
            Const::None => Some(None),
            other => other.as_int().map(Some),
        };
        let step = bound(step)?;
        if step.is_some_and(|step| step < 0) {
            self.decoded();
        }
        value.slice(bound(lower)?, bound(upper)?, step.unwrap_or(1))
    }

    /// The items of a comprehension; pairs where it has two elements.
    fn comprehension(
        &mut self,
        elements: &[&'a Expr],
        generators: &'a [Comprehension],
        index: &ruff_python_ast::AtomicNodeIndex,
    ) -> Option<Const> {
        let inner = super::resolve::scope_of(index)?;
        let mut out = Vec::new();
        self.computed();
        let before = self.known.len();
        let done = self.generators(elements, generators, inner, true, &mut out);
        self.known.truncate(before.min(self.known.len()));
        done.map(|()| Const::List(out))
    }

    fn generators(
        &mut self,
        elements: &[&'a Expr],
        generators: &'a [Comprehension],
        scope: ScopeId,
        first: bool,
        out: &mut Vec<Const>,
    ) -> Option<()> {
        let Some((generator, rest)) = generators.split_first() else {
            let item = match elements {
                [single] => self.fold(single, scope)?,
                several => Const::List(several.iter().map(|one| self.fold(one, scope)).collect::<Option<_>>()?),
            };
            out.push(item);
            return (out.len() <= SIZE).then_some(());
        };
        // The first iterable is evaluated outside of the comprehension.
        let around = if first { self.model.scopes[scope.index()].parent? } else { scope };
        for item in self.fold(&generator.iter, around)?.into_items()? {
            self.step()?;
            self.bind(&generator.target, item)?;
            let mut kept = true;
            for test in &generator.ifs {
                kept = kept && self.fold(test, scope)?.is_true();
            }
            if kept {
                self.generators(elements, rest, scope, false, out)?;
            }
        }
        Some(())
    }
}

/// `left op right`.
pub(super) fn binary(op: Operator, left: Const, right: Const) -> Option<Const> {
    match (op, left, right) {
        (Operator::Mod, Const::Str(pattern), values) => format::percent(&pattern, values).map(Const::Str),
        (Operator::Mod, Const::Bytes(pattern), values) => {
            let values = match values {
                Const::List(items) => Const::List(items.into_iter().map(textual).collect::<Option<_>>()?),
                other => textual(other)?,
            };
            Some(Const::Bytes(format::percent(std::str::from_utf8(&pattern).ok()?, values)?.into_bytes()))
        }
        (Operator::Add, left, right) => left.joined(right),
        (Operator::BitOr, Const::Dict(mut left), Const::Dict(right)) => {
            left.extend(right);
            Some(Const::Dict(left))
        }
        (Operator::Mult, Const::Int(times), value) | (Operator::Mult, value, Const::Int(times))
            if value.as_float().is_none() =>
        {
            value.repeated(times)
        }
        (Operator::Div, left, right) => {
            let (left, right) = (left.as_float()?, right.as_float()?);
            (right != 0.0).then(|| Const::Float(left / right))
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
                Operator::LShift => left.checked_mul(1i64.checked_shl(u32::try_from(right).ok()?)?)?,
                Operator::RShift => left.checked_shr(u32::try_from(right).ok()?)?,
                Operator::Pow => left.checked_pow(u32::try_from(right).ok()?)?,
                _ => return None,
            };
            Some(Const::Int(value))
        }
    }
}

/// Bytes as the text that they are written as.
fn textual(value: Const) -> Option<Const> {
    match value {
        Const::Bytes(bytes) => String::from_utf8(bytes).ok().map(Const::Str),
        other => Some(other),
    }
}

/// What origins ask about decoders.
pub(crate) mod decoder {
    use super::decode::{Coding, decoder};

    /// Whether calling this path decodes its argument.
    pub(crate) fn is_decoder(path: &str) -> bool {
        // Percent-encoding is how addresses are written, and entities are how pages are;
        // they hide nothing.
        !matches!(decoder(path), None | Some(Coding::Percent | Coding::PercentBytes | Coding::Html))
    }
}
