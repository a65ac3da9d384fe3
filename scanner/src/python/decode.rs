//! Bytes to text as PEP 263 has it, refusing what is not UTF-8 or ASCII.
//!
//! An encoding cookie changes what the interpreter reads: under UTF-7 or
//! `unicode_escape` a comment can be code. A scanner that takes the bytes for
//! UTF-8 then sees nothing, so such files are refused, never guessed at.

use airlock_model::escape;

/// Why bytes are not source text that can be examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DecodeFault {
    /// A byte order mark of UTF-16 or UTF-32.
    WideByteOrderMark,
    /// A cookie that names another encoding than UTF-8 or ASCII.
    Cookie {
        /// The name as written.
        name: String,
        /// Its line, from 1.
        line: u32,
    },
    /// Bytes that are not UTF-8.
    NotUtf8 {
        /// The line of the first such byte, from 1.
        line: u32,
    },
    /// A NUL byte, which the interpreter refuses.
    Nul {
        /// Its line, from 1.
        line: u32,
    },
}

impl DecodeFault {
    /// The line to point at.
    pub(crate) const fn line(&self) -> u32 {
        match self {
            Self::WideByteOrderMark => 1,
            Self::Cookie { line, .. } | Self::NotUtf8 { line } | Self::Nul { line } => *line,
        }
    }

    /// What is wrong, as a sentence.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::WideByteOrderMark => {
                "the file starts with a byte order mark of UTF-16 or UTF-32; Python source must be UTF-8".into()
            }
            Self::Cookie { name, .. } => format!(
                "the encoding cookie names {}; only UTF-8 and ASCII are examined, because another encoding can turn \
                 a comment into code",
                escape::quoted(name)
            ),
            Self::NotUtf8 { .. } => "the file holds bytes that are not UTF-8".into(),
            Self::Nul { .. } => "the file holds a NUL byte, which the interpreter refuses".into(),
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a Python file without its byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, DecodeFault> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.starts_with(b"\0\0\xfe\xff") {
        return Err(DecodeFault::WideByteOrderMark);
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if let Some((name, line)) = cookie(bytes)
        && !is_plain(name)
    {
        return Err(DecodeFault::Cookie { name: String::from_utf8_lossy(name).into_owned(), line });
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(DecodeFault::Nul { line: line_of(bytes, at) });
    }
    std::str::from_utf8(bytes).map_err(|error| DecodeFault::NotUtf8 { line: line_of(bytes, error.valid_up_to()) })
}

/// The encoding cookie in one of the first two lines, with its line. The second
/// line counts only when the first is blank or a comment.
fn cookie(bytes: &[u8]) -> Option<(&[u8], u32)> {
    let mut rest = bytes;
    for number in 1..=2 {
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        let start = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\x0c'));
        match start {
            Some(start) if line[start] == b'#' => {
                if let Some(name) = cookie_in(&line[start..]) {
                    return Some((name, number));
                }
            }
            Some(_) => return None,
            None => {}
        }
        rest = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
    }
    None
}

/// The name after `coding:` or `coding=` in a comment.
fn cookie_in(comment: &[u8]) -> Option<&[u8]> {
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(&comment[from..], b"coding") {
        let after = from + found + b"coding".len();
        from = after;
        if !matches!(comment.get(after), Some(b':' | b'=')) {
            continue;
        }
        let name = &comment[after + 1..];
        let blank = name.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let name = &name[blank..];
        let length = name.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)).count();
        if length > 0 {
            return Some(&name[..length]);
        }
    }
    None
}

/// Whether an encoding name means UTF-8 or ASCII to the interpreter.
fn is_plain(name: &[u8]) -> bool {
    let folded: Vec<u8> = name.iter().map(|b| if *b == b'_' { b'-' } else { b.to_ascii_lowercase() }).collect();
    matches!(folded.as_slice(), b"utf-8" | b"utf8" | b"ascii" | b"us-ascii" | b"utf-8-sig" | b"646" | b"u8")
        || folded.starts_with(b"utf-8-unix")
        || folded.starts_with(b"utf-8-dos")
        || folded.starts_with(b"utf-8-mac")
}

/// The line of a byte, from 1; a lone carriage return ends a line as well.
fn line_of(bytes: &[u8], at: usize) -> u32 {
    let ends = bytes[..at]
        .iter()
        .enumerate()
        .filter(|(index, byte)| **byte == b'\n' || (**byte == b'\r' && bytes.get(index + 1) != Some(&b'\n')))
        .count();
    u32::try_from(ends).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_and_ascii_pass_with_and_without_a_cookie() {
        for source in [
            &b"x = 1\n"[..],
            b"\xef\xbb\xbfx = 1\n",
            b"# -*- coding: utf-8 -*-\n",
            b"#!/usr/bin/python\n# vim: set fileencoding=UTF_8 :\n",
            b"# coding: ascii\nx = 1\n",
            b"x = 1\n# coding: utf-7\n",
            b"'''\n# coding: latin-1\n'''\n",
        ] {
            assert!(decode(source).is_ok(), "{source:?}");
        }
    }

    #[test]
    fn other_encodings_are_refused_with_their_line() {
        assert_eq!(decode(b"# coding: utf-7\n"), Err(DecodeFault::Cookie { name: "utf-7".into(), line: 1 }));
        assert_eq!(
            decode(b"\x0c \t\r# -*- coding=unicode_escape -*-\r"),
            Err(DecodeFault::Cookie { name: "unicode_escape".into(), line: 2 })
        );
        assert_eq!(decode(b"\xff\xfex\0"), Err(DecodeFault::WideByteOrderMark));
        assert_eq!(decode(b"a\nb\r\n'\xe9'\n"), Err(DecodeFault::NotUtf8 { line: 3 }));
        assert_eq!(decode(b"a\rb\0"), Err(DecodeFault::Nul { line: 2 }));
    }
}
