//! Reading typed fields out of a mapping. Each value that is not what its field
//! holds becomes one finding; the caller goes on with a default, and the manifest
//! is withheld at the end.

use airlock_model::finding::{Finding, Span};
use airlock_model::{RuleMeta, escape};

use super::faults::Faults;
use super::nearest;
use super::node::{self, Entry, Node, Value};
use super::rules;

/// Unknown keys that are compared with a missing one.
const MOST_COMPARED: usize = 100;

/// Keys that a remedy lists one by one.
const MOST_LISTED: usize = 8;

/// One mapping whose fields are being read.
pub(super) struct Block<'n> {
    /// Its place among the manifest's fields, empty for the manifest itself.
    path: String,
    /// Where a missing field is reported.
    pub(super) span: Span,
    pub(super) entries: &'n [Entry],
    /// The keys that mean something here.
    known: &'static [&'static str],
}

/// Text with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'n> {
    pub(super) text: &'n str,
    pub(super) span: Span,
    node: &'n Node,
}

/// Whether a text may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// One line.
    One,
    /// Any number of lines.
    Many,
    /// The field has a grammar of its own that refuses more than this would.
    Grammar,
}

/// What an empty value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    /// The same as no key at all; every reader agrees.
    Absent,
    /// Likely an oversight; some readers refuse it.
    Odd,
}

impl<'n> Block<'n> {
    /// A mapping at `path`; a value that is none is a fault.
    pub(super) fn of(
        node: &'n Node,
        path: String,
        known: &'static [&'static str],
        form: &str,
        faults: &mut Faults<'_>,
    ) -> Option<Self> {
        match node.entries() {
            Some(entries) => Some(Self { path, span: node.span, entries, known }),
            None => {
                wrong_type(&path, node, "a mapping", form, faults);
                None
            }
        }
    }

    /// The full name of a field, for messages.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key that is there and not empty.
    pub(super) fn value(&self, key: &str, null: Null, faults: &mut Faults<'_>) -> Option<&'n Node> {
        let entry = node::find(self.entries, key)?;
        if !entry.value.is_null() {
            return Some(&entry.value);
        }
        if null == Null::Odd {
            let message = format!("`{}` has no value; it is read as if the key were not there", self.path(key));
            faults.add(entry.key_span, Finding::of(&rules::EMPTY, message));
        }
        None
    }

    /// A text that must be there; `example` is a whole line that would be right.
    pub(super) fn required(&self, key: &str, lines: Lines, example: &str, faults: &mut Faults<'_>) -> Option<Text<'n>> {
        let path = self.path(key);
        let Some(node) = node::find(self.entries, key).map(|entry| &entry.value).filter(|node| !node.is_null()) else {
            self.missing(key, example, faults);
            return None;
        };
        let text = text_of(node, &path, lines, faults)?;
        if text.text.trim().is_empty() {
            let finding = Finding::of(&rules::REQUIRED, format!("`{path}` is empty and must say something"));
            faults.add(text.span, finding.remedy(format!("Write for instance `{example}`.")));
            return None;
        }
        Some(text)
    }

    /// A text that may be missing.
    pub(super) fn text(&self, key: &str, null: Null, lines: Lines, faults: &mut Faults<'_>) -> Option<Text<'n>> {
        let node = self.value(key, null, faults)?;
        text_of(node, &self.path(key), lines, faults)
    }

    /// A truth value.
    pub(super) fn flag(&self, key: &str, faults: &mut Faults<'_>) -> bool {
        let Some(node) = self.value(key, Null::Odd, faults) else { return false };
        match node.scalar().map(node::Scalar::resolve) {
            Some(super::scalar::Resolved::Bool(value)) => value,
            _ => {
                let says_yes =
                    |text: &str| matches!(text.to_ascii_lowercase().as_str(), "yes" | "on" | "y" | "true" | "1");
                let near = node.scalar().is_some_and(|scalar| says_yes(scalar.text.trim()));
                wrong_type(&self.path(key), node, "true or false", &format!("{key}: {near}"), faults);
                false
            }
        }
    }

    /// The values of a list, each with its path.
    pub(super) fn list(&self, key: &str, form: &str, faults: &mut Faults<'_>) -> Vec<(&'n Node, String)> {
        let Some(node) = self.value(key, Null::Odd, faults) else { return Vec::new() };
        let path = self.path(key);
        match &node.value {
            Value::List(nodes) => {
                nodes.iter().enumerate().map(|(index, node)| (node, format!("{path}[{index}]"))).collect()
            }
            Value::Scalar(_) | Value::Map(_) => {
                wrong_type(&path, node, "a list", form, faults);
                Vec::new()
            }
        }
    }

    /// A list of texts, each once.
    pub(super) fn texts(&self, key: &str, form: &str, faults: &mut Faults<'_>) -> Vec<Text<'n>> {
        // Text with commas is the usual mistake; the remedy shows it as the list it was meant to be.
        let commas = node::find(self.entries, key).and_then(|entry| entry.value.scalar()).map(|scalar| {
            let words = scalar.text.split(',').take(8).map(|word| super::dialect::written(word.trim()));
            format!("{key}: [{}]", words.collect::<Vec<_>>().join(", "))
        });
        let form = commas.as_deref().unwrap_or(form);
        let mut texts: Vec<Text<'n>> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (node, path) in self.list(key, form, faults) {
            if node.is_null() {
                wrong_type(&path, node, "text", form, faults);
                continue;
            }
            let Some(text) = text_of(node, &path, Lines::One, faults) else { continue };
            if seen.insert(text.text) {
                texts.push(text);
            } else {
                let message = format!("`{}` holds {} twice", self.path(key), escape::quoted(text.text));
                faults.add(text.span, Finding::of(&rules::REPEATED, message));
            }
        }
        texts
    }

    /// A mapping inside this one.
    pub(super) fn block(
        &self,
        key: &str,
        null: Null,
        known: &'static [&'static str],
        form: &str,
        faults: &mut Faults<'_>,
    ) -> Option<Self> {
        let node = self.value(key, null, faults)?;
        Self::of(node, self.path(key), known, form, faults)
    }

    /// The entries whose keys mean nothing here.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &'n Entry> + use<'_, 'n> {
        self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str()))
    }

    /// Notes each key that means nothing in this block and is left out.
    pub(super) fn note_unknown(&self, faults: &mut Faults<'_>) {
        for entry in self.unknown() {
            self.report_unknown(entry, &rules::UNKNOWN_KEY, "means nothing here and is left out", faults);
        }
    }

    /// Reports one unknown key under `rule`, with the nearest known one that is not there yet.
    pub(super) fn report_unknown(&self, entry: &Entry, rule: &RuleMeta, what: &str, faults: &mut Faults<'_>) {
        if faults.is_explained(entry.key_span) {
            return;
        }
        let shown = escape::quoted(&entry.key);
        let place = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
        let finding = Finding::of(rule, format!("the key {shown}{place} {what}"));
        if faults.is_full(rule) {
            faults.add(entry.key_span, finding);
            return;
        }
        let free = self.known.iter().copied().filter(|known| node::find(self.entries, known).is_none());
        faults.add(
            entry.key_span,
            match nearest::key(&entry.key, free) {
                Some(near) => finding.remedy(format!("Did you mean `{near}`?")),
                None if self.known.len() <= MOST_LISTED => {
                    finding.remedy(format!("Check its spelling; the keys are: {}.", self.known.join(", ")))
                }
                None => finding,
            },
        );
    }

    /// Reports a required field that is not there.
    pub(super) fn missing(&self, key: &str, example: &str, faults: &mut Faults<'_>) {
        let path = self.path(key);
        let entry = node::find(self.entries, key);
        let near = self.unknown().take(MOST_COMPARED).find(|entry| nearest::is_misspelt(&entry.key, key));
        let (span, message, remedy) = match (entry, near) {
            (Some(entry), _) => (
                entry.key_span,
                format!("`{path}` has no value and must have one"),
                format!("Write for instance `{example}`."),
            ),
            (None, Some(near)) => {
                faults.explain(near.key_span);
                (
                    near.key_span,
                    format!("`{path}` is required and missing; {} is not a known key", escape::quoted(&near.key)),
                    format!("Did you mean `{key}`? Write for instance `{example}`."),
                )
            }
            (None, None) => (
                Span { end_line: self.span.line, end_column: self.span.column + 1, ..self.span },
                format!("`{path}` is required and missing"),
                format!("Add for instance `{example}`."),
            ),
        };
        faults.say(&rules::REQUIRED, span, message, remedy);
    }
}

impl Text<'_> {
    /// Reports an unquoted value that the client does not read as text, and warns of one that only other readers do not.
    /// Fields without a grammar of their own are held to this when they are read.
    pub(super) fn must_be_text(&self, path: &str, faults: &mut Faults<'_>) {
        let Some(scalar) = self.node.scalar() else { return };
        let quoted = format!("\"{}\"", escape::line(self.text));
        if scalar.kind() != "text" {
            let form = match last(path) {
                key if key.ends_with(']') => format!("- {quoted}"),
                key => format!("{key}: {quoted}"),
            };
            wrong_type(path, self.node, "text", &form, faults);
        } else if scalar.is_disputed() {
            let shown = escape::quoted(self.text);
            let message = format!("`{path}` is {shown} without quotation marks, which other readers take for a number");
            faults.say(&rules::AMBIGUOUS, self.span, message, format!("Write {quoted}."));
        }
    }

    /// The text, owned.
    pub(super) fn owned(&self) -> String {
        self.text.to_owned()
    }
}

/// The text of a node; anything but a scalar is a fault. Null must be handled before.
pub(super) fn text_of<'n>(node: &'n Node, path: &str, lines: Lines, faults: &mut Faults<'_>) -> Option<Text<'n>> {
    let Some(scalar) = node.scalar() else {
        let form = match last(path) {
            key if key.ends_with(']') => "- some text".to_owned(),
            key => format!("{key}: some text"),
        };
        wrong_type(path, node, "text", &form, faults);
        return None;
    };
    let text = Text { text: &scalar.text, span: node.span, node };
    if lines != Lines::Grammar {
        text.must_be_text(path, faults);
        hidden(&scalar.text, path, node.span, lines, faults);
    }
    Some(text)
}

/// Reports characters that hide or reorder text.
pub(super) fn hidden(text: &str, path: &str, span: Span, lines: Lines, faults: &mut Faults<'_>) {
    let bars = |c: &char| escape::hides(*c) && !(lines == Lines::Many && matches!(c, '\n' | '\r' | '\t'));
    let Some(bad) = text.chars().find(bars) else { return };
    let code = u32::from(bad);
    if matches!(bad, '\n' | '\r' | '\t') {
        let message = format!("`{path}` must be one line of text, but it has several or holds a tab");
        faults.say(&rules::WRONG_TYPE, span, message, "Write it in one line.");
        return;
    }
    let message = format!("`{path}` holds the character U+{code:04X}, which hides or reorders text");
    faults.say(&rules::HIDDEN_CHARACTERS, span, message, format!("Delete every U+{code:04X}."));
}

/// Reports a value of the wrong kind.
pub(super) fn wrong_type(path: &str, node: &Node, expected: &str, form: &str, faults: &mut Faults<'_>) {
    let seen = match node.scalar() {
        Some(scalar) if scalar.is_null() || scalar.text.is_empty() => node.kind().to_owned(),
        _ => format!("{} {}", node.kind(), escape::quoted(&node.sketch())),
    };
    let message = format!("`{path}` must be {expected}, but it is {seen}");
    faults.say(&rules::WRONG_TYPE, node.span, message, format!("Write for instance `{form}`."));
}

/// The last key of a path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
