//! All names of a module at once.

use airlock_model::Severity;
use ruff_python_ast::Expr;

use super::holds_sink;
use crate::python::model::object::Object;
use crate::rules::check::{Check, Use};

/// Calls that put a table's names among those of the file.
pub(super) const SPREADS: &[&str] = &["globals().update", "globals().__ior__"];

/// Calls that call their first argument for a row of others.
pub(super) const ROWS: &[&str] = &["builtins.map", "itertools.starmap"];

/// Calls that let whoever asks call the methods of an object.
pub(super) const SERVERS: &[&str] = &[
    "xmlrpc.server.SimpleXMLRPCDispatcher().register_instance",
    "xmlrpc.server.SimpleXMLRPCServer().register_instance",
];

/// `globals().update(vars(os))`.
pub(super) fn spread<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call else { return };
    let reached = call.arguments.args.iter().flat_map(|table| check.model.resolve(table, site.place.scope));
    let spread = reached.into_iter().find_map(|reached| match reached.object {
        Object::Namespace(module) => Some(module),
        _ => None,
    });
    if let Some(module) = spread {
        let finding = check.at(site.range, format!("puts all names of {module} among those of the file"));
        check.report(finding);
    }
}

/// `map(getattr, [os], names)` and `map(vars(os).get, names)`.
pub(super) fn row<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some([function, rest @ ..]) = site.call.map(|call| &*call.arguments.args) else { return };
    let model = check.model;
    let scope = site.place.scope;
    let found = model.paths(function, scope).into_iter().find_map(|path| {
        if path == "builtins.getattr" {
            let bases = rest.first().into_iter().flat_map(|bases| match bases {
                Expr::List(list) => &*list.elts,
                Expr::Tuple(tuple) => &*tuple.elts,
                _ => &[],
            });
            return bases.flat_map(|base| model.paths(base, scope)).find(|module| holds_sink(module));
        }
        let table = [".__dict__.get", ".__dict__.__getitem__", ".__getattribute__"];
        let module = table.iter().find_map(|lookup| path.strip_suffix(lookup))?;
        holds_sink(module).then(|| module.into())
    });
    if let Some(module) = found {
        let finding = check.at(site.range, format!("looks up a row of names in {module}"));
        check.report(finding);
    }
}

/// `server.register_instance(os)`.
pub(super) fn served<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(object) = site.argument("instance", 0) else { return };
    if let Some(module) = check.model.paths(object, site.place.scope).into_iter().find(|module| holds_sink(module)) {
        let finding = check.at(site.range, format!("lets whoever asks call any function of {module}"));
        check.report(finding.severity(Severity::High));
    }
}
