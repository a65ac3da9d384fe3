//! What a path may be besides what it is followed to.

use compact_str::CompactString;

use super::tree::Exports;
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
#[derive(Default)]
pub(super) struct Ways {
    /// The path itself, and each that it leads to.
    pub(super) ways: Vec<CompactString>,
    /// Those that lead nowhere else.
    ends: Vec<CompactString>,
    is_cut: bool,
}

impl Exports {
    /// What a path leads to by other ways than the one that is followed, as far as rules ask for it: a name may be bound
    /// more than once, and the tree may have a package of a name that rules ask for.
    pub(super) fn others(&self, path: &str) -> Others {
        if self.is_unread || !self.has(path) {
            return Others::default();
        }
        let covered = dispatch::is_asked(path);
        if !(covered || self.forks(path)) {
            return Others::default();
        }
        let Ways { mut ends, is_cut, .. } = self.ways(path, |way| self.may_lead(way));
        let followed = self.follow(path).unwrap_or_else(|| path.into());
        ends.retain(|end| dispatch::is_asked(end) && (!covered || top_of(end) != top_of(path)));
        // What is asked by the same rules says no more than what is there already.
        for at in (0..ends.len()).rev() {
            let earlier = ends[..at].iter().chain([&followed]).find(|earlier| dispatch::is_covered(&ends[at], earlier));
            if earlier.is_some() {
                ends.remove(at);
            }
        }
        Others { ends, is_cut }
    }

    /// Whether there is anything that [`others`](Self::others) finds.
    pub(super) fn leads_to_others(&self, path: &str) -> bool {
        let others = self.others(path);
        others.is_cut || !others.ends.is_empty()
    }

    /// Whether there is more than one way on from a path, or from what it is followed to.
    fn forks(&self, path: &str) -> bool {
        let forks = |path: CompactString| {
            self.paths.beginnings(&path).any(|beginning| !self.paths[beginning.id].others().is_empty())
        };
        self.has_others && self.steps(path).any(forks)
    }

    /// Everything that a path may lead to, by ways that may matter.
    pub(super) fn ways(&self, path: &str, matters: impl Fn(&str) -> bool) -> Ways {
        let mut ways = Ways { ways: vec![path.into()], ..Ways::default() };
        for at in 0..WAYS {
            let Some(way) = ways.ways.get(at).cloned() else { break };
            let before = ways.ways.len();
            if at == 0 || !self.is_standard(&way) {
                self.add_next(&way, &mut ways, &matters);
            }
            if ways.ways.len() == before && at > 0 {
                ways.ends.push(way);
            }
        }
        ways
    }

    /// Whether a path may lead to something that rules ask for.
    fn may_lead(&self, path: &str) -> bool {
        if !self.has(path) {
            return dispatch::is_asked(path);
        }
        let (mut leads, mut has_stars) = (false, false);
        for beginning in self.paths.beginnings(path) {
            leads = self.paths[beginning.id].leads;
            has_stars |= self.paths[beginning.id].stars().is_some();
        }
        leads || has_stars
    }

    /// Adds everything that a path leads to next.
    fn add_next(&self, path: &str, ways: &mut Ways, matters: &impl Fn(&str) -> bool) {
        let named = self.paths.beginnings(path).filter(|beginning| beginning.is_whole);
        let named = named.filter(|at| self.paths[at.id].is_name() || !self.paths[at.id].others().is_empty()).last();
        let others = named.map(|named| (named.end, &self.paths[named.id]));
        ways.is_cut |= others.is_some_and(|(_, known)| known.has_more_others());
        let others = others.into_iter().flat_map(|(end, known)| known.others().iter().map(move |other| (other, end)));
        let others = others.map(|(other, end)| path_of(&[other, &path[end..]]));
        for way in self.step(path).into_iter().chain(others) {
            if !matters(&way) || ways.ways.contains(&way) {
                continue;
            }
            if ways.ways.len() < WAYS { ways.ways.push(way) } else { ways.is_cut = true }
        }
    }
}
