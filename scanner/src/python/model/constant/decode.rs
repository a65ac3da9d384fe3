//! Decoders: base 16 to 85, rot13, zlib and gzip under an inflation cap.

use std::io::Read;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Const, SIZE};

/// A way to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Base64,
    Base64Url,
    Base32,
    Hex,
    Base85,
    Ascii85,
    Zlib,
    Gzip,
    Percent,
    /// By name, as `codecs.decode` has it.
    Named,
    /// A decoder that is known as one and not folded.
    Opaque,
}

/// Which decoder a qualified path is.
pub(crate) fn decoder(path: &str) -> Option<Coding> {
    Some(match path {
        "base64.b64decode"
        | "base64.standard_b64decode"
        | "base64.decodebytes"
        | "base64.decodestring"
        | "binascii.a2b_base64" => Coding::Base64,
        "base64.urlsafe_b64decode" => Coding::Base64Url,
        "base64.b32decode" => Coding::Base32,
        "base64.b16decode"
        | "binascii.unhexlify"
        | "binascii.a2b_hex"
        | "builtins.bytes.fromhex"
        | "builtins.bytearray.fromhex" => Coding::Hex,
        "base64.b85decode" => Coding::Base85,
        "base64.a85decode" => Coding::Ascii85,
        "zlib.decompress" => Coding::Zlib,
        "gzip.decompress" => Coding::Gzip,
        "urllib.parse.unquote" | "urllib.parse.unquote_plus" | "urllib.unquote" => Coding::Percent,
        "codecs.decode" | "codecs.encode" | "_codecs.decode" => Coding::Named,
        "bz2.decompress"
        | "lzma.decompress"
        | "marshal.loads"
        | "binascii.a2b_uu"
        | "binascii.a2b_qp"
        | "quopri.decodestring"
        | "base64.b32hexdecode"
        | "base64.z85decode"
        | "builtins.bytes.decode"
        | "zlib.decompressobj().decompress"
        | "cryptography.fernet.Fernet().decrypt" => Coding::Opaque,
        _ => return None,
    })
}

/// Decodes; `name` is the codec's name where the coding is [`Coding::Named`].
pub(super) fn decode(coding: Coding, value: Const, name: Option<Const>) -> Option<Const> {
    let coding = if coding == Coding::Named { named(&name?.into_text()?)? } else { Named::Plain(coding) };
    let coding = match coding {
        Named::Rot13 => return value.into_text().map(|text| Const::Str(text.chars().map(rot13).collect())),
        Named::Utf8 => return value.into_text().map(Const::Str),
        Named::Plain(coding) => coding,
    };
    if coding == Coding::Percent {
        return percent(&value.into_text()?).map(Const::Str);
    }
    let bytes = value.into_bytes()?;
    let decoded = match coding {
        Coding::Base64 => base64_of(&bytes, &alphabet::STANDARD)?,
        Coding::Base64Url => base64_of(&bytes, &alphabet::URL_SAFE)?,
        Coding::Base32 => base32(&bytes)?,
        Coding::Hex => {
            let packed: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
            hex::decode(packed).ok()?
        }
        Coding::Base85 => base85(&bytes)?,
        Coding::Ascii85 => ascii85(&bytes)?,
        Coding::Zlib => inflate(flate2::read::ZlibDecoder::new(bytes.as_slice()))?,
        Coding::Gzip => inflate(flate2::read::GzDecoder::new(bytes.as_slice()))?,
        Coding::Percent | Coding::Named | Coding::Opaque => return None,
    };
    Some(Const::Bytes(decoded))
}

enum Named {
    Plain(Coding),
    Rot13,
    Utf8,
}

fn named(name: &str) -> Option<Named> {
    let name = name.to_ascii_lowercase().replace(['-', ' '], "_");
    Some(match name.trim_end_matches("_codec") {
        "rot13" | "rot_13" => Named::Rot13,
        "hex" => Named::Plain(Coding::Hex),
        "base64" | "base_64" => Named::Plain(Coding::Base64),
        "zlib" | "zip" => Named::Plain(Coding::Zlib),
        "utf_8" | "utf8" | "ascii" => Named::Utf8,
        _ => return None,
    })
}

/// Text of bytes in one of the plain encodings; absent for transforming codecs.
pub(super) fn text_of(bytes: &[u8], encoding: &str) -> Option<String> {
    match encoding.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" | "ascii" | "us-ascii" => String::from_utf8(bytes.to_vec()).ok(),
        "latin-1" | "latin1" | "iso-8859-1" => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        "utf-16-le" | "utf-16le" | "utf-16" => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok().map(|text| text.trim_start_matches('\u{feff}').to_owned())
        }
        _ => None,
    }
}

/// Base64 as Python reads it: characters outside the alphabet are skipped.
fn base64_of(bytes: &[u8], alphabet: &alphabet::Alphabet) -> Option<Vec<u8>> {
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

fn base32(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::new());
    for byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

fn base85(bytes: &[u8]) -> Option<Vec<u8>> {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let digits: Option<Vec<u8>> =
        bytes.iter().map(|byte| LETTERS.iter().position(|l| l == byte).and_then(|at| u8::try_from(at).ok())).collect();
    base85_digits(&digits?)
}

fn ascii85(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Vec::new();
    for byte in bytes.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'z' => digits.extend([0; 5]),
            b'!'..=b'u' => digits.push(byte - b'!'),
            _ => return None,
        }
    }
    base85_digits(&digits)
}

fn base85_digits(digits: &[u8]) -> Option<Vec<u8>> {
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

/// Inflates at most [`SIZE`] bytes; what is longer has no constant value here.
fn inflate(reader: impl Read) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(SIZE as u64 + 1).read_to_end(&mut out).ok()?;
    (out.len() <= SIZE).then_some(out)
}

fn percent(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match escape.and_then(|pair| u8::from_str_radix(pair, 16).ok()).filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

fn rot13(c: char) -> char {
    let turn = |c: char, base: u8| char::from((u8::try_from(c).unwrap_or(base) - base + 13) % 26 + base);
    match c {
        'a'..='z' => turn(c, b'a'),
        'A'..='Z' => turn(c, b'A'),
        other => other,
    }
}
