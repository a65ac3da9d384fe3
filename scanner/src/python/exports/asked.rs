//! What one file asks of the others, and whether the answers are others now that all were read.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::Exports;
use super::ends::Take;
use super::file::FileExports;
use super::flows::Handed;
use super::marks::Marks;
use super::paths::PathId;
use super::texts::Texts;
use super::ways::Others;
use crate::python::layout;
use crate::python::model::constant::Folded;
use crate::python::model::origin::Flow;
use crate::rules::dispatch;

/// What a file asked of the tree's other files. Its answers are a function of the answers to these questions: a
/// file that would be answered as before needs no second look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Paths into the tree that it came to.
    pub(super) paths: Texts,
    /// Those of which it asked whether the tree defines them.
    pub(super) owned: Texts,
    /// Functions of which it asked what they change.
    pub(super) done: Texts,
    /// Names of which it asked what constant they are.
    pub(super) constants: Texts,
    /// What methods of its own give by classes of other files below its own.
    pub(super) below: Texts,
    /// Functions of its own of which it asked what others pass to them.
    pub(super) passed: Texts,
    /// Names that come from one of the modules of the tree of which it imports all names, and these.
    pub(super) starred: Texts,
    pub(super) stars: Texts,
}

/// How the answers to a file's questions differ from those of its first look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Differ {
    Not,
    /// Only in that functions of other files take what they are given to sinks: without data in the file, that is handed
    /// on at most.
    InTakes,
    Wholly,
}

/// Which questions of files that saw none of the others are answered otherwise now that all have been looked at. Files
/// ask the same all over, so that each answer is kept.
pub(crate) struct Answers<'e> {
    exports: &'e Exports,
    known: FxHashMap<&'e str, Differ>,
    own: FxHashMap<&'e str, bool>,
    concerning: FxHashMap<&'e str, bool>,
    handing: FxHashMap<&'e str, Handed>,
    constants: FxHashMap<&'e str, bool>,
}

impl<'e> Answers<'e> {
    /// By what the files hand out.
    pub(crate) fn of(exports: &'e Exports) -> Self {
        let (known, own) = (FxHashMap::default(), FxHashMap::default());
        let (concerning, handing) = (FxHashMap::default(), FxHashMap::default());
        Self { exports, known, own, concerning, handing, constants: FxHashMap::default() }
    }

    /// Whether a file imports something that leads out of the tree again, or that flows begin or end at.
    pub(crate) fn concern(&mut self, file: &'e FileExports) -> bool {
        let Self { exports, concerning, .. } = self;
        file.imports().any(|path| *concerning.entry(path).or_insert_with(|| exports.concerns(path)))
    }

    /// Whether a file imports what holds data, or a module that has such names, and has one of these in its text: it may
    /// hand that on without a question.
    pub(crate) fn may_be_handed_on(&mut self, file: &'e FileExports, text: &[u8]) -> bool {
        let Self { exports, handing, .. } = self;
        file.imports().any(|path| handing.entry(path).or_insert_with(|| exports.handed(path)).is_named(exports, text))
    }

    /// Whether a file asked for a constant that is known now.
    pub(crate) fn differ_in_constants(&mut self, asked: &'e Asked) -> bool {
        let Self { exports, constants, .. } = self;
        asked.constants.iter().any(|path| *constants.entry(path).or_insert_with(|| exports.holding(path).is_some()))
    }

    /// How the answers to a file's questions do.
    pub(crate) fn differ(&mut self, asked: &'e Asked) -> Differ {
        let Self { exports, known, own, .. } = self;
        let mut most = Differ::Not;
        for path in asked.paths.iter() {
            most = most.max(*known.entry(path).or_insert_with(|| exports.otherwise(path)));
            if most == Differ::Wholly {
                return most;
            }
        }
        let mut is_own = |path: &'e str| *own.entry(path).or_insert_with(|| exports.is_own(path));
        let owned = asked.owned.iter().any(|path| is_own(path) != exports.is_likely_own(path));
        if owned || exports.brings_otherwise(asked) { Differ::Wholly } else { most }
    }
}

/// The tree's other files as one file sees them, with what it asked of them so far.
pub(crate) struct Neighbours<'e> {
    pub(super) exports: &'e Exports,
    pub(super) asked: RefCell<Asked>,
    /// What is known of the paths that were asked for, by their numbers: files ask for the same again and again.
    known: RefCell<Vec<Known>>,
    /// The same of the constants that were asked for.
    holding: RefCell<Vec<Option<Option<PathId>>>>,
    /// The file's path.
    file: &'e str,
    /// The name of its module.
    module: OnceCell<String>,
}

/// Where a path leads.
pub(crate) struct Led {
    /// See [`Exports::follow`].
    pub(crate) end: Option<CompactString>,
    /// See [`Exports::others`].
    pub(crate) others: Others,
}

/// What was answered about a path: where its answers are, once it was asked.
#[derive(Clone, Copy, Default)]
struct Known {
    marks: Option<Marks>,
    given: Option<Option<(PathId, bool)>>,
    taken: Option<Option<PathId>>,
}

impl<'e> Neighbours<'e> {
    /// For one file.
    pub(crate) fn new(exports: &'e Exports, file: &'e str) -> Self {
        let (known, holding) = (RefCell::default(), RefCell::default());
        Self { exports, asked: RefCell::default(), known, holding, file, module: OnceCell::new() }
    }

    /// A path as this file means it; see [`Exports::nearest`].
    pub(super) fn placed<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if self.exports.several.is_empty() {
            return Cow::Borrowed(path);
        }
        self.exports.nearest(self.module(), path).map_or(Cow::Borrowed(path), |placed| Cow::Owned(placed.into()))
    }

    /// The name of the file's module.
    pub(super) fn module(&self) -> &str {
        self.module.get_or_init(|| layout::module_of(self.file))
    }

    /// Whether a path may lead into the tree.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.exports.has(path)
    }

    /// What was asked.
    pub(crate) fn into_asked(self) -> Asked {
        let Asked { paths, owned, done, constants, below, passed, starred, stars } = self.asked.into_inner();
        Asked {
            paths: paths.closed(),
            owned: owned.closed(),
            done: done.closed(),
            constants: constants.closed(),
            below: below.closed(),
            passed: passed.closed(),
            starred: starred.closed(),
            stars: stars.closed(),
        }
    }

    /// The number of a path that may lead into the tree, which is noted.
    fn note(&self, path: &str) -> Option<usize> {
        if self.exports.has(path) { self.asked.borrow_mut().paths.insert(path) } else { None }
    }

    /// Notes a path that may lead into the tree, and asks what is known of it where it has a mark.
    fn answered<T>(
        &self,
        path: &str,
        is_marked: fn(Marks) -> bool,
        find: impl FnOnce(&str, &mut Known) -> Option<T>,
    ) -> Option<T> {
        let path = &*self.placed(path);
        let number = self.note(path)?;
        if self.exports.is_unread {
            return None;
        }
        let mut all = self.known.borrow_mut();
        if all.len() <= number {
            all.resize(number + 1, Known::default());
        }
        let known = &mut all[number];
        let marks = *known.marks.get_or_insert_with(|| self.exports.marks(path));
        if is_marked(marks) { find(path, known) } else { None }
    }

    /// Those of the tree's modules, of which a file imports all names, that bring one; until the files are read, any.
    pub(crate) fn bringing<'s>(&'s self, stars: &[&'s CompactString], name: &str) -> Vec<&'s CompactString> {
        let mut brought = self.exports.bringing(stars.iter().copied(), name);
        if brought.is_empty() {
            brought.extend(stars.first().copied());
        }
        let mut asked = self.asked.borrow_mut();
        asked.starred.insert(name);
        for star in stars {
            asked.stars.insert(star);
        }
        brought
    }

    /// Where a path leads in the tree, if it leads to anything.
    pub(crate) fn led(&self, path: &str) -> Option<Led> {
        let exports = self.exports;
        let find = |path: &str, _: &mut Known| Some(Led { end: exports.follow(path), others: exports.others(path) });
        self.answered(path, |marks| marks.leads, find)
    }

    /// Whether a path of the tree leads to something that a rule asks for, which is not noted.
    pub(crate) fn leads_to_asked(&self, path: &str) -> bool {
        let path = self.placed(path);
        self.exports.follow(&path).is_some() || self.exports.leads_to_others(&path)
    }

    /// Whether it leads to something that a rule asks for by its name, or to what that is a member of.
    pub(crate) fn leads_to_named(&self, path: &str) -> bool {
        let path = self.placed(path);
        self.exports.has(&path) && self.exports.ways(&path).ends().any(|end| dispatch::is_named(end))
    }

    /// The data that a path of the tree holds; of an item or attribute of it, what the whole holds, as a part.
    pub(crate) fn given(&self, path: &str) -> Option<(&'e [Flow], bool)> {
        let find = |path: &str, known: &mut Known| *known.given.get_or_insert_with(|| self.exports.giving(path));
        let (holder, is_all) = self.answered(path, |marks| marks.gives, find)?;
        Some((self.exports.paths[holder].given(), is_all))
    }

    /// Whether anything that the file came to holds data of another file.
    pub(crate) fn has_given(&self) -> bool {
        self.exports.gives_to(&self.asked.borrow())
    }

    /// Whether an import holds data, or is a module that has such names, one of which stands in the text.
    pub(super) fn hands_data(&self, import: &str, text: &[u8]) -> bool {
        let path = self.placed(import.strip_suffix(".*").unwrap_or(import));
        self.exports.handed(&path).is_named(self.exports, text)
    }

    /// What becomes of what a function of the tree is given.
    pub(crate) fn taken(&self, path: &str) -> &'e [Take] {
        let find = |path: &str, known: &mut Known| *known.taken.get_or_insert_with(|| self.exports.taking(path));
        let taking = self.answered(path, |marks| marks.takes, find);
        taking.map_or(&[], |taking| self.exports.paths[taking].taken())
    }

    /// The constant that a path of the tree has.
    pub(crate) fn constant(&self, path: &str) -> Option<&'e Folded> {
        if !self.exports.has(path) {
            return None;
        }
        let path = &*self.placed(path);
        let number = self.asked.borrow_mut().constants.insert(path)?;
        if self.exports.is_unread {
            return None;
        }
        let mut all = self.holding.borrow_mut();
        if all.len() <= number {
            all.resize(number + 1, None);
        }
        let holding = (*all[number].get_or_insert_with(|| self.exports.holding(path)))?;
        self.exports.paths[holding].constant()
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
        let path = self.placed(path);
        self.asked.borrow_mut().owned.insert(&path);
        self.exports.is_own(&path)
    }
}
