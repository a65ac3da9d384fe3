//! Headers, and numbers in them.

use super::*;

pub(super) fn headers(cases: &mut Cases) {
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

pub(super) fn numbers(cases: &mut Cases) {
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

#[test]
fn old_headers_are_called_what_they_are() {
    let old = tar_gz(&[file("p/plugin.yaml", YAML).field(257..345, b"")]);
    let label = tar_gz(&[tar_member("label", b'V', b"").field(257..345, b""), file("p/plugin.yaml", YAML)]);
    for (bytes, message, remedy) in
        [(old, "old V7 tar header", "--format=ustar"), (label, "volume label", "leave out `-V`")]
    {
        let opened = crate::open(&bytes);
        let [finding] = opened.findings.as_slice() else { panic!("{:#?}", crate::told(&opened)) };
        assert!(finding.message.contains(message), "{}", finding.message);
        assert!(finding.remedy.contains(remedy) && finding.remedy.contains("airlock pack"), "{}", finding.remedy);
    }
}

#[test]
fn headers_must_mean_one_thing() {
    Cases::of(headers).assert();
}

#[test]
fn numbers_must_be_numbers_to_every_tool() {
    Cases::of(numbers).assert();
}
