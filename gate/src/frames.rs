//! How the confined child hands its result to its parent: frames on standard
//! output, each a kind (1 byte), a length (8 bytes, little endian) and the bytes.
//! The parent trusts none of it: lengths are held against what is really there.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Nothing: the child is ready to read the upload; always first.
    Ready = 4,
    /// The inspection as JSON; always first after that.
    Inspection = 1,
    /// The canonical archive.
    Canonical = 2,
    /// The bytes of all files, one after the other.
    Views = 3,
    /// Nothing follows.
    End = 0,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Ready, Self::Inspection, Self::Canonical, Self::Views, Self::End]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// Writes one frame.
pub(crate) fn write(out: &mut impl Write, kind: Kind, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&[kind as u8])?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(bytes)
}

/// Where one frame's bytes lie in the child's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// What it holds.
    pub(crate) kind: Kind,
    /// Where its bytes begin.
    pub(crate) offset: u64,
    /// How many they are.
    pub(crate) length: u64,
}

/// Finds the frames in what the child wrote; an output that is cut short, goes on
/// after its end, repeats a frame or puts one out of its place is an error.
pub(crate) fn index(file: &mut File) -> io::Result<Vec<Placed>> {
    let size = file.seek(SeekFrom::End(0))?;
    let mut frames: Vec<Placed> = Vec::new();
    let mut offset = 0;
    loop {
        let mut head = [0_u8; 9];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut head)?;
        let kind = Kind::of(head[0]).ok_or_else(|| broken("an unknown frame"))?;
        let length = u64::from_le_bytes(head[1..].try_into().expect("eight bytes"));
        offset += head.len() as u64;
        if length > size - offset {
            return Err(broken("a frame longer than the output"));
        }
        if kind == Kind::End {
            return if offset == size && length == 0 { Ok(frames) } else { Err(broken("bytes after the end")) };
        }
        let due = match frames.len() {
            0 => kind == Kind::Ready && length == 0,
            1 => kind == Kind::Inspection,
            _ => frames.iter().all(|frame| frame.kind != kind),
        };
        if !due {
            return Err(broken("frames out of order"));
        }
        frames.push(Placed { kind, offset, length });
        offset += length;
    }
}

/// Whether the child came as far as being ready to read the upload.
pub(crate) fn is_ready(file: &mut File) -> bool {
    let mut first = [0_u8; 1];
    file.seek(SeekFrom::Start(0)).is_ok() && file.read_exact(&mut first).is_ok() && first[0] == Kind::Ready as u8
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("written");
        file
    }

    fn good() -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out, Kind::Ready, b"").expect("to memory");
        write(&mut out, Kind::Inspection, b"{}").expect("to memory");
        write(&mut out, Kind::Views, b"abc").expect("to memory");
        write(&mut out, Kind::End, b"").expect("to memory");
        out
    }

    #[test]
    fn frames_are_found_where_they_are() {
        let frames = index(&mut file(&good())).expect("well formed");
        assert_eq!(frames[0], Placed { kind: Kind::Ready, offset: 9, length: 0 });
        assert_eq!(frames[1], Placed { kind: Kind::Inspection, offset: 18, length: 2 });
        assert_eq!(frames[2], Placed { kind: Kind::Views, offset: 29, length: 3 });
        assert!(is_ready(&mut file(&good())) && !is_ready(&mut file(b"")) && !is_ready(&mut file(&good()[9..])));
    }

    #[test]
    fn every_cut_and_every_lie_is_refused() {
        let good = good();
        for end in 0..good.len() {
            assert!(index(&mut file(&good[..end])).is_err(), "cut at {end}");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert!(index(&mut file(&longer)).is_err());
        let mut lying = good.clone();
        lying[1] = 0xff;
        assert!(index(&mut file(&lying)).is_err());
        let mut unknown = good;
        unknown[0] = 9;
        assert!(index(&mut file(&unknown)).is_err());
    }
}
