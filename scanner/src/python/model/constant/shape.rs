//! Whether an expression can be a constant at all, told by its shape and by what its names are bound to.
//!
//! Most expressions that rules ask about hold a parameter, a loop variable or an unknown object somewhere, and no
//! folding of the rest makes a constant of them. This look takes no copies and remembers its answers by name, so that
//! such expressions cost next to nothing. It errs on one side only: what it turns away would not have folded.

mod asked;

use ruff_python_ast::{Arguments, Expr, ExprCall, FStringPart, InterpolatedStringElement};
use ruff_text_size::TextSize;
use rustc_hash::FxHashMap;

pub(in crate::python::model) use self::asked::Shapes;
use self::asked::Subject;
use super::names::Held;
use super::{builtins, decode};
use crate::python::model::Model;
use crate::python::model::known;
use crate::python::model::object::{Object, path_of, top_of};
use crate::python::model::scope::{BindingId, ScopeId, ScopeKind, Value};

/// How deep one look goes; what lies deeper is left to the folding.
const DEPTH: u32 = 100;

/// How something is looked at.
#[derive(Clone, Copy)]
struct Look {
    /// From within a run: parameters stand for what they are given, and a name may have the value of any of its bindings.
    run: bool,
    depth: u32,
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

/// Builtins that give something else than texts.
const NO_TEXT: &[&str] = &[
    "bool",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "len",
    "list",
    "map",
    "range",
    "set",
    "sorted",
    "tuple",
    "zip",
];

impl<'a> Model<'a> {
    /// Whether an expression may fold to a constant.
    pub(super) fn may_fold(&self, expr: &'a Expr, scope: ScopeId) -> bool {
        self.look(|| self.has_shape(expr, scope, Look { run: false, depth: 0 }))
    }

    /// Whether a name may hold a constant at a place.
    pub(super) fn name_may_fold(&self, name: &'a str, scope: ScopeId, at: TextSize) -> bool {
        self.look(|| self.name_has_shape(name, scope, at, Look { run: false, depth: 0 }))
    }

    /// Whether a binding by itself may give a constant.
    pub(super) fn binding_may_fold(&self, id: BindingId) -> bool {
        self.look(|| self.binding_has_shape(id, Look { run: false, depth: 0 }))
    }

    /// Whether statements that change a name may make a constant of what these bind to it.
    pub(super) fn may_grow(&self, ids: &[BindingId]) -> bool {
        self.look(|| ids.iter().any(|id| self.binding_has_shape(*id, Look { run: true, depth: 0 })))
    }

    /// Whether an expression is no text that is put together: a name for literals and nothing else, or what can only be
    /// another kind of value, whichever of its bindings holds.
    pub(crate) fn is_plain(&self, expr: &Expr, scope: ScopeId) -> bool {
        let Expr::Name(name) = expr else { return self.is_no_text(expr, scope) };
        let is_plain = |id: &BindingId| {
            let bound = &self.bindings[id.index()].bound;
            match bound.value {
                Value::Expr(value) => value.is_literal_expr() || self.is_no_text(value, bound.scope),
                _ => false,
            }
        };
        !self.changed.contains(name.id.as_str())
            && self.lookup(&name.id, scope).is_some_and(|ids| ids.iter().all(is_plain))
    }

    /// Whether the form of an expression tells that its value is no text.
    fn is_no_text(&self, expr: &Expr, scope: ScopeId) -> bool {
        match expr {
            Expr::List(_) | Expr::Tuple(_) | Expr::Dict(_) | Expr::Set(_) | Expr::Compare(_) => true,
            Expr::ListComp(_) | Expr::DictComp(_) | Expr::SetComp(_) | Expr::Generator(_) | Expr::Lambda(_) => true,
            Expr::Call(call) => match &*call.func {
                Expr::Name(name) => NO_TEXT.contains(&name.id.as_str()) && self.lookup(&name.id, scope).is_none(),
                _ => false,
            },
            _ => false,
        }
    }

    fn has_shape(&self, expr: &'a Expr, scope: ScopeId, look: Look) -> bool {
        if look.depth > DEPTH || !self.step() {
            return true;
        }
        let look = Look { depth: look.depth + 1, ..look };
        let each = |exprs: &'a [Expr]| exprs.iter().all(|expr| self.has_shape(expr, scope, look));
        let optional = |expr: &'a Option<Box<Expr>>| expr.iter().all(|expr| self.has_shape(expr, scope, look));
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
                item.key.iter().all(|key| self.has_shape(key, scope, look)) && self.has_shape(&item.value, scope, look)
            }),
            Expr::Name(name) => self.name_has_shape(&name.id, scope, name.range.start(), look),
            Expr::Named(named) => self.has_shape(&named.value, scope, look),
            Expr::FString(fstring) => fstring.value.iter().all(|part| match part {
                FStringPart::Literal(_) => true,
                FStringPart::FString(inner) => inner.elements.iter().all(|element| match element {
                    InterpolatedStringElement::Literal(_) => true,
                    InterpolatedStringElement::Interpolation(field) => self.has_shape(&field.expression, scope, look),
                }),
            }),
            Expr::BinOp(op) => self.has_shape(&op.left, scope, look) && self.has_shape(&op.right, scope, look),
            Expr::UnaryOp(op) => self.has_shape(&op.operand, scope, look),
            // Which of the others are looked at is decided by the first.
            Expr::BoolOp(op) => op.values.first().is_some_and(|first| self.has_shape(first, scope, look)),
            Expr::Compare(compare) => {
                self.has_shape(&compare.left, scope, look)
                    && compare.comparators.first().is_some_and(|first| self.has_shape(first, scope, look))
            }
            Expr::If(branch) => {
                self.has_shape(&branch.test, scope, look)
                    && (self.has_shape(&branch.body, scope, look) || self.has_shape(&branch.orelse, scope, look))
            }
            Expr::Subscript(subscript) => {
                self.has_shape(&subscript.value, scope, look)
                    && match &*subscript.slice {
                        Expr::Slice(slice) => optional(&slice.lower) && optional(&slice.upper) && optional(&slice.step),
                        Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id == "slice") => {
                            each(&call.arguments.args)
                        }
                        key => self.has_shape(key, scope, look),
                    }
            }
            Expr::Attribute(attribute) => {
                self.attribute_has_shape(&attribute.attr, look)
                    || self.dotted(expr, scope).is_some_and(|path| self.constant_elsewhere(&path).is_some())
                    || (attribute.value.is_call_expr() && self.has_shape(&attribute.value, scope, look))
            }
            Expr::ListComp(comp) => self.iterated_has_shape(&comp.generators, scope, look),
            Expr::SetComp(comp) => self.iterated_has_shape(&comp.generators, scope, look),
            Expr::Generator(comp) => self.iterated_has_shape(&comp.generators, scope, look),
            Expr::DictComp(comp) => self.iterated_has_shape(&comp.generators, scope, look),
            Expr::Call(call) => self.call_has_shape(call, scope, look),
            Expr::Starred(inner) => self.has_shape(&inner.value, scope, look),
            Expr::Await(inner) => self.has_shape(&inner.value, scope, look),
            _ => false,
        }
    }

    /// What a comprehension goes over is all that can be told from outside of it.
    fn iterated_has_shape(&self, generators: &'a [ruff_python_ast::Comprehension], scope: ScopeId, look: Look) -> bool {
        generators.first().is_some_and(|first| self.has_shape(&first.iter, scope, look))
    }

    fn name_has_shape(&self, name: &'a str, scope: ScopeId, at: TextSize, look: Look) -> bool {
        let each = |ids: &[BindingId], look: Look| ids.iter().any(|id| self.binding_has_shape(*id, look));
        if look.run {
            return match self.lookup(name, scope) {
                Some(ids) => each(ids, look),
                None => matches!(name, "__doc__" | "__debug__"),
            };
        }
        match self.held(name, scope, at) {
            Some(Held::Grown(ids, _)) => each(ids, Look { run: true, ..look }),
            Some(Held::By(id)) => self.binding_has_shape(id, look),
            None => matches!(name, "__doc__" | "__debug__"),
        }
    }

    fn binding_has_shape(&self, id: BindingId, look: Look) -> bool {
        let bound = &self.bindings[id.index()].bound;
        let shape = |expr: &'a Expr, scope: ScopeId| self.has_shape(expr, scope, look);
        match &bound.value {
            Value::Expr(_) | Value::Item(..) | Value::Element(_) | Value::Parameter(_) => {}
            Value::Import(path) => return self.constant_elsewhere(path).is_some(),
            _ => return false,
        }
        self.asked(Subject::Binding(id, look.run), || match &bound.value {
            Value::Expr(expr) | Value::Item(expr, _) => shape(expr, bound.scope),
            // Loops over a constant give a name its items where the loop is run.
            Value::Element(expr) => look.run && shape(expr, bound.scope),
            Value::Parameter(_) if look.run => true,
            Value::Parameter(default) => match self.only_argument(id) {
                Some((argument, scope)) => shape(argument, scope),
                None => default.is_some_and(|default| shape(default, bound.scope)),
            },
            _ => false,
        })
    }

    /// Whether anything that has an attribute of that name may have a constant there.
    fn attribute_has_shape(&self, name: &'a str, look: Look) -> bool {
        if ATTRIBUTES.contains(&name) || name.starts_with("S_I") {
            return true;
        }
        self.asked(Subject::Attribute(name, look.run), || {
            let assigned = match self.attributes.get(name).map_or(&[][..], Vec::as_slice) {
                [only] => match only.value {
                    Value::Expr(expr) => self.has_shape(expr, only.scope, look),
                    _ => false,
                },
                _ => false,
            };
            let members = || self.class_names().get(name).map_or(&[][..], Vec::as_slice);
            assigned || members().iter().any(|id| self.binding_has_shape(*id, look))
        })
    }

    /// What the classes of this file bind in their bodies, by name.
    fn class_names(&self) -> &FxHashMap<&'a str, Vec<BindingId>> {
        self.class_names.get_or_init(|| {
            let mut names: FxHashMap<&'a str, Vec<BindingId>> = FxHashMap::default();
            for scope in self.scopes.iter().filter(|scope| scope.kind == ScopeKind::Class) {
                for (name, ids) in scope.names.iter() {
                    names.entry(name).or_default().extend(ids);
                }
            }
            names
        })
    }

    fn call_has_shape(&self, call: &'a ExprCall, scope: ScopeId, look: Look) -> bool {
        let Arguments { args, keywords, .. } = &call.arguments;
        let given = |argument: &'a Expr| self.has_shape(argument, scope, look);
        let rest = args.get(1..).unwrap_or_default();
        if !rest.iter().all(given) {
            return false;
        }
        if args.first().is_none_or(given) && keywords.iter().all(|keyword| given(&keyword.value)) {
            return self.callee_has_shape(&call.func, scope, look);
        }
        // `map` and its like are given a function, and `key=` is one.
        let takes_function = |path: &str| builtins::HIGHER_ORDER.contains(&path);
        self.resolve(&call.func, scope).iter().any(|target| target.path().is_some_and(takes_function))
    }

    /// Whether what is called may be carried out on constants.
    fn callee_has_shape(&self, callee: &'a Expr, scope: ScopeId, look: Look) -> bool {
        match callee {
            // What `codecs.getdecoder(…)` and `operator.itemgetter(…)` give.
            Expr::Call(_) => return true,
            Expr::Attribute(method) => {
                let is_codec = matches!(method.attr.as_str(), "decode" | "encode") && method.value.is_call_expr();
                if is_codec || self.has_shape(&method.value, scope, look) {
                    return true;
                }
            }
            _ => {}
        }
        let begun = self.memory.begin();
        let targets = self.resolve(callee, scope);
        // What is not known to its end may be anything.
        let is_whole = self.memory.end(&begun, self.level(0)).is_some_and(|holds| holds.for_all());
        !is_whole
            || targets.iter().any(|target| match &target.object {
                Object::Path(path) => {
                    may_be_carried_out(path) || self.constant_elsewhere(&path_of(&[path, "()"])).is_some()
                }
                Object::Function(function) => self.function_has_shape(*function, look),
                _ => false,
            })
    }

    /// Whether running a function of this file may give a constant.
    fn function_has_shape(&self, function: ScopeId, look: Look) -> bool {
        let scope = &self.scopes[function.index()];
        let look = Look { run: true, ..look };
        let returns = || scope.returns.iter().any(|value| self.has_shape(value, function, look));
        scope.gives || scope.returns_nothing || self.asked(Subject::Function(function), returns)
    }
}

/// Whether anything is known of what a function outside this file makes of constants.
fn may_be_carried_out(path: &str) -> bool {
    let top = top_of(path);
    top == "builtins" || known::is_standard(top) || top.starts_with('_') || decode::decoder(path).is_some()
}
