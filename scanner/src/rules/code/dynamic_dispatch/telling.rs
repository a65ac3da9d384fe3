//! Targets that cannot be told, but whose name can: `x.system("id")` starts a program whatever `x` is.

use airlock_model::Severity;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet;

use super::{holds_sink, is_sink};
use crate::python::model::object::{Object, Via};
use crate::python::model::resolve::OBJECTS;
use crate::python::model::scope::Value;
use crate::python::model::{CallSite, Model};
use crate::rules::check::{Check, How, Use};

/// Names of functions of `os` and `subprocess` that hardly anything else has.
pub(super) const METHODS: &[&str] = &[
    "system",
    "popen",
    "execl",
    "execle",
    "execlp",
    "execlpe",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "spawnl",
    "spawnle",
    "spawnlp",
    "spawnlpe",
    "spawnv",
    "spawnve",
    "spawnvp",
    "spawnvpe",
    "posix_spawn",
    "posix_spawnp",
    "startfile",
    "forkpty",
    "check_output",
    "check_call",
    "getoutput",
    "getstatusoutput",
    "create_subprocess_shell",
    "create_subprocess_exec",
];

/// What leads to modules by other ways than an import.
const DOORS: &[&str] = &[
    "__import__",
    "import_module",
    "importlib",
    ".modules",
    "__builtins__",
    "__globals__",
    "__subclasses__",
    "__dict__",
    "getattr",
    "vars(",
    "globals(",
    "locals",
    "closurevars",
    "import gc",
    ".obj",
    "_target",
    "normalize_module",
];

/// The same and names of built-in functions, where a table is asked for them.
const KEYS: &[&str] = &["exec", "eval", "compile", "__import__"];

/// Programs whose lines may have no sign of a shell.
const PROGRAMS: &[&str] = &[
    "echo",
    "touch",
    "rm",
    "cat",
    "curl",
    "wget",
    "id",
    "whoami",
    "ls",
    "sh",
    "bash",
    "python",
    "python3",
    "env",
    "nc",
    "kill",
    "sudo",
    "chmod",
    "mv",
    "cp",
    "open",
    "start",
    "calc",
    "powershell",
    "cmd",
];

/// How many keys and arguments of one target are looked at.
const STEPS: u32 = 8;

/// A method of that name on something that is not known.
pub(super) fn method<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let Expr::Attribute(method) = &*site.call.func else { return };
    let targets = check.model.targets(site.call, site.place.scope);
    let own = check.model.source.path.split('/').next().unwrap_or_default();
    let is_told = targets.iter().any(|target| match &target.object {
        // A function of a module, which the rules know or which is another library's.
        Object::Path(path) => {
            let is_plain = !path.contains(['(', '[']) && target.via < Via::Computed;
            is_sink(path) || is_plain || path.split('.').next() == Some(own)
        }
        _ => true,
    });
    if is_told && targets.len() < OBJECTS {
        return;
    }
    let is_own = matches!(&*method.value, Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls"));
    // `chat.system("You are …")` is how messages are built.
    let is_ambiguous = &method.attr == "system"
        && !has_a_door(check.model)
        && !names_a_module(&method.value)
        && !is_given_a_line(check, site);
    if is_ambiguous {
        return;
    }
    let message = format!("calls `{}` of something that is not known", method.attr);
    let finding = check.at(site.call.range(), message);
    check.report(if is_own { finding.severity(Severity::Low) } else { finding });
}

/// Whether a file's text has anything by which a module is reached other than by importing it.
fn has_a_door(model: &Model<'_>) -> bool {
    *model.has_a_door.get_or_init(|| DOORS.iter().any(|door| model.source.text.contains(door)))
}

/// Whether what a call is given reads like the line of a shell rather than like a sentence.
fn is_given_a_line<'a>(check: &Check<'_, 'a>, site: &CallSite<'a>) -> bool {
    let Some(line) = site.call.arguments.args.first() else { return false };
    let line = check.model.written(line, site.place.scope);
    let program = line.split_whitespace().next().unwrap_or_default();
    let is_program = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '/' | '~');
    let signs = [" -", " /", " ~", "|", "&&", "; ", "$(", "`", " >", ">/"];
    !program.is_empty()
        && program.chars().all(is_program)
        && (signs.iter().any(|sign| line.contains(sign)) || PROGRAMS.contains(&program) || program.contains('/'))
}

/// Whether something on the way to the method is called like a module of the operating system.
fn names_a_module(expr: &Expr) -> bool {
    let is_module = |name: &str| matches!(name, "os" | "posix" | "nt" | "subprocess");
    match expr {
        Expr::Name(name) => is_module(&name.id),
        Expr::Attribute(attribute) => is_module(&attribute.attr) || names_a_module(&attribute.value),
        Expr::Subscript(subscript) => {
            matches!(&*subscript.slice, Expr::StringLiteral(key) if is_module(key.value.to_str()))
                || names_a_module(&subscript.value)
        }
        Expr::Call(call) => names_a_module(&call.func) || call.arguments.args.iter().any(names_a_module),
        Expr::StringLiteral(text) => is_module(text.value.to_str()),
        _ => false,
    }
}

/// `table["system"](…)` and `find("system")(…)`, where table and function are not known.
pub(super) fn asked_by_name<'a>(check: &Check<'_, 'a>, site: &CallSite<'a>) -> Option<(String, Severity)> {
    let name = name_in(check, &site.call.func, site, STEPS)?;
    Some((format!("what something unknown has under the name '{name}'"), Severity::Medium))
}

fn name_in<'a>(check: &Check<'_, 'a>, target: &'a Expr, site: &CallSite<'a>, steps: u32) -> Option<String> {
    let steps = steps.checked_sub(1)?;
    let text = |expr: &'a Expr| {
        let (text, _) = check.model.key(expr, site.place.scope)?;
        let last = text.rsplit('.').next().unwrap_or(&text);
        let is_known = METHODS.contains(&last) || (KEYS.contains(&last) && last.len() == text.len());
        is_known.then(|| airlock_model::escape::line(&text))
    };
    match target {
        Expr::Subscript(subscript) => text(&subscript.slice).or_else(|| name_in(check, &subscript.value, site, steps)),
        Expr::Call(call) => call
            .arguments
            .args
            .iter()
            .filter(|argument| argument.is_string_literal_expr())
            .find_map(text)
            .or_else(|| name_in(check, &call.func, site, steps)),
        _ => None,
    }
}

/// A function of a dangerous module by a name that is put together: it may be put together otherwise than it seems.
pub(super) fn guessed<'a>(check: &Check<'_, 'a>, site: &CallSite<'a>) -> Option<(String, Severity)> {
    let targets = check.model.targets(site.call, site.place.scope);
    if targets.iter().any(|target| target.path().is_some_and(is_sink)) {
        return None;
    }
    let path = targets.iter().filter(|target| target.via >= Via::Computed).find_map(|target| {
        let path = target.path()?;
        let (module, last) = path.rsplit_once('.')?;
        (holds_sink(module) || METHODS.contains(&last)).then(|| airlock_model::escape::line(path))
    })?;
    Some((format!("what a name that is put together makes {path}"), Severity::Medium))
}

/// `getattr(os, name)` that is neither called nor kept under a name: what it is given to, or returned to, calls it.
pub(super) fn fetched<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let (How::Called, Some(call)) = (site.how, site.call) else { return };
    let [base, name, ..] = &*call.arguments.args else { return };
    let scope = site.place.scope;
    if check.model.is_certain(name, scope) || is_used_openly(check, call) {
        return;
    }
    let module = check.model.paths(base, scope).into_iter().find(|path| holds_sink(path));
    let Some(module) = module else { return };
    // `getattr(os, "O_" + flag)`.
    let beginnings = check.model.beginnings(name, scope);
    let is_harmless =
        |start: &String| start.len() > 1 && !super::sinks_of(&module).any(|sink| sink.starts_with(start.as_str()));
    if !beginnings.is_empty() && beginnings.iter().all(is_harmless) {
        return;
    }
    let finding = check.at(site.range, format!("hands on an attribute of {module} chosen by a computed name"));
    check.report(finding);
}

/// Whether a call is itself called, is an argument, or is kept under a name: these are looked at by themselves.
fn is_used_openly(check: &Check<'_, '_>, call: &ExprCall) -> bool {
    let model = check.model;
    let used = model.used_openly.get_or_init(|| {
        let mut used = FxHashSet::default();
        for site in &model.calls {
            let arguments = &site.call.arguments;
            used.insert(site.call.func.range());
            used.extend(arguments.args.iter().map(Ranged::range));
            used.extend(arguments.keywords.iter().map(|keyword| keyword.value.range()));
        }
        used.extend(model.bindings.iter().filter_map(|binding| match binding.bound.value {
            Value::Expr(value) => Some(value.range()),
            _ => None,
        }));
        used
    });
    used.contains(&call.range())
}
