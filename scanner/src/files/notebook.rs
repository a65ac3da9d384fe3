//! Jupyter notebooks: their code cells are Python that people run, so they are read as
//! Python; what they print is only weighed.

use airlock_model::escape::quoted;
use airlock_model::finding::{Capability, Finding, Severity};
use airlock_model::tree::TreePath;
use serde::Deserialize;
use serde_json::Value;

use super::{cells, encodings, rules};

/// Outputs beyond this are worth a word, in bytes.
const LARGE_OUTPUT: usize = 1 << 20;

/// Commands that a finding shows.
const MOST_EVIDENCE: usize = 10;
/// What to do about a notebook that cannot be read.
const SAVE_ANEW: &str = "Open the notebook, save it anew as JSON in UTF-8 of notebook format 4, or leave it out.";
/// What to do about code that is not examined.
pub(crate) const LEAVE_OUT: &str =
    "Write these cells in Python, so that they are examined, or leave them out of the package.";
/// What to do about commands.
const LOOK: &str = "Move the commands into the README, clear the outputs, and move what the plugin needs into modules.";

/// The ending of notebooks.
const ENDING: &str = "ipynb";

/// A notebook's code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notebook {
    /// The notebook's file.
    pub path: String,
    /// The code cells, one after the other. What is not Python in them (magics, shell commands) is put into words that
    /// are.
    pub code: String,
    /// For each line of `code` its cell among the code cells and its line in it, both from 1.
    pub places: Vec<(u32, u32)>,
    /// The commands that are given to a shell, with their line of `code`, from 1.
    pub commands: Vec<(u32, String)>,
    /// What is not examined: cells of other languages, by their magic.
    unread: Vec<(u32, String)>,
    /// Magics that are not known, by their name.
    unknown: Vec<String>,
    /// Code cells.
    cells: usize,
    /// The size of what the cells printed when they were run last, in bytes.
    output_bytes: usize,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    cells: Option<Vec<Cell>>,
    /// Where formats 2 and 3 have their cells.
    #[serde(default)]
    worksheets: Vec<Worksheet>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Worksheet {
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    cell_type: String,
    /// Called `input` in the code cells of format 3, which have no text otherwise.
    #[serde(default, alias = "input")]
    source: Text,
    /// In format 3 each cell has a language.
    #[serde(default)]
    language: Option<String>,
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

impl Default for Text {
    fn default() -> Self {
        Self::Whole(String::new())
    }
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
    let file = match parsed(bytes) {
        Ok(file) => file,
        Err(error) => {
            let message = format!("{shown} cannot be read as a notebook, so its code was not examined: {error}.");
            findings.push(finding(message).severity(Severity::Medium).remedy(SAVE_ANEW));
            return None;
        }
    };
    let language = ["/kernelspec/language", "/language_info/name"];
    let language = language.iter().find_map(|place| file.metadata.pointer(place)?.as_str()).unwrap_or("python");
    if !language.to_lowercase().contains("python") {
        let message = format!("{shown} is a notebook in the language {}, which is not examined.", quoted(language));
        findings.push(finding(message).severity(Severity::Medium).remedy(LEAVE_OUT));
        return None;
    }
    let notebook = read(path, file);
    findings.push(notebook.told(finding));
    Some(notebook)
}

fn parsed(bytes: &[u8]) -> Result<File, String> {
    let readable = encodings::readable(bytes);
    let file: File = serde_json::from_slice(&readable).map_err(|error| error.to_string())?;
    if file.cells.is_none() && file.worksheets.is_empty() {
        return Err("it has neither `cells` nor `worksheets`".into());
    }
    Ok(file)
}

fn read(path: &TreePath, file: File) -> Notebook {
    let mut notebook = Notebook { path: path.as_str().to_owned(), ..Notebook::default() };
    let sheets = file.worksheets.into_iter().flat_map(|sheet| sheet.cells);
    for cell in file.cells.into_iter().flatten().chain(sheets) {
        notebook.output_bytes += cell.outputs.iter().map(weight).sum::<usize>();
        if cell.cell_type == "code" {
            notebook.cells += 1;
            let other = cell.language.filter(|language| !language.to_lowercase().contains("python"));
            notebook.add(&cell.source.joined(), other);
        }
    }
    notebook
}

impl Notebook {
    fn add(&mut self, source: &str, language: Option<String>) {
        let number = u32::try_from(self.cells).unwrap_or(u32::MAX);
        if let Some(language) = language {
            self.unread.push((number, language));
            return;
        }
        let cell = cells::read(source);
        let above = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.commands.extend(cell.commands.into_iter().map(|(line, command)| (above.saturating_add(line), command)));
        self.unread.extend(cell.unread.map(|magic| (number, magic)));
        self.unknown.extend(cell.unknown);
        for (line, within) in cell.lines.iter().zip(1_u32..) {
            self.code.push_str(line);
            self.code.push('\n');
            self.places.push((number, within));
        }
    }

    /// What is said about it.
    fn told(&self, finding: impl Fn(String) -> Finding) -> Finding {
        let mut message =
            format!("{} is a notebook; its {} code cells were examined as Python", quoted(&self.path), self.cells);
        if let Some((cell, magic)) = self.unread.first() {
            let others = if self.unread.len() > 1 { " and others" } else { "" };
            message.push_str(&format!(", but for what {} begins in code cell {cell}{others}", quoted(magic)));
        }
        if let Some((_, command)) = self.commands.first() {
            let count = self.commands.len();
            message.push_str(&format!(". It gives {count} commands to a shell, such as {}", quoted(command)));
        }
        if let Some(magic) = self.unknown.first() {
            message.push_str(&format!(". It uses magics that are not known, such as {}", quoted(magic)));
        }
        let large = self.output_bytes > LARGE_OUTPUT;
        if large {
            message.push_str(&format!(". It carries {} KB of output", self.output_bytes / 1024));
        }
        let plain = !large && self.commands.is_empty() && self.unknown.is_empty();
        let mut finding = finding(format!("{message}."));
        if !self.unread.is_empty() {
            finding = finding.severity(Severity::Medium).remedy(LEAVE_OUT);
        } else if !plain {
            finding = finding.severity(Severity::Low).remedy(LOOK);
        }
        if !self.commands.is_empty() {
            finding = finding.capability(Capability::Subprocess);
        }
        for (line, command) in self.commands.iter().take(MOST_EVIDENCE) {
            let place = self.place(*line).unwrap_or_default();
            finding = finding.evidence(Some(&self.path), None, format!("{place}: the shell runs {}", quoted(command)));
        }
        finding
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
