//! The folders that a guest finds open.

use wasmtime_wasi::FsPerms;

/// Their names and what may be done there. Number and order are part of an interpreter's memory as it is kept
/// (`super::image`), so all are there in every run, some of them empty: the launcher's settings, the plugin, pytest and
/// the launcher, the operator's packages, those that the plugin asks for, and the guest's own folder.
pub(crate) const FOLDERS: [(&str, FsPerms); 6] = [
    ("/settings", FsPerms::ReadOnly),
    ("/plugin", FsPerms::ReadOnly),
    ("/site", FsPerms::ReadOnly),
    ("/extra", FsPerms::ReadOnly),
    ("/layer", FsPerms::ReadOnly),
    ("/tmp", FsPerms::ReadWrite),
];
