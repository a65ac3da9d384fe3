//! What a file is by its first bytes.

/// What matters here of what a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    /// A program or library for a processor, named.
    Native(&'static str),
    /// Compiled Python.
    Bytecode,
    /// An archive or compressed stream, named.
    Archive(&'static str),
}

const ARCHIVES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b\x08", "a gzip stream"),
    (b"BZh", "a bzip2 stream"),
    (b"\xfd7zXZ\0", "an xz stream"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard stream"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"!<arch>\n", "an ar archive"),
    (b"MSCF\0\0\0\0", "a cabinet archive"),
];

/// A zip's end record and the longest comment after it.
const ZIP_TAIL: usize = 22 + 65_535;
/// What begins each entry of a zip's directory.
const ZIP_ENTRY: &[u8] = b"PK\x01\x02";

/// Tells what a file is, if it is anything that matters here.
pub(crate) fn of(bytes: &[u8]) -> Option<Magic> {
    if bytes.starts_with(b"\x7fELF") {
        return Some(Magic::Native("an ELF binary"));
    }
    if is_portable_executable(bytes) {
        return Some(Magic::Native("a Windows binary"));
    }
    match bytes.first_chunk::<4>() {
        Some(b"\xfe\xed\xfa\xce" | b"\xfe\xed\xfa\xcf" | b"\xce\xfa\xed\xfe" | b"\xcf\xfa\xed\xfe") => {
            return Some(Magic::Native("a Mach-O binary"));
        }
        Some(b"\xca\xfe\xba\xbe") => return Some(Magic::Native("a Mach-O or Java binary")),
        Some(b"\0asm") => return Some(Magic::Native("a WebAssembly module")),
        // Every magic number of CPython ends so; flags and a time or hash follow.
        Some([_, 0x0c..=0x0e, b'\r', b'\n']) if bytes.len() >= 16 => return Some(Magic::Bytecode),
        _ => {}
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(Magic::Archive("a tar archive"));
    }
    if let Some((_, name)) = ARCHIVES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(Magic::Archive(name));
    }
    ends_as_zip(bytes).then_some(Magic::Archive("a zip archive behind other content"))
}

/// Whether a zip reader, which begins at the end, would take this for an archive.
fn ends_as_zip(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(ZIP_TAIL)..];
    memchr::memmem::find(tail, b"PK\x05\x06").is_some() && memchr::memmem::find(bytes, ZIP_ENTRY).is_some()
}

/// Whether a member of a zip is named as something that Python imports, which it does from any zip on its path,
/// whatever the zip's own name.
pub(crate) fn zip_holds_code(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, ZIP_ENTRY).any(|at| {
        let length = bytes.get(at + 28..at + 30).map_or(0, |size| usize::from(u16::from_le_bytes([size[0], size[1]])));
        let name = bytes.get(at + 46..at + 46 + length).unwrap_or_default().to_ascii_lowercase();
        [&b".py"[..], b".pyc", b".pyo", b".pyw", b".pyd", b".so"].iter().any(|ending| name.ends_with(ending))
    })
}

/// `MZ`, and the header it points at: two letters alone begin many a text.
fn is_portable_executable(bytes: &[u8]) -> bool {
    let at = bytes.get(0x3c..0x40).and_then(|at| at.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"MZ")
        && at.and_then(|at| bytes.get(usize::try_from(at).ok()?..)).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}
