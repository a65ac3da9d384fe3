//! Tables of names that are copied, joined or spread over an object, and arguments that a
//! callable was given beforehand.

use ruff_python_ast::{Expr, ExprCall};

use super::Model;
use super::object::{Object, Objects, Reached, Via};
use super::scope::{ScopeId, Value};

/// Calls that make a table of the tables that they are given.
pub(super) const TABLES: &[&str] =
    &["builtins.dict", "collections.ChainMap", "collections.OrderedDict", "collections.UserDict"];
/// Calls that list the names of an object with what they stand for.
const LISTINGS: &[&str] = &["inspect.getmembers", "inspect.getmembers_static"];
/// Calls that give a row with what was looked up.
const ROWS: &[&str] = &["pydoc.resolve", "string.Formatter().get_field"];
/// Calls that keep arguments for the callable that they are given.
const KEEPERS: &[&str] = &["functools.partial", "types.MethodType"];

impl<'a> Model<'a> {
    /// The tables of names among what `dict(…)` and its like are given.
    pub(super) fn joined(&self, call: &'a ExprCall, scope: ScopeId, depth: u32, out: &mut Objects) {
        call.arguments.args.iter().for_each(|part| self.tables(part, scope, depth, out));
        self.spread(call, scope, depth, out);
    }

    /// The tables of names that a call is given as keywords.
    pub(super) fn spread(&self, call: &'a ExprCall, scope: ScopeId, depth: u32, out: &mut Objects) {
        let spread = call.arguments.keywords.iter().filter(|keyword| keyword.arg.is_none());
        spread.for_each(|keyword| self.tables(&keyword.value, scope, depth, out));
    }

    /// The tables of names that a part of another table is.
    pub(super) fn tables(&self, part: &'a Expr, scope: ScopeId, depth: u32, out: &mut Objects) {
        // A display of items holds no table as a whole.
        if !matches!(part, Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_) | Expr::Dict(_) | Expr::BinOp(_)) {
            return;
        }
        out.extend(self.resolve_at(part, scope, depth).into_iter().filter(is_table));
        if let Expr::Call(call) = part
            && let Some(listed) = call.arguments.args.first()
            && self.calls_one_of(LISTINGS, &call.func, scope, depth)
        {
            out.extend(self.resolve_at(listed, scope, depth).into_iter().filter_map(table_of));
        }
    }

    /// Whether a call gives a row in which what was looked up stands first.
    pub(super) fn gives_row(&self, call: &'a ExprCall, scope: ScopeId, depth: u32) -> bool {
        let functions = self.resolve_at(&call.func, scope, depth);
        let is_row = |path: &str| ROWS.contains(&path) || path.starts_with("operator.attrgetter(");
        functions.iter().any(|function| function.path().is_some_and(is_row))
    }

    /// The argument of that place, counting those that `functools.partial` keeps.
    pub(super) fn argument_at(
        &self,
        call: &'a ExprCall,
        scope: ScopeId,
        index: usize,
        depth: u32,
    ) -> Option<(&'a Expr, ScopeId)> {
        let kept = self.maker(&call.func, scope).filter(|(made, scope)| {
            made.arguments.args.len() > 1 && self.calls_one_of(KEEPERS, &made.func, *scope, depth)
        });
        let here = |index: usize| Some((call.arguments.args.get(index)?, scope));
        let Some((made, outer)) = kept else { return here(index) };
        match made.arguments.args[1..].get(index) {
            Some(kept) => Some((kept, outer)),
            None => here(index + 1 - made.arguments.args.len()),
        }
    }

    /// The call that made what an expression is.
    pub(super) fn maker(&self, expr: &'a Expr, scope: ScopeId) -> Option<(&'a ExprCall, ScopeId)> {
        match expr {
            Expr::Call(call) => Some((call, scope)),
            Expr::Name(name) => {
                let [id] = self.lookup(&name.id, scope)? else { return None };
                let bound = &self.bindings[id.index()].bound;
                match bound.value {
                    Value::Expr(Expr::Call(call)) => Some((call, bound.scope)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What a table makes for a key that it does not have: a `defaultdict`'s function, or `__missing__`.
    pub(super) fn of_factory(&self, table: &Reached, expr: &'a Expr, scope: ScopeId, depth: u32, out: &mut Objects) {
        match &table.object {
            Object::Instance(class) => {
                if let Some(function) = self.method(*class, "__missing__") {
                    self.returned_by_own(function, depth, out);
                }
            }
            Object::Path(path) if path == "collections.defaultdict()" => {
                let Some((made, scope)) = self.maker(expr, scope) else { return };
                let Some(factory) = self.argument(made, "default_factory", 0) else { return };
                for reached in self.resolve_at(factory, scope, depth) {
                    if let Object::Function(function) = reached.object {
                        self.returned_by_own(function, depth, out);
                    }
                }
            }
            _ => {}
        }
    }

    /// `string.Formatter().get_field("0.system", [os], {})`: what a field leads to.
    pub(super) fn field(&self, call: &'a ExprCall, scope: ScopeId, depth: u32, out: &mut Objects) {
        let [field, values, ..] = &*call.arguments.args else { return };
        let Some((text, via)) = self.key(field, scope) else { return };
        let mut steps = text.split('.');
        let elements = match values {
            Expr::List(list) => &list.elts,
            Expr::Tuple(tuple) => &tuple.elts,
            _ => return,
        };
        let first = steps.next().and_then(|first| first.parse::<usize>().ok()).and_then(|index| elements.get(index));
        if let Some(first) = first {
            out.extend(self.followed(self.resolve_at(first, scope, depth), steps, via, depth));
        }
    }

    fn calls_one_of(&self, paths: &[&str], function: &'a Expr, scope: ScopeId, depth: u32) -> bool {
        let functions = self.resolve_at(function, scope, depth);
        functions.iter().any(|function| function.path().is_some_and(|path| paths.contains(&path)))
    }
}

fn is_table(reached: &Reached) -> bool {
    matches!(reached.object, Object::Namespace(_) | Object::OwnNamespace | Object::ClassNamespace(_))
}

/// `vars(x)`.
pub(super) fn table_of(base: Reached) -> Option<Reached> {
    let object = match base.object {
        Object::Path(path) => Object::Namespace(path),
        Object::Class(class) | Object::Instance(class) => Object::ClassNamespace(class),
        Object::OwnModule => Object::OwnNamespace,
        _ => return None,
    };
    Some(Reached { object, via: base.via.max(Via::Indirect) })
}

/// An object that has the names of a table as its attributes.
pub(super) fn object_of(table: Reached) -> Option<Reached> {
    let object = match table.object {
        Object::Namespace(path) => Object::Path(path),
        Object::OwnNamespace => Object::OwnModule,
        Object::ClassNamespace(class) => Object::Class(class),
        _ => return None,
    };
    Some(Reached { object, via: table.via })
}
