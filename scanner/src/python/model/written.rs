//! What can be read of a text whose whole is not known: the parts of a path, an
//! address or a command line that are constants, in their order.

use std::cell::Cell;

use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall, FStringPart, InterpolatedStringElement, Operator};

use super::Model;
use super::constant::Const;
use super::scope::{BindingId, ScopeId, Value};

/// Stands where a part of the text is not known.
pub(crate) const GAP: char = '\u{fffc}';
/// How many expressions one answer looks at.
const STEPS: u32 = 200;
/// How deep they may lie inside one another.
const DEPTH: u32 = 24;
/// The longest text that is put together, in bytes.
const MOST: usize = 4096;

impl<'a> Model<'a> {
    /// The text of an expression with [`GAP`] for what is not known. A list is its items with
    /// blanks between them, a path its parts with `/`, the home folder is `~`, and a variable of
    /// the environment `%NAME%`.
    pub(crate) fn written(&self, expr: &'a Expr, scope: ScopeId) -> String {
        let writer = Writer::of(self, expr, scope, self.passing.choice.get());
        self.passing.ways.set(self.passing.ways.get().max(writer.ways));
        if writer.from.is_some() {
            self.passing.from.set(writer.from);
        }
        writer.out
    }

    /// The same by way of the first caller, for questions that are no rule's.
    pub(crate) fn written_first(&self, expr: &'a Expr, scope: ScopeId) -> String {
        Writer::of(self, expr, scope, 0).out
    }
}

/// How often further ways are looked at in one file.
const AGAIN: u32 = 100_000;
/// How many ways by which texts come from callers are looked at.
const WAYS: usize = 16;

/// Where a call passes a text: the file, where it is another one, and the line.
pub(crate) type Whence = (Option<CompactString>, u32);

/// Which of its callers' arguments a parameter is taken for in texts. Whoever asks for one asks again for each of the ways
/// that there are.
#[derive(Default)]
pub(crate) struct Passing {
    choice: Cell<usize>,
    ways: Cell<usize>,
    /// How often further ways were looked at.
    again: Cell<u32>,
    /// Where the last argument stands that was taken.
    from: Cell<Option<Whence>>,
}

impl Passing {
    /// Does something as often as there are ways by which the texts that it asks for come from callers.
    /// That more are left than one file is looked at for is what it gives.
    pub(crate) fn each(&self, mut what: impl FnMut()) -> bool {
        self.ways.set(1);
        self.from.set(None);
        what();
        for choice in 1..self.ways.get().min(WAYS) {
            if self.again.get() >= AGAIN {
                self.choice.set(0);
                return true;
            }
            self.again.set(self.again.get() + 1);
            self.choice.set(choice);
            self.from.set(None);
            what();
        }
        self.choice.set(0);
        false
    }

    /// Where the call stands that passes the last text that was asked for, if it came from one.
    pub(crate) fn whence(&self) -> Option<Whence> {
        self.from.take()
    }
}

/// The text of an f-string's literal parts, with [`GAP`] for its values.
pub(crate) fn fstring_text(expr: &Expr) -> String {
    let mut text = String::new();
    let Expr::FString(fstring) = expr else { return text };
    for part in &fstring.value {
        match part {
            FStringPart::Literal(literal) => text.push_str(literal),
            FStringPart::FString(inner) => {
                for element in &inner.elements {
                    match element {
                        InterpolatedStringElement::Literal(literal) => text.push_str(literal),
                        InterpolatedStringElement::Interpolation(_) => text.push(GAP),
                    }
                }
            }
        }
    }
    text
}

struct Writer<'m, 'a> {
    model: &'m Model<'a>,
    out: String,
    steps: u32,
    /// Which way is taken where there are several.
    choice: usize,
    /// How many there were.
    ways: usize,
    /// Where the last argument stands that was taken.
    from: Option<Whence>,
}

impl<'m, 'a> Writer<'m, 'a> {
    fn of(model: &'m Model<'a>, expr: &'a Expr, scope: ScopeId, choice: usize) -> Self {
        let mut writer = Self { model, out: String::new(), steps: STEPS, choice, ways: 1, from: None };
        writer.write(expr, scope, 0);
        writer
    }

    fn push(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.out.len());
        self.out.extend(text.chars().scan(0, |used, c| {
            *used += c.len_utf8();
            (*used <= room).then_some(c)
        }));
    }

    fn write(&mut self, expr: &'a Expr, scope: ScopeId, depth: u32) {
        if self.steps == 0 || depth > DEPTH || self.out.len() >= MOST {
            return;
        }
        self.steps -= 1;
        let deeper = depth + 1;
        match expr {
            Expr::StringLiteral(literal) => self.push(literal.value.to_str()),
            Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => self.constant(expr, scope),
            Expr::FString(fstring) => {
                for part in &fstring.value {
                    match part {
                        FStringPart::Literal(literal) => self.push(literal),
                        FStringPart::FString(inner) => {
                            for element in &inner.elements {
                                match element {
                                    InterpolatedStringElement::Literal(literal) => self.push(literal),
                                    InterpolatedStringElement::Interpolation(field) => {
                                        self.write(&field.expression, scope, deeper);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            Expr::Name(name) => self.name(&name.id, scope, deeper),
            Expr::List(list) => self.joined(&list.elts, " ", scope, deeper),
            Expr::Tuple(tuple) => self.joined(&tuple.elts, " ", scope, deeper),
            Expr::Set(set) => self.joined(&set.elts, " ", scope, deeper),
            Expr::BinOp(op) => match op.op {
                Operator::Add => {
                    self.write(&op.left, scope, deeper);
                    if matches!(*op.left, Expr::List(_)) {
                        self.push(" ");
                    }
                    self.write(&op.right, scope, deeper);
                }
                Operator::Div => {
                    self.write(&op.left, scope, deeper);
                    self.push("/");
                    self.write(&op.right, scope, deeper);
                }
                Operator::Mod => self.template(&op.left, scope, deeper),
                _ => self.constant(expr, scope),
            },
            Expr::Call(call) => self.call(expr, call, scope, deeper),
            Expr::Subscript(subscript) => {
                let is_environ = self
                    .model
                    .resolve(&subscript.value, scope)
                    .iter()
                    .any(|reached| matches!(reached.path(), Some("os.environ" | "os.environb")));
                match self.model.key(&subscript.slice, scope) {
                    Some((key, _)) if is_environ => self.push(&format!("%{key}%")),
                    _ => self.constant(expr, scope),
                }
            }
            Expr::Attribute(attribute) if &attribute.attr == "pw_dir" => self.push("~"),
            Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "parent" | "parents") => {
                self.write(&attribute.value, scope, deeper);
                self.push("/..");
            }
            Expr::Attribute(attribute) => {
                let bound = self.model.attributes.get(attribute.attr.as_str()).map_or(&[][..], Vec::as_slice);
                let folded = self.model.constant(expr, scope);
                match (folded, bound) {
                    (Some(folded), _) => self.value(folded.value),
                    (None, [bound]) if matches!(bound.value, Value::Expr(_)) => {
                        if let Value::Expr(value) = bound.value {
                            self.write(value, bound.scope, deeper);
                        }
                    }
                    _ => self.gap(),
                }
            }
            Expr::If(branch) => {
                self.write(&branch.body, scope, deeper);
                self.push(" ");
                self.write(&branch.orelse, scope, deeper);
            }
            Expr::BoolOp(op) => self.joined(&op.values, " ", scope, deeper),
            Expr::Named(named) => self.write(&named.value, scope, deeper),
            Expr::Await(inner) => self.write(&inner.value, scope, deeper),
            Expr::Starred(inner) => self.write(&inner.value, scope, deeper),
            _ => self.constant(expr, scope),
        }
    }

    fn gap(&mut self) {
        if !self.out.ends_with(GAP) {
            self.push(GAP.encode_utf8(&mut [0; 4]));
        }
    }

    fn joined(&mut self, items: &'a [Expr], between: &str, scope: ScopeId, depth: u32) {
        for (index, item) in items.iter().take(64).enumerate() {
            if index > 0 {
                self.push(between);
            }
            self.write(item, scope, depth);
        }
    }

    fn name(&mut self, name: &'a str, scope: ScopeId, depth: u32) {
        match name {
            "__file__" => return self.push("__file__"),
            "__name__" => return self.push("__name__"),
            _ => {}
        }
        let bindings = self.model.lookup(name, scope).unwrap_or_default();
        let known = |id: &&BindingId| {
            let value = &self.model.bindings[id.index()].bound.value;
            matches!(value, Value::Expr(_) | Value::Element(_) | Value::Item(..) | Value::Parameter(_))
        };
        let Some(id) = bindings.iter().rev().find(known) else { return self.gap() };
        let bound = &self.model.bindings[id.index()].bound;
        match bound.value {
            Value::Expr(expr) | Value::Element(expr) => self.write(expr, bound.scope, depth),
            Value::Parameter(default) => self.parameter(*id, default.map(|default| (default, bound.scope)), depth),
            Value::Item(Expr::Tuple(tuple), index) if index < tuple.elts.len() => {
                self.write(&tuple.elts[index], bound.scope, depth);
            }
            _ => self.gap(),
        }
    }

    /// What one of the callers passes, or the default.
    fn parameter(&mut self, id: BindingId, default: Option<(&'a Expr, ScopeId)>, depth: u32) {
        let mut here: Vec<_> = default.into_iter().collect();
        here.extend(self.model.arguments_of_one(id));
        let there = self.model.passed_by_others(id);
        let count = here.len() + there.len();
        if count == 0 {
            return self.gap();
        }
        let choice = self.choice % count;
        self.choice /= count;
        self.ways = (self.ways * count).min(WAYS);
        match here.get(choice) {
            Some((value, scope)) => {
                if choice > 0 || default.is_none() {
                    self.from = Some((None, self.model.line(*value)));
                }
                self.write(value, *scope, depth);
            }
            None => {
                let passed = there[choice - here.len()];
                self.from = Some((Some(passed.file.clone()), passed.line));
                self.push(&passed.text);
            }
        }
    }

    /// `"%s/x" % y`: the pattern with gaps.
    fn template(&mut self, pattern: &'a Expr, scope: ScopeId, depth: u32) {
        let from = self.out.len();
        self.write(pattern, scope, depth);
        let text = self.out.split_off(from.min(self.out.len()));
        let gap = GAP.to_string();
        let mut text = text.replace("%s", &gap).replace("%d", &gap).replace("%r", &gap);
        while let Some(open) = text.find('{')
            && let Some(close) = text[open..].find('}')
            && close < 32
        {
            text.replace_range(open..=open + close, &gap);
        }
        self.push(&text);
    }

    fn call(&mut self, expr: &'a Expr, call: &'a ExprCall, scope: ScopeId, depth: u32) {
        let arguments = &call.arguments.args;
        let receiver = if let Expr::Attribute(attribute) = &*call.func { Some(attribute) } else { None };
        let targets = self.model.targets(call, scope);
        for path in targets.iter().filter_map(super::object::Reached::path) {
            match path {
                "os.path.join"
                | "posixpath.join"
                | "ntpath.join"
                | "pathlib.Path"
                | "pathlib.PurePath"
                | "pathlib.PosixPath"
                | "pathlib.WindowsPath" => return self.joined(arguments, "/", scope, depth),
                "pathlib.Path.home" => return self.push("~"),
                "os.listdir" => return self.push("*"),
                "os.walk" | "os.scandir" => {
                    arguments.first().into_iter().for_each(|inner| self.write(inner, scope, depth));
                    return self.push("/*");
                }
                "os.path.dirname" => {
                    arguments.first().into_iter().for_each(|inner| self.write(inner, scope, depth));
                    return self.push("/..");
                }
                "os.path.expanduser"
                | "os.path.expandvars"
                | "os.path.abspath"
                | "os.path.realpath"
                | "os.path.normpath"
                | "os.fspath"
                | "os.fsencode"
                | "builtins.str"
                | "builtins.bytes"
                | "builtins.compile"
                | "codecs.open"
                | "shlex.split"
                | "shlex.quote"
                | "builtins.list"
                | "builtins.tuple"
                | "glob.glob"
                | "glob.iglob"
                | "builtins.open"
                | "urllib.request.Request"
                | "yarl.URL" => {
                    return arguments.first().into_iter().for_each(|inner| self.write(inner, scope, depth));
                }
                "os.getenv" | "os.environ.get" | "os.environ.pop" | "os.environ.setdefault" => {
                    let key = arguments.first().and_then(|key| self.model.key(key, scope));
                    return match key {
                        Some((key, _)) => self.push(&format!("%{key}%")),
                        None => self.gap(),
                    };
                }
                _ => {}
            }
        }
        let Some(receiver) = receiver else { return self.constant(expr, scope) };
        match receiver.attr.as_str() {
            "joinpath" => {
                self.write(&receiver.value, scope, depth);
                self.push("/");
                self.joined(arguments, "/", scope, depth);
            }
            "format" => self.template(&receiver.value, scope, depth),
            "expanduser" | "resolve" | "absolute" | "as_posix" | "encode" | "decode" | "strip" | "lower" | "split"
            | "open" | "glob" | "rglob" | "iterdir" | "read" | "read_text" | "read_bytes" => {
                match self.model.constant(expr, scope) {
                    Some(folded) => self.value(folded.value),
                    None => self.write(&receiver.value, scope, depth),
                }
                if receiver.attr.as_str().ends_with("glob") {
                    self.push("/");
                    self.joined(arguments, "/", scope, depth);
                }
            }
            "replace" if self.model.constant(expr, scope).is_none() => self.write(&receiver.value, scope, depth),
            "join" if matches!(arguments.first(), Some(Expr::List(_) | Expr::Tuple(_))) => {
                let between = self.model.constant(&receiver.value, scope).and_then(|text| text.value.into_text());
                if let Some(Expr::List(list)) = arguments.first() {
                    self.joined(&list.elts, between.as_deref().unwrap_or(" "), scope, depth);
                }
                if let Some(Expr::Tuple(tuple)) = arguments.first() {
                    self.joined(&tuple.elts, between.as_deref().unwrap_or(" "), scope, depth);
                }
            }
            _ => self.constant(expr, scope),
        }
    }

    fn constant(&mut self, expr: &'a Expr, scope: ScopeId) {
        match self.model.constant(expr, scope) {
            Some(folded) => self.value(folded.value),
            None => self.gap(),
        }
    }

    fn value(&mut self, value: Const) {
        match value {
            Const::List(items) => {
                for (index, item) in items.into_iter().take(64).enumerate() {
                    if index > 0 {
                        self.push(" ");
                    }
                    self.value(item);
                }
            }
            Const::Bytes(bytes) => {
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)]).into_owned();
                self.push(&text);
            }
            value => match value.to_text() {
                Some(text) => self.push(&text),
                None => self.gap(),
            },
        }
    }
}
