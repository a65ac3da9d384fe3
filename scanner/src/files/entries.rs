//! The list of files with digest and kind, and the object that holds their views.

use airlock_model::digest::Sha256;
use airlock_model::inspection::{FileEntry, FileKind};
use airlock_model::tree::{Tree, TreePath};

/// Lists the tree's files, and puts their bytes one after the other.
pub(crate) fn list(tree: &Tree) -> (Vec<FileEntry>, Vec<u8>) {
    let mut views = Vec::new();
    let entries = tree
        .iter()
        .map(|(path, bytes)| {
            let offset = views.len() as u64;
            views.extend_from_slice(bytes);
            let size = bytes.len() as u64;
            let (path_text, sha256) = (path.as_str().to_owned(), Sha256::of(bytes));
            FileEntry { path: path_text, size, offset, sha256, kind: kind(path, bytes) }
        })
        .collect();
    (entries, views)
}

/// What a file is. Python is a matter of the name, as it is for the interpreter.
pub(crate) fn kind(path: &TreePath, bytes: &[u8]) -> FileKind {
    if bytes.contains(&0) || std::str::from_utf8(bytes).is_err() {
        return match path.extension() {
            Some("py" | "pyi" | "pyw" | "py3") => FileKind::Python,
            _ => FileKind::Binary,
        };
    }
    match path.extension() {
        Some("py" | "pyi" | "pyw" | "py3") => FileKind::Python,
        _ => FileKind::Text,
    }
}
