//! What objects hold that keep what they are made of under names: `SimpleNamespace(a=1)`, named tuples, data classes.

use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::Model;
use super::object::{Object, Objects, Reached};
use super::scope::ScopeId;

impl<'a> Model<'a> {
    /// What such an object holds under a name.
    pub(super) fn of_record(
        &self,
        record: &Reached,
        expr: &'a Expr,
        name: &str,
        scope: ScopeId,
        depth: u32,
        out: &mut Objects,
    ) {
        // What a function gives was made of other things than what that is given.
        let made = |of: Object| {
            let (made, scope) = self.maker(expr, scope)?;
            let called = self.resolve_at(&made.func, scope, depth);
            called.iter().any(|called| called.object == of).then_some((made, scope))
        };
        let held = match &record.object {
            Object::Path(path) if matches!(path.as_str(), "types.SimpleNamespace()" | "argparse.Namespace()") => {
                let made = made(Object::Path(self.spelled(&[path.trim_end_matches("()")])));
                made.and_then(|(made, scope)| Some((named(made, name)?, scope)))
            }
            Object::Path(path) if path == "collections.namedtuple()()" => {
                made(Object::Path(self.spelled(&["collections.namedtuple()"]))).and_then(|(made, scope)| {
                    let place = self.fields_of_tuple(made, scope)?.iter().position(|field| field == name)?;
                    Some((named(made, name).or_else(|| made.arguments.args.get(place))?, scope))
                })
            }
            Object::Instance(class) if self.method(*class, "__init__").is_none() => {
                let place = self.fields_of_class(*class).position(|field| field == name);
                place.and_then(|place| {
                    let (made, scope) = made(Object::Class(*class))?;
                    Some((named(made, name).or_else(|| made.arguments.args.get(place))?, scope))
                })
            }
            _ => None,
        };
        if let Some((value, scope)) = held {
            self.reach(value, scope, depth + 1, out);
        }
    }

    /// The fields of `namedtuple("T", "a b")(…)`.
    fn fields_of_tuple(&self, made: &'a ExprCall, scope: ScopeId) -> Option<Vec<String>> {
        let (class, scope) = self.maker(&made.func, scope)?;
        let fields = self.argument(class, "field_names", 1)?;
        if let Some((names, _)) = self.key(fields, scope) {
            return Some(names.split([' ', ',']).filter(|name| !name.is_empty()).map(str::to_owned).collect());
        }
        let (Expr::List(ruff_python_ast::ExprList { elts: items, .. })
        | Expr::Tuple(ruff_python_ast::ExprTuple { elts: items, .. })) = fields
        else {
            return None;
        };
        Some(items.iter().map(|item| self.key(item, scope).map(|(name, _)| name).unwrap_or_default()).collect())
    }

    /// What a class's body declares, in its order.
    fn fields_of_class(&self, class: ScopeId) -> impl Iterator<Item = &'a str> {
        let body = self.scopes[class.index()].class.map_or(&[][..], |class| &class.body);
        body.iter().filter_map(|statement| match statement {
            Stmt::AnnAssign(declared) => declared.target.as_name_expr().map(|name| name.id.as_str()),
            _ => None,
        })
    }
}

/// What a call is given under a name, also in a table that is spread.
fn named<'a>(call: &'a ExprCall, name: &str) -> Option<&'a Expr> {
    call.arguments.keywords.iter().find_map(|keyword| match (&keyword.arg, &keyword.value) {
        (Some(given), value) => (given == name).then_some(value),
        (None, Expr::Dict(table)) => table.items.iter().find_map(|item| {
            let key = item.key.as_ref()?.as_string_literal_expr()?;
            (key.value.to_str() == name).then_some(&item.value)
        }),
        _ => None,
    })
}
