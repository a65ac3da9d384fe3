//! One Python file's text, and the places in it.

use airlock_model::escape;
use airlock_model::finding::{Finding, Span};
use ruff_source_file::LineIndex;
use ruff_text_size::{TextRange, TextSize};

use super::layout;

/// The most characters of one line that a snippet shows.
const SNIPPET_COLUMNS: usize = 160;
/// The most lines that a snippet shows.
const SNIPPET_LINES: usize = 3;

/// A file's path, text and lines.
pub(crate) struct Source<'a> {
    /// Relative to the plugin's top folder.
    pub(crate) path: &'a str,
    /// Decoded, without a byte order mark.
    pub(crate) text: &'a str,
    /// Whether it only runs when tests run.
    pub(crate) in_test: bool,
    /// Whether the text holds nothing beyond ASCII.
    pub(crate) is_ascii: bool,
    lines: std::cell::OnceCell<LineIndex>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(path: &'a str, text: &'a str) -> Self {
        // It was just decoded: it is near now.
        let is_ascii = text.is_ascii();
        Self { path, text, in_test: layout::is_test(path), is_ascii, lines: std::cell::OnceCell::new() }
    }

    /// Built on first need: a file without findings never asks.
    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::from_source_text(self.text))
    }

    /// Lines and columns of a range, counted from 1.
    pub(crate) fn span(&self, range: TextRange) -> Span {
        let place = |offset: TextSize| {
            let at = self.lines().line_column(self.clamp(offset), self.text);
            let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            (number(at.line.get()), number(at.column.get()))
        };
        let (line, column) = place(range.start());
        let (end_line, end_column) = place(range.end());
        Span { line, column, end_line, end_column }
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, offset: TextSize) -> u32 {
        u32::try_from(self.lines().line_index(self.clamp(offset)).get()).unwrap_or(u32::MAX)
    }

    /// The source of a range, escaped, at most a few lines.
    pub(crate) fn snippet(&self, range: TextRange) -> String {
        let text = self.slice(range);
        let mut shown = String::new();
        for (index, line) in text.lines().enumerate() {
            if index == SNIPPET_LINES {
                shown.push_str("\n…");
                break;
            }
            if index > 0 {
                shown.push('\n');
            }
            let cut: String = line.chars().take(SNIPPET_COLUMNS).collect();
            shown.push_str(&escape::block(&cut));
            if line.chars().nth(SNIPPET_COLUMNS).is_some() {
                shown.push('…');
            }
        }
        shown
    }

    /// Shows the source of a range in a finding, which stands for all of it.
    pub(crate) fn show(&self, finding: Finding, range: TextRange) -> Finding {
        let snippet = self.snippet(range);
        // The sign of a cut; where the code itself has it, the digest does no harm.
        let finding = if snippet.contains('…') { finding.code(self.slice(range)) } else { finding };
        finding.snippet(snippet)
    }

    /// One whole line, escaped, without its indentation.
    pub(crate) fn line_text(&self, line: u32) -> String {
        let Some(line) = ruff_source_file::OneIndexed::new(line as usize) else { return String::new() };
        if line.get() > self.lines().line_count() {
            return String::new();
        }
        let range = self.lines().line_range(line, self.text);
        self.snippet(range).trim().to_owned()
    }

    /// The source of a range as it is.
    pub(crate) fn slice(&self, range: TextRange) -> &'a str {
        self.text.get(usize::from(range.start())..usize::from(range.end())).unwrap_or_default()
    }

    /// An offset that lies in the text and on a character's boundary.
    fn clamp(&self, offset: TextSize) -> TextSize {
        let mut at = usize::from(offset).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        TextSize::try_from(at).unwrap_or_default()
    }
}
