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
    ("tar numbers", numbers),
    ("tar extended numbers", extended_numbers),
    ("tar extensions", extensions),
    ("tar phantom members", phantoms),
    ("tar ends", ends),
    ("tar names", names),
    ("tar left out", left_out),
    ("tar polyglots", polyglots),
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
        reject("old V7 header", "tar-header", tar_gz(&[file("p/plugin.yaml", YAML).field(257..345, b"")])),
        reject("volume label before ustar", "tar-header", {
            tar_gz(&[tar_member("label", b'V', b"").field(257..345, b""), file("p/plugin.yaml", YAML)])
        }),
    ]);
}

/// What is no number to every tool; none of these is longer than the shortest field.
const NO_NUMBERS: &[(&str, &[u8])] = &[
    ("letters", b"zzzzzzz"),
    ("minus sign", b"-000001"),
    ("plus sign", b"+000001"),
    ("underscore", b"0_00001"),
    ("prefix", b"0o00001"),
    ("digit eight", b"0000008"),
    ("tab", b"\t000001"),
    ("spaces only", b"       "),
    ("bytes after the end", b"001\x00zz1"),
    ("mark without base 256", b"\x81\0\0\0\0\0\x01"),
];

fn numbers(cases: &mut Cases) {
    let named = |what: &str, how: &str| -> &'static str { Box::leak(format!("{what}: {how}").into_boxed_str()) };
    for (what, field) in NUMBERS {
        for (how, text) in NO_NUMBERS {
            let bytes = beside(&[file("p/a", b"x").field(field.clone(), text)]);
            cases.reject(vec![reject(named(what, how), "tar-header", bytes)]);
        }
        let least = [&[0x80][..], &vec![0xff; field.len() - 1]].concat();
        let bytes = beside(&[file("p/a", b"x").field(field.clone(), &least)]);
        cases.reject(vec![reject(named(what, "greater than any"), "tar-header", bytes)]);
        for (how, text) in [("left out", &b""[..]), ("spaces first", b"  17 "), ("no end", b"00000017")] {
            let bytes = beside(&[file("p/a", b"x").field(field.clone(), text)]);
            let paths = vec!["a", "plugin.yaml", "z.py"];
            cases.accept(vec![Accept { name: named(what, how), bytes, paths }]);
        }
    }
    let time = |bytes: [u8; 12]| beside(&[file("p/a", b"x").gnu().field(136..148, &bytes)]);
    let accepted = |name, bytes| Accept { name, bytes, paths: vec!["a", "plugin.yaml", "z.py"] };
    cases.accept(vec![
        accepted("time before 1970", time(*b"\xff\xff\xff\xff\xff\xff\xff\xff\xed\x30\x08\x80")),
        accepted("time after 2242", time(*b"\x80\0\0\0\0\0\0\x02\x6c\xb5\xdb\0")),
    ]);
    cases.reject(vec![
        reject("time before all others", "tar-header", time(*b"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0")),
        reject("time whose sign is not its mark's", "tar-header", time(*b"\xff\0\0\0\0\0\0\0\0\0\0\x01")),
        reject("user number below zero", "tar-header", beside(&[file("p/a", b"x").field(108..116, &[0xff; 8])])),
    ]);
}

fn extended_numbers(cases: &mut Cases) {
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

/// Members inside a member's content, which Python's tarfile finds where a header's own name makes a folder of a file.
fn phantoms(cases: &mut Cases) {
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
fn left_out(cases: &mut Cases) {
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

/// A tar.gz in which zip readers find a zip, and what only looks like it.
fn polyglots(cases: &mut Cases) {
    let evil = zip(&[stored("plugin.yaml", b"name: evil\n"), stored("evil.py", b"evil")]);
    let empty = zip(&[]);
    let plain = || tar(&[file("p/plugin.yaml", YAML)]);
    let with = |member: TarMember| tar(&[file("p/plugin.yaml", YAML), member, file("p/z.py", b"z = 1\n")]);
    let stored_as_is = |bytes: &[u8]| gzip_stored(bytes, |header| header);
    let comment = {
        let content = [format!("{} comment=", evil.len() + 13).as_bytes(), &evil, b"\n"].concat();
        let records = tar_member("PaxHeaders/x", b'x', &content);
        tar(&[file("p/plugin.yaml", YAML), records, file("p/z.py", b"z = 1\n")])
    };
    assert!((100..1000).contains(&(evil.len() + 13)), "the record's length has three digits");
    let sixty_four = [zip64_end(0, 1, 1, 46, 0), b"PK\x05\x06\0\0\0\0".to_vec(), vec![0xff; 12], vec![0, 0]].concat();
    cases.reject(vec![
        reject("zip in gzip's extra field", "polyglot", gzip_stored(&plain(), |header| header.extra(evil.clone()))),
        reject("zip in an extended header's comment", "polyglot", stored_as_is(&comment)),
        reject("zip as a member that is stored", "polyglot", stored_as_is(&with(file("p/a.zip", &evil)))),
        reject("empty zip as a member that is stored", "polyglot", stored_as_is(&with(file("p/a.zip", &empty)))),
        reject("end records of zip64 alone", "polyglot", stored_as_is(&with(file("p/a.bin", &sixty_four)))),
        reject("directory where the offset says", "polyglot", {
            let record =
                EndRecord { disk: 0, directory_disk: 0, here: 1, all: 1, size: 7, offset: 15, comment: vec![] };
            let mut inner = plain();
            inner[..4].copy_from_slice(b"PK\x01\x02");
            gzip_stored(&[inner, record.bytes()].concat(), |header| header)
        }),
        reject("extra field", "surplus-bytes", gzip_stored(&plain(), |header| header.extra(b"AA\x01\0x".to_vec()))),
        reject("comment", "surplus-bytes", gzip_stored(&plain(), |header| header.comment("a comment"))),
    ]);
    let accepted = |name, bytes, paths| Accept { name, bytes, paths };
    let chance = [&noise(300)[..], b"PK\x05\x06", &noise(300)].concat();
    cases.accept(vec![
        accepted(
            "name in gzip's header",
            gzip_stored(&plain(), |header| header.filename("p.tar")),
            vec!["plugin.yaml"],
        ),
        accepted("zip as a member", gzip(&with(file("p/a.zip", &evil))), vec!["a.zip", "plugin.yaml", "z.py"]),
        accepted(
            "four bytes as of an end record",
            stored_as_is(&with(file("p/a.bin", &chance))),
            vec!["a.bin", "plugin.yaml", "z.py"],
        ),
        accepted(
            "stored zip far from the end",
            stored_as_is(&tar(&[file("p/plugin.yaml", YAML), file("p/a.zip", &evil), file("p/b", &noise(70_000))])),
            vec!["a.zip", "b", "plugin.yaml"],
        ),
    ]);
}

#[test]
fn old_headers_are_called_what_they_are() {
    let old = tar_gz(&[file("p/plugin.yaml", YAML).field(257..345, b"")]);
    let label = tar_gz(&[tar_member("label", b'V', b"").field(257..345, b""), file("p/plugin.yaml", YAML)]);
    for (bytes, message, remedy) in
        [(old, "old V7 tar header", "--format=ustar"), (label, "volume label", "leave out `-V`")]
    {
        let opened = super::open(&bytes);
        let [finding] = opened.findings.as_slice() else { panic!("{:#?}", super::told(&opened)) };
        assert!(finding.message.contains(message), "{}", finding.message);
        assert!(finding.remedy.contains(remedy) && finding.remedy.contains("airlock pack"), "{}", finding.remedy);
    }
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
        accepted(
            "top folder as downloads are named",
            tar_gz(&[folder("My plugin-1.0 (1)/"), file("My plugin-1.0 (1)/plugin.yaml", YAML)]),
            vec!["plugin.yaml"],
        ),
        accepted(
            "folder cvs, which is no leftover",
            beside(&[file("p/CVS/Entries", b"x"), file("p/src/cvs/a.py", b"x")]),
            vec!["plugin.yaml", "src/cvs/a.py", "z.py"],
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
fn a_tar_cut_anywhere_is_called_damaged() {
    let whole = tar(&[folder("p/"), pax(&[("mtime", "1.5")]), file("p/plugin.yaml", YAML)]);
    for end in 0..whole.len() {
        // Before the end of its magic it is no tar to anybody.
        let rule = if end < 262 { "not-an-archive" } else { "damaged" };
        super::assert_refused(&gzip(&whole[..end]), rule, &format!("tar cut at {end}"));
    }
    let packed = gzip(&whole);
    for end in 0..packed.len() {
        let rule = if end < 2 { "not-an-archive" } else { "damaged" };
        super::assert_refused(&packed[..end], rule, &format!("gzip cut at {end}"));
    }
}

#[test]
fn a_top_folder_is_told_once_and_the_rest_is_read() {
    let opened = super::open(&tar_gz(&[folder("aux/"), file("aux/plugin.yaml", YAML), file("aux/a.py", b"")]));
    let [finding] = opened.findings.as_slice() else { panic!("{:#?}", super::told(&opened)) };
    assert_eq!((finding.rule.as_str(), finding.file.as_deref()), ("AL-ARCHIVE-bad-name", Some("aux")));
    assert_eq!(finding.message, "The top folder's name 'aux' has the component 'aux', which is a device on Windows.");
    assert!(finding.remedy.starts_with("Give the top folder another name"), "{}", finding.remedy);
    assert_eq!(super::paths(&opened), ["a.py", "plugin.yaml"]);
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
fn numbers_must_be_numbers_to_every_tool() {
    Cases::of(numbers).assert();
}

#[test]
fn extended_numbers_must_be_numbers_to_every_tool() {
    Cases::of(extended_numbers).assert();
}

#[test]
fn what_is_left_out_changes_nothing_that_is_kept() {
    Cases::of(left_out).assert();
}

#[test]
fn no_zip_reader_finds_a_zip() {
    Cases::of(polyglots).assert();
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
    let opened = super::open(&beside(&[pax(&[("path", "p/data.bin")]), member]));
    assert_eq!(
        super::told(&opened),
        [
            "AL-ARCHIVE-tar-header Some(\"p/data.bin\") 'p/data.bin' is a folder by its header's own name, 'x/': some tools \
          take its content for members."
        ]
    );
    assert!(opened.tree.is_none());
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
