//! Where data goes: what runs it, loads it, starts it or sends it, and which arguments
//! carry it there.

mod assigned;
mod lists;

use std::sync::LazyLock;

use ruff_python_ast::{Expr, ExprCall};
use rustc_hash::{FxHashMap, FxHashSet};

pub(crate) use self::assigned::{assigned, may_be_sent};
use self::lists::{HTTP, INPUTS, LOG_SENDERS, LOGS, REQUESTS, SOURCES};
pub(crate) use self::lists::{LOADERS, SENDERS};
use super::paths;
use crate::python::model::Model;
use crate::python::model::object::top_of;

/// What a sink does with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SinkKind {
    /// Runs it as code.
    Execute,
    /// Reads it as a command line.
    Shell,
    /// Starts a program with it.
    Process,
    /// Runs or loads the file that it names.
    Load,
    /// Makes objects of it.
    Pickle,
    /// Sends it to another machine.
    Send,
}

impl SinkKind {
    /// What happens, in words that follow the sink's path.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Execute => "runs it as code",
            Self::Shell => "reads it as a command line",
            Self::Process => "starts a program with it",
            Self::Load => "runs the file",
            Self::Pickle => "makes objects of it",
            Self::Send => "sends it away",
        }
    }
}

/// The part of a sink's call that data reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Code, a command line, a serialised object: all that the sink works on.
    Whole,
    /// The program, or the file that is run.
    Program,
    /// An argument of a program that is named by a constant.
    Argument,
    /// What follows the constant beginning of a shell's line, where that names a program that runs nothing of it.
    Rest,
    /// What a program reads from its standard input.
    Input,
    /// An address.
    Address,
    /// A parameter of an address.
    Parameter,
    /// A header, a cookie, a user's name and password.
    Header,
    /// What is sent.
    Body,
}

#[derive(Default)]
struct Table {
    exact: FxHashMap<String, SinkKind>,
    below: FxHashMap<&'static str, SinkKind>,
    roots: FxHashSet<&'static str>,
}

impl Table {
    fn add(&mut self, paths: &[&'static str], kind: SinkKind) {
        for path in paths {
            self.roots.insert(path.split('.').next().unwrap_or(path));
            match path.strip_suffix(".*") {
                Some(above) => self.below.entry(above).or_insert(kind),
                None => self.exact.entry((*path).to_owned()).or_insert(kind),
            };
        }
    }
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    // Where a path is in two lists, the first kind counts.
    table.add(LOADERS, SinkKind::Load);
    table.add(paths::SHELLS, SinkKind::Shell);
    table.add(paths::EVALUATORS, SinkKind::Execute);
    table.add(paths::EXPRESSIONS, SinkKind::Execute);
    table.add(paths::CODE_MAKERS, SinkKind::Execute);
    table.add(paths::PICKLES, SinkKind::Pickle);
    table.add(paths::PICKLES_ASKED, SinkKind::Pickle);
    table.add(paths::PROCESSES, SinkKind::Process);
    table.add(INPUTS, SinkKind::Process);
    table.add(SENDERS, SinkKind::Send);
    table.roots.extend(HTTP.iter().map(|client| top_of(client)));
    table.exact.extend(requests().map(|request| (request, SinkKind::Send)));
    assigned::puts().for_each(|put| _ = table.exact.entry(put).or_insert(SinkKind::Send));
    table
});

/// Every request of every client.
pub(crate) fn requests() -> impl Iterator<Item = String> {
    HTTP.iter().flat_map(|client| REQUESTS.iter().map(move |request| format!("{client}.{request}")))
}

/// The paths of all sinks.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    TABLE.exact.keys().map(String::as_str).chain(TABLE.below.keys().copied())
}

/// The sink that a qualified path is.
pub(crate) fn sink(path: &str) -> Option<SinkKind> {
    let table = &*TABLE;
    if !table.roots.contains(top_of(path)) {
        return None;
    }
    if let Some(kind) = table.exact.get(path) {
        return Some(*kind);
    }
    let dots = path.bytes().enumerate().filter(|(_, byte)| *byte == b'.');
    dots.map(|(at, _)| at).find_map(|at| table.below.get(&path[..at])).copied()
}

/// Whether a path gives a program that runs already its input.
pub(crate) fn is_input(path: &str) -> bool {
    INPUTS.contains(&path)
}

/// Whether a call of that method logs.
pub(crate) fn is_log(method: &str) -> bool {
    LOGS.contains(&method)
}

/// Whether a file has what it logs sent to another machine.
pub(crate) fn sends_logs(model: &Model<'_>) -> bool {
    model.called().first(LOG_SENDERS).is_some()
}

/// The argument that names where data is sent, with its position.
pub(crate) fn address<'a>(path: &str, call: &'a ExprCall) -> Option<&'a Expr> {
    let arguments = &call.arguments;
    let named = ["url", "host", "addr", "address", "qname"].iter().find_map(|name| arguments.find_keyword(name));
    match (named, address_position(path)) {
        (Some(keyword), _) => Some(&keyword.value),
        (None, Some(position)) => arguments.args.get(position),
        (None, None) => None,
    }
}

/// Where among the positional arguments the address stands.
fn address_position(path: &str) -> Option<usize> {
    let (client, last) = path.rsplit_once('.').unwrap_or(("", path));
    if assigned::is_put(path) {
        return None;
    }
    match last {
        "request" | "stream" | "build_request" | "request_encode_body" => Some(1),
        "urlopen" if client.starts_with("urllib3") => Some(1),
        "sendto" => Some(1),
        "update" | "set_content" | "set_payload" | "add_attachment" | "add_alternative" | "attach" | "MIMEText"
        | "MIMEApplication" | "Client" | "AsyncClient" | "ClientSession" | "upload_from_string" => None,
        last if LOGS.contains(&last) && client == "logging" => None,
        "send_bytes" | "writelines" | "set" | "publish" | "lpush" | "rpush" | "single" | "chat_postMessage"
        | "set_context" | "set_extra" | "capture_message" | "capture_event" => None,
        "send" | "sendall" | "sendmsg" | "write" | "putheader" | "sendmail" | "send_message" | "storbinary"
        | "storlines" | "put" | "putfo" | "send_document" | "put_object" | "upload_file" | "upload_fileobj"
            if !HTTP.contains(&client) =>
        {
            None
        }
        _ => Some(0),
    }
}

/// What a call of a sink is given as data, and where it goes.
pub(crate) fn data<'a>(kind: SinkKind, path: &str, call: &'a ExprCall) -> Vec<(Part, &'a Expr)> {
    let arguments = &call.arguments;
    let all = || arguments.args.iter().chain(arguments.keywords.iter().map(|keyword| &keyword.value));
    match kind {
        SinkKind::Execute if super::paths::EVALUATORS.contains(&path) || path == "builtins.compile" => {
            let code = arguments.args.first().or_else(|| arguments.find_keyword("source").map(|word| &word.value));
            code.map(|code| (Part::Whole, code)).into_iter().collect()
        }
        SinkKind::Execute if super::paths::EXPRESSIONS.contains(&path) => {
            all().take(1).map(|code| (Part::Whole, code)).collect()
        }
        SinkKind::Execute => all().map(|code| (Part::Whole, code)).collect(),
        SinkKind::Pickle if may_not_make_objects(path, call) => Vec::new(),
        SinkKind::Pickle => all().take(1).map(|pickle| (Part::Whole, pickle)).collect(),
        SinkKind::Load => all().map(|file| (Part::Program, file)).collect(),
        SinkKind::Shell => {
            let position = super::paths::line_position(path);
            let line = ["command", "cmd"].iter().find_map(|name| arguments.find_argument_value(name, position));
            line.map(|line| (Part::Whole, line)).into_iter().collect()
        }
        SinkKind::Process => process(path, call),
        SinkKind::Send => sent(path, call),
    }
}

fn may_not_make_objects(path: &str, call: &ExprCall) -> bool {
    let is_asked = path == "torch.load" || paths::PICKLES_ASKED.contains(&path);
    is_asked && !paths::makes_objects(path, call)
}

/// A program, its arguments and its input; its environment is not run.
fn process<'a>(path: &str, call: &'a ExprCall) -> Vec<(Part, &'a Expr)> {
    let arguments = &call.arguments;
    let last = path.rsplit('.').next().unwrap_or(path);
    let is_spread = last == "create_subprocess_exec" || last.starts_with("exec") || last.starts_with("spawn");
    if is_spread {
        let skipped = usize::from(last.starts_with("spawn") && path.starts_with("os."));
        // The last of those that end in `e` is the environment.
        let kept = arguments.args.len().saturating_sub(usize::from(path.starts_with("os.") && last.ends_with('e')));
        let words = arguments.args.iter().take(kept).skip(skipped).enumerate();
        return words
            .flat_map(|(index, word)| match (index, word) {
                (0, word) => vec![(Part::Program, word)],
                (_, Expr::List(list)) => list.elts.iter().skip(1).map(|word| (Part::Argument, word)).collect(),
                (_, word) => vec![(Part::Argument, word)],
            })
            .collect();
    }
    let shell = arguments.find_keyword("shell").is_some_and(|word| {
        !word.value.is_boolean_literal_expr() || matches!(&word.value, Expr::BooleanLiteral(literal) if literal.value)
    });
    let Some(command) = ["args", "cmd", "command"].iter().find_map(|name| arguments.find_argument_value(name, 0))
    else {
        return Vec::new();
    };
    let mut parts = match command {
        Expr::List(list) => words(&list.elts),
        Expr::Tuple(tuple) => words(&tuple.elts),
        line if shell => vec![(Part::Whole, line)],
        line => vec![(Part::Program, line)],
    };
    parts.extend(arguments.find_keyword("input").map(|input| (Part::Input, &input.value)));
    parts
}

/// The words of a command by what they are to it.
pub(crate) fn words(words: &[Expr]) -> Vec<(Part, &Expr)> {
    let part = |index| if index == 0 { Part::Program } else { Part::Argument };
    words.iter().enumerate().map(|(index, word)| (part(index), word)).collect()
}

fn sent<'a>(path: &str, call: &'a ExprCall) -> Vec<(Part, &'a Expr)> {
    let is_client = path.ends_with("Client") || path.ends_with("ClientSession");
    let position = address_position(path);
    let is_reading = path.ends_with(".get") || path.ends_with(".head");
    let mut parts = Vec::new();
    for (index, value) in call.arguments.args.iter().enumerate() {
        match position {
            Some(at) if index < at => {}
            Some(at) if index == at => parts.push((Part::Address, value)),
            Some(_) if is_reading => parts.push((Part::Parameter, value)),
            // `conn.request(method, url, body, headers)`
            Some(at) if index == at + 2 && path.starts_with("http.client.") => parts.push((Part::Header, value)),
            _ if path.ends_with(".putheader") || assigned::is_put(path) => parts.push((Part::Header, value)),
            _ => parts.push((Part::Body, value)),
        }
    }
    for keyword in &call.arguments.keywords {
        let part = match keyword.arg.as_deref() {
            Some("url" | "host" | "address" | "qname") => Part::Address,
            Some("params" | "fields") => Part::Parameter,
            Some("headers" | "auth" | "cookies" | "cert") => Part::Header,
            // A client takes much that is not sent.
            _ if is_client => continue,
            Some(
                "timeout" | "verify" | "allow_redirects" | "follow_redirects" | "proxies" | "proxy" | "stream" | "ssl"
                | "method" | "context" | "hooks",
            ) => continue,
            _ => Part::Body,
        };
        match &keyword.value {
            // `**{"data": …}` is what it is made of.
            Expr::Dict(dict) if keyword.arg.is_none() => {
                parts.extend(dict.items.iter().map(|item| (Part::Body, &item.value)));
            }
            value => parts.push((part, value)),
        }
    }
    parts
}

/// The data that something is given together with a sink that it will call.
pub(crate) fn handed<'a>(kind: SinkKind, call: &'a ExprCall, sink: &'a Expr) -> Vec<(Part, &'a Expr)> {
    let part = match kind {
        SinkKind::Send => Part::Body,
        SinkKind::Process | SinkKind::Load => Part::Program,
        SinkKind::Execute | SinkKind::Shell | SinkKind::Pickle => Part::Whole,
    };
    let keywords = call.arguments.keywords.iter();
    let values = call
        .arguments
        .args
        .iter()
        .chain(keywords.filter(|word| word.arg.as_deref() != Some("env")).map(|word| &word.value));
    values
        .filter(|value| !std::ptr::eq(*value, sink))
        .flat_map(|value| match value {
            Expr::Tuple(tuple) => tuple.elts.iter().collect(),
            Expr::List(list) => list.elts.iter().collect(),
            value => vec![value],
        })
        .map(|value| (part, value))
        .collect()
}

/// Whether calls of a path may bring in data that matters elsewhere, by its module.
pub(crate) fn may_be_source(path: &str) -> bool {
    SOURCES.contains(&top_of(path))
        || path.starts_with("os.environ")
        || path.starts_with("os.getenv")
        || matches!(path, "builtins.open" | "builtins.input" | "tkinter.Tk().clipboard_get" | "os.popen")
}
