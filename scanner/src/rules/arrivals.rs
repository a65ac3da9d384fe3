//! Data that arrives at sinks: asks where it comes from, once for each sink, and puts the
//! answer to the rules about flows.

use airlock_model::finding::Evidence;
use compact_str::CompactString;
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::TextRange;

use super::check::{Found, Use};
use super::sinks::{self, Part, SinkKind};
use crate::python::exports::Take;
use crate::python::model::Model;
use crate::python::model::origin::{Flow, Origin, SourceKind, Step};
use crate::python::model::scope::ScopeId;

/// How many findings' worth of flows one sink hands on.
const FLOWS: usize = 64;
/// How many parameters of functions one file notes as leading to sinks.
const TAKES: usize = 256;

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
    "msiexec",
    "open",
    "start",
    "sudo",
    "nohup",
    "chmod",
    "osascript",
    "pip",
    "pip3",
];
/// Programs that send what they are given.
const SENDING_PROGRAMS: &[&str] = &["curl", "wget", "nc", "ncat", "netcat", "Invoke-WebRequest", "scp", "ftp"];

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
        let last = Step {
            file: None,
            line: model.source.line(self.range.start()),
            message: if self.tail.is_empty() {
                format!("{} {}", self.path, self.sink.words())
            } else {
                "handed to another file".into()
            },
        };
        flow.steps.iter().chain([&last]).chain(&self.tail).map(evidence).collect()
    }
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
            Some(value) => sinks::handed(kind, call, value),
            None => sinks::data(kind, &site.path, call),
        };
        let mut sink = kind;
        let mut destinations = Vec::new();
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
                let line = self.command(&parts, scope);
                let program = line.split_whitespace().next().unwrap_or_default();
                let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
                if SENDING_PROGRAMS.contains(&program) {
                    sink = SinkKind::Send;
                    destinations = self.addresses(&parts, scope);
                    parts.iter_mut().for_each(|(part, _)| *part = Part::Body);
                } else if INTERPRETERS.contains(&program) || program.starts_with("python") {
                    // What an interpreter is given is the program.
                    for (part, _) in parts.iter_mut().filter(|(part, _)| *part == Part::Argument) {
                        *part = Part::Program;
                    }
                }
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
        };
        for (part, value) in parts {
            self.part(&mut arrival, part, value, scope);
        }
        (!arrival.arrived.is_empty()).then_some(arrival)
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
        };
        self.part(&mut arrival, take.part, value, site.place.scope);
        (!arrival.arrived.is_empty()).then_some(arrival)
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
        if origin.cut {
            self.model.exhausted.set(true);
        }
        self.roots(arrival, part, &origin);
        let room = FLOWS.saturating_sub(arrival.arrived.len());
        arrival.arrived.extend(origin.flows.into_iter().take(room).map(|flow| (part, flow)));
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
    fn roots(&mut self, arrival: &Arrival, part: Part, origin: &Origin) {
        let model = self.model;
        for root in origin.roots.iter().filter(|root| !root.weak) {
            if self.found.takes.len() >= TAKES {
                return;
            }
            let inner = &model.scopes[root.function.index()];
            let own = crate::python::model::origin::is_method(model, root.function);
            let place = inner.parameters.iter().position(|parameter| *parameter == root.name);
            let line = model.source.line(arrival.range.start());
            let mut steps = root.steps.clone();
            steps.push(Step { file: None, line, message: format!("{} {}", arrival.path, arrival.sink.words()) });
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
                },
            ));
        }
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
