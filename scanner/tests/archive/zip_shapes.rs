//! Zips, one shape each.

use super::build::*;
use super::corpus::{Cases, Maker};
use super::{Accept, Reject};

mod features;
mod framing;
mod honest;
mod names;

const YAML: &[u8] = b"name: demo\n";
const CODE: &[u8] = b"print('hello')\n";

/// A plugin's zip with one more member.
fn beside(member: ZipMember) -> Vec<u8> {
    zip(&[stored("plugin.yaml", YAML), member, deflated("z.py", CODE)])
}

fn plain() -> Vec<ZipMember> {
    vec![stored("plugin.yaml", YAML), deflated("a.py", CODE)]
}

fn code() -> ZipMember {
    deflated("a.py", CODE)
}

/// Every group of cases, each of which is a test of its own.
pub(crate) const GROUPS: &[(&str, Maker)] = &[
    ("zip headers", framing::headers),
    ("zip loose bytes", framing::loose_bytes),
    ("zip end record", framing::end_record),
    ("zip zip64", features::zip64),
    ("zip extra fields", features::extra_fields),
    ("zip features", features::features),
    ("zip descriptors", features::descriptors),
    ("zip names", names::names),
    ("zip links", names::links),
    ("zip honest", honest::honest),
    ("zip dropped folders", names::dropped_folders),
];

fn reject(name: &'static str, rule: &'static str, bytes: Vec<u8>) -> Reject {
    Reject { name, bytes, rule }
}
