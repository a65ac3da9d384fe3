//! Archives byte by byte: each part can be told to lie.

use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc, GzBuilder};

pub(crate) fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A gzip stream without compression, its header changed by `header`.
pub(crate) fn gzip_stored(bytes: &[u8], header: impl Fn(GzBuilder) -> GzBuilder) -> Vec<u8> {
    let mut encoder = header(GzBuilder::new()).write(Vec::new(), Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that do not compress.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// The fields of one zip header; a member has two of them.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) name: Vec<u8>,
    pub(crate) version: u16,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) crc: u32,
    pub(crate) packed: u32,
    pub(crate) size: u32,
    pub(crate) extra: Vec<u8>,
}

/// One zip member. `local` and `central` start out alike.
#[derive(Clone)]
pub(crate) struct ZipMember {
    pub(crate) local: Head,
    pub(crate) central: Head,
    pub(crate) data: Vec<u8>,
    pub(crate) descriptor: Vec<u8>,
    pub(crate) made_by: u16,
    pub(crate) external: u32,
    pub(crate) disk: u16,
    pub(crate) comment: Vec<u8>,
    /// Another local offset than the true one.
    pub(crate) offset: Option<u32>,
    pub(crate) in_directory: bool,
    pub(crate) in_body: bool,
    /// Bytes after this member that belong to none.
    pub(crate) gap: Vec<u8>,
}

pub(crate) fn stored(name: &str, content: &[u8]) -> ZipMember {
    member(name.as_bytes(), 0, content, content.to_vec())
}

pub(crate) fn deflated(name: &str, content: &[u8]) -> ZipMember {
    member(name.as_bytes(), 8, content, deflate(content))
}

pub(crate) fn member(name: &[u8], method: u16, content: &[u8], data: Vec<u8>) -> ZipMember {
    let head = Head {
        name: name.to_vec(),
        version: 20,
        flags: 0,
        method,
        crc: crc(content),
        packed: data.len() as u32,
        size: content.len() as u32,
        extra: Vec::new(),
    };
    ZipMember {
        local: head.clone(),
        central: head,
        data,
        descriptor: Vec::new(),
        made_by: 0x031e,
        external: if name.ends_with(b"/") { 0o40755 << 16 | 0x10 } else { 0o100_644 << 16 },
        disk: 0,
        comment: Vec::new(),
        offset: None,
        in_directory: true,
        in_body: true,
        gap: Vec::new(),
    }
}

impl ZipMember {
    /// Changes both headers.
    pub(crate) fn both(mut self, change: impl Fn(&mut Head)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    pub(crate) fn local(mut self, change: impl Fn(&mut Head)) -> Self {
        change(&mut self.local);
        self
    }

    pub(crate) fn central(mut self, change: impl Fn(&mut Head)) -> Self {
        change(&mut self.central);
        self
    }

    pub(crate) fn with(mut self, change: impl Fn(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn mode(mut self, mode: u32) -> Self {
        self.external = mode << 16;
        self
    }

    /// Sizes and CRC after the data, zero before it.
    pub(crate) fn streamed(self, signature: bool, wide: bool) -> Self {
        let mut member = self.both(|head| head.flags |= 8);
        let (crc, packed, size) = (member.central.crc, member.central.packed, member.central.size);
        if signature {
            member.descriptor.extend(b"PK\x07\x08");
        }
        member.descriptor.extend(crc.to_le_bytes());
        for number in [packed, size] {
            member.descriptor.extend(number.to_le_bytes());
            if wide {
                member.descriptor.extend([0; 4]);
            }
        }
        member.local(|head| (head.crc, head.packed, head.size) = (0, 0, 0))
    }
}

pub(crate) fn extra(id: u16, value: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(value.len() as u16).to_le_bytes(), value].concat()
}

pub(crate) fn unicode_path(header: &[u8], says: &[u8]) -> Vec<u8> {
    extra(0x7075, &[&[1][..], &crc(header).to_le_bytes(), says].concat())
}

/// The fields of the end record.
#[derive(Clone, Debug)]
pub(crate) struct EndRecord {
    pub(crate) disk: u16,
    pub(crate) directory_disk: u16,
    pub(crate) here: u16,
    pub(crate) all: u16,
    pub(crate) size: u32,
    pub(crate) offset: u32,
    pub(crate) comment: Vec<u8>,
}

impl EndRecord {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"PK\x05\x06".to_vec();
        for short in [self.disk, self.directory_disk, self.here, self.all] {
            out.extend(short.to_le_bytes());
        }
        out.extend(self.size.to_le_bytes());
        out.extend(self.offset.to_le_bytes());
        out.extend((self.comment.len() as u16).to_le_bytes());
        out.extend(&self.comment);
        out
    }
}

/// A ZIP64 end record with its locator, as it stands at `at`.
pub(crate) fn zip64_end(at: u64, disks: u32, entries: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut out = b"PK\x06\x06".to_vec();
    out.extend(44_u64.to_le_bytes());
    out.extend([45, 3, 45, 0]);
    out.extend([0; 8]);
    for number in [entries, entries, size, offset] {
        out.extend(number.to_le_bytes());
    }
    out.extend(b"PK\x06\x07");
    out.extend(0_u32.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend(disks.to_le_bytes());
    out
}

fn local_bytes(head: &Head) -> Vec<u8> {
    let mut out = b"PK\x03\x04".to_vec();
    for short in [head.version, head.flags, head.method, 0, 0x21] {
        out.extend(short.to_le_bytes());
    }
    for long in [head.crc, head.packed, head.size] {
        out.extend(long.to_le_bytes());
    }
    for short in [head.name.len(), head.extra.len()] {
        out.extend((short as u16).to_le_bytes());
    }
    out.extend(&head.name);
    out.extend(&head.extra);
    out
}

fn central_bytes(member: &ZipMember, offset: u32) -> Vec<u8> {
    let head = &member.central;
    let mut out = b"PK\x01\x02".to_vec();
    for short in [member.made_by, head.version, head.flags, head.method, 0, 0x21] {
        out.extend(short.to_le_bytes());
    }
    for long in [head.crc, head.packed, head.size] {
        out.extend(long.to_le_bytes());
    }
    for short in [head.name.len(), head.extra.len(), member.comment.len()] {
        out.extend((short as u16).to_le_bytes());
    }
    out.extend(member.disk.to_le_bytes());
    out.extend(0_u16.to_le_bytes());
    out.extend(member.external.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend(&head.name);
    out.extend(&head.extra);
    out.extend(&member.comment);
    out
}

/// A zip whose end record can be changed before it is written.
pub(crate) fn zip_with(members: &[ZipMember], end: impl Fn(&mut EndRecord)) -> Vec<u8> {
    zip_between(members, |_| Vec::new(), end)
}

/// The same with bytes between directory and end record, made from the true end record.
pub(crate) fn zip_between(
    members: &[ZipMember],
    between: impl Fn(&EndRecord) -> Vec<u8>,
    end: impl Fn(&mut EndRecord),
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let mut count = 0;
    for member in members {
        let offset = member.offset.unwrap_or(out.len() as u32);
        if member.in_body {
            out.extend(local_bytes(&member.local));
            out.extend(&member.data);
            out.extend(&member.descriptor);
            out.extend(&member.gap);
        }
        if member.in_directory {
            directory.extend(central_bytes(member, offset));
            count += 1;
        }
    }
    let (size, offset) = (directory.len() as u32, out.len() as u32);
    let mut record =
        EndRecord { disk: 0, directory_disk: 0, here: count, all: count, size, offset, comment: Vec::new() };
    out.extend(directory);
    out.extend(between(&record));
    end(&mut record);
    out.extend(record.bytes());
    out
}

pub(crate) fn zip(members: &[ZipMember]) -> Vec<u8> {
    zip_with(members, |_| ())
}

/// One tar header with its content, padded.
#[derive(Clone)]
pub(crate) struct TarMember {
    pub(crate) header: [u8; 512],
    pub(crate) content: Vec<u8>,
    pub(crate) keep_sum: bool,
}

pub(crate) fn tar_member(name: &str, flag: u8, content: &[u8]) -> TarMember {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[108..116].copy_from_slice(b"0001750\0");
    header[116..124].copy_from_slice(b"0001750\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    header[136..148].copy_from_slice(b"14000000000\0");
    header[156] = flag;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[265..270].copy_from_slice(b"maker");
    TarMember { header, content: content.to_vec(), keep_sum: false }
}

pub(crate) fn file(name: &str, content: &[u8]) -> TarMember {
    tar_member(name, b'0', content)
}

pub(crate) fn folder(name: &str) -> TarMember {
    tar_member(name, b'5', b"").with(|header| header[100..108].copy_from_slice(b"0000755\0"))
}

pub(crate) fn link(name: &str, flag: u8, target: &str) -> TarMember {
    tar_member(name, flag, b"").with(|header| header[157..157 + target.len()].copy_from_slice(target.as_bytes()))
}

/// An extended header with these records.
pub(crate) fn pax(records: &[(&str, &str)]) -> TarMember {
    let content: String = records.iter().map(|(key, value)| pax_record(key, value)).collect();
    tar_member("PaxHeaders/x", b'x', content.as_bytes())
}

pub(crate) fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length.to_string().len() + rest != length {
        length = length.to_string().len() + rest;
    }
    format!("{length} {key}={value}\n")
}

/// The header's numbers that say nothing about content.
pub(crate) const NUMBERS: [(&str, std::ops::Range<usize>); 5] = [
    ("user number", 108..116),
    ("group number", 116..124),
    ("time", 136..148),
    ("major device number", 329..337),
    ("minor device number", 337..345),
];

/// GNU's long name.
pub(crate) fn long_name(name: &str) -> TarMember {
    let content = [name.as_bytes(), b"\0"].concat();
    tar_member("././@LongLink", b'L', &content).gnu()
}

impl TarMember {
    pub(crate) fn with(mut self, change: impl Fn(&mut [u8; 512])) -> Self {
        change(&mut self.header);
        self
    }

    pub(crate) fn gnu(self) -> Self {
        self.with(|header| header[257..265].copy_from_slice(b"ustar  \0"))
    }

    pub(crate) fn size(self, text: &str) -> Self {
        self.with(|header| header[124..136].copy_from_slice(text.as_bytes()))
    }

    /// Writes one field of the header, the rest of it zeros.
    pub(crate) fn field(self, field: std::ops::Range<usize>, text: &[u8]) -> Self {
        self.with(|header| {
            header[field.clone()].fill(0);
            header[field.start..field.start + text.len()].copy_from_slice(text);
        })
    }

    pub(crate) fn broken_sum(mut self) -> Self {
        self.keep_sum = true;
        self.header[148..156].copy_from_slice(b"000000\0 ");
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut header = self.header;
        if !self.keep_sum {
            header[148..156].fill(b' ');
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        let mut out = header.to_vec();
        out.extend(&self.content);
        out.resize(out.len().next_multiple_of(512), 0);
        out
    }
}

pub(crate) fn tar(members: &[TarMember]) -> Vec<u8> {
    let mut out: Vec<u8> = members.iter().flat_map(TarMember::bytes).collect();
    out.resize(out.len() + 1024, 0);
    out
}

pub(crate) fn tar_gz(members: &[TarMember]) -> Vec<u8> {
    gzip(&tar(members))
}
