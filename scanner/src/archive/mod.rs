//! The archive room: bytes of unknown origin in, one tree and findings out.
//!
//! An upload is read once. A strict framing pass of our own walks its bytes, the
//! `zip`, `tar` and `flate2` crates decode it, and both must agree member by
//! member; whatever two tools could read in two ways is refused. Limits hold for
//! bytes actually inflated, and nothing is ever allocated because a header
//! declared a size.
//!
//! This room must **not** know the manifest, Python, or what is done with the
//! tree afterwards.

mod assembly;
mod bytes;
mod collisions;
mod dir;
mod drops;
mod faults;
mod form;
mod intake;
mod left_out;
mod listing;
mod names;
mod pack;
pub mod rules;
mod tar;
mod upload;
mod zip;

use std::io::{self, Read, Seek};
use std::path::Path;

use airlock_model::finding::Finding;
use airlock_model::inspection::Blob;
use airlock_model::limits::ArchiveLimits;
use airlock_model::tree::Tree;

use self::assembly::Assembly;
use self::faults::Faults;
use self::form::Form;

pub use intake::Kind;
pub use listing::{Listed, members};
pub use pack::{PackError, pack};

/// What reading an upload, or a folder at home, gave.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The files below the top folder; absent when a fault leaves no single
    /// reading of the archive. A member that was refused on its own account (a
    /// link, a name) is left out, so that one pass can report everything else.
    pub tree: Option<Tree>,
    /// The one folder that everything was under; absent for a zip with
    /// everything at its root, and for a folder at home.
    pub top_folder: Option<String>,
    /// The upload as it came. For a folder at home, the digest of no bytes.
    pub upload: Blob,
    /// What was found, unsettled (see [`airlock_model::fingerprint::settle`]).
    pub findings: Vec<Finding>,
}

/// Reads an upload: a zip or a tar.gz, told apart by its bytes.
///
/// Total for every content: whatever the bytes are, the answer is findings. The
/// error is only ever that `reader` itself failed, which says nothing about the
/// plugin. At most `limits.compressed_bytes` of the upload are held in memory;
/// a longer one is still hashed to its end.
pub fn open(reader: impl Read + Seek, limits: &ArchiveLimits) -> io::Result<Opened> {
    let upload = upload::Upload::read(reader, limits)?;
    let blob = upload.blob();
    let mut faults = Faults::new();
    if blob.size > limits.compressed_bytes {
        let message = format!("The upload has {} bytes; {} are allowed.", blob.size, limits.compressed_bytes);
        faults.fatal(&rules::TOO_LARGE, None, message);
        return Ok(Opened { tree: None, top_folder: None, upload: blob, findings: faults.into_findings() });
    }
    let bytes = upload.bytes();
    let assembly = match form::of(bytes) {
        Form::Zip => zip::read(bytes, limits, &mut faults),
        Form::Gzip => tar::read(bytes, limits, &mut faults),
        Form::Other(what) => {
            neither(bytes, what, &mut faults);
            Assembly::new(limits, 0)
        }
    };
    Ok(opened(assembly, blob, faults))
}

/// Says what an upload is that starts as neither form.
fn neither(bytes: &[u8], what: &str, faults: &mut Faults) {
    if zip::tail(bytes).is_some() {
        faults.fatal(&rules::POLYGLOT, None, format!("The upload starts as {what} and holds the end record of a zip."));
    } else {
        faults.fatal(&rules::NOT_AN_ARCHIVE, None, format!("The upload is {what}."));
    }
}

fn opened(assembly: Assembly<'_>, upload: Blob, faults: Faults) -> Opened {
    let tree = (!faults.is_fatal() && !assembly.tree.is_empty()).then_some(assembly.tree);
    Opened { tree, top_folder: assembly.top_folder, upload, findings: faults.into_findings() }
}

/// Reads a folder at home by the rules that an upload of it would be held to.
///
/// Symbolic links are never followed. The error is that a file or folder could
/// not be read, and names it.
pub fn read_dir(dir: &Path, limits: &ArchiveLimits) -> io::Result<Opened> {
    dir::read(dir, limits)
}
