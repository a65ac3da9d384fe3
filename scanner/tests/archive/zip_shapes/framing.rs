//! Local headers against the central directory, and what lies between and behind.

use super::*;

pub(super) fn headers(cases: &mut Cases) {
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

pub(super) fn loose_bytes(cases: &mut Cases) {
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
    let opened = crate::open(&zip(&members));
    assert!(crate::rules(&opened).contains("AL-ARCHIVE-zip-overlap"), "{:#?}", crate::told(&opened));
    assert!(opened.tree.is_none());
}

pub(super) fn end_record(cases: &mut Cases) {
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

#[test]
fn padding_is_called_padding() {
    let opened = crate::open(&[zip(&plain()), vec![0; 8957]].concat());
    let [finding] = opened.findings.as_slice() else { panic!("{:#?}", crate::told(&opened)) };
    assert!(finding.message.contains("8957 zero bytes") && finding.message.contains("padding"), "{}", finding.message);
    assert!(finding.remedy.contains("to a file instead of a pipe"), "{}", finding.remedy);
}

#[test]
fn a_zip_cut_anywhere_is_called_damaged() {
    let whole = zip(&[stored("plugin.yaml", YAML), code().streamed(true, false)]);
    for end in 0..whole.len() {
        let rule = if end < 4 { "not-an-archive" } else { "damaged" };
        crate::assert_refused(&whole[..end], rule, &format!("cut at {end}"));
    }
}

#[test]
fn a_zip_with_any_byte_changed_is_never_fatal_and_never_another_tree() {
    let whole = zip(&[stored("plugin.yaml", YAML), code().streamed(true, false)]);
    let honest = crate::open(&whole).tree.expect("the honest zip is read");
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let opened = crate::open(&bytes);
            let contents =
                |tree: &airlock_model::Tree| tree.iter().map(|(_, bytes)| bytes.to_vec()).collect::<Vec<_>>();
            if let Some(tree) = &opened.tree
                && crate::rules(&opened).is_empty()
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
