//! What all files hand out together, by qualified path.

use airlock_model::stdlib::is_standard_module;
use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::asked::Differ;
use super::deeds::Deeds;
use super::ends::Take;
use super::marks::Marks;
use super::passed::AllPassed;
use super::paths::{Beginning, PathId, Paths};
use super::stars::Stars;
use crate::python::model::constant::Folded;
use crate::python::model::object::{path_of, top_of};
use crate::python::model::origin::Flow;
use crate::rules::dispatch;

/// How many modules one name may be handed through.
pub(super) const STEPS: u32 = 64;
/// The longest path that is followed, in bytes.
pub(super) const LONGEST: usize = 4096;

/// What all files of a tree hand out, by qualified path.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    pub(super) paths: Paths<Known>,
    /// How many files the tree has.
    pub(super) files: usize,
    /// Only the modules' names are known yet.
    pub(super) is_unread: bool,
    /// Names, and the nearest that is known of what they lead to; modules, and those that they import all names of.
    pub(super) edges: Vec<(PathId, PathId)>,
    /// Further paths of names that lead to nothing, as far as is known.
    pub(super) passed_over: Vec<(PathId, CompactString)>,
    /// Modules that hold data from outside, and under which names.
    pub(super) givers: FxHashMap<PathId, FxHashSet<CompactString>>,
    /// Modules that stand in several folders below which imports may start, by their names there.
    pub(super) several: FxHashMap<CompactString, Vec<CompactString>>,
    pub(super) deeds: Deeds,
    pub(super) passed: AllPassed,
}

/// What the tree says of one path.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Where it leads.
    pub(super) target: Option<CompactString>,
    pub(super) is_module: bool,
    /// A file binds it.
    pub(super) is_own: bool,
    pub(super) marks: Marks,
    more: Option<Box<More>>,
}

/// What is known of few paths.
#[derive(Debug, Default)]
pub(super) struct More {
    pub(super) given: Vec<Flow>,
    pub(super) taken: Vec<Take>,
    pub(super) stars: Option<Stars>,
    pub(super) constant: Option<Folded>,
    /// What a name that is bound more than once may lead to as well.
    pub(super) others: Vec<CompactString>,
    /// And to more than these.
    pub(super) has_more_others: bool,
}

impl Known {
    /// Whether a file binds it or says where it leads.
    pub(super) fn is_name(&self) -> bool {
        self.is_own || self.target.is_some()
    }

    pub(super) fn stars(&self) -> Option<&Stars> {
        self.more.as_ref()?.stars.as_ref()
    }

    pub(super) fn constant(&self) -> Option<&Folded> {
        self.more.as_ref()?.constant.as_ref()
    }

    pub(super) fn given(&self) -> &[Flow] {
        self.more.as_ref().map_or(&[], |more| &more.given)
    }

    pub(super) fn taken(&self) -> &[Take] {
        self.more.as_ref().map_or(&[], |more| &more.taken)
    }

    /// What it may lead to as well.
    pub(super) fn others(&self) -> &[CompactString] {
        self.more.as_ref().map_or(&[], |more| &more.others)
    }

    /// Whether that is not all.
    pub(super) fn has_more_others(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.has_more_others)
    }

    pub(super) fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }
}

/// A path without its calls: a method is known by its class, whichever way the object was made. Nothing of one without
/// calls.
pub(super) fn uncalled(path: &str) -> Option<CompactString> {
    let mut left = path;
    let mut uncalled = CompactString::default();
    while let Some(at) = left.bytes().position(|byte| byte == b'(') {
        let (before, after) = left.split_at(at);
        uncalled.push_str(before);
        left = match after.strip_prefix("()") {
            Some(after) => after,
            None => {
                uncalled.push('(');
                &after[1..]
            }
        };
    }
    (uncalled.len() + left.len() < path.len()).then(|| uncalled + left)
}

/// The first name of a path, whatever is done with it.
pub(super) fn first_name(path: &str) -> &str {
    path.split(['.', '(', '[']).next().unwrap_or_default()
}

impl Exports {
    /// Whether a path may lead into the tree.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.has_top(top_of(path))
    }

    /// The longest beginning of a path that is known.
    pub(super) fn nearest_known(&self, path: &str) -> Option<PathId> {
        self.paths.beginnings(path).last().map(|last| last.id)
    }

    /// Whether a path leads out of the tree to something that is asked for, holds data or takes any.
    pub(super) fn otherwise(&self, path: &str) -> Differ {
        let marks = self.marks(path);
        if marks.is_none() {
            return Differ::Not;
        }
        let (mut at, mut forks, mut takes, mut is_whole) = (CompactString::from(path), false, false, false);
        let mut methods = SmallVec::<[CompactString; 2]>::new();
        for _ in 0..STEPS {
            methods.extend(uncalled(&at));
            let look = self.look(&at);
            if look.gives {
                return Differ::Wholly;
            }
            forks |= look.forks;
            takes |= look.takes;
            is_whole = look.next.as_ref().is_none_or(|next| self.is_standard(next));
            let Some(next) = look.next.filter(|next| next.len() <= LONGEST) else { break };
            at = next;
            if is_whole {
                break;
            }
        }
        let covers = top_of(path) != top_of(&at) && dispatch::is_asked(path);
        if ((forks || covers || !is_whole) && self.leads_to_others(path)) || (forks && self.giving(path).is_some()) {
            return Differ::Wholly;
        }
        // What nobody asks for is passed over under either name.
        if Self::is_followed(path, &at) {
            return Differ::Wholly;
        }
        let by_method = || marks.takes && methods.into_iter().any(|method| self.takes(method));
        let in_takes = takes || (forks && self.taking(path).is_some()) || by_method();
        if in_takes { Differ::InTakes } else { Differ::Not }
    }

    /// Whether what a path leads to takes data to a sink.
    fn takes(&self, path: CompactString) -> bool {
        let mut look = self.look(&path);
        for _ in 1..STEPS {
            let (false, Some(next)) = (look.takes, look.next) else { return look.takes };
            look = self.look(&next);
        }
        look.takes
    }

    /// A path, and what it leads to step by step.
    pub(super) fn steps(&self, path: &str) -> impl Iterator<Item = CompactString> {
        std::iter::successors(Some(CompactString::from(path)), |path| self.step(path)).take(STEPS as usize)
    }

    /// Where the data is that a path of the tree holds, and whether it is all of it: of an item or attribute of it, it is
    /// what the whole holds, as a part.
    pub(super) fn giving(&self, path: &str) -> Option<(PathId, bool)> {
        if !self.marks(path).gives {
            return None;
        }
        let at = |path: CompactString| {
            let giving = self.paths.beginnings(&path).take_while(|beginning| self.paths[beginning.id].marks.gives);
            giving
                .filter(|beginning| self.gives_at(&path, beginning))
                .last()
                .map(|last| (last.id, last.end == path.len()))
        };
        self.steps(path).find_map(at).or_else(|| self.other_ways(path).into_iter().find_map(at))
    }

    /// Whether what a path names gives data when it is called.
    pub(super) fn gives_called(&self, path: &str, beginning: &Beginning) -> bool {
        let is_it = beginning.end == path.len() && self.paths[beginning.id].marks.gives;
        let called = || self.paths.find_name(beginning.id, "()");
        is_it && called().is_some_and(|called| !self.paths[called].given().is_empty())
    }

    /// Whether data is what a beginning of a path holds, rather than what calling it gives.
    pub(super) fn gives_at(&self, path: &str, beginning: &Beginning) -> bool {
        !self.paths[beginning.id].given().is_empty() && path.as_bytes().get(beginning.end) != Some(&b'(')
    }

    /// The function of the tree that is known to take what a path is given.
    pub(super) fn taking(&self, path: &str) -> Option<PathId> {
        if !self.marks(path).takes {
            return None;
        }
        let takes = |path: &CompactString| self.paths.find(path).filter(|id| !self.paths[*id].taken().is_empty());
        let others = |path: &str| self.other_ways(path).iter().find_map(takes);
        let at = |path: &str| self.steps(path).find_map(|path| takes(&path)).or_else(|| others(path));
        // A name may lead to an instance, whose methods are its class's.
        let of_instance = || self.steps(path).find_map(|path| takes(&uncalled(&path)?));
        at(path).or_else(|| at(&uncalled(path)?)).or_else(of_instance)
    }

    /// Whether a path is a function or class of the tree, whichever module hands it on; what is likely, until the files
    /// are read.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        if self.is_unread {
            return self.is_likely_own(path);
        }
        let is_bound = |path: &CompactString| self.is_bound(path);
        let several = || self.paths.beginnings(path).next().filter(|top| !self.paths[top.id].others().is_empty());
        self.steps(path).any(|path| is_bound(&path)) || several().is_some_and(|_| self.ways(path).all().any(is_bound))
    }

    /// Whether a path into the tree is likely to be a function or class of it, or a member of one. What functions give
    /// is not known, but what members give is taken for their class's.
    pub(super) fn is_likely_own(&self, path: &str) -> bool {
        let called = path.split_once(['(', '[']).map(|(called, _)| called);
        called.is_none_or(|called| {
            let above = called.rsplit_once('.').map(|(above, _)| above);
            above.is_some_and(|above| !self.module(above).is_some_and(|above| self.paths[above].is_module))
        })
    }

    /// Whether a file of the tree binds a name, or what it is a member of.
    fn is_bound(&self, path: &str) -> bool {
        self.paths.beginnings(path).any(|beginning| beginning.is_whole && self.paths[beginning.id].is_own)
    }

    /// Whether an imported path leads out of the tree again, or flows begin or end at it.
    pub(super) fn concerns(&self, path: &str) -> bool {
        !self.marks(path).is_none()
    }

    /// What is known of a module, by whichever of its names.
    pub(super) fn module(&self, name: &str) -> Option<PathId> {
        let placed = self.placed(name);
        self.paths.find(placed.as_deref().unwrap_or(name))
    }

    /// A path that begins with a further name of a module, with the module's own.
    fn placed(&self, path: &str) -> Option<CompactString> {
        let top = self.paths.beginnings(path).next()?;
        let target = self.paths[top.id].target.as_ref()?;
        Some(path_of(&[target, &path[top.end..]]))
    }

    /// The other path that a path leads to, if it is one that a rule asks for.
    pub(crate) fn follow(&self, path: &str) -> Option<CompactString> {
        let end = self.walked(self.step(path)?, STEPS - 1);
        Self::is_followed(path, &end).then_some(end)
    }

    /// Whether a path is taken for the one that it leads to. What is asked for by its own name stays what it is: packages
    /// are known by their public names in their own source, too, and a file of such a name is not always what its
    /// importers get.
    fn is_followed(path: &str, end: &str) -> bool {
        end != path && dispatch::is_asked(end) && !dispatch::is_asked(path)
    }

    /// Where a path leads in the end; what is asked for of the standard library is that, whatever file has its name.
    pub(super) fn walked(&self, from: CompactString, steps: u32) -> CompactString {
        let mut at = from;
        for _ in 0..steps {
            if self.is_standard(&at) {
                break;
            }
            let Some(next) = self.step(&at) else { break };
            at = next;
        }
        at
    }

    pub(super) fn is_standard(&self, path: &str) -> bool {
        self.has(path) && dispatch::is_asked(path) && is_standard_module(top_of(path))
    }

    /// What a path leads to next, unless that is too long to be followed.
    pub(super) fn step(&self, path: &str) -> Option<CompactString> {
        self.onward(path).filter(|next| next.len() <= LONGEST)
    }

    /// What a path leads to next.
    pub(super) fn onward(&self, path: &str) -> Option<CompactString> {
        if self.is_unread {
            return None;
        }
        self.leads(path, self.paths.beginnings(path))
    }

    /// What a path leads to next, by the longest of its beginnings that leads anywhere, or by a star import.
    fn leads(&self, path: &str, beginnings: impl Iterator<Item = Beginning>) -> Option<CompactString> {
        let (named, starred) = self.leading(path, beginnings);
        let target = named.and_then(|named| Some((named.end, self.paths[named.id].target.as_ref()?)));
        if let Some((end, target)) = target {
            return Some(path_of(&[target, &path[end..]]));
        }
        starred.into_iter().rev().find_map(|module| {
            let name = first_name(&path[module.end + 1..]);
            Some(path_of(&[self.star(module.id, name)?, &path[module.end..]]))
        })
    }

    /// The beginnings of a path that say where it leads: the longest that is a name, and the modules after it that import
    /// all names of others. What a file binds hides what star imports bring, but for modules, which packages bind, too.
    pub(super) fn leading(
        &self,
        path: &str,
        beginnings: impl Iterator<Item = Beginning>,
    ) -> (Option<Beginning>, SmallVec<[Beginning; 4]>) {
        let (mut named, mut starred) = (None, SmallVec::new());
        for beginning in beginnings {
            let known = &self.paths[beginning.id];
            if known.is_name() || !known.others().is_empty() {
                named = Some(beginning);
                starred.clear();
            }
            if beginning.is_whole && beginning.end < path.len() && known.stars().is_some() {
                starred.push(beginning);
            }
        }
        (named, starred)
    }

    /// Everything that there is at a path, found in one walk.
    fn look(&self, path: &str) -> Look {
        let (mut gives, mut takes, mut forks) = (false, false, false);
        let beginnings = self.paths.beginnings(path).inspect(|beginning| {
            let known = &self.paths[beginning.id];
            gives |= known.marks.gives && (self.gives_at(path, beginning) || self.gives_called(path, beginning));
            takes |= beginning.end == path.len() && !known.taken().is_empty();
            forks |= self.forks_at(path, beginning);
        });
        let next = self.leads(path, beginnings);
        Look { gives, takes, forks, next }
    }
}

/// What there is at a path.
struct Look {
    /// Data from outside.
    gives: bool,
    /// A way to a sink.
    takes: bool,
    /// More than one way on.
    forks: bool,
    /// What it leads to.
    next: Option<CompactString>,
}
