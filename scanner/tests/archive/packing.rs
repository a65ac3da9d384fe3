//! The canonical archive.

use std::path::Path;
use std::process::Command;

use airlock_model::limits::ArchiveLimits;
use airlock_model::tree::{Tree, TreePath};
use airlock_scanner::archive::{PackError, pack, read_dir};

use super::build::*;
use super::readers::{Others, assert_agree};
use super::{open, rules};

fn tree() -> Tree {
    let mut tree = Tree::new();
    let long = format!("src/{}/{}.py", "d".repeat(90), "f".repeat(80));
    for (path, content) in [
        ("plugin.yaml", "name: demo\n"),
        ("a/b.py", "x = 1\n"),
        ("a.py", ""),
        ("a-b/c.txt", "512 bytes: "),
        ("grüße/日本.md", "# hello\n"),
        (long.as_str(), "pass\n"),
    ] {
        tree.insert(TreePath::new(path).unwrap(), content.as_bytes());
    }
    tree.insert(TreePath::new("block.bin").unwrap(), vec![7; 1024]);
    tree
}

fn python() -> Command {
    let mut command = Command::new("python3");
    command.arg("-c");
    command
}

/// Everything Python's `tarfile` says about an archive, unpacked by its strictest filter.
const LISTING: &str = r#"
import sys, tarfile, tempfile
with tempfile.TemporaryDirectory() as folder, tarfile.open(sys.argv[1]) as tar:
    tar.extractall(folder, filter="data")
    for m in tar.getmembers():
        data = open(folder + "/" + m.name, "rb").read()
        print(m.name, m.type.decode(), oct(m.mode), m.uid, m.gid, repr(m.uname), m.mtime, m.pax_headers, len(data))
"#;

/// What cannot be compressed is stored, and the end of a zip in it would be the end of a zip to zip readers.
#[test]
fn a_plugin_that_carries_a_zip_is_packed_as_no_zip() {
    let carried = [zip(&[stored("x", &noise(40_000))]), noise(40_000)].concat();
    let plain = tar_gz(&[file("demo/plugin.yaml", b"name: demo\n"), file("demo/z.bin", &carried)]);
    assert!(rules(&open(&plain)).contains("AL-ARCHIVE-polyglot"), "the case that is meant");
    let mut tree = Tree::new();
    tree.insert(TreePath::new("plugin.yaml").unwrap(), &b"name: demo\n"[..]);
    tree.insert(TreePath::new("z.bin").unwrap(), &carried[..]);
    let packed = pack("demo", &tree).unwrap();
    assert_eq!(pack("demo", &tree).unwrap(), packed);
    let opened = open(&packed);
    assert!(opened.findings.is_empty(), "{:#?}", super::told(&opened));
    assert_eq!(opened.tree.as_ref(), Some(&tree));
    assert_agree(&[("a plugin that carries a zip".to_owned(), packed)], Others::MustRead);
}

#[test]
fn packing_twice_gives_the_same_bytes() {
    let mut other = Tree::new();
    let original = tree();
    let mut files: Vec<_> = original.iter().collect();
    files.reverse();
    for (path, bytes) in files {
        other.insert(path.clone(), bytes);
    }
    assert_eq!(pack("demo", &original).unwrap(), pack("demo", &other).unwrap());
}

/// The folder in which another run of this binary makes a plugin and packs it; the
/// folder's name is the place in the order of files to begin at.
const ANOTHER_RUN: &str = "AIRLOCK_TEST_PACK_IN";

#[test]
fn packing_depends_on_nothing_but_the_tree() {
    #[expect(clippy::disallowed_methods, reason = "another run of this very test is told its folder")]
    if let Some(folder) = std::env::var_os(ANOTHER_RUN) {
        return make_and_pack(Path::new(&folder));
    }
    let expected = pack("demo", &tree()).unwrap();
    let outside = tempfile::tempdir().unwrap();
    let runs = [("UTC", "000"), ("Pacific/Kiritimati", "077"), ("America/St_Johns", "027")];
    for (place, (zone, umask)) in runs.into_iter().enumerate() {
        let folder = outside.path().join((2 * place).to_string());
        std::fs::create_dir(&folder).unwrap();
        let script = format!("umask {umask} && exec \"$0\" --exact packing::packing_depends_on_nothing_but_the_tree");
        let mut run = Command::new("sh");
        run.arg("-c").arg(script).arg(std::env::current_exe().unwrap());
        let output = run.env("TZ", zone).env("LC_ALL", "C").env(ANOTHER_RUN, &folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(std::fs::read(folder.join("packed")).unwrap() == expected, "other bytes under {zone} and {umask}");
    }
}

/// Writes the files in an order of their own, reads the folder and packs it.
fn make_and_pack(folder: &Path) {
    let tree = tree();
    let mut files: Vec<_> = tree.iter().collect();
    files.rotate_left(folder.file_name().unwrap().to_str().unwrap().parse().unwrap());
    for (path, bytes) in files {
        let path = folder.join("plugin").join(path.as_str());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let opened = read_dir(&folder.join("plugin"), &ArchiveLimits::default()).unwrap();
    std::fs::write(folder.join("packed"), pack("demo", &opened.tree.unwrap()).unwrap()).unwrap();
}

#[test]
fn what_is_packed_reads_back_the_same() {
    let packed = pack("demo", &tree()).unwrap();
    let opened = open(&packed);
    assert!(rules(&opened).is_empty(), "{:#?}", super::told(&opened));
    assert_eq!(opened.tree.unwrap(), tree());
    assert_eq!(opened.top_folder.as_deref(), Some("demo"));
    assert_eq!(&packed[..10], b"\x1f\x8b\x08\0\0\0\0\0\0\xff", "gzip header without name, time or system");
}

#[test]
fn other_tools_read_the_canonical_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.tar.gz");
    std::fs::write(&path, pack("demo", &tree()).unwrap()).unwrap();
    let output = python().arg(LISTING).arg(&path).env("PYTHONUTF8", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    insta::assert_snapshot!("tarfile_listing", String::from_utf8_lossy(&output.stdout));
    let target = folder.path().join("out");
    std::fs::create_dir(&target).unwrap();
    let tar = Command::new("tar").arg("-xzf").arg(&path).arg("-C").arg(&target).output().unwrap();
    assert!(tar.status.success() && tar.stderr.is_empty(), "{}", String::from_utf8_lossy(&tar.stderr));
    assert_same(&target.join("demo"), &tree());
}

fn assert_same(folder: &Path, tree: &Tree) {
    for (path, bytes) in tree.iter() {
        assert_eq!(std::fs::read(folder.join(path.as_str())).unwrap(), bytes, "{path}");
    }
}

#[test]
fn every_reader_finds_the_same_in_the_canonical_archive() {
    assert_agree(&[("canonical".to_owned(), pack("demo", &tree()).unwrap())], Others::MustRead);
}

#[test]
fn the_bytes_are_pinned() {
    let mut tree = Tree::new();
    tree.insert(TreePath::new("plugin.yaml").unwrap(), &b"name: demo\n"[..]);
    let digest = airlock_model::Sha256::of(&pack("demo", &tree).unwrap());
    insta::assert_snapshot!("digest", digest);
}

#[test]
fn what_ustar_cannot_hold_is_an_error() {
    let with = |path: String| {
        let mut tree = Tree::new();
        tree.insert(TreePath::new(path).unwrap(), &b""[..]);
        pack("demo", &tree)
    };
    assert!(matches!(with("x".repeat(101)), Err(PackError::Name(_))));
    assert!(matches!(with(format!("{}x", "d/".repeat(130))), Err(PackError::Name(_))));
    assert!(with("x".repeat(100)).is_ok());
    assert!(with(format!("{}/{}", "d".repeat(99), "x".repeat(100))).is_ok());
    for name in ["", ".", "..", "a/b", "a\\b"] {
        assert!(matches!(pack(name, &Tree::new()), Err(PackError::TopFolder(_))), "{name}");
    }
}
