//! Holding our reader against the tools that publishers and users have: Python's
//! `zipfile` and `tarfile`, `unzip`, GNU tar and bsdtar. What two of them read in
//! two ways must not be accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use airlock_model::limits::ArchiveLimits;
use airlock_scanner::archive::{Kind, members};

/// Kind and content in hex.
type Entry = (String, String);

/// All entries by path.
type Found = BTreeMap<String, Entry>;

/// What one tool says of one archive.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Said {
    Read(Found),
    Refused(String),
}

/// Whether another tool may refuse what we accept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    MustRead,
    MayRefuse,
}

/// Each archive reads the same with every tool; one process reads them all.
pub(crate) fn assert_agree(archives: &[(String, Vec<u8>)], others: Others) {
    let folder = tempfile::tempdir().unwrap();
    for (place, (_, bytes)) in archives.iter().enumerate() {
        let form = if bytes.starts_with(b"PK") { "zip" } else { "tgz" };
        std::fs::write(folder.path().join(format!("{place:04}.{form}")), bytes).unwrap();
    }
    let answers: BTreeMap<String, BTreeMap<String, Said>> = ask(folder.path());
    assert_eq!(answers.len(), archives.len(), "every archive is read");
    let mut wrong = Vec::new();
    for ((name, bytes), said) in archives.iter().zip(answers.values()) {
        let ours = ours(bytes).unwrap_or_else(|| panic!("{name}: not one reading"));
        assert_eq!(said.len(), 3, "every tool reads {name}");
        for (tool, said) in said {
            match said {
                Said::Read(theirs) => wrong.extend(
                    differences(&ours, &with_parents(theirs.clone()), others)
                        .map(|(path, we, they)| format!("{name}: {path:?} is {they:?} to {tool} and {we:?} to us")),
                ),
                Said::Refused(_) if others == Others::MayRefuse => {}
                Said::Refused(because) => wrong.push(format!("{name}: {tool} refuses: {because}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} archives:\n{}", wrong.len(), archives.len(), wrong.join("\n"));
}

/// What two readings do not have in common: path, our entry and theirs. What we call
/// special is refused or left out, so that it does not matter what a damaged one becomes.
fn differences<'a>(
    ours: &'a Found,
    theirs: &'a Found,
    others: Others,
) -> impl Iterator<Item = (&'a String, Option<&'a Entry>, Option<&'a Entry>)> {
    let all: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let read = all.into_iter().map(|path| (path, ours.get(path), theirs.get(path)));
    read.filter(move |(_, ours, theirs)| {
        let special = ours.is_some_and(|(kind, _)| kind == "special");
        ours != theirs && !(special && others == Others::MayRefuse)
    })
}

fn ask(folder: &std::path::Path) -> BTreeMap<String, BTreeMap<String, Said>> {
    for (tool, package) in [("unzip", "unzip"), ("tar", "tar"), ("bsdtar", "libarchive-tools")] {
        let present = Command::new(tool).arg(if tool == "unzip" { "-v" } else { "--version" }).output();
        assert!(present.is_ok_and(|output| output.status.success()), "{tool} is missing: install {package}");
    }
    let output = Command::new("python3").arg("-c").arg(include_str!("readers.py")).arg(folder).output();
    let output = output.expect("python3 is missing: install python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Our own reading, before anything is left out.
fn ours(bytes: &[u8]) -> Option<Found> {
    let mut found = Found::new();
    for member in members(bytes, &ArchiveLimits::default())? {
        let kind = match member.kind {
            Kind::File => "file",
            Kind::Folder => "folder",
            Kind::Link => "link",
            Kind::Special(_) => "special",
        };
        let content = if kind == "file" { hex::encode(&member.content) } else { String::new() };
        let name = String::from_utf8(member.name).ok()?;
        found.insert(name, (kind.to_owned(), content));
    }
    Some(with_parents(found))
}

/// Paths in one spelling, and the folders that are there because of what is in them.
fn with_parents(found: Found) -> Found {
    let mut all = Found::new();
    for (path, entry) in found {
        let path = path.strip_prefix("./").unwrap_or(&path).trim_end_matches('/');
        if path.is_empty() || path == "." {
            continue;
        }
        for (at, _) in path.match_indices('/') {
            all.entry(path[..at].to_owned()).or_insert_with(|| ("folder".to_owned(), String::new()));
        }
        all.insert(path.to_owned(), entry);
    }
    all
}
