//! What a package's first bytes say. Nothing is parsed here: this only answers at
//! once what could never be an archive.

/// How many bytes are looked at.
pub(crate) const LOOKED_AT: usize = 4;

/// Why the first bytes are not those of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAnArchive {
    /// There are none.
    #[error("the package is empty")]
    Empty,
    /// They look like a page.
    #[error("the package begins like an HTML page, so an address or a proxy answered in place of the file")]
    Html,
    /// They are an uncompressed tar's, or anything else.
    #[error("the package begins neither like gzip nor like zip")]
    Other,
}

/// Looks at the first bytes, which are fewer than [`LOOKED_AT`] only when there are no more.
pub(crate) fn first_bytes(bytes: &[u8]) -> Result<(), NotAnArchive> {
    match bytes {
        [] => Err(NotAnArchive::Empty),
        [0x1f, 0x8b, ..] | [b'P', b'K', 3 | 5 | 7, ..] => Ok(()),
        [first, ..] if *first == b'<' || bytes.iter().all(u8::is_ascii_whitespace) => Err(NotAnArchive::Html),
        _ => Err(NotAnArchive::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_and_zip_pass_and_nothing_else() {
        for good in [&b"\x1f\x8b\x08\0"[..], b"PK\x03\x04", b"PK\x05\x06"] {
            assert_eq!(first_bytes(good), Ok(()));
        }
        assert_eq!(first_bytes(b""), Err(NotAnArchive::Empty));
        assert_eq!(first_bytes(b"<!DO"), Err(NotAnArchive::Html));
        assert_eq!(first_bytes(b"\n\n<h"), Err(NotAnArchive::Other));
        assert_eq!(first_bytes(b"my-t"), Err(NotAnArchive::Other));
        assert_eq!(first_bytes(b"P"), Err(NotAnArchive::Other));
    }
}
