//! Zip64, extra fields, features and descriptors.

use super::*;

pub(super) fn zip64(cases: &mut Cases) {
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

pub(super) fn extra_fields(cases: &mut Cases) {
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

pub(super) fn features(cases: &mut Cases) {
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

pub(super) fn descriptors(cases: &mut Cases) {
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
