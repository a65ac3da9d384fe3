//! What the cells of a notebook become for an examination: IPython's own syntax (magics,
//! shell commands, questions) is not Python, so it is put into words that are, and the
//! rest of the cell stays what it is.

mod magics;
mod state;

use std::sync::LazyLock;

use magics::{PROGRAMS, PYTHON_CELLS, PYTHON_LINES, QUIET_LINES, SHELL_CELLS, SHELL_LINES, SHOWN_CELLS};
use regex::Regex;
use state::State;

/// What one cell is as Python, line for line.
#[derive(Debug, Default)]
pub(crate) struct Cell {
    /// As many lines as the cell has.
    pub(crate) lines: Vec<String>,
    /// Commands that a shell is given, with their line in the cell, from 1.
    pub(crate) commands: Vec<(u32, String)>,
    /// The magic of a cell that no part of the scanner reads.
    pub(crate) unread: Option<String>,
    /// Magics of single lines that are not known.
    pub(crate) unknown: Vec<String>,
}

/// An assignment of what a command or a magic gives.
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([A-Za-z_][\w.]*(?:\[[^\]=]*\])?(?:\s*,\s*\*?[A-Za-z_][\w.]*)*,?(?:\s*:\s*[\w.\[\], ]+?)?\s*=)\s*([!%][^=].*)$")
        .expect("a test compiles every pattern")
});

/// A question about a name.
static QUESTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\?{1,2}\s*%{0,2}[\w.*]+|%{0,2}[A-Za-z_*][\w.*]*(?:\[-?\d+\])*\s*\?{1,2})\s*;?$")
        .expect("a test compiles every pattern")
});

/// Reads one cell.
pub(crate) fn read(source: &str) -> Cell {
    let lines: Vec<&str> = source.lines().collect();
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    let mut cell = Cell::default();
    let whole = lines.get(first).and_then(|line| line.trim_start().strip_prefix("%%"));
    match whole {
        Some(magic) => cell.magic(magic.trim(), &lines, first),
        None => cell.body(&lines, 0),
    }
    cell
}

impl Cell {
    /// A cell that begins with a magic of its own.
    fn magic(&mut self, magic: &str, lines: &[&str], first: usize) {
        let (name, rest) = match magic.strip_prefix('!') {
            Some(rest) => ("!", rest),
            None => magic.split_once(char::is_whitespace).unwrap_or((magic, "")),
        };
        let rest = rest.trim();
        let script = if name == "script" { rest.split_whitespace().find(|word| !word.starts_with('-')) } else { None };
        let program = script.map(|program| program.rsplit('/').next().unwrap_or(program));
        let python = PYTHON_CELLS.contains(&name) || program.is_some_and(|program| program.starts_with("python"));
        self.lines.extend(lines[..first].iter().map(|_| String::new()));
        let body = &lines[(first + 1).min(lines.len())..];
        let blank = body.iter().all(|line| line.trim().is_empty());
        if python {
            // The statement on the magic's own line runs too: `%%timeit setup`, `%%time`.
            let own = if matches!(name, "timeit" | "prun" | "lprun" | "mprun" | "memit") {
                without_options(rest)
            } else {
                ""
            };
            self.lines.push(own.to_owned());
            self.body(body, first + 1);
        } else if SHELL_CELLS.contains(&name) {
            let command = [rest, &body.join("\n")].join("\n");
            self.command(first, command.trim());
            self.lines.push(system(command.trim()));
            self.lines.extend(body.iter().map(|_| String::new()));
        } else if matches!(name, "writefile" | "file") && writes_python(rest) {
            self.lines.push(String::new());
            self.body(body, first + 1);
        } else {
            let written = matches!(name, "writefile" | "file") && !writes_script(rest);
            let shown = SHOWN_CELLS.contains(&name) && !body.iter().any(|line| holds_script(line));
            let unread = !written && !shown && (!blank || !rest.is_empty());
            self.unread = unread.then(|| format!("%%{name}"));
            self.lines.extend(std::iter::repeat_n(String::new(), body.len() + 1));
        }
    }

    /// Lines of Python with IPython's syntax among them; `above` stand before them in the cell.
    fn body(&mut self, lines: &[&str], above: usize) {
        let mut state = State::default();
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at];
            let trimmed = line.trim_start();
            if !state.is_between_statements() {
                state.read(line);
                self.lines.push(line.to_owned());
                at += 1;
                continue;
            }
            let indent = &line[..line.len() - trimmed.len()];
            // A backslash carries a command on to the next line.
            let more = lines[at..].iter().take_while(|line| line.ends_with('\\')).count();
            let last = (at + more).min(lines.len() - 1);
            let joined = || {
                let parts = lines[at..=last].iter().map(|line| line.strip_suffix('\\').unwrap_or(line).trim());
                parts.collect::<Vec<_>>().join(" ")
            };
            match self.special(trimmed, joined, at + above) {
                Some(python) => {
                    self.lines.push(format!("{indent}{python}"));
                    self.lines.extend(lines[at + 1..=last].iter().map(|_| String::new()));
                    at = last + 1;
                }
                None => {
                    state.read(line);
                    self.lines.push(line.to_owned());
                    at += 1;
                }
            }
        }
    }

    /// A line that is not Python, as Python.
    fn special(&mut self, trimmed: &str, joined: impl Fn() -> String, at: usize) -> Option<String> {
        if QUESTION.is_match(trimmed.trim_end()) {
            return Some("pass".into());
        }
        if trimmed.starts_with(['!', '%']) {
            return Some(self.escape(&joined(), at, false));
        }
        if let Some(found) = ASSIGNED.captures(trimmed) {
            let whole = joined();
            let target = found.get(1).map_or("", |target| target.as_str());
            let value = whole.get(target.len()..).unwrap_or_default().trim();
            return Some(format!("{target} {}", self.escape(value, at, true)));
        }
        // Calls without brackets: `,f a b`, `;f a b` and `/f a b`.
        let call = |rest: &str, give: fn(&str) -> String| {
            let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
            is_name.then(|| format!("{name}({})", give(arguments.trim())))
        };
        let each = |text: &str| text.split_whitespace().map(quoted).collect::<Vec<_>>().join(", ");
        match trimmed.chars().next()? {
            ',' => call(&trimmed[1..], each),
            ';' => call(&trimmed[1..], quoted),
            '/' => call(&trimmed[1..], |text| text.split_whitespace().collect::<Vec<_>>().join(", ")),
            _ => None,
        }
    }

    /// What a line that begins with `!` or `%` does. Its value is asked for where it is assigned.
    fn escape(&mut self, text: &str, at: usize, valued: bool) -> String {
        if let Some(command) = text.strip_prefix('!') {
            return self.shell(command.trim_start_matches('!').trim(), at, valued);
        }
        let text = text.trim_start_matches('%').trim();
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let nothing = || if valued { "None".to_owned() } else { "pass".to_owned() };
        if PROGRAMS.contains(&name) {
            self.shell(text, at, valued)
        } else if name == "run" {
            self.shell(&format!("ipython {rest}"), at, valued)
        } else if SHELL_LINES.contains(&name) {
            self.shell(rest, at, valued)
        } else if PYTHON_LINES.contains(&name) {
            let statement = without_options(rest);
            if statement.is_empty() { nothing() } else { statement.to_owned() }
        } else if name == "load_ext" && is_module(rest) {
            if valued { nothing() } else { format!("import {rest}") }
        } else if let ("config", Some((_, value))) = (name, rest.split_once('=')) {
            // The value is evaluated.
            if valued { value.trim().to_owned() } else { format!("_ = {}", value.trim()) }
        } else {
            if !QUIET_LINES.contains(&name) {
                self.unknown.push(format!("%{name}"));
            }
            nothing()
        }
    }

    fn shell(&mut self, command: &str, at: usize, valued: bool) -> String {
        self.command(at, command);
        if valued { format!("__import__('os').popen({}).read()", quoted(command)) } else { system(command) }
    }

    fn command(&mut self, at: usize, command: &str) {
        if !command.is_empty() {
            self.commands.push((u32::try_from(at + 1).unwrap_or(u32::MAX), command.to_owned()));
        }
    }
}

/// A call that gives a command to a shell.
fn system(command: &str) -> String {
    if command.is_empty() { "pass".into() } else { format!("__import__('os').system({})", quoted(command)) }
}

/// A text as a literal of Python: what JSON writes is one.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// What follows the options of a magic.
fn without_options(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('-') && rest.len() > 1 {
        let (option, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = after.trim_start();
        // These have a value of their own.
        if option.len() == 2 && option.ends_with(['n', 'r', 'p', 's', 'l', 'T', 'D', 'f', 'm', 'b', 'u', 'i']) {
            rest = rest.split_once(char::is_whitespace).map_or("", |(_, after)| after.trim_start());
        }
    }
    rest
}

fn is_module(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|part| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        })
}

/// The ending of the file that `%%writefile` names.
fn ending(options: &str) -> String {
    let name = options.split_whitespace().rfind(|word| !word.starts_with('-')).unwrap_or_default();
    let name = name.trim_matches(['"', '\'']);
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase())
}

fn writes_python(options: &str) -> bool {
    matches!(ending(options).as_str(), "py" | "pyw" | "py3" | "pyi" | "ipy")
}

/// Whether what is written may be run: without an ending or with one that is not of text or data.
fn writes_script(options: &str) -> bool {
    let plain = [
        "txt", "md", "rst", "csv", "tsv", "json", "jsonl", "yaml", "yml", "toml", "ini", "cfg", "xml", "html", "css",
        "tex", "sql",
    ];
    !plain.contains(&ending(options).as_str())
}

/// Whether a line of markup brings code of its own.
fn holds_script(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["<script", "javascript:", " onload", " onerror", " onclick", " onmouse", "<iframe", "<object", "<embed"]
        .iter()
        .any(|sign| lower.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_ipython_become_lines_of_python() {
        for (source, expected) in [
            ("x = !ls\nevil()", "x = __import__('os').popen(\"ls\").read()\nevil()"),
            ("a, b = %sx ls\nf()", "a, b = __import__('os').popen(\"ls\").read()\nf()"),
            ("!ls -l \\\n  /tmp\nf()", "__import__('os').system(\"ls -l /tmp\")\n\nf()"),
            ("if x:\n    !ls\nf()", "if x:\n    __import__('os').system(\"ls\")\nf()"),
            ("%time f(1)\n%timeit -n 10 -r3 g()", "f(1)\ng()"),
            ("%matplotlib inline\nf()", "pass\nf()"),
            ("foo?\n?bar\nf.x??\ng()", "pass\npass\npass\ng()"),
            ("%%writefile evil.py\nimport os\nos.remove('x')", "\nimport os\nos.remove('x')"),
            ("%%timeit import os\nos.getcwd()", "import os\nos.getcwd()"),
            ("%load_ext evil.ext", "import evil.ext"),
            ("%config A.b = f()", "_ = f()"),
            (",f a b\n;f a b\n/f a b", "f(\"a\", \"b\")\nf(\"a b\")\nf(a, b)"),
            ("%pip install x", "__import__('os').system(\"pip install x\")"),
            // What only looks like it.
            ("x = (a\n  % b)\ny = x != 1", "x = (a\n  % b)\ny = x != 1"),
            ("x = '''\n!ls\n%time\n'''\nf()", "x = '''\n!ls\n%time\n'''\nf()"),
            ("x = a \\\n  % b", "x = a \\\n  % b"),
            ("# why?\nprint('why?')", "# why?\nprint('why?')"),
            ("x = '('  # (\n!ls", "x = '('  # (\n__import__('os').system(\"ls\")"),
        ] {
            let cell = read(source);
            assert_eq!(cell.lines.join("\n"), expected, "{source}");
            assert_eq!(cell.lines.len(), source.lines().count(), "{source}");
            assert_eq!(cell.unread, None, "{source}");
        }
    }

    #[test]
    fn cells_of_other_languages_are_read_shown_or_told() {
        let cell = read("%%bash\ncurl x \\\n | sh\nls");
        assert_eq!(cell.commands, [(1, "curl x \\\n | sh\nls".to_owned())]);
        assert_eq!(cell.lines.len(), 4);
        assert_eq!(read("%%script --no-raise-error bash\nls").commands.len(), 1);
        assert_eq!(read("%%html\n<b>x</b>").unread, None);
        assert_eq!(read("%%markdown\ntext").unread, None);
        assert_eq!(read("%%writefile notes.md\ntext").unread, None);
        for source in
            ["%%html\n<script>x()</script>", "%%javascript\nx()", "%%ruby\nx", "%%writefile run\nx", "%%cython\nx"]
        {
            assert!(read(source).unread.is_some(), "{source}");
        }
        assert_eq!(read("%unheard of").unknown, ["%unheard"]);
    }
}
