//! Names, links and what is left out.

use super::*;

pub(super) fn names(cases: &mut Cases) {
    let one = |name: &str| beside(&[file(name, b"x")]);
    let below = |top: &str| tar_gz(&[long_name(&format!("{top}/plugin.yaml")), file("p/plugin.yaml", YAML).gnu()]);
    let deep = format!("p/{}x", "d/".repeat(33));
    cases.reject(vec![
        reject("absolute", "path-traversal", one("/etc/passwd")),
        reject("climbing", "path-traversal", one("p/../../evil")),
        reject("drive", "path-traversal", one("C:\\evil")),
        reject(
            "climbing by extended header",
            "path-traversal",
            beside(&[pax(&[("path", "../evil")]), file("p/a", b"")]),
        ),
        reject("climbing by long name", "path-traversal", beside(&[long_name("../evil"), file("p/a", b"").gnu()])),
        reject("backslash", "bad-name", one("p/a\\b")),
        reject("newline", "bad-name", one("p/a\nb")),
        reject("device", "bad-name", one("p/aux.py")),
        reject("short name of .git", "bad-name", one("p/GIT~1/config")),
        reject("stream of .git", "bad-name", one("p/.git::$INDEX_ALLOCATION/config")),
        reject(".git with a dot at its end", "bad-name", one("p/.git./config")),
        reject("top folder with a short name", "bad-name", below("GIT~1")),
        reject("not utf-8", "bad-name", beside(&[file("p/a", b"").with(|header| header[2] = 0xff)])),
        reject("empty", "bad-name", one("")),
        reject("deep", "long-name", one(&deep)),
        reject(
            "long component",
            "long-name",
            beside(&[long_name(&format!("p/{}", "x".repeat(120))), file("p/a", b"").gnu()]),
        ),
        reject("case", "name-collision", one("p/Plugin.yaml")),
        reject("file and folder", "name-collision", one("p/plugin.yaml/x")),
        reject("twice", "duplicate-member", beside(&[file("p/a", b"x"), file("p/a", b"x")])),
        reject("manifest twice, unlike", "duplicate-member", beside(&[file("p/plugin.yaml", b"name: other\n")])),
        reject("other manifest twice", "duplicate-member", {
            beside(&[file("p/d/plugin.yaml", YAML), file("p/d/plugin.yaml", YAML)])
        }),
        reject("symbolic link", "link", beside(&[link("p/l", b'2', "/etc/passwd")])),
        reject("hard link", "link", beside(&[link("p/l", b'1', "p/plugin.yaml")])),
        reject("character device", "special-file", beside(&[tar_member("p/d", b'3', b"")])),
        reject("block device", "special-file", beside(&[tar_member("p/d", b'4', b"")])),
        reject("pipe", "special-file", beside(&[tar_member("p/f", b'6', b"")])),
        reject("set user id", "set-id", {
            beside(&[file("p/a", b"x").with(|header| header[100..108].copy_from_slice(b"0004755\0"))])
        }),
        reject("top folder named as a device", "bad-name", below("CON")),
        reject("top folder with a space at its end", "bad-name", below("p ")),
        reject("top folder with a dot at its end", "bad-name", below("p.")),
        reject("top folder with a question mark", "bad-name", below("a?")),
        reject("top folder with a version", "bad-name", below("p;1")),
        reject("top folder with a stream", "bad-name", below("demo:x")),
        reject("long top folder", "long-name", below(&"p".repeat(101))),
        reject("two top folders", "top-folder", tar_gz(&[file("p/plugin.yaml", YAML), file("q/a", b"")])),
        reject("file at the root", "top-folder", tar_gz(&[file("plugin.yaml", YAML), file("q/a", b"")])),
        reject("version", "bad-name", one("p/plugin.yaml;1")),
        reject("question mark", "bad-name", one("p/a?.py")),
        reject("right to left in the top folder", "bad-name", tar_gz(&[file("no\u{202e}p/plugin.yaml", YAML)])),
        reject("zero width in what is left out", "bad-name", one("p/.git/a\u{200b}")),
        reject("no files", "no-files", tar_gz(&[folder("p/")])),
        reject("no members", "no-files", tar_gz(&[])),
        reject("only what is dropped", "no-files", tar_gz(&[folder("p/"), file("p/.git/HEAD", b"x")])),
    ]);
}

/// Members that are left out and that change what is kept when another tool unpacks the upload.
pub(super) fn left_out(cases: &mut Cases) {
    let evil = b"name: evil\n";
    let shape = |name, rule, members: &[TarMember]| reject(name, rule, beside(members));
    cases.reject(vec![
        shape("file behind a link", "name-collision", &[link("p/.git", b'2', "."), file("p/.git/plugin.yaml", evil)]),
        shape("link over a folder", "name-collision", &[file("p/.git/HEAD", b""), link("p/.git", b'2', ".")]),
        shape(
            "file behind an inner link",
            "name-collision",
            &[link("p/.git/up", b'2', ".."), file("p/.git/up/plugin.yaml", evil)],
        ),
        shape(
            "file behind a link of another case",
            "name-collision",
            &[link("p/.git/up", b'2', ".."), file("p/.git/UP/plugin.yaml", evil)],
        ),
        shape(
            "file over a link of another case",
            "name-collision",
            &[link("p/.git/x", b'2', "../plugin.yaml"), file("p/.git/X", evil)],
        ),
        shape(
            "file over a hard link",
            "duplicate-member",
            &[link("p/.git/x", b'1', "p/plugin.yaml"), file("p/.git/x", evil)],
        ),
        shape(
            "file behind a hard link",
            "name-collision",
            &[link("p/__pycache__", b'1', "p/plugin.yaml"), file("p/__pycache__/a.pyc", b"")],
        ),
        shape("file behind a file", "name-collision", &[file("p/.DS_Store", b""), file("p/.DS_Store/x", b"")]),
        shape("file behind a pipe", "name-collision", &[tar_member("p/.tox", b'6', b""), file("p/.tox/x", b"")]),
        shape(
            "environment behind a link",
            "name-collision",
            &[link("p/env", b'2', "."), file("p/env/pyvenv.cfg", b""), file("p/env/plugin.yaml", evil)],
        ),
        shape("twice, unlike", "duplicate-member", &[file("p/.git/a", b"1"), file("p/.git/a", b"2")]),
        shape("twice, a link first", "duplicate-member", &[link("p/.git/a", b'2', "../z.py"), file("p/.git/a", b"2")]),
        shape("below a file that is kept", "name-collision", &[file("p/a.py", b""), file("p/a.py/.git/x", b"")]),
        shape(
            "below another spelling of what is kept",
            "name-collision",
            &[file("p/src/a.py", b""), file("p/SRC/.git/x", b"")],
        ),
        shape(
            "another spelling of it",
            "name-collision",
            &[file("p/__pycache__/a.pyc", b""), file("p/__PyCache__/a.pyc", b"")],
        ),
    ]);
    let accepted =
        |name, members: &[TarMember]| Accept { name, bytes: beside(members), paths: vec!["plugin.yaml", "z.py"] };
    cases.accept(vec![
        accepted(
            "branches that differ by case",
            &[file("p/.git/refs/heads/Fix", b"1"), file("p/.git/refs/heads/fix", b"2"), folder("p/.git/refs/")],
        ),
        accepted(
            "links of an environment",
            &[
                folder("p/.venv/"),
                link("p/.venv/lib64", b'2', "lib"),
                file("p/.venv/lib/a.py", b""),
                link("p/.venv/bin/python", b'2', "python3"),
                link("p/.venv/bin/python3", b'2', "/usr/bin/python3"),
            ],
        ),
        accepted(
            "leftovers of another case",
            &[
                file("p/.GIT/config", b"x"),
                file("p/.Venv/x.py", b"x"),
                file("p/__PyCache__/z.cpython-312.pyc", b"x"),
                file("p/.ds_store", b"x"),
            ],
        ),
        accepted("a work tree's file .git", &[file("p/.git", b"gitdir: ../x\n")]),
    ]);
}

#[test]
fn leftovers_give_one_note_of_each_kind() {
    let opened = crate::open(&beside(&[
        file("p/.git/HEAD", b"x"),
        file("p/.git/config", b"x"),
        file("p/__pycache__/a.pyc", b"x"),
        file("p/.DS_Store", b"x"),
    ]));
    let messages: Vec<&str> = opened.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "2 members were left out as version control, the first of them 'p/.git/HEAD'.",
            "1 member was left out as caches, the first of them 'p/__pycache__/a.pyc'.",
            "1 member was left out as macOS metadata, the first of them 'p/.DS_Store'.",
        ]
    );
    assert_eq!(opened.top_folder.as_deref(), Some("p"));
}

#[test]
fn a_top_folder_is_told_once_and_the_rest_is_read() {
    let opened = crate::open(&tar_gz(&[folder("aux/"), file("aux/plugin.yaml", YAML), file("aux/a.py", b"")]));
    let [finding] = opened.findings.as_slice() else { panic!("{:#?}", crate::told(&opened)) };
    assert_eq!((finding.rule.as_str(), finding.file.as_deref()), ("AL-ARCHIVE-bad-name", Some("aux")));
    assert_eq!(finding.message, "The top folder's name 'aux' has the component 'aux', which is a device on Windows.");
    assert!(finding.remedy.starts_with("Give the top folder another name"), "{}", finding.remedy);
    assert_eq!(crate::paths(&opened), ["a.py", "plugin.yaml"]);
}

#[test]
fn all_faults_of_members_are_told_at_once() {
    let opened = crate::open(&beside(&[
        file("p/../../x", b""),
        file("p/con.py", b""),
        link("p/l", b'2', "/etc/passwd"),
        file("p/Z.py", b""),
    ]));
    let found: Vec<String> = crate::rules(&opened).into_iter().collect();
    assert_eq!(
        found,
        ["AL-ARCHIVE-bad-name", "AL-ARCHIVE-link", "AL-ARCHIVE-name-collision", "AL-ARCHIVE-path-traversal"]
    );
    assert!(opened.tree.is_some(), "what can be read is handed on, so that one pass reports everything");
}

#[test]
fn what_is_left_out_changes_nothing_that_is_kept() {
    Cases::of(left_out).assert();
}

#[test]
fn names_links_and_folders() {
    Cases::of(names).assert();
}
