//! Inflating one member, bounded, and telling whether the declared sizes were true.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::central::{Entry, shown};
use crate::archive::faults::Fault;
use crate::archive::rules;

/// How much is inflated between two looks at the bound.
const STEP: usize = 64 * 1024;

/// What came of inflating.
pub(crate) enum Content {
    /// The whole content.
    Whole(Vec<u8>),
    /// There was more than the bound; this much was inflated.
    Over(u64),
}

/// Inflates a member's data to at most `bound` bytes.
pub(crate) fn read(data: &[u8], entry: &Entry<'_>, bound: u64) -> Result<Content, Fault> {
    let bytes = if entry.is_deflated() {
        match inflate(data, entry, bound)? {
            Content::Whole(bytes) => bytes,
            over @ Content::Over(_) => return Ok(over),
        }
    } else if data.len() as u64 > bound {
        return Ok(Content::Over(data.len() as u64));
    } else {
        data.to_vec()
    };
    if bytes.len() as u64 != entry.size {
        let message = format!("{} declares {} bytes and has {}.", shown(entry.name), entry.size, bytes.len());
        return Err(Fault::at(&rules::ZIP_MISMATCH, entry.name, message));
    }
    let mut crc = Crc::new();
    crc.update(&bytes);
    if crc.sum() != entry.crc {
        let message = format!("The content of {} does not have the CRC that the archive declares.", shown(entry.name));
        return Err(Fault::at(&rules::DAMAGED, entry.name, message));
    }
    Ok(Content::Whole(bytes))
}

fn inflate(data: &[u8], entry: &Entry<'_>, bound: u64) -> Result<Content, Fault> {
    let damaged = |what: &str| {
        let message = format!("The compressed data of {} {what}.", shown(entry.name));
        Fault::at(&rules::DAMAGED, entry.name, message)
    };
    let mut stream = Decompress::new(false);
    let mut out: Vec<u8> = Vec::new();
    loop {
        let consumed = usize::try_from(stream.total_in()).expect("no more is consumed than was given");
        out.reserve(STEP);
        let status = stream
            .decompress_vec(&data[consumed..], &mut out, FlushDecompress::None)
            .map_err(|_| damaged("is not valid deflate"))?;
        if out.len() as u64 > bound {
            return Ok(Content::Over(out.len() as u64));
        }
        let stuck = stream.total_in() == consumed as u64 && out.len() < out.capacity();
        match status {
            Status::StreamEnd => break,
            Status::Ok | Status::BufError if stuck => return Err(damaged("ends too early")),
            Status::Ok | Status::BufError => {}
        }
    }
    let left = data.len() as u64 - stream.total_in();
    if left > 0 {
        let message = format!("{left} bytes follow the compressed data of {} inside its own space.", shown(entry.name));
        return Err(Fault::at(&rules::SURPLUS_BYTES, entry.name, message));
    }
    Ok(Content::Whole(out))
}
