//! Texts as code writes them: a letter may stand there as an escape, and is the same letter to whoever runs it.

use std::ops::Range;

/// A text with its escapes replaced.
pub(super) struct Plain {
    pub(super) text: Vec<u8>,
    /// Where each byte of it begins in the text as written, and where that ends.
    places: Vec<usize>,
}

impl Plain {
    /// A range of the text, as it is written.
    pub(super) fn written<'w>(&self, written: &'w [u8], range: Range<usize>) -> &'w [u8] {
        &written[self.places[range.start]..self.places[range.end]]
    }
}

/// A text without its escapes, where it has any that stand for ASCII: `\x67`, `\u0067`, `\U00000067`, `\147` and
/// those of white space.
pub(super) fn plain(written: &[u8]) -> Option<Plain> {
    memchr::memchr(b'\\', written)?;
    let (mut text, mut places, mut at) = (Vec::with_capacity(written.len()), Vec::with_capacity(written.len() + 1), 0);
    while at < written.len() {
        let (byte, length) = escape(&written[at..]).unwrap_or((written[at], 1));
        text.push(byte);
        places.push(at);
        at += length;
    }
    places.push(at);
    (text.len() < written.len()).then_some(Plain { text, places })
}

/// The byte that an escape at the beginning of a text stands for, and the length of the escape.
fn escape(written: &[u8]) -> Option<(u8, usize)> {
    let [b'\\', kind, rest @ ..] = written else { return None };
    let number = |digits: usize, radix: u32, before: usize| {
        let digits = std::str::from_utf8(written.get(before..before + digits)?).ok()?;
        let value = u8::from_str_radix(digits, radix).ok().filter(u8::is_ascii)?;
        (!digits.starts_with('+')).then_some((value, before + digits.len()))
    };
    match kind {
        b'x' => number(2, 16, 2),
        b'u' => number(4, 16, 2),
        b'U' => number(8, 16, 2),
        b'0'..=b'7' => {
            let more = rest.iter().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            number(1 + more, 8, 1)
        }
        b'n' | b'r' => Some((b'\n', 2)),
        b't' => Some((b'\t', 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_of_a_letter_is_replaced() {
        let written = br"a = '\x67\u0068\U00000070\137b\n' \q \xe9 \x+7";
        let plain = plain(written).expect("it has escapes");
        assert_eq!(plain.text, b"a = 'ghp_b\n' \\q \\xe9 \\x+7");
        assert_eq!(plain.written(written, 5..10), br"\x67\u0068\U00000070\137b");
        assert!(super::plain(b"no escapes").is_none() && super::plain(br"C:\q \d").is_none());
        for cut in [&br"\x"[..], br"\u00", br"\U", br"\", br"\x6"] {
            assert!(super::plain(cut).is_none());
        }
    }
}
