//! Decoders: by the path of the function that decodes, and by the codec's name.

use base64::alphabet;

use super::{Const, bases, codecs, inflate, words};

/// A way to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Base64,
    Base64Url,
    Base32,
    Base32Hex,
    Hex,
    Base85,
    Ascii85,
    QuotedPrintable,
    Uu,
    Zlib,
    Gzip,
    Bz2,
    Lzma,
    Percent,
    PercentBytes,
    Html,
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
        "base64.b32hexdecode" => Coding::Base32Hex,
        "base64.b16decode"
        | "binascii.unhexlify"
        | "binascii.a2b_hex"
        | "builtins.bytes.fromhex"
        | "builtins.bytearray.fromhex" => Coding::Hex,
        "base64.b85decode" => Coding::Base85,
        "base64.a85decode" => Coding::Ascii85,
        "quopri.decodestring" | "binascii.a2b_qp" => Coding::QuotedPrintable,
        "binascii.a2b_uu" => Coding::Uu,
        "zlib.decompress" | "zlib.decompressobj().decompress" => Coding::Zlib,
        "gzip.decompress" | "gzip.GzipFile().read" => Coding::Gzip,
        "bz2.decompress" | "bz2.BZ2Decompressor().decompress" | "_bz2.BZ2Decompressor().decompress" => Coding::Bz2,
        "lzma.decompress" | "lzma.LZMADecompressor().decompress" | "_lzma.LZMADecompressor().decompress" => {
            Coding::Lzma
        }
        "urllib.parse.unquote" | "urllib.parse.unquote_plus" | "urllib.unquote" => Coding::Percent,
        "urllib.parse.unquote_to_bytes" => Coding::PercentBytes,
        "html.unescape" => Coding::Html,
        "codecs.decode" | "codecs.encode" | "_codecs.decode" | "_codecs.encode" => Coding::Named,
        "marshal.loads" | "base64.z85decode" | "builtins.bytes.decode" | "cryptography.fernet.Fernet().decrypt" => {
            Coding::Opaque
        }
        _ => return None,
    })
}

/// Decodes; `more` is the second argument: the codec's name where the coding is
/// [`Coding::Named`], the window of zlib, whether base 32 is folded.
pub(super) fn decode(coding: Coding, value: Const, more: Option<Const>) -> Option<Const> {
    match coding {
        Coding::Named => return codecs::decode(value, &more?.into_text()?),
        Coding::Percent => return String::from_utf8(bases::percent(&value.into_bytes()?)).ok().map(Const::Str),
        Coding::Html => return Some(Const::Str(words::unescaped(&value.into_text()?))),
        _ => {}
    }
    let bytes = value.into_bytes()?;
    Some(Const::Bytes(match coding {
        Coding::Base64 => match more {
            Some(Const::Bytes(letters)) if letters == b"-_" => bases::base64(&bytes, &alphabet::URL_SAFE)?,
            Some(Const::Bytes(letters)) => bases::base64(&with_letters(bytes, &letters)?, &alphabet::STANDARD)?,
            _ => bases::base64(&bytes, &alphabet::STANDARD)?,
        },
        Coding::Base64Url => bases::base64(&bytes, &alphabet::URL_SAFE)?,
        Coding::Base32 => bases::base32(&bytes, false)?,
        Coding::Base32Hex => bases::base32(&bytes, true)?,
        Coding::Hex => hex_of(bytes)?,
        Coding::Base85 => bases::base85(&bytes)?,
        Coding::Ascii85 => bases::ascii85(&bytes)?,
        Coding::QuotedPrintable => bases::quoted_printable(&bytes),
        Coding::Uu => bases::uu(&bytes)?,
        Coding::Zlib => inflate::zlib(&bytes, more.map_or(Some(15), |wbits| wbits.as_int())?)?,
        Coding::Gzip => inflate::gzip(&bytes)?,
        Coding::Bz2 => inflate::bz2(&bytes)?,
        Coding::Lzma => inflate::lzma(&bytes)?,
        Coding::PercentBytes => bases::percent(&bytes),
        Coding::Percent | Coding::Html | Coding::Named | Coding::Opaque => return None,
    }))
}

/// Hexadecimal digits with blanks between them.
pub(super) fn hex_of(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let packed: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
    hex::decode(packed).ok()
}

/// Puts the standard alphabet's last two letters in the place of others.
fn with_letters(mut bytes: Vec<u8>, letters: &[u8]) -> Option<Vec<u8>> {
    let [first, second] = *letters else { return None };
    for byte in &mut bytes {
        if *byte == first {
            *byte = b'+';
        } else if *byte == second {
            *byte = b'/';
        }
    }
    Some(bytes)
}
