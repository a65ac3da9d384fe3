//! Jupyter notebooks: their code cells are Python that people run, so they are read as
//! Python; what they print is only weighed.

use airlock_model::escape::quoted;
use airlock_model::finding::{Finding, Severity};
use airlock_model::tree::TreePath;
use serde::Deserialize;
use serde_json::Value;

use super::rules;

/// Outputs beyond this are worth a word, in bytes.
const LARGE_OUTPUT: usize = 1 << 20;

/// The ending of notebooks.
const ENDING: &str = "ipynb";

/// A notebook's code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notebook {
    /// The notebook's file.
    pub path: String,
    /// The code cells, one after the other. Lines that are not Python (magics, shell commands) are comments here.
    pub code: String,
    /// For each line of `code` its cell among the code cells and its line in it, both from 1.
    pub places: Vec<(u32, u32)>,
    /// How many lines start with `!`, or belong to a cell of another language.
    pub shell_lines: usize,
    /// Code cells.
    cells: usize,
    /// The size of what the cells printed when they were run last, in bytes.
    output_bytes: usize,
}

#[derive(Deserialize)]
struct File {
    cells: Vec<Cell>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Cell {
    cell_type: String,
    source: Text,
    #[serde(default)]
    outputs: Vec<Value>,
}

/// Text as one string, or as its lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Lines(Vec<String>),
}

impl Text {
    fn joined(self) -> String {
        match self {
            Self::Whole(text) => text,
            Self::Lines(lines) => lines.concat(),
        }
    }
}

/// Reads a notebook and reports it; `None` for any other file, and for one that cannot be read.
pub(crate) fn check(path: &TreePath, bytes: &[u8], findings: &mut Vec<Finding>) -> Option<Notebook> {
    if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING)) {
        return None;
    }
    let shown = quoted(path.as_str());
    let finding = |message: String| Finding::of(&rules::NOTEBOOK, message).in_file(path.as_str());
    let file: File = match serde_json::from_slice(bytes) {
        Ok(file) => file,
        Err(error) => {
            let message =
                format!("{shown} cannot be read as a notebook of format 4, so its code was not examined: {error}.");
            findings.push(finding(message).severity(Severity::Medium));
            return None;
        }
    };
    let language = ["/kernelspec/language", "/language_info/name"];
    let language = language.iter().find_map(|place| file.metadata.pointer(place)?.as_str()).unwrap_or("python");
    if !language.to_lowercase().contains("python") {
        let message = format!("{shown} is a notebook in the language {}, which is not examined.", quoted(language));
        findings.push(finding(message).severity(Severity::Medium));
        return None;
    }
    let notebook = read(path, file);
    let mut message = format!("{shown} is a notebook; its {} code cells were examined as Python", notebook.cells);
    if notebook.shell_lines > 0 {
        message.push_str(&format!(", but for {} lines of shell commands or other languages", notebook.shell_lines));
    }
    let large = notebook.output_bytes > LARGE_OUTPUT;
    if large {
        message.push_str(&format!(". It carries {} KB of output", notebook.output_bytes / 1024));
    }
    let severity = if large || notebook.shell_lines > 0 { Severity::Low } else { Severity::Note };
    findings.push(finding(format!("{message}.")).severity(severity));
    Some(notebook)
}

fn read(path: &TreePath, file: File) -> Notebook {
    let mut notebook = Notebook { path: path.as_str().to_owned(), ..Notebook::default() };
    for cell in file.cells {
        notebook.output_bytes += cell.outputs.iter().map(weight).sum::<usize>();
        if cell.cell_type == "code" {
            notebook.cells += 1;
            notebook.add(&cell.source.joined());
        }
    }
    notebook
}

impl Notebook {
    fn add(&mut self, source: &str) {
        let cell = u32::try_from(self.cells).unwrap_or(u32::MAX);
        let first = source.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim_start();
        // Magics of a whole cell that leave Python Python.
        let python = ["%%time", "%%timeit", "%%capture", "%%prun"];
        let other =
            first.starts_with("%%") && !python.iter().any(|magic| first.split_whitespace().next() == Some(magic));
        for (line, number) in source.lines().zip(1_u32..) {
            let trimmed = line.trim_start();
            let shell = other || trimmed.starts_with('!');
            self.shell_lines += usize::from(shell && !trimmed.is_empty());
            let indent = &line[..line.len() - trimmed.len()];
            if shell || trimmed.starts_with('%') || (trimmed.ends_with('?') && !trimmed.starts_with('#')) {
                // A statement stands there, for a block needs one.
                self.code.push_str(indent);
                self.code.push_str(if other { "#" } else { "pass" });
            } else {
                self.code.push_str(line);
            }
            self.code.push('\n');
            self.places.push((cell, number));
        }
    }

    /// Where a line of [`Self::code`] stands in the notebook, in words.
    #[must_use]
    pub fn place(&self, line: u32) -> Option<String> {
        let (cell, line) = self.places.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        Some(format!("code cell {cell}, line {line}"))
    }
}

/// How much text a value holds.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(weight).sum(),
        Value::Object(map) => map.values().map(weight).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}
