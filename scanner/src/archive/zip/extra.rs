//! Extra fields of zip headers (APPNOTE.TXT section 4.5 and appendix; Info-ZIP's
//! list for the others). Most only carry times and owners. Those that can change
//! a name, a size, or how content is read must agree with the header.

use flate2::Crc;

use crate::archive::bytes::{u16_at, u32_at, u64_at};
use crate::archive::faults::Fault;
use crate::archive::rules;

const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;
/// Of a language of the name, which APPNOTE reserves and does not describe.
const LANGUAGE: u16 = 0x0008;
/// What is to be changed in another file.
const PATCH: u16 = 0x000f;
/// Strong encryption, certificates, keys and their policy, and AES.
const ENCRYPTION: &[u16] = &[0x0014, 0x0015, 0x0016, 0x0017, 0x0018, 0x0019, 0x0021, 0x0022, 0x0023, 0x9901];
/// Fields that can make a link of a file: two of Unix with a target, and libarchive's
/// copy of what the directory says.
const LINKS: &[u16] = &[0x000d, 0x6c78, 0x756e];

/// The extra fields of one header.
#[derive(Debug)]
pub(crate) struct Extras<'a> {
    fields: Vec<(u16, &'a [u8])>,
}

impl<'a> Extras<'a> {
    /// Splits and checks the extra fields of the header that names `name`.
    pub(crate) fn read(bytes: &'a [u8], name: &[u8]) -> Result<Self, Fault> {
        let fault = |message: String| Fault::at(&rules::ZIP_EXTRA, name, message);
        let mut fields: Vec<(u16, &[u8])> = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (Some(id), Some(len)) = (u16_at(rest, 0), u16_at(rest, 2)) else {
                return Err(fault("The extra fields end inside a field's header.".into()));
            };
            let Some(value) = rest.get(4..4 + usize::from(len)) else {
                return Err(fault(format!("Extra field 0x{id:04x} is longer than the space for it.")));
            };
            rest = &rest[4 + value.len()..];
            if fields.iter().any(|(other, _)| *other == id) {
                return Err(fault(format!("Extra field 0x{id:04x} is there twice.")));
            }
            fields.push((id, value));
        }
        if let Some((id, _)) = fields.iter().find(|(id, _)| ENCRYPTION.contains(id)) {
            let message = format!("Extra field 0x{id:04x} belongs to encrypted members.");
            return Err(Fault::at(&rules::ENCRYPTED, name, message));
        }
        if let Some((id, _)) = fields.iter().find(|(id, _)| LINKS.contains(id)) {
            return Err(fault(format!("Extra field 0x{id:04x} can make a link of a file.")));
        }
        if fields.iter().any(|(id, _)| *id == LANGUAGE) {
            return Err(fault(format!("Extra field 0x{LANGUAGE:04x} gives the name another alphabet.")));
        }
        if fields.iter().any(|(id, _)| *id == PATCH) {
            let message = format!("Extra field 0x{PATCH:04x} belongs to patch data.");
            return Err(Fault::at(&rules::ZIP_FEATURE, name, message));
        }
        unicode_path(&fields, name)?;
        Ok(Self { fields })
    }

    /// The ZIP64 values, one for each header field that holds the sentinel, in order.
    ///
    /// `wanted` is how many the header needs. A local header holds both sizes or
    /// none; tools that stream write both, whatever the header says.
    pub(crate) fn zip64(&self, wanted: usize, streamed: bool, name: &[u8]) -> Result<Vec<u64>, Fault> {
        let value = self.fields.iter().find(|(id, _)| *id == ZIP64).map(|(_, value)| *value);
        let held = value.map_or(0, <[u8]>::len);
        if held != wanted * 8 && !(streamed && held == 16) {
            let message = format!("The header needs {wanted} ZIP64 values; its extra field has {held} bytes.");
            return Err(Fault::at(&rules::ZIP64, name, message));
        }
        Ok((0..wanted).filter_map(|place| value.and_then(|value| u64_at(value, 8 * place))).collect())
    }
}

/// Info-ZIP's Unicode path: a version, the CRC of the header's name, and the name in UTF-8. Python reads it since 3.12
/// only, so it must say the same as the header and is no mark in place of the flag.
fn unicode_path(fields: &[(u16, &[u8])], name: &[u8]) -> Result<(), Fault> {
    let Some((_, value)) = fields.iter().find(|(id, _)| *id == UNICODE_PATH) else {
        return Ok(());
    };
    let mut crc = Crc::new();
    crc.update(name);
    if value.first() == Some(&1) && u32_at(value, 1) == Some(crc.sum()) && value.get(5..) == Some(name) {
        return Ok(());
    }
    Err(Fault::at(&rules::ZIP_EXTRA, name, "The Unicode-path field names the member otherwise than its header does."))
}
