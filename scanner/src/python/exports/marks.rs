//! Marks on names that lead to something, so that most questions about the others end after one walk.

use compact_str::CompactString;
use rayon::prelude::*;
use smallvec::SmallVec;

use super::paths::{Beginning, PathId};
use super::tree::{Exports, Known, first_name};
use crate::python::model::object::path_of;
use crate::rules::dispatch;

/// How many star imports are asked for what they bring before a path's marks are known.
const STARS_ASKED: u32 = 8;

/// What a name, or something below it, leads to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    /// What a rule asks for.
    pub(super) leads: bool,
    /// Data from outside.
    pub(super) gives: bool,
    /// A way to a sink.
    pub(super) takes: bool,
    /// A constant.
    pub(super) holds: bool,
}

impl Marks {
    fn add(&mut self, other: Self) {
        self.leads |= other.leads;
        self.gives |= other.gives;
        self.takes |= other.takes;
        self.holds |= other.holds;
    }

    /// Whether there are none but that of a constant, for which files ask apart.
    pub(super) const fn is_none(self) -> bool {
        !(self.leads || self.gives || self.takes)
    }
}

/// One of them.
pub(super) type Mark = fn(&mut Marks) -> &mut bool;

pub(super) const LEADS: Mark = |marks| &mut marks.leads;
pub(super) const GIVES: Mark = |marks| &mut marks.gives;
pub(super) const TAKES: Mark = |marks| &mut marks.takes;
pub(super) const HOLDS: Mark = |marks| &mut marks.holds;

impl Exports {
    /// What a path may lead to.
    pub(super) fn marks(&self, path: &str) -> Marks {
        self.marks_through(path, &mut { STARS_ASKED })
    }

    /// The same; `stars` star imports are asked for what they bring, for the others anything is what they may bring.
    fn marks_through(&self, path: &str, stars: &mut u32) -> Marks {
        let mut marks = Marks::default();
        for beginning in self.marking(path) {
            let known = &self.paths[beginning.id];
            let names_more = beginning.is_whole && beginning.end < path.len();
            let is_of_module = names_more && known.is_module && !known.is_name();
            marks.add(match known.stars() {
                // What is not known of a module leads nowhere.
                None if is_of_module => Marks::default(),
                Some(_) if is_of_module && *stars > 0 => self.brought_marks(path, beginning, stars),
                _ => known.marks,
            });
        }
        marks
    }

    /// What a path may lead to by the star imports of a module.
    fn brought_marks(&self, path: &str, module: Beginning, stars: &mut u32) -> Marks {
        *stars -= 1;
        let name = first_name(&path[module.end + 1..]);
        match self.star(module.id, name) {
            Some(star) if self.has(star) && !self.is_brought_by_several(module.id, name) => {
                self.marks_through(&path_of(&[star, &path[module.end..]]), stars)
            }
            None => Marks::default(),
            _ => self.paths[module.id].marks,
        }
    }

    /// The beginnings of a path that tell where it may lead: the longest that is known, and the modules above that whose
    /// star imports may bring what it is. What is known of a class holds for its instances.
    fn marking(&self, path: &str) -> SmallVec<[Beginning; 2]> {
        let (mut longest, mut all) = (None, SmallVec::<[Beginning; 2]>::new());
        for beginning in self.paths.beginnings(path) {
            let known = &self.paths[beginning.id];
            longest = Some(beginning);
            // See `leading`: a name hides what star imports bring, a module does not.
            if known.is_name() || !known.others().is_empty() {
                all.clear();
            }
            if !beginning.is_whole {
                break;
            }
            if known.stars().is_some() {
                all.push(beginning);
            }
        }
        all.extend(longest.filter(|longest| all.last().is_none_or(|last| last.id != longest.id)));
        all
    }

    /// Marks a path, and the beginnings of it that an import may name. With one of them come all that are shorter.
    pub(super) fn mark(&mut self, path: PathId, mark: Mark) {
        self.mark_all(path, mark, &mut Vec::new());
    }

    /// Adds those to `marked` that were not marked before.
    fn mark_all(&mut self, path: PathId, mark: Mark, marked: &mut Vec<PathId>) {
        let mut at = Some(path);
        while let Some(path) = at
            && !std::mem::replace(mark(&mut self.paths[path].marks), true)
        {
            marked.push(path);
            at = self.paths.above(path);
        }
    }

    /// Finds the names that lead to others, and marks those that lead to what a rule asks for.
    pub(super) fn mark_leading(&mut self) {
        let all = self.paths.all();
        let named = all.flat_map(|(name, known)| known.target.iter().chain(known.others()).map(move |to| (name, to)));
        let leading = |(name, target): (PathId, &CompactString)| {
            let leads = dispatch::is_named(target) || dispatch::is_asked(target);
            (name, leads, self.marking(target))
        };
        let mut all: Vec<_> = named.collect::<Vec<_>>().into_par_iter().map(leading).collect();
        let starred = self.star_imports();
        all.extend(starred.map(|(module, star)| (module, dispatch::is_rooted(star), self.marking(star))));
        for (name, leads, next) in all {
            self.edges.extend(next.into_iter().map(|next| (name, next.id)));
            if leads {
                self.mark(name, LEADS);
            }
        }
    }

    /// Adds that a name leads to a path as well.
    pub(super) fn add_edge(&mut self, name: PathId, path: &str) {
        let next = self.marking(path);
        self.edges.extend(next.into_iter().map(|next| (name, next.id)));
    }

    /// Marks names that lead to marked ones.
    pub(super) fn spread_marks(&mut self) {
        self.edges.sort_unstable_by_key(|(_, next)| *next);
        for mark in [LEADS, GIVES, TAKES, HOLDS] {
            let is_marked = |known: &Known| *mark(&mut { known.marks });
            let mut marked: Vec<PathId> =
                self.paths.all().filter(|(_, known)| is_marked(known)).map(|(id, _)| id).collect();
            while let Some(path) = marked.pop() {
                let first = self.edges.partition_point(|(_, next)| *next < path);
                for at in first.. {
                    let Some((name, _)) = self.edges.get(at).filter(|(_, next)| *next == path) else { break };
                    self.mark_all(*name, mark, &mut marked);
                }
            }
        }
    }
}
