//! What one file asks of the others, and whether the answers are others now that all were read.

use std::cell::RefCell;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::Exports;
use super::file::Take;
use super::texts::Texts;
use crate::python::model::origin::Flow;

/// What a file asked of the tree's other files. Its answers are a function of the answers to these questions: a
/// file that would be answered as before needs no second look.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Paths into the tree that it came to.
    pub(super) paths: Texts,
    /// Those of which it asked whether the tree defines them.
    pub(super) owned: Texts,
    /// Functions of which it asked what they change.
    pub(super) done: Texts,
    /// Names that come from one of the modules of the tree of which it imports all names, and these.
    pub(super) starred: Texts,
    pub(super) stars: Texts,
}

/// Which questions of files that saw none of the others are answered otherwise now that all have been looked at. Files
/// ask the same all over, so that each answer is kept.
pub(crate) struct Answers<'e> {
    exports: &'e Exports,
    known: FxHashMap<&'e str, bool>,
    own: FxHashMap<&'e str, bool>,
}

impl<'e> Answers<'e> {
    /// By what the files hand out.
    pub(crate) fn of(exports: &'e Exports) -> Self {
        Self { exports, known: FxHashMap::default(), own: FxHashMap::default() }
    }

    /// Whether any of a file's questions is.
    pub(crate) fn differ(&mut self, asked: &'e Asked) -> bool {
        let Self { exports, known, own } = self;
        let mut otherwise = |path: &'e str| *known.entry(path).or_insert_with(|| exports.otherwise(path));
        let mut is_own = |path: &'e str| *own.entry(path).or_insert_with(|| exports.is_own(path));
        asked.paths.iter().any(&mut otherwise)
            || asked.owned.iter().any(|path| is_own(path) != exports.is_likely_own(path))
            || exports.brings_otherwise(asked)
    }
}

/// The tree's other files as one file sees them, with what it asked of them so far.
pub(crate) struct Neighbours<'e> {
    pub(super) exports: &'e Exports,
    pub(super) asked: RefCell<Asked>,
}

impl<'e> Neighbours<'e> {
    /// For one file.
    pub(crate) fn new(exports: &'e Exports) -> Self {
        Self { exports, asked: RefCell::default() }
    }

    /// Whether a path may lead into the tree.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.exports.has(path)
    }

    /// What was asked.
    pub(crate) fn into_asked(self) -> Asked {
        let Asked { paths, owned, done, starred, stars } = self.asked.into_inner();
        Asked {
            paths: paths.closed(),
            owned: owned.closed(),
            done: done.closed(),
            starred: starred.closed(),
            stars: stars.closed(),
        }
    }

    /// Whether a path leads into the tree, which is noted.
    fn note(&self, path: &str) -> bool {
        let leads = self.exports.has(path);
        if leads {
            self.asked.borrow_mut().paths.insert(path);
        }
        leads
    }

    /// Those of the tree's modules, of which a file imports all names, that bring one; until the files are read, any.
    pub(crate) fn bringing<'s>(&'s self, stars: &[&'s CompactString], name: &str) -> Vec<&'s CompactString> {
        let mut brought: Vec<_> =
            self.exports.bringing(stars.iter().copied(), name).into_iter().map(|(star, _)| star).collect();
        if brought.is_empty() {
            brought.extend(stars.first());
        }
        let mut asked = self.asked.borrow_mut();
        asked.starred.insert(name);
        stars.iter().for_each(|star| asked.stars.insert(star));
        brought
    }

    /// See [`Exports::follow`].
    pub(crate) fn follow(&self, path: &str) -> Option<CompactString> {
        if self.note(path) { self.exports.follow(path) } else { None }
    }

    /// See [`Exports::given`].
    pub(crate) fn given(&self, path: &str) -> Option<(&'e [Flow], bool)> {
        if self.note(path) { self.exports.given(path) } else { None }
    }

    /// See [`Exports::taken`].
    pub(crate) fn taken(&self, path: &str) -> &'e [Take] {
        if self.note(path) { self.exports.taken(path) } else { &[] }
    }

    /// Whether the tree has no other file.
    pub(crate) const fn is_alone(&self) -> bool {
        self.exports.files <= 1
    }

    /// See [`Exports::is_own`].
    pub(crate) fn is_own(&self, path: &str) -> bool {
        if !self.exports.has(path) {
            return false;
        }
        self.asked.borrow_mut().owned.insert(path);
        self.exports.is_own(path)
    }
}
