//! Command lines: what a call to start a program is given, as far as it can be read.

use ruff_python_ast::{Expr, ExprCall};

use super::check::{Check, How, Use};
use crate::python::model::scope::{ScopeId, Value};

impl<'a> Check<'_, 'a> {
    /// The command line that a call is given, in lower case, with the gaps of
    /// [`crate::python::model::Model::written`].
    pub(crate) fn command(&self, site: &Use<'a>) -> Option<String> {
        if site.how != How::Called {
            return None;
        }
        let call = site.call?;
        let scope = site.place.scope;
        let by_name = ["args", "cmd", "command"].iter().find_map(|name| call.arguments.find_keyword(name));
        let mut line = match (by_name, call.arguments.args.first()) {
            (Some(keyword), _) => self.model.written(&keyword.value, scope),
            (None, Some(first)) => self.model.written(first, scope),
            (None, None) => return None,
        };
        // `os.execvp("sh", ["sh", "-c", …])` and `create_subprocess_exec("sh", "-c", …)` go on.
        for more in call.arguments.args.iter().skip(1).take(32) {
            line.push(' ');
            line.push_str(&self.model.written(more, scope));
        }
        if let Some(input) = call.arguments.find_keyword("input")
            && reads_lines(&line)
        {
            line.push(' ');
            line.push_str(&self.model.written(&input.value, scope));
        }
        Some(self.piped_into(call, scope, line).to_lowercase())
    }

    /// The line with that of the program before it whose output this one reads: `stdin=curl.stdout`.
    fn piped_into(&self, call: &'a ExprCall, scope: ScopeId, line: String) -> String {
        let Some(Expr::Attribute(output)) = call.arguments.find_keyword("stdin").map(|stdin| &stdin.value) else {
            return line;
        };
        if &output.attr != "stdout" {
            return line;
        }
        let (before, scope) = match &*output.value {
            Expr::Call(before) => (before, scope),
            Expr::Name(name) => {
                let bindings = self.model.lookup(&name.id, scope).unwrap_or_default();
                let bound = bindings.iter().rev().map(|id| &self.model.bindings[id.index()].bound);
                let started = bound.filter_map(|bound| match bound.value {
                    Value::Expr(Expr::Call(before)) => Some((before, bound.scope)),
                    _ => None,
                });
                let Some(before) = started.into_iter().next() else { return line };
                before
            }
            _ => return line,
        };
        match before.arguments.find_argument_value("args", 0) {
            Some(first) => format!("{} | {line}", self.model.written(first, scope)),
            None => line,
        }
    }

    /// What the file calls of these, as a step of evidence.
    pub(crate) fn beside(&self, paths: &[&'static str]) -> Option<airlock_model::finding::Evidence> {
        let (path, at) = self.model.called().first(paths)?;
        let name = path.strip_suffix(".*").unwrap_or(path);
        Some(self.evidence(self.model.source.line(at), format!("this file also calls {name}")))
    }

    /// The text of an argument, as far as it can be read.
    pub(crate) fn written_argument(&self, site: &Use<'a>, name: &str, position: usize) -> Option<String> {
        site.argument(name, position).map(|expr: &'a Expr| self.model.written(expr, site.place.scope))
    }

    /// The text of what a method is called on: of the path in `path.unlink()`.
    pub(crate) fn receiver(&self, site: &Use<'a>) -> Option<String> {
        match &*site.call?.func {
            Expr::Attribute(attribute) => Some(self.model.written(&attribute.value, site.place.scope)),
            _ => None,
        }
    }

    /// The file that a call writes: what it opens, makes, or moves something to.
    pub(crate) fn written_file(&self, site: &Use<'a>) -> Option<String> {
        let last = site.path.rsplit('.').next().unwrap_or_default();
        match last {
            "copy" | "copy2" | "copyfile" | "copytree" | "move" | "rename" | "replace" | "link" | "symlink"
                if !site.path.starts_with("pathlib.") =>
            {
                self.written_argument(site, "dst", 1)
            }
            "rename" | "replace" => self.written_argument(site, "target", 0),
            "remove" | "unlink" | "rmdir" | "rmtree" | "removedirs" | "chmod" | "chown" => None,
            _ => self.file_of(site),
        }
    }

    /// The file that a call is about: its first argument, or what it is a method of.
    pub(crate) fn file_of(&self, site: &Use<'a>) -> Option<String> {
        if site.path.starts_with("pathlib.") {
            self.receiver(site)
        } else {
            self.written_argument(site, "file", 0).or_else(|| self.written_argument(site, "path", 0))
        }
    }
}

/// Whether a program that a command line names runs what it reads.
fn reads_lines(line: &str) -> bool {
    let program = line.split_whitespace().next().unwrap_or_default();
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
    SHELLS.contains(&program.strip_suffix(".exe").unwrap_or(program))
}

/// Programs that run what they read.
const SHELLS: [&str; 8] = ["sh", "bash", "zsh", "dash", "ksh", "cmd", "powershell", "pwsh"];

/// Programs of the system that fetch and run in one step.
const CARRIERS: &[(&str, &str)] = &[
    ("certutil", "-urlcache"),
    ("bitsadmin", "/transfer"),
    ("mshta", "http"),
    ("mshta", "javascript:"),
    ("regsvr32", "/i:http"),
    ("msiexec", "http"),
    ("rundll32", "javascript:"),
    ("wmic", "/format:http"),
    ("osascript", "do shell script"),
];

/// Whether a command line, in lower case, fetches a program and runs it at once.
pub(crate) fn fetches_and_runs(line: &str) -> bool {
    let fetches = ["curl", "wget", "fetch", "lwp-download"].iter().any(|name| has_word(line, name));
    let piped = fetches && pipes_into_shell(line);
    let within = fetches
        && (line.contains("<(curl")
            || line.contains("$(curl")
            || line.contains("`curl")
            || line.contains("<(wget")
            || line.contains("$(wget"));
    let made =
        fetches && line.contains("chmod") && (line.contains("+x") || line.contains("755") || line.contains("777"));
    let carried = CARRIERS.iter().any(|(program, option)| has_word(line, program) && line.contains(option));
    piped || within || made || carried
}

/// Whether what a program of a command line prints is run by the next one.
pub(crate) fn pipes_into_shell(line: &str) -> bool {
    let shells = ["sh", "bash", "zsh", "python", "python3", "perl", "ruby", "node", "sudo", "dash", "ksh"];
    line.split('|').skip(1).any(|part| {
        let first = part.split_whitespace().next().unwrap_or_default();
        let first = first.trim_end_matches(['"', '\'', ')', ';', '`', '}']);
        shells.iter().any(|shell| first == *shell || first.ends_with(&format!("/{shell}")))
    })
}

/// Whether a command line has a word, standing alone or at the end of a path.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).any(|part| {
        let part = part.strip_suffix(".exe").unwrap_or(part);
        part == word
    })
}
