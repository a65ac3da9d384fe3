//! Zips, one shape each.

use super::build::*;
use super::corpus::{Cases, Maker};
use super::{Accept, Reject};

const YAML: &[u8] = b"name: demo\n";
const CODE: &[u8] = b"print('hello')\n";

/// A plugin's zip with one more member.
fn beside(member: ZipMember) -> Vec<u8> {
    zip(&[stored("plugin.yaml", YAML), member, deflated("z.py", CODE)])
}

fn plain() -> Vec<ZipMember> {
    vec![stored("plugin.yaml", YAML), deflated("a.py", CODE)]
}

fn code() -> ZipMember {
    deflated("a.py", CODE)
}

/// Every group of cases, each of which is a test of its own.
pub(crate) const GROUPS: &[(&str, Maker)] = &[
    ("zip headers", headers),
    ("zip loose bytes", loose_bytes),
    ("zip end record", end_record),
    ("zip zip64", zip64),
    ("zip extra fields", extra_fields),
    ("zip features", features),
    ("zip descriptors", descriptors),
    ("zip names", names),
    ("zip links", links),
    ("zip honest", honest),
    ("zip dropped folders", dropped_folders),
];

fn reject(name: &'static str, rule: &'static str, bytes: Vec<u8>) -> Reject {
    Reject { name, bytes, rule }
}

fn headers(cases: &mut Cases) {
    cases.reject(vec![
        reject("duplicate in the directory", "duplicate-member", zip(&[stored("a", b"1"), stored("a", b"2")])),
        reject("other name locally", "zip-mismatch", beside(code().local(|head| head.name = b"b.py".to_vec()))),
        reject("other size locally", "zip-mismatch", beside(code().local(|head| head.size += 1))),
        reject("other packed size locally", "zip-mismatch", beside(code().local(|head| head.packed += 1))),
        reject("other method locally", "zip-mismatch", beside(code().local(|head| head.method = 0))),
        reject("other flags locally", "zip-mismatch", beside(code().local(|head| head.flags = 2))),
        reject("other crc locally", "zip-mismatch", beside(code().local(|head| head.crc ^= 1))),
        reject("not in the directory", "zip-mismatch", beside(code().with(|member| member.in_directory = false))),
        reject("first, not in the directory", "zip-mismatch", {
            zip(&[code().with(|member| member.in_directory = false), stored("plugin.yaml", YAML)])
        }),
        reject("only in the directory", "zip-mismatch", {
            beside(code().with(|member| (member.in_body, member.offset) = (false, Some(20))))
        }),
        reject("declares more than there is", "zip-mismatch", beside(code().both(|head| head.size += 1))),
        reject("declares less than there is", "zip-mismatch", beside(code().both(|head| head.size -= 1))),
        reject("folder with content", "zip-mismatch", beside(stored("d/", b"x"))),
        reject("folder by name, file by mode", "zip-mismatch", beside(stored("d/", b"").mode(0o100_644))),
        reject("file by name, folder by mode", "zip-mismatch", beside(stored("d", b"").mode(0o40_755))),
        reject("data beyond the directory", "zip-mismatch", {
            zip(&[stored("plugin.yaml", YAML).both(|head| (head.packed, head.size) = (4000, 4000))])
        }),
    ]);
}

fn loose_bytes(cases: &mut Cases) {
    let prefix = |bytes: &[u8]| [bytes, &zip(&plain())].concat();
    cases.reject(vec![
        reject("gap", "surplus-bytes", beside(code().with(|member| member.gap = b"hidden".to_vec()))),
        reject("suffix", "surplus-bytes", [zip(&plain()), b"more".to_vec()].concat()),
        reject("suffix of zeros", "surplus-bytes", [zip(&plain()), vec![0; 8957]].concat()),
        reject("comment of bytes", "surplus-bytes", zip_with(&plain(), |end| end.comment = vec![0, 1, 2])),
        reject("member comment of bytes", "surplus-bytes", beside(code().with(|member| member.comment = vec![7]))),
        reject("bytes after deflate", "surplus-bytes", {
            let data = [deflate(CODE), b"tail".to_vec()].concat();
            beside(member(b"a.py", 8, CODE, data))
        }),
        reject("member inside another", "zip-overlap", {
            let inner = stored("b", b"x");
            let body = zip(std::slice::from_ref(&inner));
            let outer = stored("a", &body[..32]);
            zip(&[outer, inner.with(|member| (member.in_body, member.offset) = (false, Some(31)))])
        }),
        reject("script before a zip", "polyglot", prefix(b"#!/bin/sh\nexit 0\n")),
        reject("elf before a zip", "polyglot", prefix(b"\x7fELF\x02\x01\x01")),
        reject("pdf before a zip", "polyglot", prefix(b"%PDF-1.7\n")),
        reject("html before a zip", "polyglot", prefix(b"<html></html>")),
        reject("python before a zip", "polyglot", prefix(b"import os\n")),
        reject("zip and tar", "polyglot", zip_and_tar()),
    ]);
}

/// A zip whose first member's extra field makes its first block a tar header.
fn zip_and_tar() -> Vec<u8> {
    let mut block = tar_member("", b'0', b"").header;
    block[..4].copy_from_slice(b"PK\x03\x04");
    let first = stored("plugin.yaml", b"").local(|head| head.extra = extra(0x4444, &[0; 600]));
    let mut bytes = zip(&[first, code()]);
    bytes[257..263].copy_from_slice(&block[257..263]);
    bytes[148..156].fill(b' ');
    let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
    bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    bytes
}

#[test]
fn overlapping_members_are_a_bomb() {
    let kernel = deflated("a", &vec![0; 100_000]);
    let mut members = vec![kernel.clone()];
    for name in ["b", "c", "d"] {
        let name = name.as_bytes().to_vec();
        let copy = kernel.clone().both(|head| head.name.clone_from(&name));
        members.push(copy.with(|member| (member.in_body, member.offset) = (false, Some(0))));
    }
    let opened = super::open(&zip(&members));
    assert!(super::rules(&opened).contains("AL-ARCHIVE-zip-overlap"), "{:#?}", super::told(&opened));
    assert!(opened.tree.is_none());
}

fn end_record(cases: &mut Cases) {
    let members = plain();
    let second = |end: &mut EndRecord| {
        let inner = EndRecord { comment: Vec::new(), ..end.clone() }.bytes();
        end.comment = inner;
    };
    cases.reject(vec![
        reject("one member too many", "zip-end-record", zip_with(&members, |end| (end.here, end.all) = (3, 3))),
        reject("one member too few", "zip-end-record", zip_with(&members, |end| (end.here, end.all) = (1, 1))),
        reject("counts differ", "zip-end-record", zip_with(&members, |end| end.here = 1)),
        reject("offset too small", "zip-end-record", zip_with(&members, |end| end.offset -= 1)),
        reject("offset too large", "zip-end-record", zip_with(&members, |end| end.offset += 1)),
        reject("size too small", "zip-end-record", zip_with(&members, |end| end.size -= 1)),
        reject("size too large", "zip-end-record", zip_with(&members, |end| end.size += 1)),
        reject("disk number", "zip-end-record", zip_with(&members, |end| end.disk = 1)),
        reject("directory's disk", "zip-end-record", zip_with(&members, |end| end.directory_disk = 1)),
        reject("member's disk", "zip-end-record", beside(code().with(|member| member.disk = 2))),
        reject("second end record in the comment", "zip-end-record", zip_with(&members, second)),
        reject("zip in the comment", "zip-end-record", {
            let inner = zip(&plain());
            zip_with(&members, |end| end.comment.clone_from(&inner))
        }),
        reject("local header in the comment", "zip-end-record", {
            zip_with(&members, |end| end.comment = b"PK\x03\x04".to_vec())
        }),
        reject("two end records", "zip-end-record", zip_between(&members, EndRecord::bytes, |_| ())),
        reject("end record cut off", "damaged", {
            let bytes = zip(&members);
            bytes[..bytes.len() - 5].to_vec()
        }),
        reject("no end record", "damaged", {
            let bytes = zip(&members);
            bytes[..bytes.len() - 22].to_vec()
        }),
        reject("comment shorter than declared", "damaged", {
            let mut bytes = zip(&members);
            let at = bytes.len() - 2;
            bytes[at] = 9;
            bytes
        }),
    ]);
}

fn zip64(cases: &mut Cases) {
    let members = plain();
    let with_zip64 = |entries: u64, change: fn(&mut EndRecord)| {
        zip_between(
            &members,
            |end| zip64_end(u64::from(end.offset + end.size), 1, entries, end.size.into(), end.offset.into()),
            change,
        )
    };
    let sixty_four = |values: &[u64]| extra(1, &values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>());
    let (packed, size) = (u64::from(code().central.packed), u64::from(code().central.size));
    let wide = code().both(|head| (head.packed, head.size, head.version) = (u32::MAX, u32::MAX, 45));
    let narrow_only = stored("plugin.yaml", YAML);
    let both_fields = sixty_four(&[size, packed]);
    cases.reject(vec![
        reject("sentinel without zip64 record", "zip64", zip_with(&members, |end| end.offset = u32::MAX)),
        reject("count sentinel without zip64 record", "zip64", {
            zip_with(&members, |end| (end.here, end.all) = (u16::MAX, u16::MAX))
        }),
        reject("zip64 record disagrees", "zip64", with_zip64(3, |_| ())),
        reject("zip64 record says more, sentinel agrees", "zip-end-record", {
            with_zip64(3, |end| (end.here, end.all) = (u16::MAX, u16::MAX))
        }),
        reject("locator points elsewhere", "zip64", {
            zip_between(&members, |end| zip64_end(7, 1, 2, end.size.into(), end.offset.into()), |_| ())
        }),
        reject("locator without record", "zip64", {
            let locator = |end: &EndRecord| {
                zip64_end(u64::from(end.offset + end.size), 1, 2, end.size.into(), end.offset.into())[56..].to_vec()
            };
            zip_between(&members, locator, |_| ())
        }),
        reject("zip64 with two disks", "zip64", {
            let at = |end: &EndRecord| u64::from(end.offset + end.size);
            zip_between(&members, |end| zip64_end(at(end), 2, 2, end.size.into(), end.offset.into()), |_| ())
        }),
        reject("sizes lack their field", "zip64", zip(&[narrow_only.clone(), wide.clone()])),
        reject("field with one value of two", "zip64", {
            let one = sixty_four(&[size]);
            zip(&[narrow_only.clone(), wide.clone().both(|head| head.extra.clone_from(&one))])
        }),
        reject("field nothing refers to", "zip64", {
            zip(&[narrow_only.clone(), code().both(|head| head.extra.clone_from(&both_fields))])
        }),
        reject("local field disagrees", "zip-mismatch", {
            let (good, bad) = (both_fields.clone(), sixty_four(&[size + 1, packed]));
            let member = wide.clone().central(|head| head.extra.clone_from(&good));
            zip(&[narrow_only.clone(), member.local(|head| head.extra.clone_from(&bad))])
        }),
    ]);
    cases.accept(vec![
        Accept {
            name: "zip64 everywhere",
            bytes: zip(&[narrow_only, wide.both(|head| head.extra.clone_from(&both_fields))]),
            paths: vec!["a.py", "plugin.yaml"],
        },
        Accept { name: "zip64 record that agrees", bytes: with_zip64(2, |_| ()), paths: vec!["a.py", "plugin.yaml"] },
        Accept {
            name: "zip64 record with sentinels",
            bytes: with_zip64(2, |end| (end.size, end.offset) = (u32::MAX, u32::MAX)),
            paths: vec!["a.py", "plugin.yaml"],
        },
    ]);
}

fn extra_fields(cases: &mut Cases) {
    let with = |field: Vec<u8>| beside(code().both(|head| head.extra.clone_from(&field)));
    cases.reject(vec![
        reject("field cut off", "zip-extra", with(vec![0x55, 0x54, 9, 0, 1])),
        reject("half a field header", "zip-extra", with(vec![0x55, 0x54, 9])),
        reject("field twice", "zip-extra", with([extra(0x5455, &[1]), extra(0x5455, &[1])].concat())),
        reject("unicode path of another name", "zip-extra", with(unicode_path(b"a.py", b"b.py"))),
        reject("unicode path with a wrong crc", "zip-extra", with(unicode_path(b"b.py", b"a.py"))),
        reject("unix field with link target", "zip-extra", with(extra(0x000d, b"/etc/passwd"))),
        reject("field with another mode", "zip-extra", {
            with(extra(0x6c78, &[&[6, 0x1e, 3][..], &0o120_777_u32.wrapping_shl(16).to_le_bytes()].concat()))
        }),
        reject("unicode path of a name that is not marked", "bad-name", {
            let field = unicode_path("grüße.md".as_bytes(), "grüße.md".as_bytes());
            beside(stored("grüße.md", CODE).both(|head| head.extra.clone_from(&field)))
        }),
        reject("asi unix field", "zip-extra", with(extra(0x756e, b"/etc/passwd"))),
        reject("aes field", "encrypted", with(extra(0x9901, &[2, 0, 65, 69, 3, 8, 0]))),
        reject("strong encryption field", "encrypted", with(extra(0x0017, &[0; 8]))),
        reject("field of a policy's key", "encrypted", with(extra(0x0021, &[0; 8]))),
        reject("field of a key's provider", "encrypted", with(extra(0x0022, &[0; 8]))),
        reject("field of a policy's data", "encrypted", with(extra(0x0023, &[0; 8]))),
        reject("field of patch data", "zip-feature", with(extra(0x000f, &[0; 8]))),
        reject("field of the name's language", "zip-extra", with(extra(0x0008, &[0; 8]))),
        reject("field of patch data locally", "zip-feature", {
            beside(code().local(|head| head.extra = extra(0x000f, &[0; 8])))
        }),
    ]);
    let accepted = |name, bytes| Accept { name, bytes, paths: vec!["a.py", "plugin.yaml", "z.py"] };
    cases.accept(vec![
        accepted("times and owner", with([extra(0x5455, &[1, 0, 0, 0, 0]), extra(0x7875, &[1, 0])].concat())),
        accepted("ntfs times", with(extra(0x000a, &[0; 32]))),
        accepted("jar mark", with(extra(0xcafe, b""))),
        accepted("unicode path that agrees", with(unicode_path(b"a.py", b"a.py"))),
    ]);
}

fn features(cases: &mut Cases) {
    cases.reject(vec![
        reject("encrypted", "encrypted", beside(code().both(|head| head.flags |= 1))),
        reject("strongly encrypted", "encrypted", beside(code().both(|head| head.flags |= 1 << 6))),
        reject("masked headers", "encrypted", beside(code().both(|head| head.flags |= 1 << 13))),
        reject("patch data", "zip-feature", beside(code().both(|head| head.flags |= 1 << 5))),
        reject("unknown flag", "zip-feature", beside(code().both(|head| head.flags |= 1 << 14))),
        reject("bzip2", "zip-feature", beside(code().both(|head| head.method = 12))),
        reject("lzma", "zip-feature", beside(code().both(|head| head.method = 14))),
        reject("deflate64", "zip-feature", beside(code().both(|head| head.method = 9))),
        reject("version 6.3", "zip-feature", beside(code().both(|head| head.version = 63))),
        reject("wrong crc", "damaged", beside(code().both(|head| head.crc ^= 1))),
        reject("broken deflate", "damaged", beside(member(b"a.py", 8, CODE, vec![0xff; 20]))),
        reject("deflate cut off", "damaged", {
            let data = deflate(CODE);
            beside(member(b"a.py", 8, CODE, data[..data.len() - 3].to_vec()))
        }),
        reject("split zip", "not-an-archive", [&b"PK\x07\x08"[..], &[0; 60]].concat()),
    ]);
}

fn descriptors(cases: &mut Cases) {
    let descriptor =
        |change: fn(&mut Vec<u8>)| beside(code().streamed(true, false).with(|member| change(&mut member.descriptor)));
    cases.reject(vec![
        reject("wrong crc", "zip-descriptor", descriptor(|bytes| bytes[4] ^= 1)),
        reject("wrong packed size", "zip-descriptor", descriptor(|bytes| bytes[8] ^= 1)),
        reject("wrong size", "zip-descriptor", descriptor(|bytes| bytes[12] ^= 1)),
        reject("no descriptor", "zip-descriptor", descriptor(Vec::clear)),
        reject("half a descriptor", "zip-descriptor", descriptor(|bytes| bytes.truncate(10))),
        reject("descriptor without the flag", "surplus-bytes", {
            let streamed = code().streamed(true, false).descriptor;
            beside(code().with(|member| member.descriptor.clone_from(&streamed)))
        }),
    ]);
    let accepted = |name, member| Accept { name, bytes: beside(member), paths: vec!["a.py", "plugin.yaml", "z.py"] };
    cases.accept(vec![
        accepted("with signature", code().streamed(true, false)),
        accepted("without signature", code().streamed(false, false)),
        accepted("wide with signature", code().streamed(true, true)),
        accepted("wide without signature", code().streamed(false, true)),
    ]);
}

fn names(cases: &mut Cases) {
    let named = |name: &[u8]| beside(member(name, 0, CODE, CODE.to_vec()).both(|head| head.flags |= 1 << 11));
    let shift = |name: &'static str, rule, path: &[u8]| reject(name, rule, named(path));
    let two = |one: &str, other: &str| {
        let marked = |name| stored(name, CODE).both(|head| head.flags |= 1 << 11);
        zip(&[stored("plugin.yaml", YAML), marked(one), marked(other)])
    };
    let long = [b"d/".repeat(33), b"x".to_vec()].concat();
    let below = |top: &str| zip(&[stored(&format!("{top}/plugin.yaml"), YAML), deflated(&format!("{top}/a.py"), CODE)]);
    cases.reject(vec![
        reject("top folder named as a device", "bad-name", below("nul")),
        reject("top folder with a space at its end", "bad-name", below("demo ")),
        reject("top folder with a dot at its end", "bad-name", below("demo.")),
        reject("top folder with an asterisk", "bad-name", below("demo*")),
        reject("top folder with a version", "bad-name", below("demo;1")),
        reject("long top folder", "long-name", below(&"d".repeat(101))),
        shift("absolute", "path-traversal", b"/etc/passwd"),
        shift("climbing", "path-traversal", b"../evil.py"),
        shift("climbing in the middle", "path-traversal", b"a/../../evil.py"),
        shift("climbing by backslash", "path-traversal", b"a\\..\\..\\evil.py"),
        shift("drive", "path-traversal", b"C:/evil.py"),
        shift("drive without slash", "path-traversal", b"c:evil.py"),
        shift("share", "path-traversal", b"\\\\host\\share\\evil.py"),
        shift("backslash", "bad-name", b"a\\b.py"),
        shift("newline", "bad-name", b"a\nb.py"),
        shift("escape", "bad-name", b"a\x1b[31m.py"),
        shift("delete", "bad-name", b"a\x7f.py"),
        shift("zero byte", "bad-name", b"a.py\0.txt"),
        shift("not utf-8", "bad-name", b"caf\xe9.py"),
        shift("empty", "bad-name", b""),
        shift("empty component", "bad-name", b"a//b.py"),
        shift("dot component", "bad-name", b"a/./b.py"),
        shift("right to left", "bad-name", "a\u{202e}yp.txt".as_bytes()),
        shift("zero width", "bad-name", "a\u{200b}.py".as_bytes()),
        shift("no character", "bad-name", "a\u{ffff}.py".as_bytes()),
        shift("no character of Arabic", "bad-name", "a\u{fdd0}.py".as_bytes()),
        shift("no character of the last plane", "bad-name", "a\u{10fffe}.py".as_bytes()),
        shift("no character in what is left out", "bad-name", ".git/a\u{1ffff}".as_bytes()),
        shift("no-break space at the end", "bad-name", "a.py\u{a0}".as_bytes()),
        shift("ideographic space at the end of a folder", "bad-name", "d\u{3000}/a.py".as_bytes()),
        shift("blank pattern of Braille", "bad-name", "a\u{2800}.py".as_bytes()),
        shift("stream", "bad-name", b"notes.txt:hidden"),
        shift("trailing dot", "bad-name", b"a.py."),
        shift("trailing space", "bad-name", b"a.py "),
        shift("version", "bad-name", b"plugin.yaml;1"),
        shift("version of no digits", "bad-name", b"a.py;"),
        shift("version of a folder", "bad-name", b"d;12/a.py"),
        shift("question mark", "bad-name", b"a?.py"),
        shift("asterisk", "bad-name", b"a*.py"),
        shift("quotation mark", "bad-name", b"a\".py"),
        shift("less-than sign", "bad-name", b"a<.py"),
        shift("greater-than sign", "bad-name", b"d>/a.py"),
        shift("vertical bar", "bad-name", b"a|b.py"),
        shift("device", "bad-name", b"con.py"),
        shift("short name of .git", "bad-name", b"GIT~1/config"),
        shift("another short name of .git", "bad-name", b"git~2"),
        shift("short name of the manifest", "bad-name", b"PLUGIN~1.YAM"),
        shift("short name of a cache", "bad-name", b"a/__PYCA~1/a.pyc"),
        shift(".git with a dot at its end", "bad-name", b".git./config"),
        shift(".git with a space at its end", "bad-name", b".GIT /config"),
        shift("stream of .git", "bad-name", b".git::$INDEX_ALLOCATION/config"),
        shift("stream of the manifest", "bad-name", b"plugin.yaml::$DATA"),
        shift("device before a space", "bad-name", b"aux .txt"),
        shift("console's input", "bad-name", b"CONIN$"),
        shift("port with a raised digit", "bad-name", "COM\u{b9}.txt".as_bytes()),
        shift("device in a folder", "bad-name", b"a/NUL"),
        shift("port", "bad-name", b"COM1.txt"),
        reject("not marked as utf-8", "bad-name", beside(stored("caf\u{e9}.py", CODE))),
        shift("long component", "long-name", &b"x".repeat(101)),
        shift("deep", "long-name", &long),
        shift("long path", "long-name", &[&b"0123456789/".repeat(15)[..], &b"y".repeat(99)].concat()),
        shift("case", "name-collision", b"PLUGIN.yaml"),
        reject("ligature", "name-collision", two("fi.py", "ﬁ.py")),
        reject("composed", "name-collision", two("caf\u{e9}.py", "cafe\u{301}.py")),
        reject("case of a folder", "name-collision", two("src/a.py", "SRC/b.py")),
        shift("file and folder", "name-collision", b"plugin.yaml/x"),
    ]);
    let fine = |name: &'static str| Accept { name, bytes: named(name.as_bytes()), paths: sorted(name) };
    cases.accept(
        [
            "foo..svg",
            "..hidden",
            "a...b",
            "x-_ 1.txt",
            "grüße.md",
            "日本語.txt",
            "日\u{3000}本.txt",
            "un\u{a0}deux.txt",
            "\u{2801}\u{2803}.txt",
            "\u{fffd}.txt",
            "icon@2x.png",
            "a+b,c=(1)[2]~.txt",
            "a;b.txt",
            "a;1.py",
            "a!#$%&'@^`{}.txt",
            "d/e/f",
        ]
        .map(fine)
        .into_iter()
        .collect(),
    );
}

/// ADR 26: unzip changes such names, and Python on Windows, .NET, 7-Zip there and `jar` write them.
#[test]
fn names_marked_as_utf_8_pass_from_windows_too() {
    let mut zips = Vec::new();
    for (maker, made_by) in [("DOS", 0x0014), ("OS/2", 0x0614), ("Windows", 0x0b14), ("Windows 5.0", 0x0b32)] {
        let marked = stored("grüße.md", CODE).both(|head| head.flags |= 1 << 11);
        let bytes = beside(marked.with(|member| member.made_by = made_by));
        let opened = super::open(&bytes);
        assert!(super::rules(&opened).is_empty(), "{maker}: {:#?}", super::told(&opened));
        assert_eq!(super::paths(&opened), ["grüße.md", "plugin.yaml", "z.py"], "{maker}");
        zips.push((maker.to_owned(), bytes));
    }
    super::readers::assert_agree(&zips, super::readers::Others::MayRefuse);
}

/// What unzip can be told by every maker must be read by it.
#[test]
fn ascii_names_from_windows_are_read_alike_by_all() {
    let from = |made_by: u16| beside(code().with(|member| (member.made_by, member.external) = (made_by, 0x20)));
    let zips = [0x0014, 0x0614, 0x0b14, 0x0b32].map(|made_by| (format!("{made_by:04x}"), from(made_by)));
    super::readers::assert_agree(&zips, super::readers::Others::MustRead);
}

#[test]
fn names_of_no_alphabet_are_told_how_to_be_packed() {
    let opened = super::open(&beside(stored("café.txt", CODE)));
    let [finding] = opened.findings.as_slice() else { panic!("{:#?}", super::told(&opened)) };
    assert_eq!((finding.rule.as_str(), finding.file.as_deref()), ("AL-ARCHIVE-bad-name", Some("café.txt")));
    assert!(
        finding.remedy.contains("airlock pack") && finding.remedy.contains("python3 -m zipfile"),
        "{}",
        finding.remedy
    );
}

#[test]
fn padding_is_called_padding() {
    let opened = super::open(&[zip(&plain()), vec![0; 8957]].concat());
    let [finding] = opened.findings.as_slice() else { panic!("{:#?}", super::told(&opened)) };
    assert!(finding.message.contains("8957 zero bytes") && finding.message.contains("padding"), "{}", finding.message);
    assert!(finding.remedy.contains("to a file instead of a pipe"), "{}", finding.remedy);
}

fn sorted(name: &'static str) -> Vec<&'static str> {
    let mut all = vec!["plugin.yaml", "z.py", name];
    all.sort_unstable();
    all
}

fn links(cases: &mut Cases) {
    cases.reject(vec![
        reject("symlink", "link", beside(stored("a.py", b"/etc/passwd").mode(0o120_777))),
        reject("name of a disk", "zip-mismatch", beside(code().with(|member| member.external |= 0x08))),
        reject("symlink without unix maker", "link", {
            beside(stored("a.py", b"/etc/passwd").mode(0o120_777).with(|member| member.made_by = 20))
        }),
        reject("pipe", "special-file", beside(stored("a", b"").mode(0o010_644))),
        reject("device", "special-file", beside(stored("a", b"").mode(0o020_644))),
        reject("set user id", "set-id", beside(code().mode(0o104_755))),
        reject("set group id", "set-id", beside(code().mode(0o102_755))),
    ]);
}

fn honest(cases: &mut Cases) {
    let accepted = |name, bytes, paths| Accept { name, bytes, paths };
    cases.accept(vec![
        accepted("at the root", zip(&plain()), vec!["a.py", "plugin.yaml"]),
        accepted(
            "one top folder",
            {
                zip(&[
                    stored("p/", b""),
                    stored("p/plugin.yaml", YAML),
                    stored("p/src/", b""),
                    deflated("p/src/a.py", CODE),
                ])
            },
            vec!["plugin.yaml", "src/a.py"],
        ),
        accepted(
            "folders packed as empty deflate",
            zip(&[deflated("d/", b""), stored("plugin.yaml", YAML)]),
            vec!["plugin.yaml"],
        ),
        accepted(
            "text comment",
            zip_with(&plain(), |end| end.comment = b"commit 1f2e".to_vec()),
            vec!["a.py", "plugin.yaml"],
        ),
        accepted(
            "member comment",
            zip(&[stored("plugin.yaml", YAML).with(|member| member.comment = b"the manifest".to_vec())]),
            vec!["plugin.yaml"],
        ),
        accepted(
            "macos leftovers",
            {
                zip(&[
                    stored("p/plugin.yaml", YAML),
                    stored("p/.DS_Store", b"\0"),
                    stored("__MACOSX/", b""),
                    stored("__MACOSX/p/._plugin.yaml", b"\0\x05\x16\x07"),
                ])
            },
            vec!["plugin.yaml"],
        ),
        accepted(
            "git and caches",
            {
                zip(&[
                    stored("plugin.yaml", YAML),
                    stored(".git/HEAD", b"ref"),
                    stored(".git/refs/heads/con", b"0"),
                    stored(".git/hooks/link", b"../x").mode(0o120_777),
                    stored("a/__pycache__/a.cpython-311.pyc", b"\0"),
                    stored("env/pyvenv.cfg", b""),
                    stored("env/bin/python", b"/usr/bin/python3").mode(0o120_777),
                    stored("a/b.py", CODE),
                ])
            },
            vec!["a/b.py", "plugin.yaml"],
        ),
    ]);
}

fn dropped_folders(cases: &mut Cases) {
    cases.reject(vec![
        reject("climbing out of .git", "path-traversal", beside(stored(".git/../../x", b""))),
        reject("climbing after __MACOSX", "path-traversal", beside(stored("__MACOSX/../x", b""))),
        reject("newline in .git", "bad-name", beside(stored(".git/a\nb", b""))),
        reject("right to left in .git", "bad-name", beside(member(".git/a\u{202e}b".as_bytes(), 0, b"", vec![]))),
        reject("file behind a link", "name-collision", {
            let link = stored(".git", b".").mode(0o120_777);
            zip(&[stored("plugin.yaml", YAML), link, stored(".git/plugin.yaml", b"name: evil\n")])
        }),
        reject("file over a link of another case", "name-collision", {
            let link = stored(".git/x", b"../plugin.yaml").mode(0o120_777);
            zip(&[stored("plugin.yaml", YAML), link, stored(".git/X", b"name: evil\n")])
        }),
        reject("not marked, beside what is left out", "bad-name", {
            zip(&[stored("plugin.yaml", YAML), stored("café.txt", b"x"), stored("__MACOSX/._café.txt", b"x")])
        }),
    ]);
    let accepted = |name, bytes| Accept { name, bytes, paths: vec!["plugin.yaml", "z.py"] };
    cases.accept(vec![
        accepted("not marked in __MACOSX", beside(stored("__MACOSX/._café.txt", b"x"))),
        accepted("not marked in .git", beside(stored(".git/refs/heads/grüße", b"x"))),
    ]);
}

#[test]
fn a_zip_cut_anywhere_is_called_damaged() {
    let whole = zip(&[stored("plugin.yaml", YAML), code().streamed(true, false)]);
    for end in 0..whole.len() {
        let rule = if end < 4 { "not-an-archive" } else { "damaged" };
        super::assert_refused(&whole[..end], rule, &format!("cut at {end}"));
    }
}

#[test]
fn a_zip_with_any_byte_changed_is_never_fatal_and_never_another_tree() {
    let whole = zip(&[stored("plugin.yaml", YAML), code().streamed(true, false)]);
    let honest = super::open(&whole).tree.expect("the honest zip is read");
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let opened = super::open(&bytes);
            let contents =
                |tree: &airlock_model::Tree| tree.iter().map(|(_, bytes)| bytes.to_vec()).collect::<Vec<_>>();
            if let Some(tree) = &opened.tree
                && super::rules(&opened).is_empty()
            {
                assert_eq!(contents(tree), contents(&honest), "byte {at} bit {bit}");
            }
        }
    }
}

#[test]
fn directory_and_local_headers_must_say_the_same() {
    Cases::of(headers).assert();
}

#[test]
fn every_byte_belongs_to_one_member() {
    Cases::of(loose_bytes).assert();
}

#[test]
fn the_end_record_must_be_true() {
    Cases::of(end_record).assert();
}

#[test]
fn zip64_must_be_whole_and_agree() {
    Cases::of(zip64).assert();
}

#[test]
fn extra_fields_must_not_mislead() {
    Cases::of(extra_fields).assert();
}

#[test]
fn only_plain_features_are_read() {
    Cases::of(features).assert();
}

#[test]
fn descriptors_must_agree() {
    Cases::of(descriptors).assert();
}

#[test]
fn names_lead_nowhere_else() {
    Cases::of(names).assert();
}

#[test]
fn links_and_special_files_are_refused() {
    Cases::of(links).assert();
}

#[test]
fn honest_zips_pass() {
    Cases::of(honest).assert();
}

#[test]
fn names_that_lead_elsewhere_are_refused_in_dropped_folders_too() {
    Cases::of(dropped_folders).assert();
}
