//! Packing folders the way publishers' tools do.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// One file of a package in memory.
pub type Files = Vec<(String, Vec<u8>)>;

/// The folder of `tests/plugins/`.
#[must_use]
pub fn plugins_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins")
}

/// Whether a folder of `tests/plugins/` holds no packages but suites for the sandbox
/// alone, which the gate's own tests run in each engine.
#[must_use]
pub fn is_suite_alone(folder: &str) -> bool {
    matches!(folder, "hostile" | "benign" | "imports")
}

/// Reads the package of one folder of `tests/plugins/`.
///
/// # Panics
/// When there is no such package.
#[must_use]
pub fn plugin(name: &str) -> Files {
    let mut files = Files::new();
    let top = plugins_dir().join(name).join("plugin");
    collect(&top, &top, &mut files);
    assert!(!files.is_empty(), "no package in {}", top.display());
    files.sort();
    files
}

fn collect(top: &Path, dir: &Path, files: &mut Files) {
    for entry in std::fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display())) {
        let path = entry.expect("a directory entry").path();
        if path.is_dir() {
            collect(top, &path, files);
        } else {
            let name = path.strip_prefix(top).expect("below the top").to_string_lossy().into_owned();
            files.push((name, std::fs::read(&path).expect("a readable file")));
        }
    }
}

/// The value of a top-level scalar of the package's manifest, as it is written.
///
/// # Panics
/// When the manifest has no such line.
#[must_use]
pub fn field(files: &Files, key: &str) -> String {
    let manifest = text(files, "plugin.yaml");
    let prefix = format!("{key}: ");
    let line = manifest.lines().find_map(|line| line.strip_prefix(&prefix));
    line.unwrap_or_else(|| panic!("the manifest has no {key}")).trim_matches('"').to_owned()
}

/// The text of one file.
///
/// # Panics
/// When there is no such file.
#[must_use]
pub fn text(files: &Files, name: &str) -> String {
    let found = files.iter().find(|(path, _)| path == name);
    String::from_utf8(found.unwrap_or_else(|| panic!("no {name}")).1.clone()).expect("text")
}

/// The same package as another version.
#[must_use]
pub fn at_version(files: &Files, version: &str) -> Files {
    let old = format!("version: {}", field(files, "version"));
    let new = format!("version: {version}");
    let manifest = text(files, "plugin.yaml").replace(&old, &new).into_bytes();
    with(files, "plugin.yaml", &manifest)
}

/// The same package with one file added or replaced.
#[must_use]
pub fn with(files: &Files, name: &str, bytes: &[u8]) -> Files {
    let mut files: Files = files.iter().filter(|(path, _)| path != name).cloned().collect();
    files.push((name.to_owned(), bytes.to_vec()));
    files
}

/// Packs as the existing client does (WIRE.md section 3): everything below
/// `<name>/`, with directory entries, the packer's user, caches and version
/// control left in, and the manifest a second time at the end.
///
/// # Panics
/// Never on memory.
#[must_use]
pub fn as_the_client_packs(name: &str, files: &Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    let mut directories: Vec<String> =
        vec![format!("{name}/"), format!("{name}/.git/"), format!("{name}/__pycache__/")];
    for (path, _) in files {
        let mut at = 0;
        while let Some(slash) = path[at..].find('/') {
            at += slash + 1;
            directories.push(format!("{name}/{}", &path[..at]));
        }
    }
    directories.sort();
    directories.dedup();
    for directory in &directories {
        append(&mut tar, directory, tar::EntryType::Directory, b"");
    }
    append(&mut tar, &format!("{name}/.git/HEAD"), tar::EntryType::Regular, b"ref: refs/heads/main\n");
    append(&mut tar, &format!("{name}/__pycache__/x.cpython-311.pyc"), tar::EntryType::Regular, b"\xa7\r\r\n");
    for (path, bytes) in files {
        append(&mut tar, &format!("{name}/{path}"), tar::EntryType::Regular, bytes);
    }
    if let Some((_, manifest)) = files.iter().find(|(path, _)| path == "plugin.yaml") {
        append(&mut tar, &format!("{name}/plugin.yaml"), tar::EntryType::Regular, manifest);
    }
    tar.into_inner().and_then(GzEncoder::finish).expect("packing to memory")
}

fn append(tar: &mut tar::Builder<GzEncoder<Vec<u8>>>, path: &str, kind: tar::EntryType, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(if kind.is_dir() { 0o775 } else { 0o664 });
    header.set_uid(1000);
    header.set_gid(1000);
    header.set_mtime(1_760_000_000);
    header.set_username("packer").expect("a short name");
    tar.append_data(&mut header, path, bytes).expect("packing to memory");
}

/// Packs as the guide shows: a zip with everything at its root.
///
/// # Panics
/// Never on memory.
#[must_use]
pub fn as_the_guide_packs(files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (path, bytes) in files {
        zip.start_file(path.as_str(), options).expect("packing to memory");
        zip.write_all(bytes).expect("packing to memory");
    }
    zip.finish().expect("packing to memory").into_inner()
}

/// Unpacks a tar.gz into its regular files, by full member name.
///
/// # Panics
/// When it is not one.
#[must_use]
pub fn unpack(bytes: &[u8]) -> Files {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut files = Files::new();
    for entry in archive.entries().expect("a tar archive") {
        let mut entry = entry.expect("a member");
        if entry.header().entry_type().is_file() {
            let path = entry.path().expect("a name").to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).expect("the member's bytes");
            files.push((path, bytes));
        }
    }
    files
}
