//! Telling what an upload is by its bytes, never by its name or content type.

/// The two forms that are read, and what else an upload can look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Starts as a zip does.
    Zip,
    /// Starts as gzip does.
    Gzip,
    /// Anything else, named for the publisher.
    Other(&'static str),
}

/// Signatures of what publishers send by mistake, longest first where one is a
/// prefix of another.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"BZh", "a bzip2 stream"),
    (b"\xfd7zXZ\0", "an xz stream"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard stream"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x1f\x9d", "a compress (.Z) stream"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O program"),
    (b"\xca\xfe\xba\xbe", "a Mach-O program or Java class"),
    (b"\x89PNG", "a PNG image"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"#!", "a script"),
    (b"--", "a multipart body or a YAML document"),
];

/// The upload's form by its first bytes.
pub(crate) fn of(bytes: &[u8]) -> Form {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Form::Zip;
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return Form::Gzip;
    }
    Form::Other(other(bytes))
}

/// What any bytes look like, the two forms included.
pub(crate) fn name(bytes: &[u8]) -> &'static str {
    match of(bytes) {
        Form::Zip => "a zip",
        Form::Gzip => "another gzip stream",
        Form::Other(name) => name,
    }
}

fn other(bytes: &[u8]) -> &'static str {
    if bytes.is_empty() {
        return "an empty body";
    }
    if bytes.starts_with(b"PK\x07\x08") {
        return "one part of a split zip";
    }
    if let Some((_, name)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return name;
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return "a tar archive that is not compressed with gzip";
    }
    text(bytes)
}

fn text(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(1024)];
    if head.iter().all(|byte| *byte == 0) {
        return "nothing but zero bytes";
    }
    let text = String::from_utf8_lossy(head);
    let start = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    if start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head") {
        "an HTML page"
    } else if start.starts_with("<?xml") || start.starts_with('<') {
        "an XML document"
    } else if start.starts_with('{') || start.starts_with('[') {
        "a JSON document"
    } else if head.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r') || *byte >= 0x20) {
        "plain text"
    } else {
        "bytes of no form known here"
    }
}
