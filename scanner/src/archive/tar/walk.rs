//! Walking a tar block by block.

use std::ops::Range;

use airlock_model::escape::quoted;

use super::{header, pax};
use crate::archive::faults::{Fault, Faults};
use crate::archive::pack::{BLOCK, NAME_BYTES};
use crate::archive::rules;

/// The most an extended header or long name may have; real ones have a few hundred bytes.
const EXTENSION_BYTES: u64 = 1024 * 1024;

/// One member of a tar.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name as the last extension gives it, a trailing slash included.
    pub(crate) name: Vec<u8>,
    /// The type flag.
    pub(crate) flag: u8,
    /// Permission bits.
    pub(crate) mode: u64,
    /// Where the content is.
    pub(crate) content: Range<usize>,
}

/// Extensions that wait for the member they describe.
#[derive(Default)]
struct Pending {
    pax: Option<pax::Changes>,
    long_name: Option<Vec<u8>>,
    long_link: bool,
}

impl Pending {
    const fn is_empty(&self) -> bool {
        self.pax.is_none() && self.long_name.is_none() && !self.long_link
    }
}

/// Reads every member; `None` when a fault leaves no way to find the next one.
pub(crate) fn walk(bytes: &[u8], most: u64, faults: &mut Faults) -> Option<Vec<Entry>> {
    let mut walk = Walk { bytes, at: 0, pending: Pending::default(), entries: Vec::new(), most, faults };
    match walk.run() {
        Ok(()) => Some(walk.entries),
        Err(fault) => {
            faults.fatal_fault(fault);
            None
        }
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    pending: Pending,
    entries: Vec<Entry>,
    most: u64,
    faults: &'a mut Faults,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        let mut headers = 0_u64;
        loop {
            let place = self.at / BLOCK;
            let Some(block) = self.bytes[self.at..].first_chunk::<BLOCK>() else {
                return Err(cut_short());
            };
            if block.iter().all(|byte| *byte == 0) {
                return self.end();
            }
            headers += 1;
            // Extensions count too: they are as cheap to repeat as members.
            if headers / 4 > self.most || self.entries.len() as u64 > self.most {
                let message = format!("The archive has more than {} members.", self.most);
                return Err(Fault::new(&rules::TOO_MANY_MEMBERS, message));
            }
            let header = header::read(block).map_err(|what| {
                let message = format!("The tar header in block {place} {what}.");
                Fault::new(&rules::TAR_HEADER, message)
            })?;
            self.at += BLOCK;
            let content = self.content(&header)?;
            self.take(header, content)?;
        }
    }

    /// The content that follows a header, with its padding passed over.
    fn content(&mut self, header: &header::Header) -> Result<Range<usize>, Fault> {
        let end = usize::try_from(header.size).ok().and_then(|size| self.at.checked_add(size));
        let next = end.and_then(|end| end.checked_next_multiple_of(BLOCK)).filter(|next| *next <= self.bytes.len());
        let (Some(end), Some(next)) = (end, next) else { return Err(cut_short()) };
        let content = self.at..end;
        self.at = next;
        Ok(content)
    }

    fn take(&mut self, header: header::Header, content: Range<usize>) -> Result<(), Fault> {
        match header.flag {
            b'x' | b'g' | b'L' | b'K' => self.extension(&header, content),
            _ => self.member(header, content),
        }
    }

    fn extension(&mut self, header: &header::Header, content: Range<usize>) -> Result<(), Fault> {
        let kind = match header.flag {
            b'x' => "An extended header",
            b'g' => "A global extended header",
            b'L' => "A long name",
            _ => "A long link target",
        };
        let fault = |what: &str| Fault::new(&rules::TAR_EXTENSION, format!("{kind} in the tar {what}."));
        if header.size > EXTENSION_BYTES {
            return Err(fault("is longer than any real one"));
        }
        let bytes = &self.bytes[content];
        let again = match header.flag {
            // One pax header describes a member alone; GNU's two may come together.
            b'x' | b'g' => !self.pending.is_empty(),
            b'L' => self.pending.long_name.is_some() || self.pending.pax.is_some(),
            _ => self.pending.long_link || self.pending.pax.is_some(),
        };
        if again {
            return Err(fault("follows another extension for the same member"));
        }
        match header.flag {
            b'x' => self.pending.pax = Some(pax::local(bytes).map_err(|what| fault(&what))?),
            b'g' => pax::global(bytes).map_err(|what| fault(&what))?,
            flag => {
                let name = bytes.strip_suffix(b"\0").unwrap_or(bytes);
                if name.is_empty() || name.contains(&0) {
                    return Err(fault("is empty or holds a zero byte"));
                }
                match flag {
                    b'L' => self.pending.long_name = Some(name.to_vec()),
                    _ => self.pending.long_link = true,
                }
            }
        }
        Ok(())
    }

    fn member(&mut self, header: header::Header, content: Range<usize>) -> Result<(), Fault> {
        let pending = std::mem::take(&mut self.pending);
        let pax = pending.pax.unwrap_or_default();
        let own = header.name;
        let name = pax.path.or(pending.long_name).unwrap_or_else(|| own.clone());
        let lossy = quoted(&String::from_utf8_lossy(&name));
        if pax.size.is_some_and(|size| size != header.size) {
            let message = format!("The size of {lossy} is one in its header and another in its extended header.");
            return Err(Fault::at(&rules::TAR_EXTENSION, &name, message));
        }
        let is_link = matches!(header.flag, b'1' | b'2');
        if (pax.has_link || pending.long_link) && !is_link {
            let message = format!("{lossy} has a link target and is no link.");
            return Err(Fault::at(&rules::TAR_EXTENSION, &name, message));
        }
        let fault = match header.flag {
            b'0' | 0 if name.ends_with(b"/") => {
                Some(format!("{lossy} is a file by its type and a folder by its name."))
            }
            b'0' | 0 if calls_it_a_folder(header.flag, &own, &name) => Some(format!(
                "{lossy} is a folder by its header's own name, {}: some tools take its content for members.",
                quoted(&String::from_utf8_lossy(&own))
            )),
            b'0' | 0 => None,
            b'1'..=b'6' if header.size != 0 => Some(format!("{lossy} is no file and yet has content.")),
            b'1'..=b'6' => None,
            b'S' => Some(format!("{lossy} is sparse; tools fill its holes differently.")),
            flag => Some(format!(
                "{lossy} is of type {}, which has no agreed meaning.",
                quoted(&char::from(flag).to_string())
            )),
        };
        if let Some(message) = fault {
            self.faults.fatal_fault(Fault::at(&rules::TAR_HEADER, &name, message));
        }
        self.entries.push(Entry { name, flag: header.flag, mode: header.mode, content });
        Ok(())
    }

    /// Two blocks of zeros end a tar; only zeros, the padding of tape records, may follow.
    fn end(&self) -> Result<(), Fault> {
        let rest = &self.bytes[self.at..];
        if !self.pending.is_empty() {
            return Err(Fault::new(&rules::TAR_EXTENSION, "The tar ends after an extension that describes no member."));
        }
        if rest.len() < 2 * BLOCK {
            return Err(cut_short());
        }
        if rest.iter().any(|byte| *byte != 0) {
            return Err(Fault::new(&rules::SURPLUS_BYTES, "Data follow the end of the tar."));
        }
        if !rest.len().is_multiple_of(BLOCK) {
            return Err(Fault::new(&rules::SURPLUS_BYTES, "The tar does not end with a whole block."));
        }
        Ok(())
    }
}

/// Whether a file's header names a folder, whatever an extension calls it. Python's `tarfile` decides by this name what
/// a member of the old type 0 is, and reads what follows a folder as members. Of the type '0' it does not, and packers
/// that cut a long name to fit may well cut it behind a slash.
fn calls_it_a_folder(flag: u8, own: &[u8], name: &[u8]) -> bool {
    let cut = flag == b'0' && own.len() == NAME_BYTES && name.len() > NAME_BYTES;
    own.ends_with(b"/") && !cut
}

fn cut_short() -> Fault {
    Fault::new(&rules::DAMAGED, "The tar ends before its two closing blocks: it was cut short.")
}
