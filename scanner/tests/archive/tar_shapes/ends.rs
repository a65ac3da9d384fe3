//! What follows a tar, and what else it is.

use super::*;

pub(super) fn ends(cases: &mut Cases) {
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

/// A tar.gz in which zip readers find a zip, and what only looks like it.
pub(super) fn polyglots(cases: &mut Cases) {
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
fn a_tar_cut_anywhere_is_called_damaged() {
    let whole = tar(&[folder("p/"), pax(&[("mtime", "1.5")]), file("p/plugin.yaml", YAML)]);
    for end in 0..whole.len() {
        // Before the end of its magic it is no tar to anybody.
        let rule = if end < 262 { "not-an-archive" } else { "damaged" };
        crate::assert_refused(&gzip(&whole[..end]), rule, &format!("tar cut at {end}"));
    }
    let packed = gzip(&whole);
    for end in 0..packed.len() {
        let rule = if end < 2 { "not-an-archive" } else { "damaged" };
        crate::assert_refused(&packed[..end], rule, &format!("gzip cut at {end}"));
    }
}

#[test]
fn no_zip_reader_finds_a_zip() {
    Cases::of(polyglots).assert();
}

#[test]
fn nothing_follows_the_end() {
    Cases::of(ends).assert();
}
