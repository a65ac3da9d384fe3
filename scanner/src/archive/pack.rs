//! The canonical archive: a tar.gz that depends on nothing but name and tree.
//!
//! Members are ustar headers without extensions, sorted by path, under one top
//! folder, with fixed owner, mode and time; the gzip header carries neither name
//! nor time. There are **no directory entries**: a tree has no directories of
//! its own, every extractor makes the parents of a file by itself, and an entry
//! that carries no content is one more thing two tools could read differently.
//!
//! The fixed time is 1980-01-01, the earliest that the zip format and the tools
//! built on it can express, so that what is unpacked can be packed again.

use std::io::Write as _;

use airlock_model::escape;
use airlock_model::finding::Finding;
use airlock_model::tree::Tree;
use flate2::{Compression, GzBuilder};
use memchr::memmem;

use super::{rules, zip};

/// The modification time of every member: 1980-01-01T00:00:00Z.
const MTIME: u64 = 315_532_800;
/// The mode of every member.
const MODE: u64 = 0o644;
/// The size of a tar header and the unit of everything in a tar.
pub(crate) const BLOCK: usize = 512;
/// What the ustar `name` field holds, in bytes.
pub(crate) const NAME_BYTES: usize = 100;
/// What the ustar `prefix` field holds, in bytes.
pub(crate) const PREFIX_BYTES: usize = 155;
/// The first size that eleven octal digits cannot hold.
const SIZE_END: u64 = 1 << 33;

/// Why a tree cannot be packed. Only the tree or the name is ever the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The name of the top folder is not one plain path component.
    #[error("{} cannot be the top folder of an archive: it must be one plain path component", escape::quoted(.0))]
    TopFolder(String),
    /// A path fits neither the name field nor name and prefix together.
    #[error(
        "{} is too long for the catalogue's archive: shorten it, or its folders, so that the last component has at \
         most {NAME_BYTES} bytes and everything before it, the plugin's name included, at most {PREFIX_BYTES}",
        escape::quoted(.0)
    )]
    Name(String),
    /// A file is larger than a ustar header can say.
    #[error("{} is too large for the catalogue's archive: a file may have at most 8 GiB", escape::quoted(.0))]
    Size(String),
}

impl PackError {
    /// The finding that refuses a plugin whose tree cannot be packed.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (rule, path) = match self {
            Self::TopFolder(name) => (&rules::BAD_NAME, name),
            Self::Name(path) => (&rules::LONG_NAME, path),
            Self::Size(path) => (&rules::TOO_LARGE, path),
        };
        Finding::of(rule, format!("{self}.")).in_file(path.as_str())
    }
}

/// Packs a tree under the top folder `name`. The same name and tree always give
/// the same bytes.
///
/// Deflate stores what it cannot compress, for instance the end of a zip that the
/// plugin carries, and tools that look for a zip's end record would find it in the
/// result. Where that happens, the tree is packed again with each record torn.
pub fn pack(name: &str, tree: &Tree) -> Result<Vec<u8>, PackError> {
    if name.is_empty() || matches!(name, "." | "..") || name.contains(['/', '\\', '\0']) {
        return Err(PackError::TopFolder(name.to_owned()));
    }
    let whole = packed(name, tree, usize::MAX)?;
    if zip::tail(&whole).is_none() {
        return Ok(whole);
    }
    // What is looked through for a record has room for so many; those before stand before it.
    let records: usize = tree.iter().map(|(_, bytes)| memmem::find_iter(bytes, zip::END).count()).sum();
    packed(name, tree, records.saturating_sub(zip::SEARCHED_BYTES / zip::END.len()))
}

/// Packs a tree, all but the first `whole` end records of zips torn by an empty block between their bytes.
fn packed(name: &str, tree: &Tree, mut whole: usize) -> Result<Vec<u8>, PackError> {
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
    let mut put = |bytes: &[u8]| {
        let mut rest = bytes;
        while whole < usize::MAX
            && let Some(at) = memmem::find(rest, zip::END)
        {
            gzip.write_all(&rest[..at + 2]).expect("writing to memory does not fail");
            rest = &rest[at + 2..];
            if whole == 0 {
                gzip.flush().expect("writing to memory does not fail");
            } else {
                whole -= 1;
            }
        }
        gzip.write_all(rest).expect("writing to memory does not fail");
    };
    for (path, bytes) in tree.iter() {
        put(&header(&format!("{name}/{path}"), bytes.len() as u64)?);
        put(bytes);
        put(&[0; BLOCK][..padding(bytes.len())]);
    }
    put(&[0; 2 * BLOCK]);
    Ok(gzip.finish().expect("writing to memory does not fail"))
}

/// How many zero bytes follow `len` bytes of content.
const fn padding(len: usize) -> usize {
    (BLOCK - len % BLOCK) % BLOCK
}

/// Splits a path into the ustar fields prefix and name, at the first slash that fits.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= NAME_BYTES {
        return Some(("", path));
    }
    path.match_indices('/')
        .map(|(at, _)| (&path[..at], &path[at + 1..]))
        .find(|(prefix, name)| prefix.len() <= PREFIX_BYTES && name.len() <= NAME_BYTES)
}

fn header(path: &str, size: u64) -> Result<[u8; BLOCK], PackError> {
    let (prefix, name) = split(path).ok_or_else(|| PackError::Name(path.to_owned()))?;
    if size >= SIZE_END {
        return Err(PackError::Size(path.to_owned()));
    }
    let mut block = [0_u8; BLOCK];
    let mut text = |at: usize, value: &[u8]| block[at..at + value.len()].copy_from_slice(value);
    text(0, name.as_bytes());
    text(100, &octal::<8>(MODE));
    text(108, &octal::<8>(0));
    text(116, &octal::<8>(0));
    text(124, &octal::<12>(size));
    text(136, &octal::<12>(MTIME));
    text(148, b"        ");
    text(156, b"0");
    text(257, b"ustar\x0000");
    text(329, &octal::<8>(0));
    text(337, &octal::<8>(0));
    text(345, prefix.as_bytes());
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..155].copy_from_slice(&octal::<7>(sum));
    Ok(block)
}

/// Octal digits with leading zeros, filling a field of `N` bytes but its last, which is NUL.
fn octal<const N: usize>(value: u64) -> [u8; N] {
    let mut field = [0_u8; N];
    for (place, digit) in field[..N - 1].iter_mut().rev().enumerate() {
        *digit = b'0' + ((value >> (3 * place)) & 7) as u8;
    }
    field
}
