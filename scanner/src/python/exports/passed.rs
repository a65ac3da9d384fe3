//! Texts that files pass to functions of others: names of files, and command lines.

use std::cell::Cell;
use std::sync::LazyLock;

use compact_str::CompactString;
use memchr::memchr3;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashMap;

use super::file::name_of;
use super::tree::{Exports, uncalled};
use super::{Asked, Neighbours};
use crate::python::model::object::{Reached, path_of};
use crate::python::model::scope::{BindingId, Bound, ScopeId, Slot, Value};
use crate::python::model::written::fstring_text;
use crate::python::model::{CallSite, Model};
use crate::words::{Case, Words};

/// How many texts of one file are noted.
const TEXTS: usize = 512;
/// How many texts one function is known to be passed.
const MOST: usize = 16;
/// The shortest and the longest text that is noted, in bytes.
const SHORT: usize = 4;
const LONG: usize = 1024;
/// How deep in an expression, and behind names, parts of a text are looked for.
const DEPTH: u32 = 4;
/// How many expressions of one file are looked at for them; that there are more is told.
const LOOKS: u32 = 1_000_000;
/// How many it counts as to put the texts of one call together.
const LOOKS_OF_TEXT: u32 = 200;
/// Folders of the system.
const ROOTS: [&str; 9] = ["etc/", "var/", "usr/", "lib/", "home/", "root/", "opt/", "proc/", "Library/"];
/// What command lines have that rules tell of, and other texts hardly.
static PROGRAMS: LazyLock<Words> = LazyLock::new(|| Words::new(Case::Either, COMMANDS.into_iter()));
const COMMANDS: [&str; 58] = [
    "curl ",
    "wget ",
    "sh -c",
    "bash ",
    "powershell",
    "pwsh",
    "cmd /c",
    "cmd.exe",
    "| sh",
    "|sh",
    "| bash",
    "|bash",
    "| python",
    "/dev/tcp",
    "nc -",
    "ncat ",
    "socat ",
    "python -",
    "python3 -",
    "perl -",
    "ruby -",
    "node -",
    "base64 -",
    "openssl ",
    "crontab",
    "schtasks",
    "launchctl",
    "systemctl",
    "reg add",
    "reg.exe",
    "chmod ",
    "chown ",
    "rm -",
    "dd if=",
    "mkfs",
    "shutdown ",
    "pip install",
    "npm i",
    "ssh ",
    "scp ",
    "sudo ",
    "certutil",
    "bitsadmin",
    "mshta",
    "regsvr32",
    "rundll32",
    "wmic ",
    "osascript",
    "net user",
    "netsh ",
    "iptables",
    "setenforce",
    "vssadmin",
    "useradd",
    "usermod",
    "git config",
    "ngrok",
    ":(){",
];
/// How many arguments of a call are looked at.
const ARGUMENTS: usize = 8;

/// A text that a call of another file's function is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Its place among the arguments, or the parameter's name.
    to: Parameter,
    pub(crate) text: String,
    pub(crate) file: CompactString,
    /// The line of the call, from 1.
    pub(crate) line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Parameter {
    At(usize),
    Named(CompactString),
}

impl Parameter {
    fn is(&self, slot: &Slot<'_>) -> bool {
        match self {
            Self::At(place) => *place == slot.position,
            Self::Named(name) => name == slot.name,
        }
    }
}

/// The texts that a file passes to functions of others, by what it calls these. That there are more is told.
pub(super) fn passed(model: &Model<'_>) -> Vec<(CompactString, Passed)> {
    let mut all = Vec::new();
    let Some(neighbours) = model.exports.filter(|neighbours| !neighbours.is_alone()) else { return all };
    let parts = Parts::of(model);
    if parts.starts.is_empty() {
        return all;
    }
    for (index, site) in model.calls.iter().enumerate() {
        if !given(site.call).any(|(_, value)| parts.may_be_of(value, site.place.scope, DEPTH)) {
            continue;
        }
        let mut texts: Option<Vec<Passed>> = None;
        let paths = model.targets_of(index).iter().filter_map(Reached::path).filter(|path| neighbours.has(path));
        for path in paths {
            let texts = texts.get_or_insert_with(|| parts.texts(site));
            all.extend(texts.iter().map(|text| (CompactString::from(path), text.clone())));
        }
        if all.len() > TEXTS {
            model.exhausted.set(true);
            all.truncate(TEXTS);
            break;
        }
    }
    all
}

fn given(call: &ExprCall) -> impl Iterator<Item = (Option<Parameter>, &Expr)> {
    let placed = call.arguments.args.iter().enumerate().map(|(place, value)| (Some(Parameter::At(place)), value));
    let named = call.arguments.keywords.iter();
    let named = named.map(|word| (word.arg.as_ref().map(|name| Parameter::Named(name.as_str().into())), &word.value));
    placed.take_while(|(_, value)| !value.is_starred_expr()).chain(named).take(ARGUMENTS)
}

/// Where in a file the parts stand that such texts are made of. Putting texts together costs more than looking for these.
struct Parts<'m, 'a> {
    model: &'m Model<'a>,
    /// In their order.
    starts: Vec<TextSize>,
    /// How many expressions are still looked at.
    left: Cell<u32>,
}

impl<'m, 'a> Parts<'m, 'a> {
    fn of(model: &'m Model<'a>) -> Self {
        let literals = model.literals.iter().filter(|literal| match literal.expr {
            Expr::StringLiteral(text) => !literal.is_statement && is_part(text.value.to_str()),
            _ => false,
        });
        let formatted = model.fstrings.iter().filter(|text| is_part(&fstring_text(text)));
        let homes = model.calls.iter().map(|site| site.call);
        let homes = homes.filter(|call| matches!(&*call.func, Expr::Attribute(method) if &method.attr == "home"));
        let mut starts: Vec<TextSize> = literals.map(|literal| literal.expr.start()).collect();
        starts.extend(formatted.map(Ranged::start).chain(homes.map(Ranged::start)));
        starts.sort_unstable();
        Self { model, starts, left: Cell::new(LOOKS) }
    }

    /// Whether an expression, or what its names are bound to, has any of them.
    fn may_be_of(&self, value: &'a Expr, scope: ScopeId, depth: u32) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else {
            self.model.exhausted.set(true);
            return false;
        };
        self.left.set(left);
        let Some(depth) = depth.checked_sub(1).filter(|_| !value.is_literal_expr() || value.is_string_literal_expr())
        else {
            return false;
        };
        let first = self.starts.partition_point(|start| *start < value.start());
        if self.starts.get(first).is_some_and(|start| *start < value.end()) {
            return true;
        }
        let any = |values: &'a [Expr]| values.iter().take(ARGUMENTS).any(|value| self.may_be_of(value, scope, depth));
        match value {
            Expr::BinOp(op) => self.may_be_of(&op.left, scope, depth) || self.may_be_of(&op.right, scope, depth),
            Expr::List(list) => any(&list.elts),
            Expr::Tuple(tuple) => any(&tuple.elts),
            Expr::Attribute(attribute) => self.may_be_of(&attribute.value, scope, depth),
            Expr::Call(call) => any(&call.arguments.args) || self.may_be_of(&call.func, scope, depth),
            Expr::Name(name) => {
                let bound = |id: &BindingId| match self.model.bindings[id.index()].bound {
                    Bound { value: Value::Expr(value) | Value::Element(value), scope, .. } => {
                        self.may_be_of(value, scope, depth)
                    }
                    _ => false,
                };
                self.model.lookup(&name.id, scope).into_iter().flatten().take(ARGUMENTS).any(bound)
            }
            _ => false,
        }
    }

    /// The texts among what a call is given.
    fn texts(&self, site: &CallSite<'a>) -> Vec<Passed> {
        self.left.set(self.left.get().saturating_sub(LOOKS_OF_TEXT));
        let (model, line) = (self.model, self.model.line(site.call));
        let text = |(to, value): (Option<Parameter>, &'a Expr)| {
            let may_be = self.may_be_of(value, site.place.scope, DEPTH);
            let text = may_be.then(|| model.written_first(value, site.place.scope)).filter(|text| is_telling(text))?;
            Some(Passed { to: to?, text, file: model.source.path.into(), line })
        };
        given(site.call).filter_map(text).collect()
    }
}

fn is_part(text: &str) -> bool {
    matches!(text, "~" | "HOME" | "USERPROFILE" | "APPDATA" | "LOCALAPPDATA") || is_telling(text)
}

/// Whether a text may be the name of a file of the system or of somebody's home folder, or a command line with more than
/// a name.
fn is_telling(text: &str) -> bool {
    // Most texts of a program are words.
    let has_sign = || text.starts_with(['~', '%']) || memchr3(b'/', b'\\', b' ', text.as_bytes()).is_some();
    (SHORT..=LONG).contains(&text.len()) && has_sign() && (is_path(text) || is_line(text))
}

fn is_path(text: &str) -> bool {
    let of_system = || ROOTS.iter().any(|root| text.strip_prefix('/').is_some_and(|path| path.starts_with(root)));
    let is_variable =
        || text[1..].split('%').next().is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric()));
    let is_hidden = || text.split('/').skip(1).any(|name| matches!(name.as_bytes(), [b'.', b'0'..=b'z', ..]));
    match text.as_bytes()[0] {
        b'~' => true,
        b'%' if is_variable() => true,
        b'/' if of_system() => true,
        _ => is_hidden() || text.split('\\').skip(1).zip(text.split('\\')).any(|(_, drive)| drive.ends_with(':')),
    }
}

fn is_line(text: &str) -> bool {
    let mut is_line = false;
    if text.contains(' ') {
        PROGRAMS.each(text.as_bytes(), |_| is_line = true);
    }
    is_line
}

/// Texts by the functions that they are passed to.
pub(super) type AllPassed = FxHashMap<CompactString, Vec<Passed>>;

impl Exports {
    /// Takes over what the files of a module pass to functions of others.
    pub(super) fn add_passed(&mut self, module: &str, passed: Vec<(CompactString, Passed)>) {
        for (path, text) in passed {
            let path = self.nearest(module, &path).unwrap_or(path);
            let Some(end) = self.steps(&path).last() else { continue };
            let all = self.passed.entry(uncalled(&end).unwrap_or(end)).or_default();
            if all.len() < MOST && !all.contains(&text) {
                all.push(text);
            }
        }
    }

    /// Whether others pass texts to any of the functions of which a file asked that.
    pub(crate) fn passes_any(&self, asked: &Asked) -> bool {
        asked.passed.iter().any(|function| self.passed.contains_key(function))
    }
}

impl<'a> Model<'a> {
    /// The texts that other files pass for a parameter of a function.
    pub(crate) fn passed_by_others(&self, parameter: BindingId) -> Vec<&'a Passed> {
        let slot = self.slots.get(parameter).filter(|slot| !slot.is_variadic);
        let (Some(slot), Some(neighbours)) = (slot, self.exports) else { return Vec::new() };
        let all = neighbours.passed(|| self.path_of_function(slot.function));
        all.iter().filter(|passed| passed.to.is(slot)).collect()
    }

    fn path_of_function(&self, function: ScopeId) -> Option<CompactString> {
        let module = self.exports?.module();
        Some(path_of(&[module, ".", &name_of(self, function)?]))
    }
}

impl<'e> Neighbours<'e> {
    /// What other files pass to a function.
    fn passed(&self, function: impl FnOnce() -> Option<CompactString>) -> &'e [Passed] {
        if self.is_alone() {
            return &[];
        }
        let Some(function) = function() else { return &[] };
        self.asked.borrow_mut().passed.insert(&function);
        self.exports.passed.get(&function).map_or(&[], Vec::as_slice)
    }
}
