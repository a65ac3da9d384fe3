//! Text in other encodings than UTF-8, made readable for searches: what an editor shows
//! must not be hidden from them by how it is stored.

use std::borrow::Cow;

/// How much of a file's beginning tells its encoding, in bytes.
const TELLING: usize = 4 * 1024;
/// The share of bytes that no text has beyond which a file is binary: one in so many.
const ONE_IN: usize = 50;

/// The bytes as UTF-8 where they are UTF-16 or UTF-32, and as they are otherwise.
pub(crate) fn readable(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => wide(rest, u32::from_le_bytes),
        [0, 0, 0xfe, 0xff, rest @ ..] => wide(rest, u32::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => pairs(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => pairs(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        _ => match without_mark(bytes) {
            Some(order) => pairs(bytes, order),
            None => Cow::Borrowed(bytes),
        },
    }
}

/// Whether bytes are no text at all: more than a stray byte in them is a control character.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(TELLING)];
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    head.iter().filter(control).count() * ONE_IN > head.len().max(ONE_IN)
}

/// The order of bytes in UTF-16 that says nothing of itself: most letters have a zero at the same side.
fn without_mark(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    let head = &bytes[..bytes.len().min(TELLING) & !1];
    if head.len() < 16 {
        return None;
    }
    let zeros = |side: usize| head.chunks_exact(2).filter(|pair| pair[side] == 0).count();
    let (first, second, all) = (zeros(0), zeros(1), head.len() / 2);
    if second * 10 >= all * 9 && first * 20 <= all {
        Some(u16::from_le_bytes)
    } else if first * 10 >= all * 9 && second * 20 <= all {
        Some(u16::from_be_bytes)
    } else {
        None
    }
}

fn pairs(bytes: &[u8], order: fn([u8; 2]) -> u16) -> Cow<'static, [u8]> {
    let units = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

fn wide(bytes: &[u8], order: fn([u8; 4]) -> u32) -> Cow<'static, [u8]> {
    let points = bytes.chunks_exact(4).map(|four| order([four[0], four[1], four[2], four[3]]));
    let text: String = points.map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Cow::Owned(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_and_order_reads_the_same() {
        let text = "name = grüße und 東京, and more\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            le.clone(),
            be.clone(),
            [&[0xff, 0xfe][..], &le].concat(),
            [&[0xfe, 0xff][..], &be].concat(),
            [&[0xff, 0xfe, 0, 0][..], &wide].concat(),
            [&[0xef, 0xbb, 0xbf][..], text.as_bytes()].concat(),
        ] {
            assert_eq!(readable(&bytes), text.as_bytes(), "{bytes:?}");
        }
        for bytes in [&b"caf\xe9 and a NUL\0 and text"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", b"", b"\xff\xfe"] {
            readable(bytes);
        }
    }

    #[test]
    fn a_stray_byte_makes_no_binary() {
        assert!(!is_binary(b"# caf\xe9\nkey = value\n\0"));
        assert!(is_binary(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0"));
    }
}
