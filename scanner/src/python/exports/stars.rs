//! Names that come from star imports.

use std::sync::{Mutex, PoisonError};

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};

use super::asked::Asked;
use super::paths::PathId;
use super::tree::Exports;
use crate::python::model::object::path_of;
use crate::rules::dispatch;

/// How many modules are asked for one name that a star import brings.
const STARS: usize = 256;

/// The modules of which one hands on all names.
#[derive(Debug, Default)]
pub(super) struct Stars {
    modules: Vec<CompactString>,
    /// Names that were asked for, and which of the modules each comes from.
    known: Mutex<FxHashMap<CompactString, Option<usize>>>,
}

impl Stars {
    /// Adds those of another file of the same module.
    pub(super) fn add(&mut self, modules: impl Iterator<Item = CompactString>) {
        for module in modules {
            if !self.modules.contains(&module) {
                self.modules.push(module);
            }
        }
    }
}

impl Exports {
    /// The module that a name of another one is likely to come from, which imports all names of several.
    pub(super) fn star(&self, module: PathId, name: &str) -> Option<&CompactString> {
        let Stars { modules, known } = self.paths[module].stars()?;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = known.get(name) {
            return modules.get((*at)?);
        }
        let at = self.likely_star(module, modules, name);
        known.insert(name.into(), at);
        modules.get(at?)
    }

    /// See [`star`](Self::star).
    fn likely_star(&self, module: PathId, stars: &[CompactString], name: &str) -> Option<usize> {
        // What is asked for is not hidden by what is not.
        let rank = |path: PathId| match &self.paths[path].target {
            Some(target) => 1 + u8::from(dispatch::is_reached(target)),
            None => 0,
        };
        let brought = self.bringing(stars.iter(), name);
        let found = brought.iter().rev().max_by_key(|(_, path)| rank(*path)).map(|(star, _)| *star);
        let from_outside = |star: &&CompactString| !self.has(star) && dispatch::is_rooted(star);
        let found = found.or_else(|| stars.iter().find(from_outside));
        // A module of that name is meant where nothing is known that would hide it.
        let is_module = || self.paths.find_name(module, name).is_some_and(|path| self.paths[path].is_module);
        match found {
            Some(found) => stars.iter().position(|star| star == found),
            None => (!stars.is_empty() && !is_module()).then_some(0),
        }
    }

    /// Those of several modules of the tree that bind a name, or import all names of one that does, with its path there.
    pub(super) fn bringing<'s>(
        &'s self,
        stars: impl Iterator<Item = &'s CompactString>,
        name: &str,
    ) -> Vec<(&'s CompactString, PathId)> {
        let mut seen = FxHashSet::default();
        let mut asked: Vec<(&CompactString, &CompactString)> = Vec::new();
        asked.extend(stars.take(STARS).filter(|star| seen.insert(*star)).map(|star| (star, star)));
        let (mut at, mut found) = (0, Vec::new());
        while let Some((module, star)) = asked.get(at).copied() {
            at += 1;
            let Some(module) = self.module(module) else { continue };
            let path = self.paths.find_name(module, name).filter(|path| self.paths[*path].is_name());
            if let Some(path) = path {
                found.push((star, path));
            } else if let Some(further) = self.paths[module].stars() {
                let room = STARS.saturating_sub(asked.len());
                let further = further.modules.iter().filter(|module| seen.insert(*module));
                asked.extend(further.take(room).map(|module| (module, star)));
            }
        }
        found
    }

    /// Whether a name that star imports of a file bring leads elsewhere than to what the tree's files bind.
    pub(super) fn brings_otherwise(&self, asked: &Asked) -> bool {
        let stars: Vec<CompactString> = asked.stars.iter().map(CompactString::from).collect();
        let leads = |star: &CompactString, name: &str| self.otherwise(&path_of(&[star, ".", name]));
        asked.starred.iter().any(|name| self.bringing(stars.iter(), name).iter().any(|(star, _)| leads(star, name)))
    }
}
