//! Archives as three makers write them that cannot be asked everywhere: Java's `jar`, the
//! archiver of macOS, and the marketplace client. Byte by byte; a test in `tools.rs` reads
//! what a real `jar` wrote.

use super::Accept;
use super::build::*;
use super::corpus::{Cases, Maker};

const YAML: &[u8] = b"name: demo\n";
const CODE: &[u8] = b"def run():\n    return 1\n";

/// Every group of cases, each of which is a test of its own.
pub(crate) const GROUPS: &[(&str, Maker)] =
    &[("jar", jar), ("macos", macos), ("macos accents", macos_accents), ("marketplace_client", marketplace_client)];

/// What a Finder file carries beside its data: an AppleDouble header with Finder's flags, and a resource fork.
fn apple_double() -> Vec<u8> {
    let mut bytes = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        \x00\x02".to_vec();
    bytes.extend(b"\x00\x00\x00\x09\x00\x00\x00\x32\x00\x00\x00\x20");
    bytes.extend(b"\x00\x00\x00\x02\x00\x00\x00\x52\x00\x00\x00\x10");
    bytes.extend([0; 32]);
    bytes.extend(b"a resource fork.");
    bytes
}

/// As `jar` writes a file: deflated with its sizes after the data, UTF-8 names, made by MS-DOS, no mode.
fn jarred(name: &str, content: &[u8]) -> ZipMember {
    let member = deflated(name, content).both(|head| head.flags |= 1 << 11).streamed(true, false);
    member.with(|member| (member.made_by, member.external) = (20, 0))
}

/// As `jar` writes a folder: stored, its sizes in the header.
fn jarred_folder(name: &str) -> ZipMember {
    let member = stored(name, b"").both(|head| (head.version, head.flags) = (10, 1 << 11));
    member.with(|member| (member.made_by, member.external) = (10, 0))
}

/// The first member carries jar's mark, an empty extra field of id 0xCAFE.
fn marked(member: ZipMember) -> ZipMember {
    member.both(|head| head.extra = extra(0xcafe, b""))
}

fn jar(cases: &mut Cases) {
    let manifest = b"Manifest-Version: 1.0\r\nCreated-By: 17.0.14 (Debian)\r\n\r\n";
    let plugin = || vec![jarred("demo/plugin.yaml", YAML), jarred("demo/a.py", CODE), jarred_folder("demo/src/")];
    let with = |first: Vec<ZipMember>| zip(&[first, plugin()].concat());
    cases.accept(vec![
        Accept {
            name: "jar without its manifest (jar cfM)",
            bytes: with(vec![marked(jarred_folder("demo/"))]),
            paths: vec!["a.py", "plugin.yaml"],
        },
        Accept {
            name: "jar from inside the folder, with META-INF (jar cf)",
            bytes: zip(&[
                marked(jarred_folder("META-INF/")),
                jarred("META-INF/MANIFEST.MF", manifest),
                jarred("plugin.yaml", YAML),
                jarred("a.py", CODE),
            ]),
            paths: vec!["META-INF/MANIFEST.MF", "a.py", "plugin.yaml"],
        },
        Accept {
            name: "jar without compression (jar cfM0)",
            bytes: zip(&[
                marked(jarred_folder("demo/")),
                stored("demo/plugin.yaml", YAML)
                    .both(|head| (head.version, head.flags) = (10, 1 << 11))
                    .with(|member| (member.made_by, member.external) = (10, 0)),
            ]),
            paths: vec!["plugin.yaml"],
        },
    ]);
}

/// As the Finder's "Compress" writes a file: sizes after the data with a signature, times and owner in extra fields that
/// are longer in the local header, mode in the directory, version 2.0 made by Unix 2.1.
fn finder(name: &str, content: &[u8]) -> ZipMember {
    let times = |bytes: &[u8]| extra(0x5855, bytes);
    deflated(name, content)
        .streamed(true, false)
        .local(|head| head.extra = times(&[0x10; 12]))
        .central(|head| head.extra = times(&[0x10; 8]))
        .with(|member| (member.made_by, member.external) = (0x0315, 0o100_644 << 16 | 0x4000))
}

fn finder_folder(name: &str) -> ZipMember {
    stored(name, b"")
        .both(|head| head.version = 10)
        .local(|head| head.extra = extra(0x5855, &[0x10; 12]))
        .central(|head| head.extra = extra(0x5855, &[0x10; 8]))
        .with(|member| (member.made_by, member.external) = (0x0315, 0o40_755 << 16 | 0x4000))
}

/// Newer systems write Info-ZIP's fields and empty deflate streams for empty files.
fn ditto(name: &str, content: &[u8]) -> ZipMember {
    let fields = |time: &[u8]| [extra(0x5455, time), extra(0x7875, &[1, 4, 0xf5, 1, 0, 0, 4, 20, 0, 0, 0])].concat();
    deflated(name, content)
        .streamed(true, false)
        .local(|head| head.extra = fields(&[3, 1, 1, 1, 1, 1, 1, 1, 1]))
        .central(|head| head.extra = fields(&[3, 1, 1, 1, 1]))
        .with(|member| (member.made_by, member.external) = (0x0315, 0o100_644 << 16 | 0x4000))
}

fn macos(cases: &mut Cases) {
    let fork = apple_double();
    cases.accept(vec![
        Accept {
            name: "Compress of a folder, with resource forks",
            bytes: zip(&[
                finder_folder("demo/"),
                finder("demo/.DS_Store", b"\0\0\0\x01Bud1"),
                finder_folder("__MACOSX/"),
                finder_folder("__MACOSX/demo/"),
                finder("__MACOSX/demo/._.DS_Store", &fork),
                finder("demo/plugin.yaml", YAML),
                finder("__MACOSX/demo/._plugin.yaml", &fork),
                finder_folder("demo/src/"),
                finder("demo/src/a.py", CODE),
                finder("__MACOSX/demo/src/._a.py", &fork),
                finder("__MACOSX/._demo", &fork),
            ]),
            paths: vec!["plugin.yaml", "src/a.py"],
        },
        Accept {
            name: "Compress of several files",
            bytes: zip(&[
                finder("plugin.yaml", YAML),
                finder_folder("__MACOSX/"),
                finder("__MACOSX/._plugin.yaml", &fork),
                finder("a.py", CODE),
                finder("empty.py", b""),
            ]),
            paths: vec!["a.py", "empty.py", "plugin.yaml"],
        },
        Accept {
            name: "ditto with Info-ZIP's fields",
            bytes: zip(&[
                ditto("demo/plugin.yaml", YAML),
                ditto("__MACOSX/demo/._plugin.yaml", &fork),
                ditto("demo/__init__.py", b""),
                ditto("demo/grüße.md", "Grüße\n".as_bytes()).both(|head| head.flags |= 1 << 11),
            ]),
            paths: vec!["__init__.py", "grüße.md", "plugin.yaml"],
        },
        Accept {
            name: "Compress with an accent in metadata only",
            bytes: zip(&[
                finder("demo/plugin.yaml", YAML),
                finder_folder("__MACOSX/"),
                finder_folder("__MACOSX/demo/"),
                finder("__MACOSX/demo/._cafe\u{301}.txt", &fork),
            ]),
            paths: vec!["plugin.yaml"],
        },
        Accept {
            name: "tar with AppleDouble members",
            bytes: tar_gz(&[
                file("._demo", &fork),
                folder("demo/"),
                file("demo/._plugin.yaml", &fork),
                file("demo/plugin.yaml", YAML),
                pax(&[("LIBARCHIVE.xattr.com.apple.quarantine", "MDA4"), ("SCHILY.xattr.com.apple.lastused", "x")]),
                file("demo/a.py", CODE),
            ]),
            paths: vec!["a.py", "plugin.yaml"],
        },
    ]);
}

/// The Finder does not say that its names are UTF-8.
fn macos_accents(cases: &mut Cases) {
    cases.reject(vec![super::Reject {
        name: "Compress of a name with an accent",
        bytes: zip(&[finder("demo/plugin.yaml", YAML), finder("demo/cafe\u{301}.txt", b"x")]),
        rule: "bad-name",
    }]);
}

/// A member as the client's packer makes it: Python's tarfile in its default format, with the packer's own owner.
fn packed(name: &str, content: &[u8], mode: &[u8; 8]) -> TarMember {
    file(name, content).with(|header| {
        header[100..108].copy_from_slice(mode);
        header[297..301].copy_from_slice(b"user");
    })
}

/// The folder unfiltered with whatever lies in it, times with fractions in extended headers, and the manifest once more
/// at the end, made from its text: mode 0644, no owner, no time.
fn client(extra: &[TarMember], again: &[u8]) -> Vec<u8> {
    let mut members = vec![
        pax(&[("mtime", "1732540000.1234567")]),
        folder("demo/"),
        pax(&[("mtime", "1732540000.7654321")]),
        packed("demo/plugin.yaml", YAML, b"0000644\0"),
        packed("demo/run.py", CODE, b"0000755\0"),
    ];
    members.extend_from_slice(extra);
    members.push(file("demo/plugin.yaml", again).with(|header| {
        header[108..124].copy_from_slice(b"0000000\x000000000\0");
        header[136..148].copy_from_slice(b"00000000000\0");
        header[265..270].fill(0);
    }));
    let mut whole = tar(&members);
    // tarfile fills the last record up to 10 KiB.
    whole.resize(whole.len().next_multiple_of(10_240), 0);
    gzip(&whole)
}

fn marketplace_client(cases: &mut Cases) {
    let leftovers = [
        folder("demo/.git/"),
        file("demo/.git/HEAD", b"ref: refs/heads/main\n"),
        link("demo/.git/hooks/pre-commit", b'2', "/usr/local/share/hook"),
        folder("demo/__pycache__/"),
        file("demo/__pycache__/run.cpython-312.pyc", b"\xcb\x0d\r\n"),
        folder("demo/.venv/"),
        link("demo/.venv/bin", b'2', "/usr/bin"),
    ];
    let paths = vec!["plugin.yaml", "run.py"];
    cases.accept(vec![
        Accept { name: "the client's packing", bytes: client(&[], YAML), paths: paths.clone() },
        Accept { name: "the client's packing of a checkout", bytes: client(&leftovers, YAML), paths },
    ]);
    cases.reject(vec![super::Reject {
        name: "the client's packing with another manifest at the end",
        bytes: client(&[], b"name: other\n"),
        rule: "duplicate-member",
    }]);
}

/// The zips of these makers, to be changed at random; those of more members than such a test reads are left out.
pub(crate) fn zips() -> Vec<Vec<u8>> {
    let accepted = [jar, macos].map(|group| Cases::of(group).accepted());
    accepted.into_iter().flatten().filter(|bytes| bytes.starts_with(b"PK") && bytes.len() < 1_500).collect()
}

#[test]
fn jars_are_judged() {
    Cases::of(jar).assert();
}

#[test]
fn zips_of_macos_are_judged() {
    Cases::of(macos).assert();
    Cases::of(macos_accents).assert();
}

#[test]
fn the_clients_packing_is_judged() {
    Cases::of(marketplace_client).assert();
}

/// libarchive composes such names where it unpacks on Linux, so this is held against no other reader.
#[test]
fn names_of_decomposed_characters_pass_as_hfs_keeps_them() {
    let name = "gru\u{308}\u{df}e.md";
    let opened =
        super::open(&zip(&[finder("plugin.yaml", YAML), finder(name, b"x").both(|head| head.flags |= 1 << 11)]));
    assert!(super::rules(&opened).is_empty(), "{:#?}", super::told(&opened));
    assert_eq!(super::paths(&opened), [name, "plugin.yaml"]);
}
