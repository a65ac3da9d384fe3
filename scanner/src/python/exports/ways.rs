//! What a path may be besides what it is followed to.

use compact_str::CompactString;
use rustc_hash::FxHashSet;

use super::paths::Beginning;
use super::stars::Stars;
use super::tree::{Exports, LONGEST, first_name};
use crate::python::model::object::{path_of, top_of};
use crate::rules::dispatch;

/// How many paths are looked at for where one may lead.
const WAYS: usize = 64;

/// What a path may be as well.
#[derive(Debug, Default)]
pub(crate) struct Others {
    /// What rules ask for.
    pub(crate) ends: Vec<CompactString>,
    /// There are more ways than were looked at.
    pub(crate) is_cut: bool,
}

/// Where a path may lead, by all ways.
pub(super) struct Ways {
    /// The path itself, and each that it leads to, with whether that leads on.
    ways: Vec<(CompactString, bool)>,
    is_cut: bool,
}

impl Ways {
    pub(super) fn all(&self) -> impl Iterator<Item = &CompactString> {
        self.ways.iter().map(|(way, _)| way)
    }

    /// Those that lead nowhere else.
    pub(super) fn ends(&self) -> impl Iterator<Item = &CompactString> {
        self.ways.iter().filter(|(_, leads_on)| !leads_on).map(|(way, _)| way)
    }
}

impl Exports {
    /// What a path leads to by other ways than the one that is followed, as far as rules ask for it: a name may be bound
    /// more than once, and the tree may have a package of a name that rules ask for.
    pub(super) fn others(&self, path: &str) -> Others {
        if !self.marks(path).leads {
            return Others::default();
        }
        let covered = dispatch::is_asked(path);
        if !(covered || self.forks(path)) {
            return Others { ends: Vec::new(), is_cut: self.is_cut_short(path) };
        }
        let ways = self.ways(path);
        let followed = self.follow(path).unwrap_or_else(|| path.into());
        let is_other = |end: &&CompactString| {
            **end != followed && **end != *path && dispatch::is_asked(end) && (!covered || top_of(end) != top_of(path))
        };
        let mut ends: Vec<CompactString> = Vec::new();
        for end in ways.ends().filter(is_other) {
            // What is asked for by nothing but the name of its module says no more than another one of it.
            if ends.iter().chain([&followed]).all(|earlier| !dispatch::is_covered(end, earlier)) {
                ends.push(end.clone());
            }
        }
        Others { ends, is_cut: ways.is_cut }
    }

    /// Whether there is anything that [`others`](Self::others) finds.
    pub(super) fn leads_to_others(&self, path: &str) -> bool {
        let others = self.others(path);
        others.is_cut || !others.ends.is_empty()
    }

    /// Whether a path leads further than it is followed, and not in a circle.
    fn is_cut_short(&self, path: &str) -> bool {
        let steps: Vec<CompactString> = self.steps(path).collect();
        let onward = steps.last().and_then(|last| self.onward(last));
        onward.is_some_and(|next| !steps.contains(&next))
    }

    /// Whether there is more than one way on from a path, or from what it is followed to.
    fn forks(&self, path: &str) -> bool {
        let forks = |path: CompactString| self.paths.beginnings(&path).any(|at| self.forks_at(&path, &at));
        self.steps(path).any(forks)
    }

    /// Whether there is at a beginning of a path.
    pub(super) fn forks_at(&self, path: &str, beginning: &Beginning) -> bool {
        let known = &self.paths[beginning.id];
        let brought = || known.stars().is_some() && beginning.is_whole && beginning.end < path.len();
        !known.others().is_empty()
            || (brought() && self.is_brought_by_several(beginning.id, first_name(&path[beginning.end + 1..])))
    }

    /// Everything that a path may lead to where there is more than one way on.
    pub(super) fn other_ways(&self, path: &str) -> Vec<CompactString> {
        if self.forks(path) { self.ways(path).all().cloned().collect() } else { Vec::new() }
    }

    /// Everything that a path may lead to.
    pub(super) fn ways(&self, path: &str) -> Ways {
        let mut ways = Ways { ways: vec![(path.into(), false)], is_cut: false };
        let mut seen: FxHashSet<CompactString> = FxHashSet::default();
        seen.insert(path.into());
        let mut at = 0;
        while let Some((way, _)) = ways.ways.get(at).cloned() {
            if at == 0 || !self.is_standard(&way) {
                for next in self.next_ways(&way, &mut ways.is_cut) {
                    ways.ways[at].1 = true;
                    if next.len() > LONGEST || (ways.ways.len() >= WAYS && !seen.contains(&next)) {
                        ways.is_cut = true;
                    } else if seen.insert(next.clone()) {
                        ways.ways.push((next, false));
                    }
                }
            }
            at += 1;
        }
        ways
    }

    /// Everything that a path leads to next; `is_cut` is set where there is more.
    fn next_ways(&self, path: &str, is_cut: &mut bool) -> Vec<CompactString> {
        let mut next: Vec<CompactString> = self.onward(path).into_iter().collect();
        let (named, starred) = self.leading(path, self.paths.beginnings(path));
        if let Some(named) = named {
            let known = &self.paths[named.id];
            *is_cut |= known.has_more_others();
            next.extend(known.others().iter().map(|other| path_of(&[other, &path[named.end..]])));
        }
        for module in starred {
            let name = first_name(&path[module.end + 1..]);
            let stars = self.paths[module.id].stars().into_iter().flat_map(Stars::modules);
            next.extend(self.bringing(stars, name).into_iter().map(|star| path_of(&[star, &path[module.end..]])));
        }
        next
    }
}
