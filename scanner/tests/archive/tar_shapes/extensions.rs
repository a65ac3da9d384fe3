//! PAX records, long names, and members that only one reader finds.

use super::*;

pub(super) fn extended_numbers(cases: &mut Cases) {
    let named = |key: &str, value: &str| -> &'static str { Box::leak(format!("{key}={value}").into_boxed_str()) };
    let with = |key: &str, value: &str| beside(&[pax(&[(key, value)]), file("p/a", b"x")]);
    let times = [
        "nan",
        "inf",
        "-inf",
        "1e3",
        "",
        "1.",
        ".5",
        "+1",
        " 1",
        "1 ",
        "0x10",
        "1_0",
        "--1",
        "1.5.5",
        "99999999999999",
    ];
    for key in ["mtime", "atime", "ctime"] {
        cases.reject(times.map(|value| reject(named(key, value), "tar-extension", with(key, value))).into());
        let fine = ["0", "-315619200.0", "1700000000.123456789", "10413792000"];
        let accepted = |value| Accept {
            name: named(key, value),
            bytes: with(key, value),
            paths: vec!["a", "plugin.yaml", "z.py"],
        };
        cases.accept(fine.map(accepted).into());
    }
    let ids = ["nan", "-1", "1.0", "4294967296", "x", "", "+1", " 1", "1_0", "0x10"];
    for key in ["uid", "gid"] {
        cases.reject(ids.map(|value| reject(named(key, value), "tar-extension", with(key, value))).into());
        let bytes = with(key, "4294967294");
        cases.accept(vec![Accept { name: named(key, "greatest"), bytes, paths: vec!["a", "plugin.yaml", "z.py"] }]);
    }
    let sizes = ["nan", "+1", " 1", "1.0", "0x1", "-1", ""];
    cases.reject(sizes.map(|value| reject(named("size", value), "tar-extension", with("size", value))).into());
    cases.reject(vec![
        reject("global mtime=nan", "tar-extension", {
            let record = pax_record("mtime", "nan");
            tar_gz(&[tar_member("g", b'g', record.as_bytes()), file("p/plugin.yaml", YAML)])
        }),
        reject("uname with a zero byte", "tar-extension", with("uname", "a\0b")),
    ]);
}

pub(super) fn extensions(cases: &mut Cases) {
    let hidden = file("p/hidden.py", b"evil").bytes();
    let raw = |flag, content: &[u8]| beside(&[tar_member("x", flag, content), file("p/a", b"")]);
    cases.reject(vec![
        reject("size says more than the header", "tar-extension", {
            beside(&[pax(&[("size", "1024")]), file("p/a", &hidden).size("00000000000\0")])
        }),
        reject("size says less than the header", "tar-extension", {
            beside(&[pax(&[("size", "0")]), file("p/a", &hidden)])
        }),
        reject("two extended headers", "tar-extension", {
            beside(&[pax(&[("path", "p/a")]), pax(&[("path", "p/b")]), file("p/c", b"")])
        }),
        reject("two long names", "tar-extension", beside(&[long_name("p/a"), long_name("p/b"), file("p/c", b"")])),
        reject("long name after extended header", "tar-extension", {
            beside(&[pax(&[("path", "p/a")]), long_name("p/b"), file("p/c", b"")])
        }),
        reject("extended header after long name", "tar-extension", {
            beside(&[long_name("p/b"), pax(&[("path", "p/a")]), file("p/c", b"")])
        }),
        reject("dangling extended header", "tar-extension", {
            tar_gz(&[folder("p/"), file("p/plugin.yaml", YAML), pax(&[("path", "p/a")])])
        }),
        reject("dangling long name", "tar-extension", tar_gz(&[file("p/plugin.yaml", YAML), long_name("p/a")])),
        reject("sparse by extended header", "tar-extension", {
            beside(&[pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.name", "p/b")]), file("p/a", b"x")])
        }),
        reject("holes by extended header", "tar-extension", {
            beside(&[pax(&[("SUN.holesdata", " 0 1 2")]), file("p/a", b"xyz")])
        }),
        reject("another type by extended header", "tar-extension", {
            beside(&[pax(&[("SCHILY.filetype", "symlink")]), file("p/a", b"x")])
        }),
        reject("another character set", "tar-extension", beside(&[pax(&[("hdrcharset", "BINARY")]), file("p/a", b"")])),
        reject("unknown key", "tar-extension", beside(&[pax(&[("flavour", "odd")]), file("p/a", b"")])),
        reject("key twice", "tar-extension", beside(&[pax(&[("path", "p/a"), ("path", "p/b")]), file("p/c", b"")])),
        reject("link target for a file", "tar-extension", beside(&[pax(&[("linkpath", "/etc")]), file("p/a", b"")])),
        reject("empty path", "tar-extension", beside(&[pax(&[("path", "")]), file("p/a", b"")])),
        reject("path with a zero byte", "tar-extension", beside(&[pax(&[("path", "p/a\0b")]), file("p/a", b"")])),
        reject("size that is no number", "tar-extension", beside(&[pax(&[("size", "1e3")]), file("p/a", b"")])),
        reject("record longer than the header", "tar-extension", raw(b'x', b"99 path=p/b\n")),
        reject("record without line end", "tar-extension", raw(b'x', b"11 path=p/bX")),
        reject("record without value", "tar-extension", raw(b'x', b"7 path\n")),
        reject("record of no length", "tar-extension", raw(b'x', b"path=p/b\n")),
        reject("long name with a zero byte", "tar-extension", raw(b'L', b"p/a\0b\0")),
        reject("empty long name", "tar-extension", raw(b'L', b"\0")),
        reject("global path", "tar-extension", {
            let record = pax_record("path", "p/evil");
            tar_gz(&[tar_member("g", b'g', record.as_bytes()), file("p/plugin.yaml", YAML)])
        }),
        reject("global header between extension and member", "tar-extension", {
            let comment = pax_record("comment", "x");
            beside(&[pax(&[("path", "p/a")]), tar_member("g", b'g', comment.as_bytes()), file("p/b", b"")])
        }),
    ]);
}

/// Members inside a member's content, which Python's tarfile finds where a header's own name makes a folder of a file.
pub(super) fn phantoms(cases: &mut Cases) {
    let hidden = [file("p/evil.py", b"evil").bytes(), file("p/plugin.yaml", b"name: evil\n").bytes()].concat();
    let older = [file("p/evil.py", b"evil"), file("p/plugin.yaml", b"name: evil\n")]
        .map(|member| member.field(257..345, b"").bytes())
        .concat();
    let by_pax = |member: TarMember| beside(&[pax(&[("path", "p/data.bin")]), member]);
    let by_gnu = |member: TarMember| beside(&[long_name("p/data.bin"), member.gnu()]);
    let prefixed = |member: TarMember| member.field(345..500, b"p");
    let full = format!("p/{}/", "d".repeat(97));
    let longer = format!("{full}data.bin");
    cases.reject(vec![
        reject("old type, renamed by extended header", "tar-header", by_pax(tar_member("x/", 0, &hidden))),
        reject("old type, renamed by long name", "tar-header", by_gnu(tar_member("x/", 0, &hidden))),
        reject("old type, members without magic", "tar-header", by_pax(tar_member("x/", 0, &older))),
        reject("old type, no content", "tar-header", by_pax(tar_member("x/", 0, b""))),
        reject("old type, with a prefix", "tar-header", beside(&[prefixed(tar_member("x/", 0, &hidden))])),
        reject("old type, prefix renamed", "tar-header", by_pax(prefixed(tar_member("x/", 0, &hidden)))),
        reject("old type, prefix and no name", "tar-header", by_pax(prefixed(tar_member("", 0, &hidden)))),
        reject("old type, name cut behind a slash", "tar-header", {
            beside(&[pax(&[("path", &longer)]), tar_member(&full, 0, &hidden)])
        }),
        reject("type of today, renamed by extended header", "tar-header", by_pax(file("x/", &hidden))),
        reject("type of today, renamed by long name", "tar-header", by_gnu(file("x/", &hidden))),
        reject("type of today, full name renamed to a shorter", "tar-header", by_pax(file(&full, &hidden))),
        reject("contiguous, renamed", "tar-header", by_pax(tar_member("x/", b'7', &hidden))),
        reject("folder with members in it, renamed", "tar-header", by_pax(tar_member("x/", b'5', &hidden))),
        reject("file renamed to a folder by extended header", "tar-header", {
            beside(&[pax(&[("path", "p/d/")]), tar_member("p/d", 0, &hidden)])
        }),
        reject("file renamed to a folder by long name", "tar-header", {
            beside(&[long_name("p/d/"), file("p/d", &hidden).gnu()])
        }),
    ]);
    // GNU tar and Python cut a name that is too long for the header, wherever that is.
    let path = format!("{}/data.bin", "d".repeat(97));
    let paths: &'static str = Box::leak(path.into_boxed_str());
    let accepted = |name, bytes| Accept { name, bytes, paths: vec![paths, "plugin.yaml", "z.py"] };
    cases.accept(vec![
        accepted(
            "name cut behind a slash, by extended header",
            beside(&[pax(&[("path", &longer)]), file(&full, b"x")]),
        ),
        accepted("name cut behind a slash, by long name", beside(&[long_name(&longer), file(&full, b"x").gnu()])),
    ]);
}

#[test]
fn extended_numbers_must_be_numbers_to_every_tool() {
    Cases::of(extended_numbers).assert();
}

#[test]
fn extensions_must_mean_one_thing() {
    Cases::of(extensions).assert();
}

#[test]
fn no_reader_finds_members_inside_a_member() {
    Cases::of(phantoms).assert();
}

#[test]
fn a_phantom_is_told_by_both_of_its_names() {
    let member = tar_member("x/", 0, &file("p/evil.py", b"evil").bytes());
    let opened = crate::open(&beside(&[pax(&[("path", "p/data.bin")]), member]));
    assert_eq!(
        crate::told(&opened),
        [
            "AL-ARCHIVE-tar-header Some(\"p/data.bin\") 'p/data.bin' is a folder by its header's own name, 'x/': some tools \
          take its content for members."
        ]
    );
    assert!(opened.tree.is_none());
}
