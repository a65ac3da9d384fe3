//! The parser, behind one file: nothing else names the crate that does it.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::decode::{self, DecodeFault};
use super::precheck::{self, TooDeep};

/// Below this many bytes even the deepest tree can be dropped on our stacks.
const DROPPABLE_BYTES: usize = 64 * 1024;

/// Why a file has no tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParseFault {
    /// The bytes are not text that may be examined.
    Decode(DecodeFault),
    /// More bytes than [`airlock_model::limits::ScanLimits::source_bytes`].
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Deeper than any interpreter accepts.
    TooDeep(TooDeep, TextRange),
    /// Not Python.
    Syntax {
        /// The parser's first complaint.
        message: String,
        /// Where.
        range: TextRange,
    },
}

/// Decodes under the size limit.
pub(crate) fn text(bytes: &[u8], limit: u64) -> Result<&str, ParseFault> {
    if bytes.len() as u64 > limit.min(u64::from(u32::MAX / 4)) {
        return Err(ParseFault::TooLarge { limit });
    }
    decode::decode(bytes).map_err(ParseFault::Decode)
}

/// Parses decoded text into a module.
pub(crate) fn module(text: &str) -> Result<ModModule, ParseFault> {
    precheck::check(text).map_err(|(what, at)| ParseFault::TooDeep(what, place(at)))?;
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let fault = parsed
        .errors()
        .first()
        .map(|error| ParseFault::Syntax { message: error.error.to_string(), range: error.range() });
    match (fault, parsed.try_into_module()) {
        (None, Some(module)) => Ok(module.into_syntax()),
        (None, None) => Err(ParseFault::Syntax { message: "not a module".into(), range: TextRange::default() }),
        (Some(fault), tree) => {
            // The pre-check vouches for the depth of valid source only: what the
            // parser made of broken source is leaked rather than risk its drop.
            if text.len() > DROPPABLE_BYTES {
                std::mem::forget(tree);
            }
            Err(fault)
        }
    }
}

/// The comments of decoded text, in order; text without a tree has none.
pub(crate) fn comments(text: &str) -> Vec<TextRange> {
    if precheck::check(text).is_err() {
        return Vec::new();
    }
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment).map(Ranged::range);
    let comments = comments.collect();
    if !parsed.errors().is_empty() && text.len() > DROPPABLE_BYTES {
        std::mem::forget(parsed);
    }
    comments
}

fn place(at: usize) -> TextRange {
    let at = TextSize::try_from(at).unwrap_or_default();
    TextRange::empty(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<ParseFault> {
        module(text).err()
    }

    #[test]
    fn source_is_read_as_the_interpreter_reads_it() {
        assert_eq!(fault("if x:\r  y = 1\rz = 2\r"), None);
        assert_eq!(fault("\x0cx = 1\n\x0c\ndef f():\n\x0c  pass\n"), None);
        assert_eq!(fault("x = f'{f\"{f'{1}'}\"}'\n"), None);
        assert_eq!(fault("match x:\n    case {'a': [y, *_]} if y: pass\n"), None);
        assert_eq!(fault("type X[T: int = str] = list[T]\n"), None);
        assert_eq!(fault("x = 1 \\\n  + 2\n"), None);
    }

    #[test]
    fn broken_source_has_a_place() {
        let Some(ParseFault::Syntax { range, .. }) = fault("x = 1\ndef f(:\n") else { panic!("accepted") };
        assert!(usize::from(range.start()) > 5);
        assert!(matches!(fault(&"(".repeat(500)), Some(ParseFault::TooDeep(TooDeep::Brackets, _))));
        assert!(matches!(text(b"x = 1", 3), Err(ParseFault::TooLarge { limit: 3 })));
    }
}
