//! Codecs by name: `bytes.decode`, `codecs.decode`, `codecs.getdecoder` and their like.

use super::{Const, bases, decode, inflate};

/// `codecs.decode(value, name)`; the text transforms work both ways.
pub(super) fn decode(value: Const, name: &str) -> Option<Const> {
    let name = plain(name);
    if matches!(name.as_str(), "rot13" | "rot_13") {
        return value.into_text().map(|text| Const::Str(text.chars().map(bases::rot13).collect()));
    }
    let bytes = value.into_bytes()?;
    Some(match name.as_str() {
        "hex" => Const::Bytes(decode::hex_of(bytes)?),
        "base64" | "base_64" => Const::Bytes(bases::base64(&bytes, &base64::alphabet::STANDARD)?),
        "quopri" | "quoted_printable" | "quotedprintable" => Const::Bytes(bases::quoted_printable(&bytes)),
        "uu" => Const::Bytes(bases::uu(&bytes)?),
        "zlib" | "zip" => Const::Bytes(inflate::zlib(&bytes, 15)?),
        "bz2" => Const::Bytes(inflate::bz2(&bytes)?),
        name => Const::Str(text_of(&bytes, name)?),
    })
}

/// Whether decoding by this codec hides what is decoded, as a plain encoding does not.
pub(super) fn hides(name: &str) -> bool {
    !matches!(plain(name).as_str(), "utf_8" | "utf8" | "ascii" | "us_ascii" | "latin_1" | "latin1" | "iso_8859_1")
}

fn plain(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    name.strip_suffix("_codec").unwrap_or(&name).to_owned()
}

/// Text of bytes in one of the encodings of text.
fn text_of(bytes: &[u8], name: &str) -> Option<String> {
    match name {
        "utf_8" | "utf8" | "ascii" | "us_ascii" | "u8" => String::from_utf8(bytes.to_vec()).ok(),
        "utf_8_sig" => String::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).to_vec()).ok(),
        "latin_1" | "latin1" | "iso_8859_1" | "l1" => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        "utf_16" | "utf16" => match bytes {
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
            _ => utf16(bytes, u16::from_le_bytes),
        },
        "utf_16_le" | "utf_16le" => utf16(bytes, u16::from_le_bytes),
        "utf_16_be" | "utf_16be" => utf16(bytes, u16::from_be_bytes),
        "utf_32" | "utf32" => match bytes {
            [0xff, 0xfe, 0, 0, rest @ ..] => utf32(rest, u32::from_le_bytes),
            [0, 0, 0xfe, 0xff, rest @ ..] => utf32(rest, u32::from_be_bytes),
            _ => utf32(bytes, u32::from_le_bytes),
        },
        "utf_32_le" | "utf_32le" => utf32(bytes, u32::from_le_bytes),
        "utf_32_be" | "utf_32be" => utf32(bytes, u32::from_be_bytes),
        "utf_7" | "utf7" => utf7(bytes),
        "cp037" | "ibm037" | "cp500" | "cp1140" => bytes.iter().map(|byte| ebcdic(*byte)).collect(),
        // Without letters to insert it is the text before the last hyphen.
        "punycode" => bytes.strip_suffix(b"-").and_then(|text| String::from_utf8(text.to_vec()).ok()),
        "unicode_escape" | "raw_unicode_escape" | "string_escape" => escapes(bytes, name.starts_with("raw")),
        _ => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Option<String> {
    bytes.chunks_exact(4).map(|four| char::from_u32(unit([four[0], four[1], four[2], four[3]]))).collect()
}

/// UTF-7: runs of base 64 over UTF-16 between `+` and `-`.
fn utf7(bytes: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte != b'+' {
            out.push(char::from(*byte));
            continue;
        }
        let rest = &bytes[at..];
        let length = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')));
        let length = length.unwrap_or(rest.len());
        at += length;
        let closed = bytes.get(at) == Some(&b'-');
        at += usize::from(closed);
        if length == 0 {
            out.push('+');
            continue;
        }
        let units = bases::base64(&rest[..length], &base64::alphabet::STANDARD)?;
        out.push_str(&utf16(&units, u16::from_be_bytes)?);
    }
    Some(out)
}

/// The letters and digits of the EBCDIC code pages, and the marks that code is written with.
fn ebcdic(byte: u8) -> Option<char> {
    Some(match byte {
        0x81..=0x89 => char::from(byte - 0x81 + b'a'),
        0x91..=0x99 => char::from(byte - 0x91 + b'j'),
        0xa2..=0xa9 => char::from(byte - 0xa2 + b's'),
        0xc1..=0xc9 => char::from(byte - 0xc1 + b'A'),
        0xd1..=0xd9 => char::from(byte - 0xd1 + b'J'),
        0xe2..=0xe9 => char::from(byte - 0xe2 + b'S'),
        0xf0..=0xf9 => char::from(byte - 0xf0 + b'0'),
        0x40 => ' ',
        0x25 => '\n',
        0x4b => '.',
        0x4c => '<',
        0x4d => '(',
        0x4e => '+',
        0x5c => '*',
        0x5d => ')',
        0x5e => ';',
        0x60 => '-',
        0x61 => '/',
        0x6b => ',',
        0x6c => '%',
        0x6d => '_',
        0x6e => '>',
        0x7a => ':',
        0x7d => '\'',
        0x7e => '=',
        0x7f => '"',
        _ => return None,
    })
}

/// Escapes as in a string literal; raw ones are `\u` and `\U` only.
pub(super) fn escapes(bytes: &[u8], raw: bool) -> Option<String> {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        let Some(next) = bytes.get(at).filter(|_| *byte == b'\\') else {
            out.push(char::from(*byte));
            continue;
        };
        at += 1;
        let digits = match next {
            b'u' => 4,
            b'U' => 8,
            b'x' if !raw => 2,
            _ if raw => {
                out.extend(['\\', char::from(*next)]);
                continue;
            }
            b'0'..=b'7' => {
                let octal = bytes[at - 1..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                let text = std::str::from_utf8(&bytes[at - 1..at - 1 + octal]).ok()?;
                out.push(char::from_u32(u32::from_str_radix(text, 8).ok()?)?);
                at += octal - 1;
                continue;
            }
            simple => {
                match simple {
                    b'n' => out.push('\n'),
                    b't' => out.push('\t'),
                    b'r' => out.push('\r'),
                    b'b' => out.push('\x08'),
                    b'f' => out.push('\x0c'),
                    b'a' => out.push('\x07'),
                    b'v' => out.push('\x0b'),
                    b'\n' => {}
                    b'\\' | b'\'' | b'"' => out.push(char::from(*simple)),
                    other => out.extend(['\\', char::from(*other)]),
                }
                continue;
            }
        };
        let text = std::str::from_utf8(bytes.get(at..at + digits)?).ok()?;
        out.push(char::from_u32(u32::from_str_radix(text, 16).ok()?)?);
        at += digits;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_are_known_by_their_names() {
        for (bytes, name) in [
            (&b"system"[..], "UTF-8"),
            (b"s\0y\0s\0t\0e\0m\0", "utf-16-le"),
            (b"\0s\0y\0s\0t\0e\0m", "utf_16_be"),
            (b"\xff\xfes\0y\0s\0t\0e\0m\0", "utf-16"),
            (b"+AHM-ystem", "utf-7"),
            (b"\xa2\xa8\xa2\xa3\x85\x94", "cp037"),
            (b"\\x73\\171\\u0073tem", "unicode_escape"),
            (b"system-", "punycode"),
        ] {
            assert_eq!(decode(Const::Bytes(bytes.to_vec()), name), Some(Const::Str("system".into())), "{name}");
        }
        assert_eq!(decode(Const::Str("flfgrz".into()), "rot-13"), Some(Const::Str("system".into())));
        assert_eq!(decode(Const::Bytes(b"x".to_vec()), "no_such"), None);
    }
}
