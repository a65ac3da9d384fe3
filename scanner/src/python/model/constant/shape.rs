//! Whether an expression can be a constant at all, told by its shape and by what its names are bound to.
//!
//! Most expressions that rules ask about hold a parameter, a loop variable or an unknown object somewhere, and no
//! folding of the rest makes a constant of them. This look takes no copies and remembers its answers by name, so that
//! such expressions cost next to nothing. It errs on one side only: what it turns away would not have folded.

use ruff_python_ast::{Arguments, Expr, ExprCall, FStringPart, InterpolatedStringElement};
use rustc_hash::FxHashMap;

use super::builtins;
use crate::python::model::Model;
use crate::python::model::scope::{BindingId, ScopeId, ScopeKind, Value};

/// How deep one look goes; what lies deeper is left to the folding.
const DEPTH: u32 = 40;

/// What is remembered of one binding or attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Asking,
    Known(bool),
}

/// The answers given so far about one file.
#[derive(Debug, Default)]
pub(in crate::python::model) struct Shapes<'a> {
    bindings: FxHashMap<BindingId, Answer>,
    attributes: FxHashMap<&'a str, Answer>,
}

/// Names of attributes that have constant values on modules, functions and paths.
const ATTRIBUTES: &[&str] = &[
    "__name__",
    "__qualname__",
    "__doc__",
    "__annotations__",
    "ascii_lowercase",
    "ascii_uppercase",
    "ascii_letters",
    "digits",
    "hexdigits",
    "octdigits",
    "whitespace",
    "punctuation",
    "printable",
    "sep",
    "linesep",
    "name",
    "_name_",
    "stem",
];

impl<'a> Model<'a> {
    /// Whether an expression may fold to a constant.
    pub(super) fn may_fold(&self, expr: &'a Expr, scope: ScopeId) -> bool {
        self.has_shape(expr, scope, 0)
    }

    /// Whether a name stands for a literal and nothing else, whichever of its bindings holds.
    pub(crate) fn is_plain_name(&self, expr: &Expr, scope: ScopeId) -> bool {
        let Expr::Name(name) = expr else { return false };
        let is_literal = |id: &BindingId| match self.bindings[id.index()].bound.value {
            Value::Expr(value) => value.is_literal_expr(),
            _ => false,
        };
        !self.changed.contains(name.id.as_str())
            && self.lookup(&name.id, scope).is_some_and(|ids| ids.iter().all(is_literal))
    }

    fn has_shape(&self, expr: &'a Expr, scope: ScopeId, depth: u32) -> bool {
        if depth > DEPTH || !self.step() {
            return true;
        }
        let depth = depth + 1;
        let each = |exprs: &'a [Expr]| exprs.iter().all(|expr| self.has_shape(expr, scope, depth));
        let optional = |expr: &'a Option<Box<Expr>>| expr.iter().all(|expr| self.has_shape(expr, scope, depth));
        match expr {
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_) => true,
            Expr::List(list) => each(&list.elts),
            Expr::Tuple(tuple) => each(&tuple.elts),
            Expr::Set(set) => each(&set.elts),
            Expr::Dict(dict) => dict.items.iter().all(|item| {
                item.key.iter().all(|key| self.has_shape(key, scope, depth))
                    && self.has_shape(&item.value, scope, depth)
            }),
            Expr::Name(name) => self.name_has_shape(&name.id, scope, depth),
            Expr::Named(named) => self.has_shape(&named.value, scope, depth),
            Expr::FString(fstring) => fstring.value.iter().all(|part| match part {
                FStringPart::Literal(_) => true,
                FStringPart::FString(inner) => inner.elements.iter().all(|element| match element {
                    InterpolatedStringElement::Literal(_) => true,
                    InterpolatedStringElement::Interpolation(field) => self.has_shape(&field.expression, scope, depth),
                }),
            }),
            Expr::BinOp(op) => self.has_shape(&op.left, scope, depth) && self.has_shape(&op.right, scope, depth),
            Expr::UnaryOp(op) => self.has_shape(&op.operand, scope, depth),
            // Which of the others are looked at is decided by the first.
            Expr::BoolOp(op) => op.values.first().is_some_and(|first| self.has_shape(first, scope, depth)),
            Expr::Compare(compare) => {
                self.has_shape(&compare.left, scope, depth)
                    && compare.comparators.first().is_some_and(|first| self.has_shape(first, scope, depth))
            }
            Expr::If(branch) => self.has_shape(&branch.test, scope, depth),
            Expr::Subscript(subscript) => {
                self.has_shape(&subscript.value, scope, depth)
                    && match &*subscript.slice {
                        Expr::Slice(slice) => optional(&slice.lower) && optional(&slice.upper) && optional(&slice.step),
                        Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id == "slice") => {
                            each(&call.arguments.args)
                        }
                        key => self.has_shape(key, scope, depth),
                    }
            }
            Expr::Attribute(attribute) => {
                self.attribute_has_shape(&attribute.attr, depth)
                    || (attribute.value.is_call_expr() && self.has_shape(&attribute.value, scope, depth))
            }
            Expr::ListComp(comp) => self.iterated_has_shape(&comp.generators, scope, depth),
            Expr::SetComp(comp) => self.iterated_has_shape(&comp.generators, scope, depth),
            Expr::Generator(comp) => self.iterated_has_shape(&comp.generators, scope, depth),
            Expr::DictComp(comp) => self.iterated_has_shape(&comp.generators, scope, depth),
            Expr::Call(call) => self.call_has_shape(call, scope, depth),
            Expr::Starred(inner) => self.has_shape(&inner.value, scope, depth),
            Expr::Await(inner) => self.has_shape(&inner.value, scope, depth),
            _ => false,
        }
    }

    /// What a comprehension goes over is all that can be told from outside of it.
    fn iterated_has_shape(&self, generators: &'a [ruff_python_ast::Comprehension], scope: ScopeId, depth: u32) -> bool {
        generators.first().is_some_and(|first| self.has_shape(&first.iter, scope, depth))
    }

    fn name_has_shape(&self, name: &str, scope: ScopeId, depth: u32) -> bool {
        match self.lookup(name, scope) {
            Some(ids) => ids.iter().any(|id| self.binding_has_shape(*id, depth)),
            None => matches!(name, "__doc__" | "__debug__"),
        }
    }

    fn binding_has_shape(&self, id: BindingId, depth: u32) -> bool {
        let before = self.shapes.borrow_mut().bindings.insert(id, Answer::Asking);
        match before {
            Some(Answer::Known(known)) => {
                self.shapes.borrow_mut().bindings.insert(id, Answer::Known(known));
                return known;
            }
            // What leads back to itself is left to the folding.
            Some(Answer::Asking) => return true,
            None => {}
        }
        let bound = &self.bindings[id.index()].bound;
        let answer = match &bound.value {
            // Loops over a constant give a name its items where the loop is run.
            Value::Expr(expr) | Value::Item(expr, _) | Value::Element(expr) => self.has_shape(expr, bound.scope, depth),
            Value::Parameter(default) => match self.only_argument(id) {
                Some((argument, scope)) => self.has_shape(argument, scope, depth),
                None => default.is_some_and(|default| self.has_shape(default, bound.scope, depth)),
            },
            _ => false,
        };
        self.shapes.borrow_mut().bindings.insert(id, Answer::Known(answer));
        answer
    }

    /// Whether anything that has an attribute of that name may have a constant there.
    fn attribute_has_shape(&self, name: &'a str, depth: u32) -> bool {
        if ATTRIBUTES.contains(&name) || name.starts_with("S_I") {
            return true;
        }
        let before = self.shapes.borrow_mut().attributes.insert(name, Answer::Asking);
        match before {
            Some(Answer::Known(known)) => {
                self.shapes.borrow_mut().attributes.insert(name, Answer::Known(known));
                return known;
            }
            Some(Answer::Asking) => return true,
            None => {}
        }
        let assigned = match self.attributes.get(name).map_or(&[][..], Vec::as_slice) {
            [only] => match only.value {
                Value::Expr(expr) => self.has_shape(expr, only.scope, depth),
                _ => false,
            },
            _ => false,
        };
        let members = || self.class_names().get(name).map_or(&[][..], Vec::as_slice);
        let answer = assigned || members().iter().any(|id| self.binding_has_shape(*id, depth));
        self.shapes.borrow_mut().attributes.insert(name, Answer::Known(answer));
        answer
    }

    /// What the classes of this file bind in their bodies, by name.
    fn class_names(&self) -> &FxHashMap<&'a str, Vec<BindingId>> {
        self.class_names.get_or_init(|| {
            let mut names: FxHashMap<&'a str, Vec<BindingId>> = FxHashMap::default();
            for scope in self.scopes.iter().filter(|scope| scope.kind == ScopeKind::Class) {
                for (name, ids) in &scope.names {
                    names.entry(name).or_default().extend(ids);
                }
            }
            names
        })
    }

    fn call_has_shape(&self, call: &'a ExprCall, scope: ScopeId, depth: u32) -> bool {
        let Arguments { args, keywords, .. } = &call.arguments;
        let given = |argument: &'a Expr| self.has_shape(argument, scope, depth);
        let rest = args.get(1..).unwrap_or_default();
        if !rest.iter().all(given) {
            return false;
        }
        if args.first().is_none_or(given) && keywords.iter().all(|keyword| given(&keyword.value)) {
            return true;
        }
        // `map` and its like are given a function, and `key=` is one.
        let takes_function = |path: &str| builtins::HIGHER_ORDER.contains(&path);
        self.resolve(&call.func, scope).iter().any(|target| target.path().is_some_and(takes_function))
    }
}
