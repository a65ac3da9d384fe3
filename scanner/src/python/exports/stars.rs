//! Names that come from star imports.

use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::asked::{Asked, Differ};
use super::paths::PathId;
use super::tree::Exports;
use crate::python::model::object::path_of;
use crate::rules::dispatch;

/// How many modules are asked for one name that a star import brings, and how many star imports are looked at for them.
pub(crate) const STARS: usize = 256;
const IMPORTS: usize = 4096;

/// The modules of which one hands on all names.
#[derive(Debug, Default)]
pub(super) struct Stars {
    modules: Vec<CompactString>,
    /// Names that were asked for.
    known: Mutex<FxHashMap<CompactString, Brought>>,
}

impl Stars {
    /// Forgets what was found out before all was known.
    pub(super) fn forget(&mut self) {
        *self.known.get_mut().unwrap_or_else(PoisonError::into_inner) = FxHashMap::default();
    }

    pub(super) fn modules(&self) -> impl Iterator<Item = &CompactString> {
        self.modules.iter()
    }

    /// Adds those of another file of the same module.
    pub(super) fn add(&mut self, modules: impl Iterator<Item = CompactString>) {
        for module in modules {
            if self.modules.len() < STARS && !self.modules.contains(&module) {
                self.modules.push(module);
            }
        }
    }
}

/// Where star imports bring a name from.
#[derive(Debug, Clone, Copy)]
struct Brought {
    /// Which of the modules is likely to be the one.
    by: Option<usize>,
    /// Others are known to bring it, too.
    by_others: bool,
}

/// What is known of a name where a star import brings it from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Nothing; a rule asks for something of the module, which is not the tree's.
    Outside,
    /// A file of the tree binds it.
    Own,
    /// It leads elsewhere.
    Leads,
    /// A rule asks for it.
    Asked,
}

impl Exports {
    /// The module that a name of another one is likely to come from, which imports all names of several.
    pub(super) fn star(&self, module: PathId, name: &str) -> Option<&CompactString> {
        self.paths[module].stars()?.modules.get(self.brought_by(module, name)?.by?)
    }

    /// Whether several of the modules that another one imports all names of bring a name.
    pub(super) fn is_brought_by_several(&self, module: PathId, name: &str) -> bool {
        self.brought_by(module, name).is_some_and(|brought| brought.by_others)
    }

    fn brought_by(&self, module: PathId, name: &str) -> Option<Brought> {
        let Stars { modules, known } = self.paths[module].stars()?;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(brought) = known.get(name) {
            return Some(*brought);
        }
        let found = self.sources(modules.iter(), name);
        let by_others = found.iter().any(|(star, rank)| *rank > Rank::Outside && *star != found[0].0);
        // What is asked for is not hidden by what is not; of equals the last one is what the name is in the end.
        let by = match found.into_iter().max_by_key(|(_, rank)| *rank) {
            Some((found, _)) => modules.iter().position(|star| star == found),
            // A module of that name is meant where nothing is known that would hide it.
            None => {
                let path = self.paths.find_name(module, name);
                let is_module = path.is_some_and(|path| self.paths[path].is_module);
                (!modules.is_empty() && !is_module).then_some(0)
            }
        };
        known.insert(name.into(), Brought { by, by_others });
        Some(Brought { by, by_others })
    }

    /// Those of several modules that bring a name, themselves or by star imports of their own: all that are known to, or
    /// else those that may, since they are modules of which a rule asks for something.
    pub(super) fn bringing<'s>(
        &'s self,
        stars: impl Iterator<Item = &'s CompactString>,
        name: &str,
    ) -> Vec<&'s CompactString> {
        let sources = self.sources(stars, name);
        let is_known = sources.iter().any(|(_, rank)| *rank > Rank::Outside);
        let mut brought: Vec<&CompactString> = Vec::new();
        for (star, rank) in sources {
            if (rank > Rank::Outside || !is_known) && !brought.contains(&star) {
                brought.push(star);
            }
        }
        brought
    }

    /// See [`bringing`](Self::bringing); nearer ones first.
    fn sources<'s>(
        &'s self,
        stars: impl Iterator<Item = &'s CompactString>,
        name: &str,
    ) -> Vec<(&'s CompactString, Rank)> {
        // What is nowhere takes no room.
        let is_there = |module: &&CompactString| dispatch::is_rooted(module) || self.module(module).is_some();
        let mut seen = FxHashSet::default();
        let mut asked: Vec<(&CompactString, &CompactString)> = Vec::new();
        asked.extend(stars.take(STARS).filter(|star| seen.insert(*star)).filter(is_there).map(|star| (star, star)));
        let (mut at, mut looked_at, mut found) = (0, 0, Vec::new());
        while let Some((module, star)) = asked.get(at).copied() {
            at += 1;
            if dispatch::is_rooted(module) {
                let is_asked = dispatch::is_asked(&path_of(&[module, ".", name]));
                let is_outside = !self.has(module);
                found.extend(
                    is_asked.then_some(Rank::Asked).or(is_outside.then_some(Rank::Outside)).map(|rank| (star, rank)),
                );
            }
            let Some(module) = self.module(module) else { continue };
            let path = self.paths.find_name(module, name).filter(|path| self.paths[*path].is_name());
            if let Some(path) = path {
                found.push((star, self.rank(path)));
            } else if let Some(further) = self.paths[module].stars() {
                let left = IMPORTS.saturating_sub(looked_at);
                looked_at += further.modules.len();
                let further = further.modules.iter().take(left).filter(|module| seen.insert(*module)).filter(is_there);
                asked.extend(further.take(STARS.saturating_sub(asked.len())).map(|module| (module, star)));
            }
        }
        found
    }

    fn rank(&self, path: PathId) -> Rank {
        let known = &self.paths[path];
        match &known.target {
            _ if known.target.iter().chain(known.others()).any(|target| dispatch::is_reached(target)) => Rank::Asked,
            None if known.others().is_empty() => Rank::Own,
            _ => Rank::Leads,
        }
    }

    /// Whether a name that star imports of a file bring leads elsewhere than to what the tree's files bind.
    pub(super) fn brings_otherwise(&self, asked: &Asked) -> bool {
        let stars: Vec<CompactString> = asked.stars.iter().map(CompactString::from).collect();
        let leads = |star: &CompactString, name: &str| {
            let path = path_of(&[star, ".", name]);
            self.otherwise(&path) != Differ::Not || self.ways(&path).ends().any(|end| dispatch::is_named(end))
        };
        asked.starred.iter().any(|name| self.bringing(stars.iter(), name).iter().any(|star| leads(star, name)))
    }

    /// Modules that hand on all names of others, and these.
    pub(super) fn star_imports(&self) -> impl Iterator<Item = (PathId, &CompactString)> {
        let starred = self.paths.all().filter_map(|(module, known)| Some((module, known.stars()?)));
        starred.flat_map(|(module, stars)| stars.modules().map(move |star| (module, star)))
    }
}
