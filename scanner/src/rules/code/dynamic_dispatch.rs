use airlock_model::{Confidence, RuleMeta, Severity};

use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::python::model::CallSite;
use crate::python::model::object::Object;
use crate::python::model::origin::{Flow, SourceKind};
use crate::python::model::scope::{ScopeId, Value};
use crate::rules::check::Check;
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
    hooks: &[Hook::Unresolved(check)],
};

/// Where names come from that an outsider may choose.
const UNTRUSTED: &[SourceKind] =
    &[SourceKind::Network, SourceKind::Model, SourceKind::User, SourceKind::Environment, SourceKind::Decoded];

/// How many names lead from a call to the lookup that made its target.
const STEPS: u32 = 6;

fn check<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let Some((what, severity)) = computed(check, &site.call.func, site.place.scope, STEPS) else { return };
    let finding = check.at(site.call.range(), format!("calls {what}")).severity(severity);
    check.report(finding);
}

/// What kind of lookup an expression is, when its name is computed.
fn computed<'a>(check: &Check<'_, 'a>, expr: &'a Expr, scope: ScopeId, steps: u32) -> Option<(String, Severity)> {
    let steps = steps.checked_sub(1)?;
    match expr {
        Expr::Call(call) => lookup(check, call, scope, steps),
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
                None => computed(check, &subscript.value, scope, steps),
            }
        }
        Expr::Attribute(attribute) if &attribute.attr == "__subclasses__" => {
            let walks = matches!(&*attribute.value, Expr::Attribute(base) if is_class_step(&base.attr))
                || matches!(&*attribute.value, Expr::Subscript(base)
                    if matches!(&*base.value, Expr::Attribute(base) if is_class_step(&base.attr)));
            walks.then(|| ("__subclasses__ to walk the interpreter's classes".to_owned(), Severity::High))
        }
        Expr::Attribute(attribute) => computed(check, &attribute.value, scope, steps),
        Expr::Name(name) => {
            let ids = check.model.lookup(&name.id, scope)?;
            let [id] = ids else { return None };
            let bound = &check.model.bindings[id.index()].bound;
            match bound.value {
                Value::Expr(expr) => computed(check, expr, bound.scope, steps),
                _ => None,
            }
        }
        Expr::Named(named) => computed(check, &named.value, scope, steps),
        Expr::Await(inner) => computed(check, &inner.value, scope, steps),
        _ => None,
    }
}

fn is_class_step(name: &str) -> bool {
    matches!(name, "__base__" | "__bases__" | "__mro__" | "__class__")
}

fn lookup<'a>(check: &Check<'_, 'a>, call: &'a ExprCall, scope: ScopeId, steps: u32) -> Option<(String, Severity)> {
    let model = check.model;
    let targets = model.targets(call, scope);
    let is = |path: &str| targets.iter().any(|target| target.path() == Some(path));
    if is("builtins.__import__") || is("importlib.import_module") {
        return Some(("into a module that is imported by a computed name".into(), Severity::High));
    }
    if is("builtins.getattr") {
        let [base, name, ..] = &*call.arguments.args else { return None };
        if model.constant(name, scope).is_some() {
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
    let origin = model.origin(name, scope);
    let is_given = |flow: &&Flow| !flow.weak && !flow.path.starts_with("sys.argv") && UNTRUSTED.contains(&flow.kind);
    let flow = origin.flows.iter().filter(is_given).min_by_key(|flow| flow.kind)?;
    let is_own = model.resolve(base, scope).iter().any(|base| matches!(base.object, Object::Instance(_)));
    let severity = if is_own { Severity::Medium } else { Severity::High };
    Some((format!("an attribute whose name is {} ({})", flow.kind.words(), flow.path), severity))
}

/// Whether something that starts programs, runs code or loads it is an attribute of a module.
fn holds_sink(module: &str) -> bool {
    let lists = [paths::SHELLS, paths::PROCESSES, paths::EVALUATORS, paths::CODE_MAKERS, paths::PICKLES, paths::NATIVE];
    lists.into_iter().flatten().any(|path| path.rsplit_once('.').is_some_and(|(above, _)| above == module))
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
                && alike.flat_map(|(_, ids)| ids).all(|id| {
                    matches!(model.bindings[id.index()].bound.value, Value::Function(_) | Value::Class(_))
                })
        })
}

const DOC: &str = r##"## What it finds
A call whose target is looked up by a name that does not fold to a constant, in a module, in the interpreter's own tables (`globals()`, `sys.modules`, `__dict__`), or in a module that is itself imported by a computed name; an attribute of anything whose name comes from the network, a language model, a user, the environment or a decoder; and walks over `__subclasses__`. A module that holds nothing which starts programs or runs code is low. Ordinary callbacks, methods chosen by a parameter on an object of the plugin's own, and names with a fixed beginning (`visit_…`) are not meant.

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
