//! From bytes to text: size, encoding and characters, before any YAML is read.

use airlock_model::finding::{Finding, Span};
use airlock_model::limits::ScanLimits;

use super::rules;

/// The text of the manifest, or the one finding that says why it has none.
pub(super) struct Decoded<'b> {
    /// The text without a byte-order mark.
    pub(super) text: &'b str,
    /// Whether a byte-order mark was dropped.
    pub(super) marked: bool,
}

/// Reads the bytes as text.
pub(super) fn decode<'b>(bytes: &'b [u8], limits: &ScanLimits) -> Result<Decoded<'b>, Box<Finding>> {
    let size = bytes.len() as u64;
    if size > limits.manifest_bytes {
        let most = limits.manifest_bytes;
        return Err(Box::new(
            Finding::of(&rules::TOO_LARGE, format!("plugin.yaml has {size} bytes; at most {most} are read"))
                .remedy("Move long texts into README.md and data into files of their own."),
        ));
    }
    if let Some(name) = wide_encoding(bytes) {
        return Err(Box::new(
            Finding::of(&rules::ENCODING, format!("plugin.yaml is encoded as {name}; only UTF-8 is read"))
                .remedy("Save plugin.yaml as UTF-8 without a byte-order mark."),
        ));
    }
    let (bytes, marked) = match bytes.strip_prefix("\u{feff}".as_bytes()) {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = &bytes[..error.valid_up_to()];
        let bad = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
        let message = format!("plugin.yaml is not UTF-8: byte 0x{bad:02x} does not belong here");
        Box::new(
            Finding::of(&rules::ENCODING, message)
                .at(place_after(&String::from_utf8_lossy(good)))
                .remedy("Save plugin.yaml as UTF-8."),
        )
    })?;
    match text.char_indices().find(|(_, c)| !is_yaml_text(*c)) {
        Some((at, bad)) => Err(Box::new(
            Finding::of(
                &rules::ENCODING,
                format!("plugin.yaml holds the character U+{:04X}, {}", u32::from(bad), why_not(bad)),
            )
            .at(place_after(&text[..at]))
            .remedy("Delete the character; inside double quotes it can be written as an escape."),
        )),
        None => Ok(Decoded { text, marked }),
    }
}

/// What YAML allows in its source.
const fn is_yaml_text(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..) && !is_disputed_break(c)
}

/// What ends a line, and a comment with it, to readers of YAML 1.1 and to no others.
const fn is_disputed_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

const fn why_not(c: char) -> &'static str {
    if is_disputed_break(c) { "which ends the line to some readers of YAML only" } else { "which YAML does not allow" }
}

fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=0x7f, ..] | [1..=0x7f, 0, 0, 0, ..] => {
            Some("UTF-32")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] | [1..=0x7f, 0, ..] => Some("UTF-16"),
        _ => None,
    }
}

/// The place of the character that follows `text`.
fn place_after(text: &str) -> Span {
    let before = text.rsplit(['\n', '\r']).next().unwrap_or("");
    let breaks = text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count();
    let line = number(breaks + 1);
    let column = number(before.chars().count() + 1);
    Span { line, column, end_line: line, end_column: column + 1 }
}

/// A count as findings keep it; a manifest is far too small to saturate it.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX - 1)
}
