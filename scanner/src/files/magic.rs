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
    ARCHIVES.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| Magic::Archive(name))
}

/// `MZ`, and the header it points at: two letters alone begin many a text.
fn is_portable_executable(bytes: &[u8]) -> bool {
    let at = bytes.get(0x3c..0x40).and_then(|at| at.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"MZ")
        && at.and_then(|at| bytes.get(usize::try_from(at).ok()?..)).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}
