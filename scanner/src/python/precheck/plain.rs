//! Statements that cannot be deep, which are most: only their brackets and strings are looked at.

use super::{BRACKETS, Lexer, OPERATORS, Step};

/// The most code that a statement has whose operators need not be looked at. An operator has a byte at least, and
/// counts twice at most: in its chain, and in what holds a keyword that follows.
const SHORT: usize = OPERATORS as usize / 2;

/// Bytes that say where a statement ends, or how deep its brackets are.
const TELLING: [bool; 256] = {
    let mut telling = [false; 256];
    let bytes = b"\"'#\\\n\r()[]{}";
    let mut index = 0;
    while index < bytes.len() {
        telling[bytes[index] as usize] = true;
        index += 1;
    }
    telling
};

impl Lexer<'_> {
    /// Passes over the statements that begin here as long as they are short, have no f-string and are not nested too
    /// deep, up to the first that is to be looked at.
    pub(super) fn plain(&mut self) -> Step {
        while self.passes_over {
            let start = self.at;
            let is_plain = self.is_plain();
            // The strings in it were operands.
            self.after_operand = false;
            if !is_plain {
                self.at = start;
                break;
            }
            if self.at == self.bytes.len() {
                break;
            }
            self.at += 1;
            self.line_start()?;
        }
        Ok(())
    }

    /// Goes to the end of the statement's line, or as far as it is told that it is none of those.
    fn is_plain(&mut self) -> bool {
        let (mut depth, mut counted) = (0, self.at);
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(next) = rest.iter().position(|byte| TELLING[usize::from(*byte)]) else {
                self.at = self.bytes.len();
                return self.at - counted <= SHORT;
            };
            self.at += next;
            match self.bytes[self.at] {
                b'\n' | b'\r' if depth == 0 => return self.at - counted <= SHORT,
                b'"' | b'\'' => {
                    let opening = self.at;
                    if self.may_format() || self.string(b"").is_err() {
                        return false;
                    }
                    // Its text is no code.
                    counted += self.at - opening;
                }
                b'#' => self.comment(),
                b'\\' => self.escape(),
                b'(' | b'[' | b'{' => {
                    depth += 1;
                    if depth > BRACKETS {
                        return false;
                    }
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Whether the quote that is next may open a text with fields: one of the two letters before it says so.
    fn may_format(&self) -> bool {
        let formats = |back: usize| {
            let byte = self.at.checked_sub(back).map(|at| self.bytes[at]);
            matches!(byte, Some(b'f' | b'F' | b't' | b'T'))
        };
        formats(1) || formats(2)
    }
}
