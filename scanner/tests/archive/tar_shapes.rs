//! Tars, one shape each.

use super::build::*;
use super::corpus::{Cases, Maker};
use super::{Accept, Reject};

mod ends;
mod extensions;
mod headers;
mod honest;
mod names;

const YAML: &[u8] = b"name: demo\n";

fn beside(members: &[TarMember]) -> Vec<u8> {
    let mut all = vec![folder("p/"), file("p/plugin.yaml", YAML)];
    all.extend_from_slice(members);
    all.push(file("p/z.py", b"z = 1\n"));
    tar_gz(&all)
}

/// Every group of cases, each of which is a test of its own.
pub(crate) const GROUPS: &[(&str, Maker)] = &[
    ("tar headers", headers::headers),
    ("tar numbers", headers::numbers),
    ("tar extended numbers", extensions::extended_numbers),
    ("tar extensions", extensions::extensions),
    ("tar phantom members", extensions::phantoms),
    ("tar ends", ends::ends),
    ("tar names", names::names),
    ("tar left out", names::left_out),
    ("tar polyglots", ends::polyglots),
    ("tar honest", honest::honest),
];

fn reject(name: &'static str, rule: &'static str, bytes: Vec<u8>) -> Reject {
    Reject { name, bytes, rule }
}
