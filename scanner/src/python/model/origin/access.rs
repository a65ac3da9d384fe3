//! How code comes to what a dictionary holds: `table["a"].b`, `table.get("a")`.

use ruff_python_ast::Expr;

/// The dictionaries of which a value may be a part.
pub(super) fn each_part<'a>(value: &'a Expr, tell: &mut dyn FnMut(&'a str)) {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        match value {
            Expr::BoolOp(op) => pending.extend(&op.values),
            Expr::If(branch) => pending.extend([&*branch.body, &*branch.orelse]),
            Expr::Named(named) => pending.push(&named.value),
            Expr::Await(inner) => pending.push(&inner.value),
            Expr::Starred(inner) => pending.push(&inner.value),
            Expr::Tuple(tuple) => pending.extend(&tuple.elts),
            Expr::List(list) => pending.extend(&list.elts),
            value => part(value).into_iter().for_each(|(table, _)| tell(table)),
        }
    }
}

/// The dictionary's name and the first key of an access to something that it holds: `table["a"].b["c"]`.
pub(super) fn part(expr: &Expr) -> Option<(&str, Option<&str>)> {
    let mut at = expr;
    let mut key = None;
    loop {
        at = match at {
            Expr::Subscript(subscript) => {
                key = Some(literal(&subscript.slice));
                &subscript.value
            }
            Expr::Attribute(attribute) => &attribute.value,
            Expr::Call(call) => {
                let Expr::Attribute(method) = &*call.func else { return None };
                let first = call.arguments.args.first().filter(|_| method.attr.as_str() != "keys");
                key = Some(first.and_then(literal));
                &method.value
            }
            Expr::Name(name) => return Some((&name.id, key?)),
            _ => return None,
        };
    }
}

/// The names that a target binds.
pub(super) fn names_in<'a>(target: &'a Expr, tell: &mut dyn FnMut(&'a str)) {
    match target {
        Expr::Name(name) => tell(&name.id),
        Expr::Starred(inner) => names_in(&inner.value, tell),
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| names_in(target, tell)),
        Expr::List(list) => list.elts.iter().for_each(|target| names_in(target, tell)),
        _ => {}
    }
}

/// The text that a literal is; what is computed may come out otherwise than it folds.
pub(super) fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::StringLiteral(text) => Some(text.value.to_str()),
        _ => None,
    }
}
