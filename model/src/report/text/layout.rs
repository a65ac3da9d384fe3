//! Ink and lines.

use super::Style;
use crate::finding::Severity;

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Bad,
    Warn,
    Good,
    Calm,
    Faint,
    Strong,
    Heading,
}

impl Ink {
    /// The ink of a severity.
    pub(super) const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Bad,
            Severity::Medium => Self::Warn,
            Severity::Low => Self::Calm,
            Severity::Note => Self::Faint,
        }
    }

    /// Colours text, if the style has colour. The text must be inert already.
    pub(super) fn paint(self, text: &str, style: Style) -> String {
        if !style.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match self {
            Self::Bad => "1;31",
            Self::Warn => "1;33",
            Self::Good => "1;32",
            Self::Calm => "36",
            Self::Faint => "2",
            Self::Strong => "1",
            Self::Heading => "1;4",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Text being written, line by line.
pub(super) struct Page {
    style: Style,
    out: String,
}

/// Narrower terminals are written to as if they were this wide.
const LEAST_WIDTH: usize = 40;

impl Page {
    pub(super) const fn new(style: Style) -> Self {
        Self { style, out: String::new() }
    }

    pub(super) const fn style(&self) -> Style {
        self.style
    }

    /// One line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// An empty line, never two.
    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading with an empty line above.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        let text = Ink::Heading.paint(text, self.style);
        self.line(&text);
    }

    /// Inert text of any number of lines after a label, folded at the width; later lines stand under the first.
    pub(super) fn labelled(&mut self, indent: usize, label: &str, ink: Ink, text: &str) {
        let hang = indent + if label.is_empty() { 0 } else { label.chars().count() + 1 };
        let room = self.style.width.max(LEAST_WIDTH).saturating_sub(hang).max(LEAST_WIDTH / 2);
        let mut first = true;
        for line in text.lines().flat_map(|line| fold(line, room)) {
            let lead = if first && !label.is_empty() {
                format!("{}{} ", " ".repeat(indent), ink.paint(label, self.style))
            } else {
                " ".repeat(hang)
            };
            first = false;
            self.line(&format!("{lead}{line}"));
        }
    }

    pub(super) fn into_text(self) -> String {
        self.out
    }
}

/// Folds a line between words; a word longer than the room gets a line of its own. Leading spaces are kept.
fn fold(line: &str, room: usize) -> Vec<String> {
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let mut lines = Vec::new();
    let mut current = indent.clone();
    for word in line.split_whitespace() {
        let empty = current.trim().is_empty();
        if !empty && current.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::replace(&mut current, indent.clone()));
        } else if !empty {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines
}
