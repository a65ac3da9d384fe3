//! Tools that are made known by a call, and what such a call says of them.

use ruff_python_ast::{Expr, ExprCall};
use rustc_hash::FxHashMap;

use super::{DECORATORS, last_name};
use crate::python::model::Model;
use crate::python::model::object::Object;
use crate::python::model::scope::{ScopeId, Value};

/// Calls that take a function and make a tool of it.
const MAKERS: &[&str] = &["add_tool", "from_function", "from_defaults", "register_tool", "add_tool_from_fn"];
/// Classes of tools that are made with the function they call.
const CLASSES: &[&str] = &["Tool", "StructuredTool", "FunctionTool", "AgentTool"];
/// The keywords under which they take it.
const FUNCTIONS: &[&str] = &["func", "fn", "function", "coroutine", "async_fn", "handler", "callable"];
/// How many functions one file makes known.
const MOST: usize = 256;

/// How a function is made known.
#[derive(Clone, Copy)]
pub(super) struct Registered<'a> {
    /// The call that says what the tool is called and does, where one does.
    pub(super) told: Option<&'a ExprCall>,
    pub(super) scope: ScopeId,
}

/// The functions of a file that calls make known as tools.
pub(super) fn registered<'a>(model: &Model<'a>) -> FxHashMap<ScopeId, Registered<'a>> {
    let mut found = FxHashMap::default();
    for site in &model.calls {
        if found.len() >= MOST {
            break;
        }
        let (values, told) = values(site.call);
        for value in values {
            // Not a value that is computed: whoever registers names what it registers.
            if !matches!(value, Expr::Name(_) | Expr::Attribute(_)) {
                continue;
            }
            let scope = site.place.scope;
            for reached in model.resolve(value, scope) {
                if let Object::Function(function) = reached.object {
                    found.entry(function).or_insert(Registered { told, scope });
                }
            }
        }
    }
    found
}

/// What a call makes known as tools, and the call that tells about them.
fn values(call: &ExprCall) -> (Vec<&Expr>, Option<&ExprCall>) {
    let functions = || {
        let keywords = call.arguments.keywords.iter();
        keywords
            .filter(|word| word.arg.as_deref().is_some_and(|name| FUNCTIONS.contains(&name)))
            .map(|word| &word.value)
    };
    let first = || call.arguments.args.iter().take(1);
    // `mcp.tool(…)(f)`.
    if let Expr::Call(maker) = &*call.func {
        let is_maker = last_name(&maker.func).is_some_and(|name| DECORATORS.contains(&name));
        return (if is_maker { first().collect() } else { Vec::new() }, Some(maker));
    }
    let Some(last) = last_name(&call.func) else { return (Vec::new(), None) };
    if MAKERS.contains(&last) {
        return (first().chain(functions()).collect(), Some(call));
    }
    if CLASSES.contains(&last) {
        return (functions().collect(), Some(call));
    }
    let tools = call.arguments.find_keyword("tools").and_then(|word| word.value.as_list_expr());
    (tools.map_or_else(Vec::new, |list| list.elts.iter().collect()), None)
}

/// Whether a keyword of such a call says that the tool changes nothing.
pub(super) fn declares_read_only<'a>(model: &Model<'a>, key: &str, value: &'a Expr, scope: ScopeId) -> bool {
    if is_hint(key) {
        return is_true(value);
    }
    if key != "annotations" {
        return false;
    }
    // `READ_ONLY = ToolAnnotations(…)`, for many tools at once.
    let value = match value {
        Expr::Name(name) => match model.lookup(&name.id, scope) {
            Some([only]) => match &model.bindings[only.index()].bound.value {
                Value::Expr(value) => value,
                _ => return false,
            },
            _ => return false,
        },
        value => value,
    };
    match value {
        Expr::Call(call) => {
            call.arguments.keywords.iter().any(|word| word.arg.as_deref().is_some_and(is_hint) && is_true(&word.value))
        }
        Expr::Dict(dict) => dict.items.iter().any(|item| {
            let key = item.key.as_ref().and_then(Expr::as_string_literal_expr);
            key.is_some_and(|key| is_hint(key.value.to_str())) && is_true(&item.value)
        }),
        _ => false,
    }
}

fn is_hint(name: &str) -> bool {
    matches!(name, "readOnlyHint" | "read_only_hint")
}

fn is_true(value: &Expr) -> bool {
    matches!(value, Expr::BooleanLiteral(literal) if literal.value)
}
