//! Text encodings of bytes: base 32, 64 and 85, quoted-printable, uu, percent, rot13.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Base64 as Python reads it: characters outside the alphabet are skipped, and what
/// follows the padding is left.
pub(super) fn base64(bytes: &[u8], alphabet: &alphabet::Alphabet) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let letters: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'))
        .collect();
    GeneralPurpose::new(alphabet, config).decode(letters).ok()
}

/// Base 32 over one of its two alphabets; lower-case letters count as upper-case ones.
pub(super) fn base32(bytes: &[u8], extended_hex: bool) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::new());
    for byte in bytes {
        let value = match (byte.to_ascii_uppercase(), extended_hex) {
            (byte @ b'A'..=b'Z', false) => byte - b'A',
            (byte @ b'2'..=b'7', false) => byte - b'2' + 26,
            (byte @ b'0'..=b'9', true) => byte - b'0',
            (byte @ b'A'..=b'V', true) => byte - b'A' + 10,
            (b'=', _) => break,
            _ => return None,
        };
        bits = ((bits << 5) | u32::from(value)) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

/// `base64.b85decode`.
pub(super) fn base85(bytes: &[u8]) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let digit = |byte: &u8| LETTERS.iter().position(|letter| letter == byte).and_then(|at| u8::try_from(at).ok());
    digits_85(&bytes.iter().map(digit).collect::<Option<Vec<u8>>>()?)
}

/// `base64.a85decode`, with or without the frame that Adobe puts around it.
pub(super) fn ascii85(bytes: &[u8]) -> Option<Vec<u8>> {
    let bytes = bytes.trim_ascii();
    let bytes = bytes.strip_prefix(b"<~").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"~>").unwrap_or(bytes);
    let mut digits = Vec::new();
    for byte in bytes.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'z' => digits.extend([0; 5]),
            b'!'..=b'u' => digits.push(byte - b'!'),
            _ => return None,
        }
    }
    digits_85(&digits)
}

fn digits_85(digits: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for group in digits.chunks(5) {
        let mut value = 0u64;
        for index in 0..5 {
            value = value * 85 + u64::from(group.get(index).copied().unwrap_or(84));
        }
        let bytes = u32::try_from(value).ok()?.to_be_bytes();
        out.extend_from_slice(&bytes[..group.len().saturating_sub(1).min(4)]);
    }
    Some(out)
}

/// `quopri.decodestring`.
pub(super) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at + 1..];
        at += 1;
        match (byte, rest) {
            (b'=', [b'\r', b'\n', ..]) => at += 2,
            (b'=', [b'\n', ..]) => at += 1,
            (b'=', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.extend(hex::decode([*high, *low]).unwrap_or_default());
                at += 2;
            }
            (byte, _) => out.push(*byte),
        }
    }
    out
}

/// Lines of uu, with or without the `begin` and `end` around them.
pub(super) fn uu(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some((length, body)) = line.split_first() else { continue };
        if line.starts_with(b"begin ") {
            continue;
        }
        if line == b"end" {
            break;
        }
        let wanted = usize::from(length.wrapping_sub(b' ') & 0x3f);
        let mut decoded = Vec::with_capacity(wanted + 3);
        for group in body.chunks(4) {
            let six = |index: usize| u32::from(group.get(index).copied().unwrap_or(b' ').wrapping_sub(b' ') & 0x3f);
            let value = (six(0) << 18) | (six(1) << 12) | (six(2) << 6) | six(3);
            decoded.extend_from_slice(&value.to_be_bytes()[1..]);
        }
        decoded.resize(wanted, 0);
        out.extend(decoded);
    }
    Some(out)
}

/// `urllib.parse.unquote_to_bytes`.
pub(super) fn percent(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match pair.and_then(|pair| hex::decode(pair).ok()) {
            Some(decoded) => {
                out.extend(decoded);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// Turns a Latin letter by half of the alphabet.
pub(super) fn rot13(c: char) -> char {
    let turn = |c: char, base: u8| char::from((u8::try_from(c).unwrap_or(base) - base + 13) % 26 + base);
    match c {
        'a'..='z' => turn(c, b'a'),
        'A'..='Z' => turn(c, b'A'),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        assert_eq!(base64(b"c3lz dGVt=", &alphabet::STANDARD).unwrap(), b"system");
        assert_eq!(base32(b"ON4XG5DFNU======", false).unwrap(), b"system");
        assert_eq!(base32(b"EDSN6T35DK======", true).unwrap(), b"system");
        assert_eq!(base85(b"b9r-gWo-").unwrap(), b"system");
        assert_eq!(ascii85(b"<~F*VhKASh~>").unwrap(), b"system");
        assert_eq!(quoted_printable(b"=73=\r\ny=\nstem=="), b"system==");
        assert_eq!(uu(b"&<WES=&5M\n").unwrap(), b"system");
        assert_eq!(percent(b"%73y%zz%6D"), b"sy%zzm");
        assert_eq!("Flfgrz".chars().map(rot13).collect::<String>(), "System");
    }
}
