//! Functions that a language model can call: told by their decorators, by the class
//! that they are methods of, or by the call that makes them known. What they say of
//! themselves is read by the model.

mod registered;
mod together;

use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;

pub(crate) use self::registered::Foreign;
use self::registered::Registered;
use super::scope::{Scope, ScopeId, ScopeKind};
use super::{Defined, Model};

/// Last components of decorators that make a function a tool.
const DECORATORS: &[&str] = &[
    "tool",
    "function_tool",
    "tool_plain",
    "kernel_function",
    "ai_function",
    "ai_callable",
    "register_tool",
    "register_function",
    "register_for_llm",
    "as_tool",
    "skill",
    "agent_tool",
    "call_tool",
];
/// How the names of classes end whose methods are tools.
const CLASSES: &[&str] = &["Tool", "Plugin", "Skill", "Toolkit", "Tools"];
/// Methods with an underscore before their name that frameworks call all the same.
const CALLED: &[&str] = &["_run", "_arun", "__call__", "_execute", "_call"];
/// Methods by one of which a class is called as a whole.
const ENTRANCES: &[&str] = &[
    "run", "arun", "execute", "aexecute", "call", "invoke", "forward", "_run", "_arun", "__call__", "_execute", "_call",
];

/// How many functions are looked at for the tools that call one.
const BEHIND: usize = 32;

/// A tool.
pub(crate) struct Tool<'a> {
    pub(crate) def: &'a StmtFunctionDef,
    /// What it is called: the function's name, or what its decorator or class says.
    pub(crate) name: String,
    /// Everything that it says of itself, in one text.
    pub(crate) description: String,
    /// It declares in the protocol's own words that it changes nothing: `readOnlyHint`.
    pub(crate) declares_read_only: bool,
    /// It, or something that it calls by the way, looks at its paths before it uses them.
    pub(crate) checks_paths: bool,
    /// The same of addresses.
    pub(crate) checks_addresses: bool,
}

impl Tool<'_> {
    /// Its name in the source.
    pub(crate) fn range(&self) -> TextRange {
        self.def.name.range
    }

    /// Whether a name is one of its parameters.
    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        self.def.parameters.iter().any(|parameter| parameter.name() == name)
    }
}

/// A file's tools.
#[derive(Default)]
pub(crate) struct Tools<'a> {
    pub(crate) list: Vec<Tool<'a>>,
    /// Functions of other files that this one makes known.
    pub(crate) foreign: Vec<Foreign<'a>>,
    by_scope: FxHashMap<ScopeId, usize>,
}

impl<'a> Model<'a> {
    /// The file's tools, found out on first need.
    pub(crate) fn tools(&self) -> &Tools<'a> {
        self.tools.get_or_init(|| Tools::of(self))
    }

    /// The tool around a place.
    pub(crate) fn tool_around(&self, scope: ScopeId) -> Option<(usize, &Tool<'a>)> {
        let tools = self.tools();
        if tools.list.is_empty() {
            return None;
        }
        let mut at = Some(scope);
        while let Some(id) = at {
            if let Some(index) = tools.by_scope.get(&id) {
                return Some((*index, &tools.list[*index]));
            }
            at = self.scopes[id.index()].parent;
        }
        None
    }

    /// The tools that call the function around a place, straight or through others of this file.
    pub(crate) fn tools_behind(&self, scope: ScopeId) -> Vec<&Tool<'a>> {
        let tools = self.tools();
        let mut found = Vec::new();
        self.look_behind(scope, |function| {
            let index = tools.by_scope.get(&function);
            found.extend(index.map(|index| &tools.list[*index]));
            index.is_none()
        });
        found
    }

    /// The functions around a place, and those that call them, straight or through others of this file.
    pub(crate) fn functions_behind(&self, scope: ScopeId) -> Vec<ScopeId> {
        let mut found = Vec::new();
        self.look_behind(scope, |function| {
            found.push(function);
            true
        });
        found
    }

    /// Shows each function behind a place; `goes_on` says whether whoever calls it is looked at as well.
    fn look_behind(&self, scope: ScopeId, mut goes_on: impl FnMut(ScopeId) -> bool) {
        let mut seen = Vec::new();
        let mut pending = vec![scope];
        while let Some(scope) = pending.pop() {
            let mut at = Some(scope);
            while let Some(id) = at {
                let inner = &self.scopes[id.index()];
                if matches!(inner.kind, ScopeKind::Function | ScopeKind::Lambda) {
                    if seen.contains(&id) || seen.len() >= BEHIND {
                        break;
                    }
                    seen.push(id);
                    if !goes_on(id) {
                        break;
                    }
                    pending.extend(self.calls_of(id).chain(self.handed_to(id)).map(|site| site.place.scope));
                }
                at = inner.parent;
            }
        }
    }
}

impl<'a> Tools<'a> {
    fn of(model: &Model<'a>) -> Self {
        let mut tools = Self::default();
        let registered = registered::registered(model);
        for defined in &model.functions {
            let by_call = registered.own.get(&defined.scope).copied();
            if let Some(tool) = tool(model, defined, by_call) {
                tools.by_scope.insert(defined.scope, tools.list.len());
                tools.list.push(tool);
            }
        }
        tools.look_for_checks(model);
        for (by, path, range) in registered.foreign {
            let said = by.told.map(|call| registered::said(model, call, by.scope)).unwrap_or_default();
            tools.foreign.push(Foreign { path, range, said });
        }
        tools
    }

    /// One pass over the file's calls for those that check what a tool was given.
    fn look_for_checks(&mut self, model: &Model<'a>) {
        if self.list.is_empty() {
            return;
        }
        for site in &model.calls {
            let name = match &*site.call.func {
                Expr::Attribute(attribute) => attribute.attr.as_str(),
                Expr::Name(name) => name.id.as_str(),
                _ => continue,
            };
            let lower = name.to_ascii_lowercase();
            let checks = ["valid", "check", "safe", "allow", "ensure", "sanit", "resolve", "guard", "permit"]
                .iter()
                .any(|word| lower.contains(word));
            let paths = checks
                || matches!(
                    name,
                    "realpath"
                        | "abspath"
                        | "commonpath"
                        | "commonprefix"
                        | "is_relative_to"
                        | "relative_to"
                        | "basename"
                        | "secure_filename"
                        | "startswith"
                );
            let addresses =
                checks || matches!(name, "urlparse" | "urlsplit" | "ip_address" | "is_private" | "startswith");
            if !paths && !addresses {
                continue;
            }
            let mut at = Some(site.place.scope);
            while let Some(id) = at {
                if let Some(index) = self.by_scope.get(&id) {
                    self.list[*index].checks_paths |= paths;
                    self.list[*index].checks_addresses |= addresses;
                    break;
                }
                at = model.scopes[id.index()].parent;
            }
        }
    }
}

fn tool<'a>(model: &Model<'a>, defined: &Defined<'a>, by_call: Option<Registered<'a>>) -> Option<Tool<'a>> {
    let (def, scope) = (defined.def, defined.place.scope);
    let decorated =
        def.decorator_list.iter().find(|decorator| is_tool_decorator(model, &decorator.expression, defined));
    let made_known = decorated.is_some() || by_call.is_some();
    let class = if made_known { None } else { Some(tool_class(&model.scopes[scope.index()], def)?) };
    let mut description = docstring(&def.body).unwrap_or_default().to_owned();
    let mut name = def.name.as_str().to_owned();
    let mut declares_read_only = false;
    let decorator = decorated.and_then(|decorator| decorator.expression.as_call_expr());
    let calls = decorator.map(|call| (call, scope)).into_iter();
    for (call, scope) in calls.chain(by_call.and_then(|by| Some((by.told?, by.scope)))) {
        let said = registered::said(model, call, scope);
        add(&mut description, &said.description);
        name = said.name.unwrap_or(name);
        declares_read_only |= said.declares_read_only;
    }
    // A class with one entrance is the tool itself, and its own words are the tool's.
    if let Some(class) = class.filter(|_| ENTRANCES.contains(&def.name.as_str())) {
        class.name.as_str().clone_into(&mut name);
        add(&mut description, docstring(&class.body).unwrap_or_default());
        for (key, value) in class_texts(class) {
            let text = model.written(value, scope);
            if key == "name" { name = text } else { add(&mut description, &text) }
        }
    }
    Some(Tool { def, name, description, declares_read_only, checks_paths: false, checks_addresses: false })
}

/// The class whose methods are tools, as far as its name and those of its bases tell, if this is one that is called.
fn tool_class<'a>(outer: &Scope<'a>, method: &StmtFunctionDef) -> Option<&'a StmtClassDef> {
    let class = outer.class.filter(|_| outer.kind == ScopeKind::Class)?;
    let public = !method.name.starts_with('_') || CALLED.contains(&method.name.as_str());
    let mut bases = class.bases().iter().filter_map(last_name);
    let named = |name: &str| CLASSES.iter().any(|end| name.ends_with(end));
    (public && (named(class.name.as_str()) || bases.any(named))).then_some(class)
}

fn add(description: &mut String, text: &str) {
    if !text.is_empty() {
        description.push('\n');
        description.push_str(text);
    }
}

/// `name = …` and `description = …` in a class's body.
fn class_texts(class: &ruff_python_ast::StmtClassDef) -> impl Iterator<Item = (&str, &Expr)> {
    class.body.iter().filter_map(|stmt| {
        let (target, value) = match stmt {
            Stmt::Assign(assign) => (assign.targets.first()?, &*assign.value),
            Stmt::AnnAssign(assign) => (&*assign.target, assign.value.as_deref()?),
            _ => return None,
        };
        let Expr::Name(name) = target else { return None };
        matches!(name.id.as_str(), "name" | "description").then_some((name.id.as_str(), value))
    })
}

fn is_tool_decorator<'a>(model: &Model<'a>, decorator: &'a Expr, defined: &Defined<'a>) -> bool {
    let callee = if let Expr::Call(call) = decorator { &*call.func } else { decorator };
    let is_ours = model.resolve(callee, defined.place.scope).iter().any(|reached| {
        reached.path().and_then(|path| path.rsplit('.').next()).is_some_and(|last| DECORATORS.contains(&last))
    });
    is_ours || last_name(callee).is_some_and(|last| DECORATORS.contains(&last))
}

fn last_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        Expr::Subscript(subscript) => last_name(&subscript.value),
        _ => None,
    }
}

/// The text of a body's docstring.
pub(crate) fn docstring(body: &[Stmt]) -> Option<&str> {
    match body.first()? {
        Stmt::Expr(stmt) => match &*stmt.value {
            Expr::StringLiteral(literal) => Some(literal.value.to_str()),
            _ => None,
        },
        _ => None,
    }
}
