//! What an archive lists before names are judged and anything is left out: the
//! reading that other tools can be held against.

use airlock_model::limits::ArchiveLimits;

use super::faults::Faults;
use super::form::{self, Form};
use super::intake::Kind;
use super::{tar, zip};

/// One member as framing and decoding give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name's bytes as the archive has them.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Its content; of a link in a tar, none.
    pub content: Vec<u8>,
}

/// Every member of a zip or tar.gz in the order of its listing; `None` when the
/// bytes are no archive that has one reading, or hold more than is allowed.
#[must_use]
pub fn members(bytes: &[u8], limits: &ArchiveLimits) -> Option<Vec<Listed>> {
    let mut faults = Faults::new();
    let listed = match form::of(bytes) {
        Form::Zip => zip::list(bytes, limits, &mut faults),
        Form::Gzip => tar::list(bytes, limits, &mut faults),
        Form::Other(_) => None,
    };
    listed.filter(|_| !faults.is_fatal())
}
