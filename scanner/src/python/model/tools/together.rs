//! Tools that are handed over together: what a container of them holds, however it was filled.

use ruff_python_ast::{Comprehension, Expr};

use crate::python::model::Model;
use crate::python::model::constant::Const;
use crate::python::model::containers::{Held, elements};
use crate::python::model::object::{Object, Objects, Via};
use crate::python::model::resolve::scope_of;
use crate::python::model::scope::{ScopeId, Value};

/// How many items of a container, and containers within it, are looked at. A search for what some value can be looks
/// at fewer; here each item is a tool of its own.
const MOST: usize = 256;

/// The items of a container of tools, each with the scope of its names.
pub(super) fn items<'a>(model: &Model<'a>, container: &'a Expr, scope: ScopeId) -> Vec<(&'a Expr, ScopeId)> {
    let mut out: Vec<(&'a Expr, ScopeId)> = Vec::new();
    let mut seen: Vec<*const Expr> = Vec::new();
    let mut pending = vec![(container, scope)];
    while let Some((container, scope)) = pending.pop() {
        if container.is_literal_expr() || seen.contains(&std::ptr::from_ref(container)) {
            continue;
        }
        if seen.len() >= MOST || out.len() >= MOST {
            break;
        }
        seen.push(std::ptr::from_ref(container));
        put_in(model, container, &mut out, &mut pending);
        model.containers(container, scope, 0, &mut |held, scope| match held {
            Held::Item(item) => item_of(model, item, scope, &mut out, &mut pending),
            Held::Display(Expr::Dict(dict)) => out.extend(dict.items.iter().map(|item| (&item.value, scope))),
            Held::Display(display) => {
                for item in elements(display) {
                    item_of(model, item, scope, &mut out, &mut pending);
                }
            }
        });
    }
    out.truncate(MOST);
    out
}

/// One item, or what it stands for a whole container of.
fn item_of<'a>(
    model: &Model<'a>,
    item: &'a Expr,
    scope: ScopeId,
    out: &mut Vec<(&'a Expr, ScopeId)>,
    pending: &mut Vec<(&'a Expr, ScopeId)>,
) {
    match item {
        Expr::Starred(starred) => pending.push((&starred.value, scope)),
        // `functions`, and what is said of them beside.
        Expr::Tuple(_) | Expr::List(_) => out.extend(elements(item).iter().map(|inner| (inner, scope))),
        Expr::Name(name) => {
            out.push((item, scope));
            for id in model.lookup(&name.id, scope).into_iter().flatten() {
                let bound = &model.bindings[id.index()].bound;
                if let Value::Element(container) = bound.value {
                    pending.push((container, bound.scope));
                }
            }
        }
        _ => out.push((item, scope)),
    }
}

/// What is put into a container of that name after it was made.
fn put_in<'a>(
    model: &Model<'a>,
    container: &'a Expr,
    out: &mut Vec<(&'a Expr, ScopeId)>,
    pending: &mut Vec<(&'a Expr, ScopeId)>,
) {
    let tables = match container {
        Expr::Name(name) => [model.attributes.get(name.id.as_str()), model.items.get(name.id.as_str())],
        Expr::Attribute(attribute) => {
            put_into_attribute(model, &attribute.attr, out, pending);
            [None, model.items.get(attribute.attr.as_str())]
        }
        _ => return,
    };
    for put in tables.into_iter().flatten().flat_map(|puts| puts.iter().take(MOST)) {
        match put.value {
            Value::Expr(item) => item_of(model, item, put.scope, out, pending),
            Value::Element(items) => pending.push((items, put.scope)),
            _ => {}
        }
    }
}

/// `self.tools.append(value)` and its like, which the walk over the file lists for plain names alone.
fn put_into_attribute<'a>(
    model: &Model<'a>,
    container: &str,
    out: &mut Vec<(&'a Expr, ScopeId)>,
    pending: &mut Vec<(&'a Expr, ScopeId)>,
) {
    for site in &model.calls {
        let Expr::Attribute(method) = &*site.call.func else { continue };
        if !matches!(&*method.value, Expr::Attribute(base) if base.attr.as_str() == container) {
            continue;
        }
        match (method.attr.as_str(), &*site.call.arguments.args) {
            ("append" | "add" | "appendleft", [item]) | ("insert" | "setdefault" | "__setitem__", [_, item]) => {
                item_of(model, item, site.place.scope, out, pending);
            }
            ("extend" | "update" | "__iadd__", [items]) => pending.push((items, site.place.scope)),
            _ => {}
        }
    }
}

/// What stands under a key of a dictionary.
pub(super) fn under<'a>(model: &Model<'a>, container: &'a Expr, key: &str, scope: ScopeId) -> Vec<(&'a Expr, ScopeId)> {
    let mut out = Vec::new();
    model.containers(container, scope, 0, &mut |held, scope| {
        let Held::Display(Expr::Dict(dict)) = held else { return };
        let is_it = |other: &Expr| matches!(other, Expr::StringLiteral(other) if other.value.to_str() == key);
        let found = dict.items.iter().filter(|item| item.key.as_ref().is_some_and(is_it));
        out.extend(found.map(|item| (&item.value, scope)));
    });
    out
}

/// What a comprehension looks up by constant names: `[globals()[name] for name in ("a", "b")]`.
pub(super) fn looked_up<'a>(model: &Model<'a>, container: &'a Expr, scope: ScopeId) -> Objects {
    let (index, element, generators) = match container {
        Expr::ListComp(comp) => (&comp.node_index, &*comp.elt, &comp.generators),
        Expr::SetComp(comp) => (&comp.node_index, &*comp.elt, &comp.generators),
        Expr::Generator(comp) => (&comp.node_index, &*comp.elt, &comp.generators),
        _ => return Objects::new(),
    };
    let [Comprehension { target: Expr::Name(target), iter, .. }] = &**generators else { return Objects::new() };
    let (base, key) = match element {
        Expr::Subscript(subscript) => (&*subscript.value, Some(&*subscript.slice)),
        Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
            (Expr::Name(name), [base, key, ..]) if name.id == "getattr" => (base, Some(key)),
            _ => return Objects::new(),
        },
        _ => return Objects::new(),
    };
    if !matches!(key, Some(Expr::Name(key)) if key.id == target.id) {
        return Objects::new();
    }
    let Some(Const::List(names)) = model.constant(iter, scope).map(|folded| folded.value) else {
        return Objects::new();
    };
    let bases = model.resolve(base, scope_of(index).unwrap_or(scope));
    let mut out = Objects::new();
    for name in names.into_iter().take(MOST).filter_map(Const::into_text) {
        for base in &bases {
            let mut found = Objects::new();
            if matches!(base.object, Object::OwnNamespace | Object::Namespace(_) | Object::ClassNamespace(_)) {
                model.named_item(base, &name, Via::Indirect, 0, &mut found);
            } else {
                model.attribute(base, &name, Via::Indirect, 0, &mut found);
            }
            out.append(&mut found);
        }
    }
    out
}
