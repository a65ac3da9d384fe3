//! Data that arrives at sinks: asks where it comes from, once for each sink, and puts the
//! answer to the rules about flows.

mod assigned;

use airlock_model::finding::Evidence;
use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::TextRange;

use super::check::{Found, Use};
use super::sinks::{self, Part, SinkKind};
use crate::python::exports::{Neighbours, Take};
use crate::python::model::Model;
use crate::python::model::origin::{Flow, Origin, SourceKind, Step};
use crate::python::model::scope::{ScopeId, Value};

/// How many findings' worth of flows one sink hands on.
const FLOWS: usize = 64;
/// How many parameters of functions one file notes as leading to sinks.
const TAKES: usize = 1024;

/// Interpreters: a file that one of them is given is run.
const INTERPRETERS: &[&str] = &[
    "python",
    "python3",
    "pythonw",
    "sh",
    "bash",
    "zsh",
    "dash",
    "cmd",
    "cmd.exe",
    "powershell",
    "powershell.exe",
    "pwsh",
    "node",
    "perl",
    "ruby",
    "php",
    "java",
    "mshta",
    "wscript",
    "cscript",
    "rundll32",
    "regsvr32",
    "osascript",
    "ksh",
    "fish",
    "pypy",
    "pypy3",
];
/// Programs that start the one they are given.
const STARTERS: &[&str] = &[
    "sudo", "nohup", "env", "doas", "setsid", "nice", "exec", "start", "xargs", "timeout", "stdbuf", "time", "unshare",
    "chroot", "busybox", "eval", "command", "source", ".",
];
/// Programs that run, install or make runnable the file that they are given: its name alone is nothing.
const OPENERS: &[&str] = &["open", "chmod", "msiexec", "pip", "pip3"];
/// Programs that send what they are given.
const SENDING_PROGRAMS: &[&str] =
    &["curl", "wget", "nc", "ncat", "netcat", "Invoke-WebRequest", "scp", "ftp", "rsync", "rclone"];

/// A program by its name alone.
fn base_name(program: &str) -> &str {
    program.rsplit(['/', '\\']).next().unwrap_or_default()
}

fn is_interpreter(program: &str) -> bool {
    INTERPRETERS.contains(&program) || program.starts_with("python")
}

/// Whether a program runs, or makes runnable, what it is given.
pub(crate) fn runs_what_it_is_given(program: &str) -> bool {
    let name = base_name(program);
    is_interpreter(name) || STARTERS.contains(&name) || OPENERS.contains(&name)
}

/// Whether the constant beginning of a shell's line names a program that runs nothing of what follows.
fn is_fixed_line(line: &str) -> bool {
    line.split_once(char::is_whitespace)
        .is_some_and(|(program, _)| !program.is_empty() && !program.contains('=') && !runs_what_it_is_given(program))
        && !line.contains(['|', ';', '&', '$', '`', '(', '<', '>', '\n'])
}

/// Data from outside that arrives at one sink.
pub(crate) struct Arrival {
    pub(crate) sink: SinkKind,
    /// The qualified path of the sink.
    pub(crate) path: CompactString,
    /// The call, or the sink that is handed over.
    pub(crate) range: TextRange,
    /// The constant beginnings of the addresses that it is sent to.
    pub(crate) destinations: Vec<String>,
    pub(crate) arrived: Vec<(Part, Flow)>,
    /// The steps that remain in another file.
    tail: Vec<Step>,
    /// See [`Take::is_same`] and [`Take::is_untouched`], of the way through that file.
    is_same: bool,
    is_untouched: bool,
}

impl Arrival {
    /// Those from sources of these kinds.
    pub(crate) fn of<'s>(&'s self, kinds: &'s [SourceKind]) -> impl Iterator<Item = (Part, &'s Flow)> {
        self.arrived.iter().filter(|(_, flow)| kinds.contains(&flow.kind)).map(|(part, flow)| (*part, flow))
    }

    /// The whole way of a flow, from its source to the sink, as evidence.
    pub(crate) fn way(&self, flow: &Flow, model: &Model<'_>) -> Vec<Evidence> {
        let file = model.source.path;
        let evidence = |step: &Step| Evidence {
            file: Some(step.file.as_ref().map_or_else(|| file.to_owned(), ToString::to_string)),
            line: Some(step.line),
            message: step.message.clone(),
        };
        flow.steps.iter().chain(&self.end(model)).map(evidence).collect()
    }

    /// The last steps of a way: here, and in other files.
    fn end(&self, model: &Model<'_>) -> Vec<Step> {
        let message = match self.tail.is_empty() {
            true => format!("{} {}", self.path, self.sink.words()),
            false => "handed to another file".into(),
        };
        let here = Step { file: None, line: model.source.line(self.range.start()), message };
        std::iter::once(here).chain(self.tail.iter().cloned()).collect()
    }
}

/// What a command does with its words.
#[derive(Debug, Clone, Copy, Default)]
struct Started {
    /// The program runs, installs or makes runnable what it is given; its name alone is nothing.
    opens: bool,
    /// The line begins with a program that runs nothing of what follows.
    fixed: bool,
}

/// Asks about the sinks of one file.
pub(crate) struct Arrivals<'m, 'a> {
    pub(crate) model: &'m Model<'a>,
    pub(crate) found: &'m mut Found,
}

impl<'a> Arrivals<'_, 'a> {
    /// What arrives at a sink that is called, or handed over by `call` as `handed`.
    pub(crate) fn at(
        &mut self,
        kind: SinkKind,
        site: &Use<'a>,
        call: &'a ExprCall,
        handed: Option<&'a Expr>,
    ) -> Option<Arrival> {
        let scope = site.place.scope;
        let mut parts = match handed {
            None if sinks::is_input(&site.path) => self.input(call, scope)?,
            Some(value) => sinks::handed(kind, call, value),
            None => sinks::data(kind, &site.path, call),
        };
        let mut sink = kind;
        let mut destinations = Vec::new();
        let mut how = Started::default();
        match kind {
            SinkKind::Send => {
                let address = if handed.is_some() { None } else { sinks::address(&site.path, call) };
                if let Some(address) = address {
                    if self.is_request(address, scope) {
                        parts.retain(|(part, _)| *part != Part::Address);
                    } else {
                        destinations = self.model.beginnings(address, scope);
                    }
                }
            }
            SinkKind::Process | SinkKind::Shell => {
                how = self.started(&mut parts, &mut sink, &mut destinations, scope);
            }
            _ => {}
        }
        let mut arrival = Arrival {
            sink,
            path: site.path.clone(),
            range: site.range,
            destinations,
            arrived: Vec::new(),
            tail: Vec::new(),
            is_same: true,
            is_untouched: true,
        };
        for (part, value) in parts {
            self.lessened(&mut arrival, part, value, &how, scope);
        }
        (!arrival.arrived.is_empty()).then_some(arrival)
    }

    /// What arrives as a part of a command.
    fn lessened(&mut self, arrival: &mut Arrival, part: Part, value: &'a Expr, how: &Started, scope: ScopeId) {
        let before = arrival.arrived.len();
        self.part(arrival, part, value, scope);
        // What follows a constant beginning is no program, and the name of what is only opened is nothing.
        let less = match part {
            Part::Whole if how.fixed => Part::Rest,
            part if part != Part::Whole && how.opens => Part::Argument,
            _ => return,
        };
        for (part, flow) in arrival.arrived.iter_mut().skip(before) {
            if !flow.by_file {
                *part = less;
            }
        }
    }

    /// Tells the words of a command apart by the program that it starts.
    fn started(
        &self,
        parts: &mut Vec<(Part, &'a Expr)>,
        sink: &mut SinkKind,
        destinations: &mut Vec<String>,
        scope: ScopeId,
    ) -> Started {
        // Only an interpreter without a script, and what sends its input, does anything with it.
        if let Some(at) = parts.iter().position(|(part, _)| *part == Part::Input)
            && !self.takes_input(parts, scope)
        {
            parts.remove(at);
        }
        let line = self.command(parts, scope);
        let program = line.split_whitespace().next().unwrap_or_default();
        let program = base_name(program);
        if SENDING_PROGRAMS.contains(&program) {
            *sink = SinkKind::Send;
            *destinations = self.addresses(parts, scope);
            parts.iter_mut().for_each(|(part, _)| *part = Part::Body);
            return Started::default();
        }
        let opens = OPENERS.contains(&program);
        if opens || STARTERS.contains(&program) || is_interpreter(program) || self.is_own_interpreter(parts, scope) {
            self.given(parts, opens, scope);
        }
        // What is left of the input is read as code.
        parts.iter_mut().filter(|(part, _)| *part == Part::Input).for_each(|(part, _)| *part = Part::Whole);
        Started { opens, fixed: is_fixed_line(&line) }
    }

    /// What arrives at a sink of another file through a function that is called here.
    pub(crate) fn through(&mut self, take: &Take, site: &Use<'a>, call: &'a ExprCall) -> Option<Arrival> {
        let arguments = &call.arguments;
        let named = arguments.find_keyword(&take.parameter).map(|keyword| &keyword.value);
        let value = named.or_else(|| arguments.args.get(take.index?))?;
        let mut arrival = Arrival {
            sink: take.sink,
            path: take.path.clone(),
            range: site.range,
            destinations: take.destinations.clone(),
            arrived: Vec::new(),
            tail: take.steps.clone(),
            is_same: take.is_same,
            is_untouched: take.is_untouched,
        };
        let scope = site.place.scope;
        let mut parts = match value {
            Expr::List(list) if take.is_untouched && take.part == Part::Program => sinks::words(&list.elts),
            Expr::Tuple(tuple) if take.is_untouched && take.part == Part::Program => sinks::words(&tuple.elts),
            value => vec![(take.part, value)],
        };
        let mut how = Started::default();
        // What is started is told by what is passed, where that is the whole command.
        if take.is_same
            && matches!(take.sink, SinkKind::Process | SinkKind::Shell)
            && matches!(take.part, Part::Program | Part::Whole)
        {
            how = self.started(&mut parts, &mut arrival.sink, &mut arrival.destinations, scope);
        }
        for (part, value) in parts {
            self.lessened(&mut arrival, part, value, &how, scope);
        }
        (!arrival.arrived.is_empty()).then_some(arrival)
    }

    /// What an interpreter is given is the program, up to the script that it is given by a constant.
    fn given(&self, parts: &mut [(Part, &'a Expr)], opens: bool, scope: ScopeId) {
        for (part, value) in parts.iter_mut().filter(|(part, _)| *part == Part::Argument) {
            let text = self.model.constant(value, scope).and_then(|folded| folded.value.into_text());
            let is_script =
                text.is_some_and(|text| !text.starts_with(['-', '+', '/']) && !runs_what_it_is_given(&text));
            *part = Part::Program;
            // What follows a script are its arguments.
            if is_script && !opens {
                return;
            }
        }
    }

    /// The command of a program that was started before, with the input that it is given now.
    fn input(&self, call: &'a ExprCall, scope: ScopeId) -> Option<Vec<(Part, &'a Expr)>> {
        let given = call.arguments.find_argument_value("input", 0)?;
        let Expr::Attribute(method) = &*call.func else { return None };
        let mut process = &*method.value;
        if let Expr::Attribute(stdin) = process {
            process = &stdin.value;
        }
        let opened = match process {
            Expr::Call(opened) => Some(opened),
            Expr::Name(name) => self.model.lookup(&name.id, scope)?.iter().find_map(|id| {
                match self.model.bindings[id.index()].bound.value {
                    Value::Expr(Expr::Call(opened)) => Some(opened),
                    _ => None,
                }
            }),
            _ => None,
        }?;
        let command = opened.arguments.find_argument_value("args", 0)?;
        let words = match command {
            Expr::List(list) => &list.elts[..],
            Expr::Tuple(tuple) => &tuple.elts[..],
            command => std::slice::from_ref(command),
        };
        let mut parts: Vec<_> = words.iter().map(|word| (Part::Argument, word)).chain([(Part::Input, given)]).collect();
        // Whoever started the program has been asked about its name.
        if let Some((part, _)) = parts.first_mut() {
            *part = Part::Program;
        }
        Some(parts)
    }

    /// Whether a program runs or sends what it reads from its standard input.
    fn takes_input(&self, parts: &[(Part, &'a Expr)], scope: ScopeId) -> bool {
        let own = self.is_own_interpreter(parts, scope);
        let words = parts.iter().filter(|(part, _)| *part != Part::Input);
        let words: Vec<String> = words
            .skip(usize::from(own))
            .flat_map(|(_, word)| {
                let text = self.model.constant(word, scope).and_then(|folded| folded.value.into_text());
                text.map_or_else(|| vec![String::new()], |text| text.split_whitespace().map(str::to_owned).collect())
            })
            .collect();
        let program = words.first().map(|word| base_name(word)).unwrap_or_default();
        let options = if own { &words[..] } else { words.get(1..).unwrap_or_default() };
        if SENDING_PROGRAMS.contains(&program) && !own {
            return program.contains('n') || options.iter().any(|word| word.ends_with("@-") || word == "-");
        }
        (own || is_interpreter(program))
            && options.iter().all(|word| word.starts_with('-') && word != "-c" && word != "-m")
    }

    /// Whether the program is the interpreter that runs the plugin.
    fn is_own_interpreter(&self, parts: &[(Part, &'a Expr)], scope: ScopeId) -> bool {
        let program = parts.iter().find(|(part, _)| *part == Part::Program);
        program.is_some_and(|(_, value)| {
            self.model.resolve(value, scope).iter().any(|reached| reached.path() == Some("sys.executable"))
        })
    }

    fn part(&mut self, arrival: &mut Arrival, part: Part, value: &'a Expr, scope: ScopeId) {
        let names_file = part == Part::Program || (part == Part::Whole && arrival.sink == SinkKind::Shell);
        if value.is_literal_expr() && !names_file {
            return;
        }
        let mut origin = self.model.origin(value, scope);
        if names_file {
            origin.join(self.program(value, scope));
        }
        // Without data in this file, no more than what it hands on from one file to another is cut short.
        if origin.cut && (arrival.tail.is_empty() || self.has_data()) {
            self.model.exhausted.set(true);
        }
        self.roots(arrival, part, value, scope, &origin);
        let room = FLOWS.saturating_sub(arrival.arrived.len());
        arrival.arrived.extend(origin.flows.into_iter().take(room).map(|flow| (part, flow)));
    }

    /// Whether data comes in here, from outside or from another file.
    fn has_data(&self) -> bool {
        self.model.has_inflow() || self.model.exports.is_some_and(Neighbours::has_given)
    }

    /// What the code itself wrote into the file that is run.
    fn program(&self, value: &'a Expr, scope: ScopeId) -> Origin {
        let mut origin = self.model.written_to(value, scope);
        for word in first_words(value) {
            origin.join(self.model.written_to(word, scope));
        }
        origin
    }

    /// Notes the parameters that lead here, for the callers in other files.
    fn roots(&mut self, arrival: &Arrival, part: Part, value: &'a Expr, scope: ScopeId, origin: &Origin) {
        let model = self.model;
        let only = self.only_parameter(value, scope);
        for root in origin.roots.iter().filter(|root| !root.weak) {
            if self.found.takes.len() >= TAKES {
                model.exhausted.set(true);
                return;
            }
            let inner = &model.scopes[root.function.index()];
            let own = crate::python::model::origin::is_method(model, root.function);
            let place = inner.parameters.iter().position(|parameter| *parameter == root.name);
            let mut steps = root.steps.clone();
            steps.extend(arrival.end(model));
            let is_it = only == Some(root.name.as_str());
            self.found.takes.push((
                root.function,
                Take {
                    parameter: root.name.clone(),
                    index: place.map(|place| place.saturating_sub(usize::from(own))),
                    sink: arrival.sink,
                    part,
                    path: arrival.path.clone(),
                    destinations: arrival.destinations.clone(),
                    steps,
                    is_same: arrival.is_same && is_it,
                    is_untouched: arrival.is_untouched
                        && is_it
                        && !model.changed.contains(root.name.as_str())
                        && !model.altered.contains(root.name.as_str()),
                },
            ));
        }
    }

    /// The parameter that an expression is, and never anything else.
    fn only_parameter(&self, value: &'a Expr, scope: ScopeId) -> Option<&'a str> {
        let Expr::Name(name) = value else { return None };
        let [id] = self.model.lookup(&name.id, scope)? else { return None };
        matches!(self.model.bindings[id.index()].bound.value, Value::Parameter(_)).then_some(name.id.as_str())
    }

    /// Whether an address is a request made before, whose own call is a sink.
    fn is_request(&self, address: &'a Expr, scope: ScopeId) -> bool {
        let reached = self.model.resolve(address, scope);
        reached.iter().any(|reached| reached.path().is_some_and(|path| path.ends_with("Request()")))
    }

    /// The constant beginning of a command line.
    fn command(&self, parts: &[(Part, &'a Expr)], scope: ScopeId) -> String {
        let first = parts.iter().find(|(part, _)| matches!(part, Part::Program | Part::Whole));
        first.and_then(|(_, value)| self.model.beginnings(value, scope).into_iter().next()).unwrap_or_default()
    }

    /// The addresses among the words of a command.
    fn addresses(&self, parts: &[(Part, &'a Expr)], scope: ScopeId) -> Vec<String> {
        let texts = parts.iter().flat_map(|(_, value)| {
            let mut texts = self.model.beginnings(value, scope);
            texts.extend(self.model.literals_in(value, scope));
            texts
        });
        let words: Vec<String> =
            texts.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
        words.into_iter().filter(|word| word.contains("://") || word.contains("/dev/tcp/")).collect()
    }
}

/// What stands first in a command line that is put together.
fn first_words(line: &Expr) -> Vec<&Expr> {
    use ruff_python_ast::{FStringPart, InterpolatedStringElement};
    match line {
        Expr::List(list) => list.elts.first().into_iter().collect(),
        Expr::BinOp(op) => {
            let mut left = &*op.left;
            // A long sum leans to the left; its first part is what matters.
            while let Expr::BinOp(inner) = left {
                left = &inner.left;
            }
            if left.is_literal_expr() { vec![&op.right] } else { vec![left] }
        }
        Expr::FString(fstring) => {
            let parts = fstring.value.iter().filter_map(|part| match part {
                FStringPart::FString(inner) => Some(&inner.elements),
                FStringPart::Literal(_) => None,
            });
            parts
                .flatten()
                .filter_map(InterpolatedStringElement::as_interpolation)
                .map(|field| &*field.expression)
                .take(1)
                .collect()
        }
        _ => Vec::new(),
    }
}
