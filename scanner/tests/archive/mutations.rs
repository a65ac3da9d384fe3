//! Good archives with something changed in them: nothing is fatal, no limit is
//! passed, and what is still accepted is one tree to us and to every other reader.

use std::io::Cursor;

use airlock_model::limits::ArchiveLimits;
use airlock_scanner::archive::{self, Opened, pack};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::build::*;
use super::readers::{Others, assert_agree};
use super::{makers, rules, told};

const YAML: &[u8] = b"name: demo\n";
const CODE: &[u8] = b"def run():\n    return 'the same words, the same words, the same words'\n";

fn limits() -> ArchiveLimits {
    ArchiveLimits {
        compressed_bytes: 16 * 1024,
        inflated_bytes: 16 * 1024,
        file_bytes: 4 * 1024,
        members: 12,
        depth: 4,
        ratio: 20,
        ratio_from_bytes: 12 * 1024,
    }
}

fn zips() -> Vec<Vec<u8>> {
    let extras = [extra(0x5455, &[1, 0, 0, 0, 0]), extra(0x7875, &[1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0])].concat();
    let wide: Vec<u8> = [CODE.len() as u64; 2].iter().flat_map(|size| size.to_le_bytes()).collect();
    let wide = stored("p/wide.py", CODE).both(|head| {
        (head.packed, head.size, head.version) = (u32::MAX, u32::MAX, 45);
        head.extra = extra(1, &wide);
    });
    let rich = [
        stored("p/", b""),
        stored("p/plugin.yaml", YAML).both(|head| head.extra.clone_from(&extras)),
        deflated("p/src/a.py", CODE).streamed(true, false),
        deflated("p/grüße.md", CODE).both(|head| head.flags |= 1 << 11),
        wide,
        stored("p/.git/HEAD", b"ref"),
        stored("p/empty", b"").with(|member| member.comment = b"nothing".to_vec()),
    ];
    let plain = [stored("plugin.yaml", YAML), deflated("a.py", CODE), stored("b", &[7; 3000])];
    let mut zips = vec![zip(&rich), zip_with(&plain, |end| end.comment = b"commit 1f2e".to_vec())];
    zips.extend(makers::zips());
    zips
}

/// Tars before gzip, so that a change is one of the tar.
fn tars() -> Vec<Vec<u8>> {
    let long = format!("p/{}/{}.py", "d".repeat(60), "f".repeat(60));
    let rich = [
        folder("p/"),
        file("p/plugin.yaml", YAML),
        pax(&[("mtime", "1700000000.5"), ("path", &long), ("size", "76")]),
        file("p/short", &[CODE, b"\n\n\n\n\n"].concat()[..76]),
        file("p/src/a.py", CODE),
        link("p/.git/link", b'2', "/usr/bin/python3"),
        file("p/plugin.yaml", YAML),
    ];
    let gnu = [
        folder("p/").gnu(),
        file("p/plugin.yaml", YAML).gnu(),
        long_name(&long),
        file("p/short", CODE).gnu(),
        tar_member("p/old", 0, CODE).gnu(),
    ];
    vec![tar(&rich), tar(&gnu)]
}

/// One change of bytes; places are taken modulo the length.
#[derive(Debug, Clone)]
enum Change {
    Flip(usize, u8),
    Set(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize, usize),
    Swap(usize, usize, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let Some(last) = bytes.len().checked_sub(1) else { return };
        let place = |at: usize| at % (last + 1);
        let piece = |at: usize, len: usize| place(at)..(place(at) + len).min(last + 1);
        match self {
            Self::Flip(at, bit) => bytes[place(*at)] ^= 1 << (bit % 8),
            Self::Set(at, value) => bytes[place(*at)] = *value,
            Self::Insert(at, new) => drop(bytes.splice(place(*at)..place(*at), new.iter().copied())),
            Self::Remove(at, len) => drop(bytes.drain(piece(*at, *len))),
            Self::Repeat(from, len, to) => {
                let copy = bytes[piece(*from, *len)].to_vec();
                bytes.splice(place(*to)..place(*to), copy);
            }
            Self::Swap(one, other, len) => {
                let (one, other) = (piece(*one, *len), piece(*other, *len));
                for (one, other) in one.zip(other) {
                    bytes.swap(one, other);
                }
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    let telling = prop::sample::select(b"\0\x01\x08\xff\x7f /.0157gxLKSPU".to_vec());
    let block = prop_oneof![1..20_usize, Just(512), Just(1024)];
    prop_oneof![
        6 => (at.clone(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        6 => (at.clone(), telling).prop_map(|(at, value)| Change::Set(at, value)),
        1 => (at.clone(), prop::collection::vec(any::<u8>(), 1..8)).prop_map(|(at, new)| Change::Insert(at, new)),
        1 => (at.clone(), block.clone()).prop_map(|(at, len)| Change::Remove(at, len)),
        1 => (at.clone(), block.clone(), at.clone()).prop_map(|(from, len, to)| Change::Repeat(from, len, to)),
        1 => (at.clone(), at, block).prop_map(|(one, other, len)| Change::Swap(one, other, len)),
    ]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 1..4)
}

fn changed_zip() -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(zips()), changes()).prop_map(|(mut bytes, changes)| {
        changes.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    })
}

/// Changes inside the tar, mostly with checksums that were made to fit again, or in the gzip around it.
fn changed_tar() -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(tars()), changes(), 0..8_u8).prop_map(|(mut bytes, changes, way)| {
        if way == 0 {
            let mut packed = gzip(&bytes);
            changes.iter().for_each(|change| change.apply(&mut packed));
            return packed;
        }
        changes.iter().for_each(|change| change.apply(&mut bytes));
        if way > 1 {
            mend_sums(&mut bytes);
        }
        gzip(&bytes)
    })
}

/// Writes the right checksum into every block that looks like a header.
fn mend_sums(bytes: &mut [u8]) {
    for block in bytes.chunks_exact_mut(512).filter(|block| &block[257..262] == b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

fn open(bytes: &[u8], limits: &ArchiveLimits) -> Opened {
    archive::open(Cursor::new(bytes), limits).unwrap()
}

fn is_accepted(opened: &Opened) -> bool {
    opened.tree.is_some() && rules(opened).is_empty()
}

/// What holds for any bytes at all.
fn holds(bytes: &[u8]) -> Result<(), TestCaseError> {
    let limits = limits();
    let opened = open(bytes, &limits);
    let Some(tree) = &opened.tree else {
        prop_assert!(!rules(&opened).is_empty(), "no tree, and no reason");
        return Ok(());
    };
    prop_assert!(tree.len() as u64 <= limits.members);
    prop_assert!(tree.total_bytes() <= limits.inflated_bytes);
    for (path, content) in tree.iter() {
        prop_assert!(content.len() as u64 <= limits.file_bytes, "{path}");
        prop_assert!(path.components().count() <= limits.depth as usize, "{path}");
    }
    if is_accepted(&opened) {
        let packed = pack(opened.top_folder.as_deref().unwrap_or("demo"), tree);
        let packed = packed.map_err(|error| TestCaseError::fail(error.to_string()))?;
        let again = open(&packed, &ArchiveLimits::default());
        prop_assert!(again.findings.is_empty(), "{:?}", told(&again));
        prop_assert_eq!(again.tree.as_ref(), Some(tree));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_tree_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..600), start in 0..3_usize) {
        let start: &[u8] = [&b""[..], b"PK\x03\x04", b"\x1f\x8b\x08\0\0\0\0\0\0\xff"][start];
        holds(&[start, &bytes].concat())?;
        holds(&gzip(&[b"p/a\0", &bytes[..]].concat()))?;
    }

    #[test]
    fn a_changed_zip_gives_a_tree_or_a_reason(bytes in changed_zip()) {
        holds(&bytes)?;
    }

    #[test]
    fn a_changed_tar_gives_a_tree_or_a_reason(bytes in changed_tar()) {
        holds(&bytes)?;
    }
}

/// Changed archives that are still accepted, the same ones in every run.
fn survivors(changed: impl Strategy<Value = Vec<u8>>, tries: usize, most: usize) -> Vec<(String, Vec<u8>)> {
    let mut runner = TestRunner::deterministic();
    let tried = (0..tries).map(|n| (format!("try {n}"), changed.new_tree(&mut runner).unwrap().current()));
    tried.filter(|(_, bytes)| is_accepted(&open(bytes, &limits()))).take(most).collect()
}

/// Forms of numbers, those that only some tools read among them.
const FORMS: &[&[u8]] = &[
    b"",
    b"0",
    b"7",
    b"0000017",
    b"00000017",
    b"17 ",
    b" 17",
    b"  17 ",
    b"       ",
    b"-1",
    b"+1",
    b"0o7",
    b"0x7",
    b"1_0",
    b"8",
    b"z",
    b"1\x007",
    b"1 7",
    b"\t7",
    b"\n7",
    b"\x0b7",
    b"\xa07",
    b"7\t",
    b"77777777",
    b"\x80\0\0\0\0\0\0\x07",
    b"\x80\x01\0\0\0\0\0\x07",
    b"\xff\xff\xff\xff\xff\xff\xff\xf0",
    b"\xff\0\0\0\0\0\0\0",
    b"\x81\0\0\0\0\0\0\x07",
    b"\xc0\0\0\0\0\0\0\x07",
];

#[test]
fn whatever_passes_for_a_number_is_one_to_every_tool() {
    let around = |member: &[TarMember]| {
        let all = [&[file("p/plugin.yaml", YAML)][..], member, &[file("p/z.py", CODE)]].concat();
        tar_gz(&all)
    };
    let mut all = Vec::new();
    for form in FORMS {
        for (what, field) in NUMBERS.into_iter().chain([("mode", 100..108), ("size", 124..136)]) {
            let member = file("p/a", b"seven b").field(field, form);
            all.push((format!("{what} {}", form.escape_ascii()), around(&[member])));
        }
        let Ok(text) = std::str::from_utf8(form) else { continue };
        for key in ["mtime", "atime", "ctime", "uid", "gid", "size"] {
            for text in [text.to_owned(), format!("{text}.5"), format!("{text}e1")] {
                let members = [pax(&[(key, &text)]), file("p/a", b"seven b")];
                all.push((format!("{key}={}", text.escape_debug()), around(&members)));
            }
        }
    }
    all.retain(|(_, bytes)| is_accepted(&super::open(bytes)));
    assert!(all.len() >= 50, "{} are still accepted", all.len());
    assert_agree(&all, Others::MustRead);
}

#[test]
fn what_survives_a_change_is_read_alike_by_every_tool() {
    for (what, kept) in [("zip", survivors(changed_zip(), 4000, 120)), ("tar", survivors(changed_tar(), 4000, 120))] {
        assert!(kept.len() >= 50, "{} {what}s are still accepted", kept.len());
        assert_agree(&kept, Others::MayRefuse);
    }
}
