//! Tars, one shape each.

use super::build::*;
use super::corpus::{Cases, Maker};
use super::{Accept, Reject};

const YAML: &[u8] = b"name: demo\n";

fn beside(members: &[TarMember]) -> Vec<u8> {
    let mut all = vec![folder("p/"), file("p/plugin.yaml", YAML)];
    all.extend_from_slice(members);
    all.push(file("p/z.py", b"z = 1\n"));
    tar_gz(&all)
}

/// Every group of cases, each of which is a test of its own.
pub(crate) const GROUPS: &[(&str, Maker)] = &[
    ("tar headers", headers),
    ("tar extensions", extensions),
    ("tar ends", ends),
    ("tar names", names),
    ("tar honest", honest),
];

fn reject(name: &'static str, rule: &'static str, bytes: Vec<u8>) -> Reject {
    Reject { name, bytes, rule }
}

fn headers(cases: &mut Cases) {
    let one = |member: TarMember| beside(&[member]);
    let magic = |text: &'static [u8; 8]| one(file("p/a", b"x").with(|header| header[257..265].copy_from_slice(text)));
    cases.reject(vec![
        reject("wrong checksum", "tar-header", one(file("p/a", b"x").broken_sum())),
        reject("version of zero bytes", "tar-header", magic(b"ustar\0\0\0")),
        reject("no magic", "tar-header", magic(&[0; 8])),
        reject("gnu header with a prefix", "tar-header", {
            one(file("p/a", b"x").gnu().with(|header| header[345..349].copy_from_slice(b"evil")))
        }),
        reject("name with bytes after its end", "tar-header", {
            one(file("p/a.py", b"x").with(|header| header[7..11].copy_from_slice(b".txt")))
        }),
        reject("prefix with bytes after its end", "tar-header", {
            one(file("a.py", b"x").with(|header| {
                header[345] = b'p';
                header[347] = b'q';
            }))
        }),
        reject("size in base 256", "tar-header", {
            one(file("p/a", b"x").with(|header| {
                header[124..136].fill(0);
                (header[124], header[135]) = (0x80, 1);
            }))
        }),
        reject("negative size", "tar-header", one(file("p/a", b"x").size("-0000000001\0"))),
        reject("size that is no number", "tar-header", one(file("p/a", b"x").size("0000000000x\0"))),
        reject("blank size", "tar-header", one(file("p/a", b"").size("           \0"))),
        reject("size beyond the end", "damaged", one(file("p/a", b"x").size("00077777777\0"))),
        reject("greatest size", "damaged", one(file("p/a", b"x").size("777777777777"))),
        reject("folder with content", "tar-header", one(tar_member("p/d/", b'5', b"x"))),
        reject("link with content", "tar-header", one(tar_member("p/.git/l", b'2', b"x"))),
        reject("file by type, folder by name", "tar-header", one(tar_member("p/d/", b'0', b""))),
        reject("sparse", "tar-header", one(tar_member("p/s", b'S', b"").gnu())),
        reject("contiguous", "tar-header", one(tar_member("p/s", b'7', b"x"))),
        reject("volume header", "tar-header", one(tar_member("p/v", b'V', b"").gnu())),
        reject("multi-volume", "tar-header", one(tar_member("p/m", b'M', b"x").gnu())),
        reject("dump folder", "tar-header", one(tar_member("p/d", b'D', b"x").gnu())),
        reject("unknown type", "tar-header", one(tar_member("p/q", b'Q', b"x"))),
    ]);
}

fn extensions(cases: &mut Cases) {
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

fn ends(cases: &mut Cases) {
    let whole = tar(&[file("p/plugin.yaml", YAML)]);
    let packed = gzip(&whole);
    let second = tar(&[file("q/evil.py", b"evil")]);
    cases.reject(vec![
        reject("second gzip member", "surplus-bytes", [packed.clone(), gzip(&second)].concat()),
        reject("bytes after gzip", "surplus-bytes", [packed.clone(), b"tail".to_vec()].concat()),
        reject("zero bytes after gzip", "surplus-bytes", [packed.clone(), vec![0; 512]].concat()),
        reject("members after the end", "surplus-bytes", gzip(&[whole.clone(), second].concat())),
        reject("half a block after the end", "surplus-bytes", gzip(&[whole.clone(), vec![0; 100]].concat())),
        reject("one closing block", "damaged", gzip(&whole[..whole.len() - 512])),
        reject("no closing block", "damaged", gzip(&whole[..whole.len() - 1024])),
        reject("half a header", "damaged", gzip(&[&whole[..1024], &[b'x'; 100][..]].concat())),
        reject("wrong crc", "damaged", {
            let mut bytes = packed.clone();
            let at = bytes.len() - 6;
            bytes[at] ^= 1;
            bytes
        }),
        reject("wrong length", "damaged", {
            let mut bytes = packed.clone();
            let at = bytes.len() - 1;
            bytes[at] ^= 1;
            bytes
        }),
        reject("gzip header only", "damaged", packed[..10].to_vec()),
        reject("reserved gzip flag", "damaged", {
            let mut bytes = packed.clone();
            bytes[3] |= 0x80;
            bytes
        }),
        reject("gzip of html", "not-an-archive", gzip(b"<!doctype html><html></html>")),
        reject("gzip of gzip", "not-an-archive", gzip(&packed)),
        reject("gzip of nothing", "not-an-archive", gzip(b"")),
        reject("tar without gzip", "not-an-archive", whole.clone()),
        reject("gzip that ends as a zip", "polyglot", gzip_and_zip()),
    ]);
}

/// A gzip stream whose last stored block and trailer are a zip with a comment.
fn gzip_and_zip() -> Vec<u8> {
    let inner = tar(&[file("p/plugin.yaml", YAML)]);
    let zip = zip_with(&[stored("evil.py", b"evil")], |end| end.comment = vec![b' '; 8]);
    let content = [&inner, &zip[..zip.len() - 8]].concat();
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01".to_vec();
    bytes.extend((content.len() as u16).to_le_bytes());
    bytes.extend((!(content.len() as u16)).to_le_bytes());
    bytes.extend(&content);
    bytes.extend(crc(&content).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    // What the gzip holds after the tar is a fault of its own; zeros are none.
    let at = 15 + inner.len();
    assert!(bytes[at..].starts_with(b"PK"));
    bytes
}

fn names(cases: &mut Cases) {
    let one = |name: &str| beside(&[file(name, b"x")]);
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
        reject("two top folders", "top-folder", tar_gz(&[file("p/plugin.yaml", YAML), file("q/a", b"")])),
        reject("file at the root", "top-folder", tar_gz(&[file("plugin.yaml", YAML), file("q/a", b"")])),
        reject("no files", "no-files", tar_gz(&[folder("p/")])),
        reject("no members", "no-files", tar_gz(&[])),
        reject("only what is dropped", "no-files", tar_gz(&[folder("p/"), file("p/.git/HEAD", b"x")])),
    ]);
}

fn honest(cases: &mut Cases) {
    let accepted = |name, bytes, paths| Accept { name, bytes, paths };
    let both = vec!["plugin.yaml", "z.py"];
    let long = format!("p/{}/{}.py", "d".repeat(90), "f".repeat(80));
    let long_inner: &'static str = Box::leak(long[2..].to_owned().into_boxed_str());
    cases.accept(vec![
        accepted("plain", beside(&[]), both.clone()),
        accepted("manifest twice, alike", beside(&[file("p/plugin.yaml", YAML)]), both.clone()),
        accepted("folder twice", beside(&[folder("p/")]), both.clone()),
        accepted(
            "dot first",
            tar_gz(&[folder("./p/"), file("./p/plugin.yaml", YAML), file("./p/z.py", b"")]),
            both.clone(),
        ),
        accepted(
            "time and owner by extended header",
            beside(&[pax(&[("mtime", "1700000000.5"), ("uid", "3000000"), ("uname", "käthe")]), file("p/a", b"")]),
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "name by extended header",
            beside(&[pax(&[("path", &long)]), file("p/short", b"")]),
            vec![long_inner, "plugin.yaml", "z.py"],
        ),
        accepted(
            "name by gnu header",
            beside(&[long_name(&long), file("p/short", b"").gnu()]),
            vec![long_inner, "plugin.yaml", "z.py"],
        ),
        accepted(
            "attributes by extended header",
            beside(&[pax(&[("SCHILY.xattr.user.x", "1"), ("LIBARCHIVE.creationtime", "1")]), file("p/a", b"")]),
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "same size by extended header",
            beside(&[pax(&[("size", "1")]), file("p/a", b"x")]),
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "global comment",
            {
                let record = pax_record("comment", "0123456789abcdef");
                tar_gz(&[tar_member("pax_global_header", b'g', record.as_bytes()), file("p/plugin.yaml", YAML)])
            },
            vec!["plugin.yaml"],
        ),
        accepted("old type for files", beside(&[tar_member("p/a", 0, b"x")]), vec!["a", "plugin.yaml", "z.py"]),
        accepted(
            "large user number",
            {
                beside(&[file("p/a", b"").gnu().with(|header| {
                    header[108..116].copy_from_slice(&[0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]);
                })])
            },
            vec!["a", "plugin.yaml", "z.py"],
        ),
        accepted(
            "tape padding",
            {
                let mut whole = tar(&[file("p/plugin.yaml", YAML)]);
                whole.resize(10240, 0);
                gzip(&whole)
            },
            vec!["plugin.yaml"],
        ),
        accepted(
            "leftovers with links",
            {
                beside(&[
                    link("p/.git/hooks/x", b'2', "/etc/passwd"),
                    tar_member("p/.venv/pipe", b'6', b""),
                    link("p/.venv/bin/python", b'2', "/usr/bin/python3"),
                    file("p/__pycache__/z.cpython-312.pyc", b"\0"),
                    file("p/.DS_Store", b"\0"),
                    file("._p", b"\0"),
                    file("p/._z.py", b"\0"),
                    file("p/env/pyvenv.cfg", b""),
                    link("p/env/bin/python", b'2', "/usr/bin/python3"),
                ])
            },
            both,
        ),
    ]);
}

#[test]
fn leftovers_give_one_note_of_each_kind() {
    let opened = super::open(&beside(&[
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
fn a_tar_cut_anywhere_is_refused_and_never_fatal() {
    let whole = tar(&[folder("p/"), pax(&[("mtime", "1.5")]), file("p/plugin.yaml", YAML)]);
    for end in 0..whole.len() {
        let opened = super::open(&gzip(&whole[..end]));
        assert!(opened.tree.is_none() && !super::rules(&opened).is_empty(), "tar cut at {end}");
    }
    let packed = gzip(&whole);
    for end in 0..packed.len() {
        let opened = super::open(&packed[..end]);
        assert!(opened.tree.is_none() && !super::rules(&opened).is_empty(), "gzip cut at {end}");
    }
}

#[test]
fn all_faults_of_members_are_told_at_once() {
    let opened = super::open(&beside(&[
        file("p/../../x", b""),
        file("p/con.py", b""),
        link("p/l", b'2', "/etc/passwd"),
        file("p/Z.py", b""),
    ]));
    let found: Vec<String> = super::rules(&opened).into_iter().collect();
    assert_eq!(
        found,
        ["AL-ARCHIVE-bad-name", "AL-ARCHIVE-link", "AL-ARCHIVE-name-collision", "AL-ARCHIVE-path-traversal"]
    );
    assert!(opened.tree.is_some(), "what can be read is handed on, so that one pass reports everything");
}

#[test]
fn headers_must_mean_one_thing() {
    Cases::of(headers).assert();
}

#[test]
fn extensions_must_mean_one_thing() {
    Cases::of(extensions).assert();
}

#[test]
fn nothing_follows_the_end() {
    Cases::of(ends).assert();
}

#[test]
fn names_links_and_folders() {
    Cases::of(names).assert();
}

#[test]
fn honest_tars_pass() {
    Cases::of(honest).assert();
}
