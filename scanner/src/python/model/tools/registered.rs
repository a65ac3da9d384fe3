//! Tools that are made known by a call, and what such a call says of them.

use std::sync::LazyLock;

use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use super::{DECORATORS, last_name, together};
use crate::python::model::Model;
use crate::python::model::object::{Object, Objects};
use crate::python::model::scope::{ScopeId, Value};

/// Calls that take a function and make a tool of it.
const MAKERS: &[&str] = &["add_tool", "from_function", "from_defaults", "register_tool", "add_tool_from_fn"];
/// Classes of tools that are made with the function they call.
const CLASSES: &[&str] = &["Tool", "StructuredTool", "FunctionTool", "AgentTool"];
/// The keywords under which they take it.
const FUNCTIONS: &[&str] = &["func", "fn", "function", "coroutine", "async_fn", "handler", "callable"];
/// How many functions one file makes known.
const MOST: usize = 256;

/// Calls that take several tools at once, and the place among their arguments where they do.
const TAKERS: &[(&str, usize)] = &[
    ("bind_tools", 0),
    ("add_tools", 0),
    ("register_tools", 0),
    ("ToolNode", 0),
    ("initialize_agent", 0),
    ("create_react_agent", 1),
    ("create_tool_calling_agent", 1),
    ("create_openai_tools_agent", 1),
];

/// How a function is made known.
#[derive(Clone, Copy)]
pub(super) struct Registered<'a> {
    /// The call that says what the tool is called and does, where one does.
    pub(super) told: Option<&'a ExprCall>,
    pub(super) scope: ScopeId,
}

/// A function of another file that a call makes known as a tool.
pub(crate) struct Foreign<'a> {
    /// Its qualified path.
    pub(crate) path: CompactString,
    /// The expression that names it.
    pub(crate) range: TextRange,
    /// The name and the description that the call gives it, and whether it declares that it only reads.
    pub(crate) said: Said<'a>,
}

/// What a call says of the tool that it makes known.
#[derive(Default)]
pub(crate) struct Said<'a> {
    pub(crate) name: Option<String>,
    pub(crate) description: String,
    pub(crate) declares_read_only: bool,
    /// The call.
    pub(crate) by: Option<&'a ExprCall>,
}

/// What calls make known as tools.
#[derive(Default)]
pub(super) struct MadeKnown<'a> {
    pub(super) own: FxHashMap<ScopeId, Registered<'a>>,
    pub(super) foreign: Vec<(Registered<'a>, CompactString, TextRange)>,
}

/// What the calls of a file make known as tools.
pub(super) fn registered<'a>(model: &Model<'a>) -> MadeKnown<'a> {
    let mut found = MadeKnown::default();
    for site in &model.calls {
        let scope = site.place.scope;
        let given = given(site.call);
        let mut note = |reached: Objects, range: TextRange| {
            for reached in reached {
                if found.own.len() + found.foreign.len() >= MOST {
                    return;
                }
                let registered = Registered { told: given.told, scope };
                match reached.object {
                    Object::Function(function) => drop(found.own.entry(function).or_insert(registered)),
                    Object::Path(path) if model.exports.is_some_and(|tree| tree.has(&path)) => {
                        found.foreign.push((registered, path.as_str().into(), range));
                    }
                    _ => {}
                }
            }
        };
        // Not a value that is computed: whoever registers one function names it.
        for value in given.one.into_iter().filter(|value| matches!(value, Expr::Name(_) | Expr::Attribute(_))) {
            note(model.resolve(value, scope), value.range());
        }
        let spread = given.spread.into_iter().flat_map(|words| together::under(model, words, "tools", scope));
        for (container, scope) in given.several.into_iter().map(|value| (value, scope)).chain(spread) {
            for (value, scope) in together::items(model, container, scope) {
                note(model.resolve(value, scope), value.range());
            }
            note(together::looked_up(model, container, scope), container.range());
        }
    }
    found
}

/// What a call is given that are tools, as far as its name and keywords tell.
#[derive(Default)]
struct Given<'a> {
    one: Vec<&'a Expr>,
    /// Containers of tools.
    several: Vec<&'a Expr>,
    /// Dictionaries of keywords, of which one may be `tools`.
    spread: Vec<&'a Expr>,
    /// The call that tells about them.
    told: Option<&'a ExprCall>,
}

/// How a call that the last part of its name tells of takes tools.
#[derive(Clone, Copy)]
enum Takes {
    /// One function, as its first argument or under a keyword.
    One,
    /// One function under a keyword; the first argument is the tool's name.
    Named,
    /// Several, at this place among the arguments.
    Several(usize),
}

/// These calls by the last part of their names. Every call of a file is asked about.
static TAKES: LazyLock<FxHashMap<&str, Takes>> = LazyLock::new(|| {
    let several = TAKERS.iter().map(|(name, at)| (*name, Takes::Several(*at)));
    let one = MAKERS.iter().chain(DECORATORS).map(|name| (*name, Takes::One));
    several.chain(one).chain(CLASSES.iter().map(|name| (*name, Takes::Named))).collect()
});

fn given(call: &ExprCall) -> Given<'_> {
    let first = || call.arguments.args.iter().take(1);
    // `mcp.tool(…)(f)`.
    if let Expr::Call(maker) = &*call.func {
        let is_maker = last_name(&maker.func).is_some_and(|name| DECORATORS.contains(&name));
        return Given { one: first().filter(|_| is_maker).collect(), told: Some(maker), ..Given::default() };
    }
    let takes = last_name(&call.func).and_then(|last| TAKES.get(last));
    if let Some(Takes::One | Takes::Named) = takes {
        let words = call.arguments.keywords.iter();
        let functions = words.filter(|word| word.arg.as_deref().is_some_and(|name| FUNCTIONS.contains(&name)));
        let functions = functions.map(|word| &word.value);
        let one = first().filter(|_| matches!(takes, Some(Takes::One))).chain(functions).collect();
        return Given { one, told: Some(call), ..Given::default() };
    }
    let mut given = Given::default();
    for word in &call.arguments.keywords {
        match word.arg.as_deref() {
            Some("tools") if given.several.is_empty() => given.several.push(&word.value),
            None => given.spread.push(&word.value),
            Some(_) => {}
        }
    }
    if let (true, Some(Takes::Several(at))) = (given.several.is_empty(), takes) {
        given.several.extend(call.arguments.args.get(*at));
    }
    given
}

/// What a call says of the tool that it makes known.
pub(super) fn said<'a>(model: &Model<'a>, call: &'a ExprCall, scope: ScopeId) -> Said<'a> {
    let mut said = Said { by: Some(call), ..Said::default() };
    for keyword in &call.arguments.keywords {
        match keyword.arg.as_deref() {
            Some("description") => said.description.push_str(&model.written(&keyword.value, scope)),
            Some("name") => said.name = Some(model.written(&keyword.value, scope)),
            Some(key) => said.declares_read_only |= declares_read_only(model, key, &keyword.value, scope),
            None => {}
        }
    }
    said
}

/// Whether a keyword of such a call says that the tool changes nothing.
fn declares_read_only<'a>(model: &Model<'a>, key: &str, value: &'a Expr, scope: ScopeId) -> bool {
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
