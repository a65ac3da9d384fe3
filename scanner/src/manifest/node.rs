//! The node tree: YAML as it stands in the file, each value with its place.

use airlock_model::finding::Span;

/// A sketch that is longer ends, in bytes: each of its characters has one at least, and a message shows 80.
const SKETCH: usize = 4 * 81;

/// One value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Where it stands in the file. A value that came through an alias stands
    /// where the alias does.
    pub(super) span: Span,
    /// What it is.
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Text, a number, a truth value or nothing; see [`super::scalar`].
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file, each key once.
    Map(Vec<Entry>),
}

/// A scalar before it is read as anything.
#[derive(Debug, Clone)]
pub(super) struct Scalar {
    /// The text after YAML's own escapes.
    pub(super) text: String,
    /// Whether it is unquoted and untagged, so that readers guess its type.
    pub(super) plain: bool,
}

/// One key of a mapping with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) key_span: Span,
    /// The value.
    pub(super) value: Node,
}

impl Node {
    /// What a person would call this value.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => scalar.kind(),
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The scalar, if it is one.
    pub(super) const fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The entries, if it is a mapping.
    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Scalar(_) | Value::List(_) => None,
        }
    }

    /// The value in one line, cut where a message would cut it.
    pub(super) fn sketch(&self) -> String {
        let mut out = String::new();
        self.sketch_into(&mut out);
        out
    }

    fn sketch_into(&self, out: &mut String) {
        let begin = |out: &mut String, first: bool| {
            if !first {
                out.push_str(", ");
            }
            // One sign more than a message shows, so that it tells of the cut.
            out.len() <= SKETCH
        };
        match &self.value {
            Value::Scalar(scalar) => out.push_str(&scalar.text),
            Value::List(nodes) => {
                out.push('[');
                for (at, node) in nodes.iter().enumerate() {
                    if !begin(out, at == 0) {
                        return;
                    }
                    node.sketch_into(out);
                }
                out.push(']');
            }
            Value::Map(entries) => {
                out.push('{');
                for (at, entry) in entries.iter().enumerate() {
                    if !begin(out, at == 0) {
                        return;
                    }
                    out.push_str(&entry.key);
                    out.push_str(": ");
                    entry.value.sketch_into(out);
                }
                out.push('}');
            }
        }
    }

    /// Whether it is an empty or null scalar.
    pub(super) fn is_null(&self) -> bool {
        self.scalar().is_some_and(Scalar::is_null)
    }
}

/// Finds a key among entries.
pub(super) fn find<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Entry> {
    entries.iter().find(|entry| entry.key == key)
}
