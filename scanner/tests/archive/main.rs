//! The archive room against archives made byte by byte and by real tools.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod build;
mod corpus;
mod folders;
mod limits;
mod makers;
mod mutations;
mod packing;
mod readers;
mod tar_shapes;
mod tools;
mod zip_shapes;

use std::collections::BTreeSet;
use std::io::Cursor;

use airlock_model::finding::{PolicyAction, Severity};
use airlock_model::limits::ArchiveLimits;
use airlock_model::policy::Policy;
use airlock_scanner::archive::{self, Opened};

use readers::Others;

/// One archive and the rule it must be refused by.
pub(crate) struct Reject {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) rule: &'static str,
}

/// One archive that must pass, and the paths its tree must have.
pub(crate) struct Accept {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) paths: Vec<&'static str>,
}

pub(crate) fn open(bytes: &[u8]) -> Opened {
    archive::open(Cursor::new(bytes), &ArchiveLimits::default()).expect("memory can be read")
}

pub(crate) fn rules(opened: &Opened) -> BTreeSet<String> {
    let barring = |finding: &&airlock_model::Finding| finding.severity > Severity::Note;
    opened.findings.iter().filter(barring).map(|finding| finding.rule.clone()).collect()
}

pub(crate) fn paths(opened: &Opened) -> Vec<String> {
    let tree = opened.tree.as_ref();
    tree.map(|tree| tree.iter().map(|(path, _)| path.to_string()).collect()).unwrap_or_default()
}

/// Each case is refused by the default policy, and by the rule that names its cause alone.
pub(crate) fn assert_rejected(cases: Vec<Reject>) {
    let policy = Policy::default();
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in cases {
        assert!(names.insert(case.name), "{} is there twice", case.name);
        let opened = open(&case.bytes);
        let expected = BTreeSet::from([format!("AL-ARCHIVE-{}", case.rule)]);
        let rejects = opened.findings.iter().any(|f| policy.decide_finding(f).action == PolicyAction::Reject);
        if rules(&opened) != expected || !rejects {
            wrong.push(format!("{}: expected {}, got {:#?}", case.name, case.rule, told(&opened)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The archive gives no tree, and one rule alone says why.
pub(crate) fn assert_refused(bytes: &[u8], rule: &str, what: &str) {
    let opened = open(bytes);
    let expected = BTreeSet::from([format!("AL-ARCHIVE-{rule}")]);
    assert_eq!(rules(&opened), expected, "{what}: {:#?}", told(&opened));
    assert!(opened.tree.is_none(), "{what}");
}

/// Each case gives exactly the tree that was expected, no finding above a note, and
/// the same members with every other reader.
pub(crate) fn assert_accepted(cases: Vec<Accept>) {
    let mut names = BTreeSet::new();
    let mut archives = Vec::new();
    let mut wrong = Vec::new();
    for case in cases {
        assert!(names.insert(case.name), "{} is there twice", case.name);
        let opened = open(&case.bytes);
        if !rules(&opened).is_empty() || paths(&opened) != case.paths {
            wrong.push(format!("{}: {:?} {:#?}", case.name, paths(&opened), told(&opened)));
        }
        archives.push((case.name.to_owned(), case.bytes));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    readers::assert_agree(&archives, Others::MustRead);
}

/// What was found, in one line each.
pub(crate) fn told(opened: &Opened) -> Vec<String> {
    let line = |finding: &airlock_model::Finding| format!("{} {:?} {}", finding.rule, finding.file, finding.message);
    opened.findings.iter().map(line).collect()
}
