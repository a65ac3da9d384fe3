//! Holding our reading of a tar against that of the `tar` crate.

use airlock_model::escape::{line, quoted};

use super::walk::Entry;
use crate::archive::faults::Fault;
use crate::archive::rules;

/// Compares every member in order: name, type, size and place. Both readings are
/// of the same bytes, so the same place and size are the same content.
pub(crate) fn compare(bytes: &[u8], entries: &[Entry]) -> Result<(), Fault> {
    let unreadable = |error: &std::io::Error| {
        let message = format!("A second reader cannot read the tar: {}.", line(&error.to_string()));
        Fault::new(&rules::DISAGREEMENT, message)
    };
    let mut archive = tar::Archive::new(bytes);
    let mut ours = entries.iter();
    for theirs in archive.entries().map_err(|error| unreadable(&error))? {
        let theirs = theirs.map_err(|error| unreadable(&error))?;
        if theirs.header().entry_type().is_pax_global_extensions() {
            continue;
        }
        let name = theirs.path_bytes();
        let Some(ours) = ours.next() else {
            let message =
                format!("A second reader finds {} after the last member.", quoted(&String::from_utf8_lossy(&name)));
            return Err(Fault::at(&rules::DISAGREEMENT, &name, message));
        };
        let same = *name == ours.name
            && theirs.header().as_bytes()[156] == ours.flag
            && theirs.size() == ours.content.len() as u64
            && theirs.raw_file_position() == ours.content.start as u64;
        if !same {
            let message = format!(
                "Two readers see two members: {} and {}.",
                quoted(&String::from_utf8_lossy(&ours.name)),
                quoted(&String::from_utf8_lossy(&name))
            );
            return Err(Fault::at(&rules::DISAGREEMENT, &ours.name, message));
        }
    }
    match ours.next() {
        Some(entry) => {
            let message = format!("A second reader does not find {}.", quoted(&String::from_utf8_lossy(&entry.name)));
            Err(Fault::at(&rules::DISAGREEMENT, &entry.name, message))
        }
        None => Ok(()),
    }
}
