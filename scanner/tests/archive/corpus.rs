//! All cases together: how many there are, and that no two are the same.

use std::collections::BTreeSet;

use super::{Accept, Reject, assert_accepted, assert_rejected, makers, tar_shapes, zip_shapes};

/// Makes the cases of one group.
pub(crate) type Maker = fn(&mut Cases);

/// The cases of one group.
#[derive(Default)]
pub(crate) struct Cases {
    rejects: Vec<Reject>,
    accepts: Vec<Accept>,
}

impl Cases {
    /// Those of one group.
    pub(crate) fn of(group: fn(&mut Self)) -> Self {
        let mut cases = Self::default();
        group(&mut cases);
        cases
    }

    pub(crate) fn reject(&mut self, cases: Vec<Reject>) {
        self.rejects.extend(cases);
    }

    pub(crate) fn accept(&mut self, cases: Vec<Accept>) {
        self.accepts.extend(cases);
    }

    /// The archives that must pass.
    pub(crate) fn accepted(self) -> impl Iterator<Item = Vec<u8>> {
        self.accepts.into_iter().map(|case| case.bytes)
    }

    /// Each is judged as it must be, by the rule that names its cause, and read alike by every other reader.
    pub(crate) fn assert(self) {
        assert!(!self.rejects.is_empty() || !self.accepts.is_empty(), "a group has cases");
        if !self.rejects.is_empty() {
            assert_rejected(self.rejects);
        }
        if !self.accepts.is_empty() {
            assert_accepted(self.accepts);
        }
    }
}

#[test]
fn there_are_as_many_shapes_as_there_must_be() {
    let groups = [zip_shapes::GROUPS, tar_shapes::GROUPS, makers::GROUPS].concat();
    let (mut rejects, mut accepts) = (BTreeSet::new(), BTreeSet::new());
    let (mut rules, mut contents) = (BTreeSet::new(), BTreeSet::new());
    for (group, cases) in groups {
        let cases = Cases::of(cases);
        for case in cases.rejects {
            rules.insert(case.rule);
            assert!(rejects.insert((group, case.name)), "{group}: {} is there twice", case.name);
            assert!(contents.insert(case.bytes), "{group}: {} is the same archive as another", case.name);
        }
        for case in cases.accepts {
            assert!(accepts.insert((group, case.name)), "{group}: {} is there twice", case.name);
        }
    }
    assert!(rejects.len() >= 200, "{} reject cases", rejects.len());
    assert!(accepts.len() >= 50, "{} accept cases", accepts.len());
    assert!(rules.len() >= 20, "{rules:?}");
}
