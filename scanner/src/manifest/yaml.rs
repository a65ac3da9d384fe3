//! From text to the node tree, under limits, with every fault of structure in
//! one pass: duplicate keys, keys that are not text, tags, merge keys, several
//! documents, aliases that multiply.
//!
//! This reads parser events rather than a deserialiser, because findings need
//! the place of each value and must not stop at the first fault.

use std::collections::HashMap;

use airlock_model::finding::Span;
use airlock_model::{Finding, escape};
use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle, Tag};

use super::decode::number;
use super::faults::Faults;
use super::node::{Entry, Node, Scalar, Value};
use super::notation::Notation;
use super::rules;

/// Values inside values; honest manifests stay under ten.
const MOST_DEPTH: usize = 32;

/// Values after aliases are written out.
const MOST_VALUES: usize = 20_000;

/// Bytes of text that aliases may add.
const MOST_ALIAS_BYTES: usize = 256 * 1024;

/// What a text holds.
pub(super) enum Document {
    /// One document.
    Read(Node),
    /// Nothing but comments.
    Empty,
    /// Something that cannot be read to its end; the reason is among the faults.
    Unreadable,
}

/// Reads the one document in `text`.
pub(super) fn read(text: &str, faults: &mut Faults<'_>) -> Document {
    read_counted(text, faults).0
}

/// Reads, and says how many events of the parser it took and how many values were copied or weighed.
fn read_counted(text: &str, faults: &mut Faults<'_>) -> (Document, usize) {
    let mut options = granit_parser::options! {
        flow_nesting_limit: MOST_DEPTH,
        block_nesting_limit: MOST_DEPTH,
        emit_anchor_events: true,
    };
    options.set_emit_comments(true);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::default();
    let mut notation = Notation::new(text);
    let document = match builder.run(&mut parser, &mut notation, faults) {
        Ok(()) => {
            notation.finish(faults);
            builder.root.filter(|root| !root.is_null()).map_or(Document::Empty, Document::Read)
        }
        Err(Stop) => Document::Unreadable,
    };
    (document, builder.steps)
}

/// Reading cannot go on; the reason is among the faults.
struct Stop;

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    documents: usize,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    values: usize,
    alias_bytes: usize,
    /// What the reading has cost so far; a test holds it against the size of the text.
    steps: usize,
}

/// A list or mapping whose end has not come yet.
struct Open {
    span: Span,
    in_flow: bool,
    anchor: usize,
    height: usize,
    what: Collection,
}

enum Collection {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, Span>, key: Option<Key> },
}

/// The key that waits for its value; without text, the fault is already told and the value is dropped.
struct Key {
    text: Option<String>,
    span: Span,
}

/// A finished node that an alias may name.
struct Anchored {
    node: Node,
    values: usize,
    bytes: usize,
    height: usize,
}

impl Builder {
    fn run<'t>(
        &mut self,
        parser: &mut Parser<'t, StrInput<'t>>,
        notation: &mut Notation<'t>,
        faults: &mut Faults<'_>,
    ) -> Result<(), Stop> {
        while let Some(event) = parser.next_event() {
            self.steps += 1;
            let (event, place) = event.map_err(|error| unreadable(&error, faults))?;
            let span = span_of(&place);
            match event {
                Event::DocumentStart(..) => self.document(span, faults)?,
                Event::Comment(..) => notation.comment(&place),
                Event::Anchor(_, name) => Notation::anchor(&name, span, faults),
                Event::Scalar(text, style, anchor, tag) => {
                    notation.scalar((&text, style), &place, (self.is_in_flow(), self.is_at_key()), (span, faults));
                    let text_tag = core_tag(tag.as_deref(), &place, &["str"], faults);
                    let plain = style == ScalarStyle::Plain && text_tag.is_none();
                    let scalar = Scalar { text: text.into_owned(), plain };
                    self.count(1, span, faults)?;
                    self.finish(Node { span, value: Value::Scalar(scalar) }, anchor, 1, faults)?;
                }
                Event::SequenceStart(style, anchor, tag) => {
                    core_tag(tag.as_deref(), &place, &["seq"], faults);
                    self.begin((span, style), anchor, Collection::List(Vec::new()), faults)?;
                }
                Event::MappingStart(style, anchor, tag) => {
                    core_tag(tag.as_deref(), &place, &["map"], faults);
                    let what = Collection::Map { entries: Vec::new(), seen: HashMap::new(), key: None };
                    self.begin((span, style), anchor, what, faults)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(span, faults)?,
                Event::Alias(anchor) => self.alias(anchor, span, faults)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn document(&mut self, span: Span, faults: &mut Faults<'_>) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        faults.say(
            &rules::YAML_FEATURE,
            span,
            "a second document begins here; plugin.yaml is one document",
            "Delete the '---' line and what follows it, or move it into a file of its own.",
        );
        Err(Stop)
    }

    fn begin(
        &mut self,
        (span, style): (Span, StructureStyle),
        anchor: usize,
        what: Collection,
        faults: &mut Faults<'_>,
    ) -> Result<(), Stop> {
        self.count(1, span, faults)?;
        self.open.push(Open { span, in_flow: style == StructureStyle::Flow, anchor, height: 1, what });
        Ok(())
    }

    /// Whether brackets or braces are open; nothing inside them is in block notation again.
    fn is_in_flow(&self) -> bool {
        self.open.last().is_some_and(|open| open.in_flow)
    }

    /// Whether a mapping waits for a key.
    fn is_at_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.what, Collection::Map { key: None, .. }))
    }

    fn end(&mut self, end: Span, faults: &mut Faults<'_>) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.what {
            Collection::List(nodes) => Value::List(nodes),
            Collection::Map { entries, .. } => Value::Map(entries),
        };
        // The end of a block collection is where the next thing begins, so only flow ends are shown.
        let one_line = end.end_line == open.span.line && end.end_column > open.span.column;
        let span = if one_line { Span { end_column: end.end_column, ..open.span } } else { open.span };
        self.finish(Node { span, value }, open.anchor, open.height, faults)
    }

    /// Hands a complete node to what it stands in.
    fn finish(&mut self, node: Node, anchor: usize, height: usize, faults: &mut Faults<'_>) -> Result<(), Stop> {
        if anchor != 0 {
            // The kept copy is charged like any value, or anchors inside anchors would multiply unseen.
            let (values, bytes) = weigh(&node);
            self.steps += values;
            self.count(values, node.span, faults)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), values, bytes, height });
        }
        let Some(parent) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        parent.height = parent.height.max(height + 1);
        match &mut parent.what {
            Collection::List(nodes) => nodes.push(node),
            Collection::Map { entries, seen, key } => match key.take() {
                None => *key = Some(read_key(&node, seen, faults)),
                Some(Key { text: Some(text), span }) => {
                    entries.push(Entry { key: text, key_span: span, value: node });
                }
                Some(Key { text: None, .. }) => {}
            },
        }
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span, faults: &mut Faults<'_>) -> Result<(), Stop> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            faults.say(
                &rules::YAML_FEATURE,
                span,
                "this alias stands inside the very value it repeats, so the value would have no end",
                "Write the value out.",
            );
            return Err(Stop);
        };
        let (values, bytes, height) = (anchored.values, anchored.bytes, anchored.height);
        self.alias_bytes = self.alias_bytes.saturating_add(bytes);
        if self.alias_bytes > MOST_ALIAS_BYTES || self.open.len() + height > MOST_DEPTH {
            return Err(too_much(span, "its aliases repeat more than a manifest may hold", faults));
        }
        self.count(values, span, faults)?;
        let Some(anchored) = self.anchors.get(&anchor) else { return Err(Stop) };
        let mut node = anchored.node.clone();
        self.steps += values;
        node.span = span;
        self.finish(node, 0, height, faults)
    }

    fn count(&mut self, values: usize, span: Span, faults: &mut Faults<'_>) -> Result<(), Stop> {
        self.values = self.values.saturating_add(values);
        if self.values > MOST_VALUES {
            let what = format!("it holds more than {MOST_VALUES} values");
            return Err(too_much(span, &what, faults));
        }
        Ok(())
    }
}

/// Takes a finished node as the key of the value that follows.
fn read_key(node: &Node, seen: &mut HashMap<String, Span>, faults: &mut Faults<'_>) -> Key {
    let span = node.span;
    let none = Key { text: None, span };
    let Some(scalar) = node.scalar() else {
        let message = format!("{} is used as a key; keys are text", node.kind());
        faults.say(&rules::YAML_FEATURE, span, message, "Write a plain word before the colon.");
        return none;
    };
    let shown = escape::quoted(&scalar.text);
    if scalar.plain && scalar.text == "<<" {
        faults.say(
            &rules::YAML_FEATURE,
            span,
            "the merge key '<<' is not read in plugin.yaml",
            "Write the merged keys out.",
        );
        return none;
    }
    if scalar.kind() != "text" {
        let message = format!("the key {shown} is read as {}; keys are text", scalar.kind());
        let remedy = format!("Quote it: \"{}\".", escape::line(&scalar.text.chars().take(40).collect::<String>()));
        faults.say(&rules::YAML_FEATURE, span, message, remedy);
        return none;
    }
    if let Some(first) = seen.get(&scalar.text) {
        let finding = Finding::of(
            &rules::DUPLICATE_KEY,
            format!("the key {shown} stands here a second time; readers disagree about which one counts"),
        )
        .remedy(format!("Keep one of them; the first is in line {}.", first.line))
        .evidence(Some(super::faults::FILE), Some(first.line), format!("{shown} stands here first"));
        faults.add(span, finding);
        return none;
    }
    seen.insert(scalar.text.clone(), span);
    Key { text: Some(scalar.text.clone()), span }
}

/// The suffix of a tag among `allowed`; any other tag is a fault.
fn core_tag(
    tag: Option<&Tag>,
    place: &granit_parser::Span,
    allowed: &[&str],
    faults: &mut Faults<'_>,
) -> Option<String> {
    let tag = tag?;
    if let Some(suffix) = tag.core_suffix().filter(|suffix| allowed.contains(suffix)) {
        return Some(suffix.to_owned());
    }
    let shown = escape::quoted(&tag.original());
    let mut span = span_of(place);
    if let Some(start) = place.tag_start {
        (span.line, span.column) = (number(start.line()), number(start.col() + 1));
    }
    faults.say(
        &rules::YAML_FEATURE,
        span,
        format!("the tag {shown} is not read in plugin.yaml; safe readers refuse it"),
        "Delete the tag and write the plain value.",
    );
    None
}

fn unreadable(error: &ScanError, faults: &mut Faults<'_>) -> Stop {
    let marker = error.marker();
    let (line, column) = (number(marker.line()).max(1), number(marker.col() + 1));
    let span = Span { line, column, end_line: line, end_column: column + 1 };
    if *error.kind() == granit_parser::ErrorKind::RecursionLimitExceeded {
        return too_much(span, &format!("its values are nested more than {MOST_DEPTH} deep"), faults);
    }
    let reason = escape::line(&error.kind().to_string());
    faults.say(
        &rules::SYNTAX,
        span,
        format!("plugin.yaml is not valid YAML here: {reason}"),
        "Mend this place; what stands after it was not read, so more may be found once it is right.",
    );
    Stop
}

fn too_much(span: Span, what: &str, faults: &mut Faults<'_>) -> Stop {
    faults.say(
        &rules::TOO_LARGE,
        span,
        format!("plugin.yaml is refused: {what}"),
        "Write the manifest plainly; data belongs into files of their own.",
    );
    Stop
}

fn weigh(node: &Node) -> (usize, usize) {
    match &node.value {
        Value::Scalar(scalar) => (1, scalar.text.len()),
        Value::List(nodes) => sum(nodes.iter().map(weigh)),
        Value::Map(entries) => sum(entries.iter().map(|entry| {
            let (values, bytes) = weigh(&entry.value);
            (values + 1, bytes + entry.key.len())
        })),
    }
}

fn sum(parts: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    parts.fold((1, 0), |total, part| (total.0 + part.0, total.1 + part.1))
}

fn span_of(place: &granit_parser::Span) -> Span {
    Span {
        line: number(place.start.line()).max(1),
        column: number(place.start.col() + 1),
        end_line: number(place.end.line()).max(1),
        end_column: number(place.end.col() + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> usize {
        read_counted(text, &mut Faults::new(text)).1
    }

    /// However a text is written, reading it takes no more steps than it has bytes, beside the values that aliases and
    /// anchors may copy, of which there is a fixed number.
    #[test]
    fn steps_are_bounded_by_the_size_of_the_text() {
        const SIZE: usize = 256 * 1024;
        let filled = |unit: &str| unit.repeat(SIZE / unit.len());
        let laughs = (1..12).fold("a0: &a0 [x, x]\n".to_owned(), |text, level| {
            format!("{text}a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(9))
        });
        let list = format!("a: &a [{}]\n", "x, ".repeat(5000));
        let texts = [
            ("billion laughs", laughs),
            ("one long list again and again", format!("{list}b: [{}]\n", "*a, ".repeat(5000))),
            ("anchors in anchors", (0..3000).map(|at| format!("&a{at} [")).collect()),
            ("an anchor around each level", format!("{}x{}", "{? &a [".repeat(16), "]}".repeat(16))),
            ("anchored keys", (0..20_000).map(|at| format!("&k{at} k{at}: v\n")).collect()),
            ("aliases of nothing", filled("- *a\n")),
            ("open brackets", filled("[")),
            ("open braces", filled("{")),
            ("dashes", filled("- ")),
            ("question marks", filled("? ")),
            ("colons", filled(": ")),
            ("commas", format!("[{}", filled(","))),
            ("comments", filled("#\n")),
            ("documents", filled("---\n")),
            ("ends of documents", filled("...\n")),
            ("tags", filled("!!str ")),
            ("anchors", filled("&a ")),
            ("tabs", filled("\t")),
            ("quotes", filled("'")),
            ("one long word", filled("x")),
            ("one key again and again", filled("a: b\n")),
            ("many keys", (0..20_000).map(|at| format!("k{at}: v\n")).collect()),
        ];
        for (what, text) in texts {
            let taken = steps(&text);
            assert!(taken <= text.len() + 2 * MOST_VALUES, "{what}: {taken} steps for {} bytes", text.len());
        }
    }

    #[test]
    fn steps_grow_with_the_text_and_no_faster() {
        for unit in ["k: v\n", "- x\n", "# a\n"] {
            let unit = |at: usize| unit.replace('k', &format!("k{at}"));
            let of = |count: usize| steps(&(0..count).map(unit).collect::<String>());
            let (small, large) = (of(500), of(4000));
            assert!(small >= 500 && large <= 8 * small, "{small} and {large}");
        }
    }
}
