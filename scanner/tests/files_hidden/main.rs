//! The files room: what hides from a search by its encoding, its form or its name, each
//! with a benign twin beside it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod development;
mod notebooks;
mod scripts;
mod secrets;

use std::io::Cursor;

use airlock_model::finding::{Capability, Finding, PolicyAction, Severity};
use airlock_model::manifest::Manifest;
use airlock_model::policy::Policy;
use airlock_model::tree::{Tree, TreePath};
use airlock_scanner::package::{self, Request};
use airlock_scanner::{archive, files};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

fn tree(all: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new();
    for (path, content) in all {
        tree.insert(TreePath::new(*path).unwrap(), *content);
    }
    tree
}

fn found(path: &str, content: &[u8]) -> Vec<Finding> {
    let papers = [("README.md", &b"Does a thing.\n"[..]), ("LICENSE", b"MIT License\n"), (path, content)];
    files::check(&tree(&papers), None::<&Manifest>).findings
}

fn one(path: &str, content: &[u8]) -> Finding {
    let mut findings = found(path, content);
    assert_eq!(findings.len(), 1, "{path}: {findings:#?}");
    findings.remove(0)
}

fn action(finding: &Finding) -> PolicyAction {
    Policy::default().decide_finding(finding).action
}

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { &[0xff, 0xfe][..] } else { &[] };
    [mark.to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
}

fn plugin(more: &[(&str, Vec<u8>)]) -> airlock_model::Inspection {
    let manifest =
        b"name: hidden\nversion: 1.0.0\ntype: tool\ncategory: utility\ntitle: Hidden\ndescription: Has a file.\n\
        author: {name: Ada}\nlicense: Other\nentry_point: hidden:Tool\n";
    let mut files: Vec<(&str, &[u8])> = vec![
        ("plugin.yaml", manifest),
        ("README.md", b"# Hidden\n\nHas a file.\n"),
        ("LICENSE", b"All of it is mine.\n"),
        ("hidden.py", b"class Tool:\n    def run(self):\n        return 1\n"),
    ];
    files.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
    files.extend(more.iter().map(|(path, bytes)| (*path, bytes.as_slice())));
    let packed = archive::pack("hidden", &tree(&files)).unwrap();
    package::examine(Cursor::new(packed), &Request::default()).unwrap().inspection
}
