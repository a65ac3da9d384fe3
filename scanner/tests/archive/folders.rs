//! Folders at home.

use std::fs;
use std::path::Path;

use airlock_model::limits::ArchiveLimits;
use airlock_scanner::archive::{Opened, read_dir};

use super::{paths, rules};

fn plugin() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "plugin.yaml", "name: demo\n");
    write(folder.path(), "src/demo.py", "x = 1\n");
    folder
}

fn write(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn read(folder: &tempfile::TempDir) -> Opened {
    read_dir(folder.path(), &ArchiveLimits::default()).unwrap()
}

#[test]
fn a_folder_gives_the_tree_an_upload_of_it_would() {
    let folder = plugin();
    for dropped in [".git/HEAD", "src/__pycache__/demo.cpython-312.pyc", "env/pyvenv.cfg", "env/lib/x.py", ".DS_Store"]
    {
        write(folder.path(), dropped, "x");
    }
    let opened = read(&folder);
    assert!(rules(&opened).is_empty(), "{:#?}", super::told(&opened));
    assert_eq!(paths(&opened), ["plugin.yaml", "src/demo.py"]);
    assert_eq!(opened.findings.len(), 4, "one note of each kind: {:#?}", super::told(&opened));
    assert_eq!((opened.upload.size, opened.top_folder), (0, None));
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    assert!(read_dir(Path::new("/nonexistent/folder"), &ArchiveLimits::default()).is_err());
}

#[test]
fn an_empty_folder_has_no_files() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(rules(&read(&folder)).into_iter().collect::<Vec<_>>(), ["AL-ARCHIVE-no-files"]);
}

#[cfg(unix)]
#[test]
fn links_are_refused_and_never_followed() {
    let folder = plugin();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.py", "SECRET = 1\n");
    std::os::unix::fs::symlink(outside.path().join("secret.py"), folder.path().join("a.py")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("lib")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("src/loop")).unwrap();
    let opened = read(&folder);
    assert_eq!(paths(&opened), ["plugin.yaml", "src/demo.py"]);
    let links: Vec<_> = opened.findings.iter().filter_map(|finding| finding.file.as_deref()).collect();
    assert_eq!(links, ["a.py", "lib", "src/loop"]);
    assert_eq!(rules(&opened).into_iter().collect::<Vec<_>>(), ["AL-ARCHIVE-link"]);
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = plugin();
    fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.py")), "x").unwrap();
    write(folder.path(), "new\nline.py", "x");
    assert_eq!(rules(&read(&folder)).into_iter().collect::<Vec<_>>(), ["AL-ARCHIVE-bad-name"]);
}

#[test]
fn limits_hold_at_home_too() {
    let folder = plugin();
    write(folder.path(), "large.txt", &"x".repeat(2000));
    for n in 0..30 {
        write(folder.path(), &format!("many/{n}"), "");
    }
    let limits = ArchiveLimits { file_bytes: 1000, ..ArchiveLimits::default() };
    let large = read_dir(folder.path(), &limits).unwrap();
    assert_eq!(rules(&large).into_iter().collect::<Vec<_>>(), ["AL-ARCHIVE-too-large"]);
    let limits = ArchiveLimits { members: 20, ..ArchiveLimits::default() };
    let many = read_dir(folder.path(), &limits).unwrap();
    assert_eq!(rules(&many).into_iter().collect::<Vec<_>>(), ["AL-ARCHIVE-too-many-members"]);
    let mut deep = String::new();
    for _ in 0..40 {
        deep.push_str("d/");
    }
    write(folder.path(), &format!("{deep}x.py"), "");
    assert!(rules(&read(&folder)).contains("AL-ARCHIVE-long-name"));
}
