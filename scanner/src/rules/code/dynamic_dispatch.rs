mod tables;
mod telling;

use airlock_model::{Confidence, RuleMeta, Severity};

use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall, InterpolatedStringElement, Operator};
use ruff_text_size::Ranged;

use crate::python::model::object::{Object, Reached};
use crate::python::model::origin::{Flow, SourceKind};
use crate::python::model::resolve::scope_of;
use crate::python::model::scope::{ScopeId, Value};
use crate::python::model::{CallSite, Place};
use crate::rules::check::{Check, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-dynamic-dispatch",
        title: "A call whose target is made at run time",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        cwe: Some(470),
        bandit: &[],
        ruff: &[],
        remedy: "Call the function by its name, or choose it from a dictionary written out in the code.",
        doc: DOC,
    },
    hooks: &[
        Hook::Unresolved(check),
        Hook::Reach(WALKS, walk),
        Hook::Value(value),
        Hook::Method(telling::METHODS, telling::method),
        Hook::Reach(&["builtins.getattr"], telling::fetched),
        Hook::Reach(tables::SPREADS, tables::spread),
        Hook::Reach(tables::ROWS, tables::row),
        Hook::Reach(tables::SERVERS, tables::served),
    ],
};

/// What leads to all classes or objects that there are.
const WALKS: &[&str] = &["builtins.object.__subclasses__", "builtins.type.__subclasses__"];

/// Calls that give what their first argument names.
const BY_NAME: &[&str] = &[
    "builtins.__import__",
    "importlib.import_module",
    "importlib.metadata.EntryPoint().load",
    "pkgutil.resolve_name",
    "pydoc.locate",
    "runpy.run_module",
];

/// Calls that list everything that a table holds.
const LISTINGS: &[&str] = &["inspect.getmembers", "gc.get_objects", "gc.get_referrers", "gc.get_referents"];

/// Modules whose whole table is not handed around for nothing.
const DANGEROUS: &[&str] = &["os", "subprocess", "builtins", "ctypes"];

/// Where names come from that an outsider may choose.
const UNTRUSTED: &[SourceKind] =
    &[SourceKind::Network, SourceKind::Model, SourceKind::User, SourceKind::Environment, SourceKind::Decoded];

/// How many names lead from a call to the lookup that made its target.
const STEPS: u32 = 6;

fn check<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let scope = site.place.scope;
    let Some((what, severity)) = computed(check, &site.call.func, scope, STEPS)
        .or_else(|| applied(check, site.call, scope))
        .or_else(|| both_given(check, &site.call.func, scope))
        .or_else(|| telling::guessed(check, site))
        .or_else(|| telling::asked_by_name(check, site))
    else {
        return;
    };
    let finding = check.at(site.call.range(), format!("calls {what}")).severity(severity);
    check.report(finding);
}

fn walk<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} __subclasses__ to walk the interpreter's classes", site.verb());
    let finding = check.at(site.range, message);
    // What an object keeps in an attribute is mostly a class of the plugin's own.
    let kept = site.call.is_some_and(|call| match &*call.func {
        Expr::Attribute(method) => matches!(&*method.value, Expr::Attribute(kept) if is_own(&kept.value)),
        _ => false,
    });
    check.report(if kept { finding } else { finding.severity(Severity::High) });
}

fn is_own(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls"))
}

/// A value that is made by a computed name and handed on: what becomes of it is not seen.
fn value<'a>(check: &mut Check<'_, 'a>, expr: &'a Expr, reached: &[Reached], place: Place) {
    let table = reached.iter().find_map(|reached| match &reached.object {
        Object::Namespace(module) if DANGEROUS.contains(&module.as_str()) => Some(module),
        _ => None,
    });
    if let Some(module) = table {
        let finding = check.at(expr.range(), format!("hands over the whole namespace of {module}"));
        check.report(finding.severity(Severity::Low));
        return;
    }
    if !reached.is_empty() || !expr.is_call_expr() {
        return;
    }
    if let Some((what, _)) = computed(check, expr, place.scope, STEPS) {
        let finding = check.at(expr.range(), format!("hands over {what}"));
        check.report(finding.severity(Severity::Low));
    }
}

/// `getattr(module, name)()` in a function that is given both.
fn both_given<'a>(check: &Check<'_, 'a>, expr: &'a Expr, scope: ScopeId) -> Option<(String, Severity)> {
    let Expr::Call(call) = expr else { return None };
    let [base, name, ..] = &*call.arguments.args else { return None };
    let given = |expr: &Expr| {
        let Expr::Name(name) = expr else { return false };
        let ids = check.model.lookup(&name.id, scope).unwrap_or_default();
        !ids.is_empty() && ids.iter().all(|id| check.model.slots.get(*id).is_some())
    };
    let is_getattr = check.model.paths(&call.func, scope).iter().any(|path| path == "builtins.getattr");
    let unknown = is_getattr && given(base) && given(name);
    unknown.then(|| ("an attribute of one parameter that another parameter names".to_owned(), Severity::Low))
}

/// `methodcaller(name)(module)` and `attrgetter(name)(module)` with a computed name.
fn applied<'a>(check: &Check<'_, 'a>, call: &'a ExprCall, scope: ScopeId) -> Option<(String, Severity)> {
    let Expr::Call(made) = &*call.func else { return None };
    let by_name = |path: &CompactString| matches!(path.as_str(), "operator.methodcaller" | "operator.attrgetter");
    if !check.model.paths(&made.func, scope).iter().any(by_name) || is_named(check, made.arguments.args.first()?, scope)
    {
        return None;
    }
    let module = module_of(check, call.arguments.args.first()?, scope)?;
    Some((format!("an attribute of {module} chosen by a computed name"), Severity::Medium))
}

/// The module outside this file that an expression is.
fn module_of<'a>(check: &Check<'_, 'a>, expr: &'a Expr, scope: ScopeId) -> Option<String> {
    check.model.paths(expr, scope).into_iter().find(|path| !path.contains(['(', '['])).map(String::from)
}

/// The table that an expression lists, item by item: `os.__dict__.items()`, `gc.get_objects()`.
fn listed<'a>(check: &Check<'_, 'a>, expr: &'a Expr, scope: ScopeId, steps: u32) -> Option<String> {
    let steps = steps.checked_sub(1)?;
    for reached in check.model.resolve(expr, scope) {
        match reached.object {
            Object::Namespace(path) if !path.contains('(') => return Some(format!("the namespace of {path}")),
            Object::Path(path) if path == "sys.modules" => return Some("sys.modules".to_owned()),
            Object::Path(path) if path.strip_suffix("()").is_some_and(|path| LISTINGS.contains(&path)) => {
                return Some(path.to_string());
            }
            _ => {}
        }
    }
    match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "items" | "values" | "keys") => {
                listed(check, &attribute.value, scope, steps)
            }
            Expr::Name(name)
                if matches!(
                    name.id.as_str(),
                    "dict" | "list" | "tuple" | "sorted" | "iter" | "set" | "next" | "max" | "min" | "filter" | "map"
                ) =>
            {
                call.arguments.args.iter().find_map(|argument| listed(check, argument, scope, steps))
            }
            _ => None,
        },
        Expr::Subscript(subscript) => listed(check, &subscript.value, scope, steps),
        Expr::ListComp(comp) => listed(check, &comp.generators.first()?.iter, scope, steps),
        Expr::Generator(comp) => listed(check, &comp.generators.first()?.iter, scope, steps),
        Expr::DictComp(comp) => listed(check, &comp.generators.first()?.iter, scope, steps),
        Expr::Starred(inner) => listed(check, &inner.value, scope, steps),
        Expr::Name(name) => {
            let [id] = check.model.lookup(&name.id, scope)? else { return None };
            let bound = &check.model.bindings[id.index()].bound;
            match bound.value {
                Value::Expr(expr) | Value::Element(expr) | Value::Item(expr, _) => {
                    listed(check, expr, bound.scope, steps)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// What kind of lookup an expression is, when its name is computed.
fn computed<'a>(check: &Check<'_, 'a>, expr: &'a Expr, scope: ScopeId, steps: u32) -> Option<(String, Severity)> {
    let steps = steps.checked_sub(1)?;
    match expr {
        Expr::Call(call) => lookup(check, call, scope, steps).or_else(|| {
            let takes_one =
                matches!(&*call.func, Expr::Name(name) if matches!(name.id.as_str(), "next" | "max" | "min"));
            let table = listed(check, expr, scope, STEPS).filter(|_| takes_one)?;
            Some((format!("one of the entries of {table}"), Severity::Medium))
        }),
        Expr::ListComp(comp) => computed(check, &comp.elt, scope_of(&comp.node_index)?, steps),
        Expr::Generator(comp) => computed(check, &comp.elt, scope_of(&comp.node_index)?, steps),
        Expr::DictComp(comp) => computed(check, &comp.value, scope_of(&comp.node_index)?, steps),
        Expr::Subscript(subscript) => {
            let table = check.model.resolve(&subscript.value, scope).into_iter().find_map(|base| match base.object {
                Object::OwnNamespace => Some("globals()".to_owned()),
                Object::Namespace(path) => Some(format!("the namespace of {path}")),
                Object::Path(path) if path == "sys.modules" || path == "builtins" => Some(path.to_string()),
                _ => None,
            });
            match table {
                Some(table) if table == "globals()" && chooses_among_own(check, &subscript.slice, scope) => None,
                Some(table) => Some((format!("an entry of {table} chosen by a computed name"), Severity::Medium)),
                None => match listed(check, expr, scope, STEPS) {
                    Some(table) => Some((format!("one of the entries of {table}"), Severity::Medium)),
                    None => computed(check, &subscript.value, scope, steps),
                },
            }
        }
        Expr::Attribute(attribute) => computed(check, &attribute.value, scope, steps),
        Expr::Name(name) => {
            let ids = check.model.lookup(&name.id, scope)?;
            let [id] = ids else { return None };
            let bound = &check.model.bindings[id.index()].bound;
            match bound.value {
                Value::Expr(expr) => computed(check, expr, bound.scope, steps),
                Value::Element(expr) | Value::Item(expr, _) => {
                    let table = listed(check, expr, bound.scope, STEPS)?;
                    Some((format!("one of the entries of {table}"), Severity::Medium))
                }
                _ => None,
            }
        }
        Expr::Named(named) => computed(check, &named.value, scope, steps),
        Expr::Await(inner) => computed(check, &inner.value, scope, steps),
        _ => None,
    }
}

fn lookup<'a>(check: &Check<'_, 'a>, call: &'a ExprCall, scope: ScopeId, steps: u32) -> Option<(String, Severity)> {
    let model = check.model;
    let targets = model.targets(call, scope);
    let is = |path: &str| targets.iter().any(|target| target.path() == Some(path));
    let named = || call.arguments.args.first().is_some_and(|name| model.is_certain(name, scope));
    if BY_NAME.iter().any(|path| is(path)) {
        let below = call.arguments.args.first().is_some_and(|name| is_below_a_package(check, name, scope));
        let severity = if below { Severity::Medium } else { Severity::High };
        return (!named()).then(|| ("into a module that is imported by a computed name".into(), severity));
    }
    // A module that is only looked for is not run yet.
    if is("importlib.util.find_spec") {
        return (!named())
            .then(|| ("the loader of a module that is found by a computed name".into(), Severity::Medium));
    }
    if is("operator.attrgetter()") {
        return applied(check, call, scope);
    }
    if is("functools.reduce") {
        let [function, names, base] = &*call.arguments.args else { return None };
        let is_getattr = model.paths(function, scope).iter().any(|path| path == "builtins.getattr");
        let module = module_of(check, base, scope)?;
        // What a function of the plugin's own makes of a module and names is not followed.
        let is_own = model.resolve(function, scope).iter().any(|found| matches!(found.object, Object::Function(_)));
        if (!is_getattr || model.is_certain(names, scope)) && !(is_own && holds_sink(&module)) {
            return None;
        }
        return Some((format!("an attribute below {module} chosen by computed names"), Severity::Medium));
    }
    if let Some(base) = targets.iter().find_map(|target| target.path()?.strip_suffix(".__getattribute__")) {
        return Some((format!("an attribute of {base} chosen by a computed name"), Severity::Medium));
    }
    if is("builtins.getattr") {
        let [base, name, ..] = &*call.arguments.args else { return None };
        if model.is_certain(name, scope) {
            return computed(check, base, scope, steps);
        }
        return attribute(check, base, name, scope).or_else(|| computed(check, base, scope, steps));
    }
    let looked_up = targets.iter().find_map(|target| {
        let (table, method) = target.path()?.rsplit_once('.')?;
        let is_table = matches!(table, "globals()" | "sys.modules") || table.ends_with(".__dict__");
        (is_table && matches!(method, "get" | "pop" | "__getitem__()" | "__getitem__")).then(|| table.to_owned())
    });
    if let Some(table) = looked_up {
        let key = call.arguments.args.first();
        if table == "globals()" && key.is_some_and(|key| chooses_among_own(check, key, scope)) {
            return None;
        }
        return Some((format!("an entry of {table} chosen by a computed name"), Severity::Medium));
    }
    if targets.is_empty() { computed(check, &call.func, scope, steps) } else { None }
}

/// Whether a module's name begins with that of a package which is there already, or with the file's own: plugins are
/// loaded so.
fn is_below_a_package<'a>(check: &Check<'_, 'a>, name: &'a Expr, scope: ScopeId) -> bool {
    let mut first = name;
    for _ in 0..STEPS {
        first = match first {
            Expr::BinOp(op) if op.op == Operator::Add => &op.left,
            Expr::FString(text) => match text.value.elements().next() {
                Some(InterpolatedStringElement::Interpolation(field)) => &field.expression,
                _ => break,
            },
            _ => break,
        };
    }
    let own = check.model.source.path.split('/').next().unwrap_or_default();
    let is_own = |text: &String| text.strip_prefix(own).is_some_and(|rest| rest.starts_with('.'));
    match first {
        Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "__name__" | "__package__"),
        Expr::Name(name) if matches!(name.id.as_str(), "__name__" | "__package__") => true,
        _ => {
            let beginnings = check.model.beginnings(name, scope);
            !beginnings.is_empty() && beginnings.iter().all(is_own)
        }
    }
}

/// `getattr(base, name)`, where the name is not a constant.
fn attribute<'a>(check: &Check<'_, 'a>, base: &'a Expr, name: &'a Expr, scope: ScopeId) -> Option<(String, Severity)> {
    let model = check.model;
    let mut bases: Vec<CompactString> = model.paths(base, scope);
    bases.extend(model.passed_paths(base, scope));
    let is_module = |path: &&CompactString| !path.contains(['(', '[']);
    if let Some(module) = bases.iter().filter(is_module).max_by_key(|path| holds_sink(path)) {
        let severity = if holds_sink(module) { Severity::Medium } else { Severity::Low };
        return Some((format!("an attribute of {module} chosen by a computed name"), severity));
    }
    // An object of the plugin's own whose methods begin alike is chosen from by its author.
    if model.beginnings(name, scope).iter().any(|text| text.len() > 1) {
        return None;
    }
    if let Some(sink) = held_sink(check, base, scope) {
        return Some((format!("an attribute of a class that holds {sink}"), Severity::Medium));
    }
    let origin = model.origin(name, scope);
    let is_given = |flow: &&Flow| !flow.weak && !flow.path.starts_with("sys.argv") && UNTRUSTED.contains(&flow.kind);
    let flow = origin.flows.iter().filter(is_given).min_by_key(|flow| flow.kind)?;
    let is_own = model.resolve(base, scope).iter().any(|base| matches!(base.object, Object::Instance(_)));
    let severity = if is_own { Severity::Medium } else { Severity::High };
    Some((format!("an attribute whose name is {} ({})", flow.kind.words(), flow.path), severity))
}

/// The sink that a class of this file holds under a name of its own: `run = os.system` in its body.
fn held_sink<'a>(check: &Check<'_, 'a>, base: &'a Expr, scope: ScopeId) -> Option<CompactString> {
    let model = check.model;
    model.resolve(base, scope).into_iter().find_map(|base| {
        let (Object::Class(class) | Object::Instance(class)) = base.object else { return None };
        model.scopes[class.index()].names.values().flatten().find_map(|id| {
            let bound = &model.bindings[id.index()].bound;
            let Value::Expr(value @ (Expr::Attribute(_) | Expr::Name(_) | Expr::Call(_))) = bound.value else {
                return None;
            };
            model.paths(value, bound.scope).into_iter().find(|path| is_sink(path))
        })
    })
}

/// What starts programs, runs code or loads it.
const SINKS: &[&[&str]] =
    &[paths::SHELLS, paths::PROCESSES, paths::EVALUATORS, paths::CODE_MAKERS, paths::PICKLES, paths::NATIVE];

/// Whether a path is something that starts programs, runs code or loads it.
fn is_sink(path: &str) -> bool {
    SINKS.iter().any(|list| list.contains(&path))
}

/// The last names of what a module has of these.
fn sinks_of(module: &str) -> impl Iterator<Item = &'static str> {
    let parts = SINKS.iter().copied().flatten().filter_map(|path| path.rsplit_once('.'));
    parts.filter(move |(above, _)| *above == module).map(|(_, last)| last)
}

/// Whether something that starts programs, runs code or loads it is an attribute of a module.
fn holds_sink(module: &str) -> bool {
    sinks_of(module).next().is_some()
}

/// Whether an argument is one constant name.
fn is_named<'a>(check: &Check<'_, 'a>, name: &'a Expr, scope: ScopeId) -> bool {
    !name.is_starred_expr() && check.model.is_certain(name, scope)
}

/// Whether all names of the module that begin like `name` are its own functions and classes.
fn chooses_among_own<'a>(check: &Check<'_, 'a>, name: &'a Expr, scope: ScopeId) -> bool {
    let model = check.model;
    let own = &model.scopes[ScopeId::MODULE.index()].names;
    let mut beginnings = model.beginnings(name, scope).into_iter().peekable();
    beginnings.peek().is_some()
        && beginnings.all(|start| {
            let mut alike = own.iter().filter(|(other, _)| other.starts_with(start.as_str())).peekable();
            start.len() > 2
                && alike.peek().is_some()
                && alike
                    .flat_map(|(_, ids)| ids)
                    .all(|id| matches!(model.bindings[id.index()].bound.value, Value::Function(_) | Value::Class(_)))
        })
}

const DOC: &str = r##"## What it finds
A call whose target is looked up by a name that does not fold to a constant, in a module, in the interpreter's own tables (`globals()`, `sys.modules`, `__dict__`), or in a module that is itself imported by a computed name; calls of whatever a listing or a copy of such a table gives; calls of methods and entries that are called as only functions of `os` and `subprocess` are (`popen`, `check_output`; `system` where the file has another way to modules than an import), on something that cannot be told; names out of containers that something else may have changed by then; an attribute of anything whose name comes from the network, a language model, a user, the environment or a decoder; walks over `__subclasses__`; and all names of such a module at once: put among those of the file, looked up in a row by `map`, or offered to whoever asks a server. A module that holds nothing which starts programs or runs code, such a value that is handed on, and `getattr` in a function that is given both the object and the name, are findings of low severity. Ordinary callbacks, methods chosen by a parameter on an object of the plugin's own, and names with a fixed beginning (`visit_…`) are not meant.

## Why it is dangerous
Where the target cannot be told, anything can be called. Hiding a call must not be better than showing it.

## Example
```python
import os

def run(name, argument):
    return getattr(os, name)(argument)
```

## Safe form
```python
import os

ACTIONS = {"size": os.path.getsize, "exists": os.path.exists}

def run(name, argument):
    return ACTIONS[name](argument)
```

## References
- CWE-470: Use of Externally-Controlled Input to Select Classes or Code
"##;
