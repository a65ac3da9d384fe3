//! Notation that the client's reader (YAML 1.1) refuses or reads otherwise than ours (YAML 1.2), although the values
//! look the same: raw tabs, names of anchors, question marks in flow lists, escapes of half a character.

use airlock_model::escape;
use airlock_model::finding::Span;
use serde_saphyr::granit_parser::{self, ScalarStyle};

use super::decode::number;
use super::faults::Faults;
use super::rules;
use super::scalar::LONGEST_NUMBER;

/// A key longer than this is no key to every reader, in characters.
const LONGEST_KEY: usize = 1000;

/// Reads a source for its notation, while its parser goes through it.
pub(super) struct Notation<'t> {
    text: &'t str,
    /// The places, in bytes, where a tab is text: quoted and block scalars, and comments.
    tabs_allowed: Vec<(usize, usize)>,
}

impl<'t> Notation<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, tabs_allowed: Vec::new() }
    }

    /// A comment was read.
    pub(super) fn comment(&mut self, place: &granit_parser::Span) {
        self.tabs_allowed.push(self.range(place));
    }

    /// An anchor was named.
    pub(super) fn anchor(name: &str, span: Span, faults: &mut Faults<'_>) {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            let message = format!("the anchor {} ends earlier to some readers of YAML", escape::quoted(name));
            faults.say(&rules::YAML_FEATURE, span, message, "Name it with letters, digits, '_' and '-' only.");
        }
    }

    /// A scalar was read: inside a flow list or mapping or not, and as a key or not.
    pub(super) fn scalar(
        &mut self,
        (text, style): (&str, ScalarStyle),
        place: &granit_parser::Span,
        (in_flow, is_key): (bool, bool),
        (span, faults): (Span, &mut Faults<'_>),
    ) {
        let (start, end) = self.range(place);
        let source = self.text.get(start..end).unwrap_or_default();
        let mut tell = |message: &str, remedy: &str| faults.say(&rules::YAML_FEATURE, span, message, remedy);
        if is_key && (text.chars().count() > LONGEST_KEY || span.line != span.end_line) {
            tell("a key stands in one line and has at most 1000 characters", "Shorten the key.");
        }
        match style {
            ScalarStyle::Plain => {
                if text == "=" || (text == "<<" && !is_key) {
                    tell("this value has a meaning of its own to some readers of YAML", "Put it in quotation marks.");
                }
                if in_flow && (text.contains('?') || text.starts_with(':')) {
                    let message =
                        "a '?' or a leading ':' between brackets is a sign of its own to some readers of YAML";
                    tell(message, "Put the value in quotation marks.");
                }
                let is_number = |text: &str| {
                    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
                        && text.bytes().all(|b| b.is_ascii_hexdigit() || b"+-_.:x".contains(&b))
                };
                if text.len() > LONGEST_NUMBER && is_number(text) {
                    tell("this number is longer than every reader reads", "Put it in quotation marks if it is text.");
                }
            }
            ScalarStyle::DoubleQuoted => {
                self.tabs_allowed.push((start, end));
                if has_half_character(source) {
                    let message = "an escape \\uD800 to \\uDFFF is half a character, which readers of YAML put together differently";
                    tell(message, "Write the character itself.");
                }
            }
            ScalarStyle::SingleQuoted => self.tabs_allowed.push((start, end)),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                // A tab beside the sign that begins the block is none of its text.
                let header = if source.starts_with(['|', '>']) { source.find(['\n', '\r']).unwrap_or(0) } else { 0 };
                self.tabs_allowed.push((start + header, end));
            }
        }
    }

    /// The whole source was read: tells of the first tab that is no text.
    pub(super) fn finish(mut self, faults: &mut Faults<'_>) {
        self.tabs_allowed.sort_unstable();
        let mut allowed = self.tabs_allowed.iter().peekable();
        let (mut line, mut column) = (1, 0);
        for (at, c) in self.text.char_indices() {
            column += 1;
            while allowed.next_if(|(_, end)| *end <= at).is_some() {}
            if c == '\t' && allowed.peek().is_none_or(|(start, _)| at < *start) {
                let (line, column) = (number(line), number(column));
                let span = Span { line, column, end_line: line, end_column: column + 1 };
                let message = "a tab stands between the parts of the manifest, which not every reader of YAML takes";
                faults.say(&rules::YAML_FEATURE, span, message, "Use spaces; inside quotation marks a tab is text.");
                return;
            }
            if c == '\n' || (c == '\r' && self.text.as_bytes().get(at + 1) != Some(&b'\n')) {
                (line, column) = (line + 1, 0);
            }
        }
    }

    /// Where something stands in the source, in bytes; the parser tells them for every text.
    fn range(&self, place: &granit_parser::Span) -> (usize, usize) {
        let byte = |marker: granit_parser::Marker| marker.byte_offset().unwrap_or(self.text.len());
        (byte(place.start), byte(place.end))
    }
}

/// Whether a double-quoted source escapes a surrogate.
fn has_half_character(source: &str) -> bool {
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        rest = &rest[at + 1..];
        let digits = match rest.bytes().next() {
            Some(b'u') => rest.get(1..5),
            Some(b'U') => rest.get(1..9),
            _ => None,
        };
        if digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .is_some_and(|code| (0xd800..0xe000).contains(&code))
        {
            return true;
        }
        rest = rest.get(1..).unwrap_or_else(|| rest.trim_start_matches(|c: char| !c.is_ascii()));
    }
    false
}
