//! Where an expression's data comes from: the beginning of every flow.

use ruff_python_ast::{Expr, ExprCall, FStringPart, InterpolatedStringElement};
use rustc_hash::FxHashSet;

use super::Model;
use super::constant::decoder;
use super::object::Object;
use super::scope::{BindingId, Bound, ScopeId, Value};

/// How many steps one question takes.
const STEPS: u32 = 600;

/// A place outside the program that data comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SourceKind {
    /// The answer of a network request.
    Network,
    /// Standard input, the command line.
    User,
    /// Environment variables.
    Environment,
    /// A file's contents.
    File,
}

impl SourceKind {
    /// The source in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Network => "an answer from the network",
            Self::User => "what a user typed",
            Self::Environment => "the environment",
            Self::File => "a file's contents",
        }
    }
}

/// What an expression's data is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// A parameter of a function of this file, by name.
    pub(crate) parameter: Option<String>,
    /// The gravest source outside the program, its path and its line.
    pub(crate) source: Option<(SourceKind, String, u32)>,
    /// It passes through a decoder, at that line.
    pub(crate) decoded: Option<(String, u32)>,
    /// It holds something that could not be followed.
    pub(crate) unknown: bool,
}

impl Origin {
    /// Nothing but literals went in.
    pub(crate) const fn is_constant(&self) -> bool {
        self.parameter.is_none() && self.source.is_none() && !self.unknown
    }
}

impl<'a> Model<'a> {
    /// What went into an expression, over every binding of every name in it.
    pub(crate) fn origin(&self, expr: &'a Expr, scope: ScopeId) -> Origin {
        let mut walk = Origins { model: self, origin: Origin::default(), seen: FxHashSet::default(), steps: STEPS };
        walk.follow(expr, scope);
        walk.origin
    }
}

struct Origins<'m, 'a> {
    model: &'m Model<'a>,
    origin: Origin,
    seen: FxHashSet<BindingId>,
    steps: u32,
}

impl<'a> Origins<'_, 'a> {
    fn follow(&mut self, expr: &'a Expr, scope: ScopeId) {
        if self.steps == 0 || !self.model.step() {
            self.origin.unknown = true;
            return;
        }
        self.steps -= 1;
        let mut each = |expr: &'a Expr| self.follow(expr, scope);
        match expr {
            Expr::Name(name) => self.name(&name.id, scope),
            Expr::Attribute(attribute) => self.attribute(expr, &attribute.value, &attribute.attr, scope),
            Expr::Call(call) => self.call(call, scope),
            Expr::BinOp(op) => {
                each(&op.left);
                each(&op.right);
            }
            Expr::UnaryOp(op) => each(&op.operand),
            Expr::BoolOp(op) => op.values.iter().for_each(each),
            Expr::If(branch) => {
                each(&branch.body);
                each(&branch.orelse);
            }
            Expr::Named(named) => each(&named.value),
            Expr::Await(inner) => each(&inner.value),
            Expr::Starred(inner) => each(&inner.value),
            Expr::Subscript(inner) => {
                if !self.outside(expr, scope) {
                    self.follow(&inner.value, scope);
                }
            }
            Expr::List(list) => list.elts.iter().for_each(each),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(each),
            Expr::Set(set) => set.elts.iter().for_each(each),
            Expr::Dict(dict) => dict.items.iter().for_each(|item| each(&item.value)),
            Expr::FString(fstring) => {
                for part in &fstring.value {
                    let FStringPart::FString(inner) = part else { continue };
                    for element in &inner.elements {
                        if let InterpolatedStringElement::Interpolation(field) = element {
                            self.follow(&field.expression, scope);
                        }
                    }
                }
            }
            Expr::ListComp(comp) => self.inner(&comp.elt, &comp.node_index),
            Expr::SetComp(comp) => self.inner(&comp.elt, &comp.node_index),
            Expr::Generator(comp) => self.inner(&comp.elt, &comp.node_index),
            Expr::Compare(_) | Expr::Lambda(_) => {}
            _ if expr.is_literal_expr() => {}
            _ => self.origin.unknown = true,
        }
    }

    fn inner(&mut self, element: &'a Expr, index: &ruff_python_ast::AtomicNodeIndex) {
        match super::resolve::scope_of(index) {
            Some(scope) => self.follow(element, scope),
            None => self.origin.unknown = true,
        }
    }

    fn name(&mut self, name: &str, scope: ScopeId) {
        let Some(ids) = self.model.lookup(name, scope) else {
            self.origin.unknown |= !matches!(name, "__file__" | "__name__" | "__doc__");
            return;
        };
        for id in ids {
            if self.seen.insert(*id) {
                self.bound(name, &self.model.bindings[id.index()].bound);
            }
        }
    }

    fn bound(&mut self, name: &str, bound: &Bound<'a>) {
        match &bound.value {
            Value::Expr(expr) | Value::Item(expr, _) | Value::Element(expr) | Value::Augmented(expr) => {
                self.follow(expr, bound.scope);
            }
            Value::Parameter(_) => {
                self.origin.parameter.get_or_insert_with(|| name.to_owned());
            }
            Value::Import(path) => {
                if !self.is_source(path, 0) {
                    self.origin.unknown = true;
                }
            }
            Value::Function(_) | Value::Class(_) => {}
            Value::Own(_) | Value::Opaque => self.origin.unknown = true,
        }
    }

    /// Notes the source that an expression is, if it is one.
    fn outside(&mut self, expr: &'a Expr, scope: ScopeId) -> bool {
        let line = self.model.line(expr);
        self.model
            .resolve(expr, scope)
            .iter()
            .any(|reached| reached.path().is_some_and(|path| self.is_source(path, line)))
    }

    fn is_source(&mut self, path: &str, line: u32) -> bool {
        let Some(kind) = source_of(path) else { return false };
        if self.origin.source.as_ref().is_none_or(|(other, ..)| kind < *other) {
            self.origin.source = Some((kind, path.to_owned(), line));
        }
        true
    }

    fn attribute(&mut self, expr: &'a Expr, base: &'a Expr, name: &str, scope: ScopeId) {
        if self.outside(expr, scope) {
            return;
        }
        let reached = self.model.resolve(expr, scope);
        if reached.iter().any(|reached| reached.path().is_some_and(is_harmless)) {
            return;
        }
        let mut known = false;
        for base in self.model.resolve(base, scope) {
            let (Object::Class(class) | Object::Instance(class)) = base.object else { continue };
            for id in self.model.scopes[class.index()].names.get(name).into_iter().flatten() {
                known = true;
                if self.seen.insert(*id) {
                    self.bound(name, &self.model.bindings[id.index()].bound);
                }
            }
            for bound in self.model.attributes.get(name).into_iter().flatten() {
                known = true;
                self.bound(name, bound);
            }
        }
        if !known {
            self.follow(base, scope);
        }
    }

    fn call(&mut self, call: &'a ExprCall, scope: ScopeId) {
        let line = self.model.line(call);
        for target in self.model.targets(call, scope) {
            match &target.object {
                Object::Path(path) => {
                    if self.is_source(path, line) || is_harmless(path) {
                        return;
                    }
                    if decoder::is_decoder(path) {
                        self.origin.decoded.get_or_insert_with(|| (path.to_string(), line));
                    }
                    // A function that is not known to give its arguments back in another
                    // form may give anything.
                    self.origin.unknown |= !decoder::is_decoder(path) && !is_pure(path);
                }
                Object::Function(function) => {
                    for value in self.model.scopes[function.index()].returns.clone() {
                        self.follow(value, *function);
                    }
                }
                _ => self.origin.unknown = true,
            }
        }
        if let Expr::Attribute(attribute) = &*call.func {
            self.follow_receiver(&attribute.value, scope);
        }
        for argument in &call.arguments.args {
            self.follow(argument, scope);
        }
        for keyword in &call.arguments.keywords {
            self.follow(&keyword.value, scope);
        }
    }

    /// The object whose method is called; a module is not data.
    fn follow_receiver(&mut self, base: &'a Expr, scope: ScopeId) {
        if let Expr::Name(name) = base
            && let Some(ids) = self.model.lookup(&name.id, scope)
            && ids.iter().all(|id| matches!(self.model.bindings[id.index()].bound.value, Value::Import(_)))
        {
            return;
        }
        if let Expr::Name(name) = base
            && self.model.lookup(&name.id, scope).is_none()
        {
            return;
        }
        self.follow(base, scope);
    }
}

/// The source that a qualified path is.
pub(crate) fn source_of(path: &str) -> Option<SourceKind> {
    const NETWORK: &[&str] = &[
        "requests.",
        "httpx.",
        "aiohttp.",
        "urllib3.",
        "urllib.request.",
        "urllib.urlopen",
        "urllib2.",
        "http.client.",
        "socket.socket().recv",
        "socket.create_connection().recv",
        "socket.socket().makefile",
        "ftplib.",
        "telnetlib.",
        "websocket.",
        "websockets.",
        "smtplib.",
        "poplib.",
        "imaplib.",
        "xmlrpc.client.",
    ];
    const USER: &[&str] = &["builtins.input", "sys.stdin", "sys.argv", "getpass.getpass", "fileinput.input"];
    const ENVIRONMENT: &[&str] = &["os.environ", "os.getenv", "os.environb", "os.getenvb"];
    let starts = |list: &[&str]| list.iter().any(|start| path.starts_with(start));
    if starts(NETWORK) {
        let is_request =
            path.contains("()") || path.rsplit('.').next().is_some_and(|last| NETWORK_CALLS.contains(&last));
        return is_request.then_some(SourceKind::Network);
    }
    if starts(USER) {
        return Some(SourceKind::User);
    }
    if starts(ENVIRONMENT) {
        return Some(SourceKind::Environment);
    }
    let reads = matches!(path, "builtins.open().read" | "builtins.open().readline" | "builtins.open().readlines")
        || (path.starts_with("pathlib.") && (path.ends_with(".read_text") || path.ends_with(".read_bytes")));
    reads.then_some(SourceKind::File)
}

/// Functions of the network clients that give the answer.
const NETWORK_CALLS: &[&str] =
    &["get", "post", "put", "patch", "delete", "request", "urlopen", "urlretrieve", "stream", "recv", "build_opener"];

/// Values that no outsider chooses, and functions that make theirs safe for a shell.
fn is_harmless(path: &str) -> bool {
    matches!(
        path,
        "sys.executable"
            | "sys.platform"
            | "sys.prefix"
            | "sys.version_info"
            | "sys.version"
            | "os.name"
            | "os.sep"
            | "os.devnull"
            | "os.getpid"
            | "os.getcwd"
            | "os.linesep"
            | "shlex.quote"
            | "pipes.quote"
            | "shlex.join"
            | "subprocess.list2cmdline"
            | "tempfile.mkdtemp"
            | "tempfile.gettempdir"
            | "time.time"
            | "builtins.len"
            | "builtins.int"
            | "builtins.float"
            | "builtins.bool"
            | "builtins.id"
    ) || path.starts_with("string.")
        || path.starts_with("platform.")
}

/// Functions whose result is made of their arguments only.
fn is_pure(path: &str) -> bool {
    path.starts_with("os.path.")
        || path.starts_with("os.fs")
        || path.starts_with("textwrap.")
        || path.starts_with("functools.")
        || path.starts_with("itertools.")
        || path.starts_with("codecs.")
        || matches!(
            path,
            "builtins.str"
                | "builtins.bytes"
                | "builtins.bytearray"
                | "builtins.chr"
                | "builtins.ord"
                | "builtins.repr"
                | "builtins.list"
                | "builtins.tuple"
                | "builtins.map"
                | "builtins.reversed"
                | "builtins.sorted"
                | "builtins.zip"
                | "builtins.range"
                | "builtins.enumerate"
                | "builtins.format"
                | "builtins.hex"
                | "builtins.str.join"
                | "builtins.dict"
                | "builtins.compile"
                | "shlex.split"
                | "pathlib.Path"
                | "pathlib.PurePath"
                | "builtins.next"
                | "builtins.iter"
                | "builtins.filter"
                | "builtins.sum"
                | "builtins.getattr"
                | "builtins.memoryview"
        )
}
