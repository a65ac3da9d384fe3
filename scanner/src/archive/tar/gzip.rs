//! Inflating the gzip around a tar (RFC 1952), bounded, and making sure that
//! nothing follows it.

use std::io::{self, Read as _};

use airlock_model::limits::ArchiveLimits;
use flate2::bufread::GzDecoder;

use crate::archive::assembly::{most_inflated, too_much};
use crate::archive::faults::Fault;
use crate::archive::rules;

/// The flags FEXTRA and FCOMMENT.
const EXTRA: u8 = 1 << 2;
const COMMENT: u8 = 1 << 4;

/// Inflates the one gzip member that the bytes must be.
pub(crate) fn inflate(bytes: &[u8], limits: &ArchiveLimits) -> Result<Vec<u8>, Fault> {
    plain_header(bytes)?;
    let packed = bytes.len() as u64;
    let most = most_inflated(limits, packed);
    let mut decoder = GzDecoder::new(bytes);
    let mut out = Vec::new();
    let read = decoder.by_ref().take(most.saturating_add(1)).read_to_end(&mut out);
    if out.len() as u64 > most {
        return Err(too_much(limits, packed));
    }
    read.map_err(|error| damaged(&error))?;
    let rest = decoder.into_inner();
    if rest.is_empty() {
        return Ok(out);
    }
    let message = if rest.starts_with(b"\x1f\x8b") {
        "A second gzip member follows the first; some tools read it, some do not.".to_owned()
    } else {
        format!("{} bytes follow the end of the gzip stream.", rest.len())
    };
    Err(Fault::new(&rules::SURPLUS_BYTES, message))
}

/// The header may hold the packed file's name, which gzip writes, and nothing else of any length.
fn plain_header(bytes: &[u8]) -> Result<(), Fault> {
    let flags = bytes.get(3).copied().unwrap_or(0);
    let what = if flags & EXTRA != 0 {
        "an extra field"
    } else if flags & COMMENT != 0 {
        "a comment"
    } else {
        return Ok(());
    };
    Err(Fault::new(&rules::SURPLUS_BYTES, format!("The gzip header holds {what}, which no packer of plugins writes.")))
}

fn damaged(error: &io::Error) -> Fault {
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends in the middle: it was cut short",
        _ => "is broken: its header, data or checksum is not valid",
    };
    Fault::new(&rules::DAMAGED, format!("The gzip stream {what}."))
}
