//! Data that files hand to one another, and what becomes of it: a file may hand on what it has from another one.

use rustc_hash::FxHashSet;

use super::asked::Asked;
use super::file::{Data, FileExports, Take};
use super::paths::PathId;
use super::tree::{Exports, Known, STEPS};
use crate::python::model::object::path_of;
use crate::python::model::origin::Flow;

/// How much of it is known of one name.
const MOST: usize = 64;

/// Names of which something became known.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    names: FxHashSet<PathId>,
    /// These, what they are below of, and names that lead to any of them.
    ways: FxHashSet<PathId>,
}

impl Fresh {
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl Exports {
    /// Takes over what files hand on that they have from others; each comes with the name of its module. Gives the names of
    /// which that is new.
    pub(crate) fn hand_on<'f>(&mut self, files: impl Iterator<Item = (String, &'f mut FileExports)>) -> Fresh {
        let mut fresh = Fresh::default();
        for (module, file) in files {
            let module = self.paths.add(&module);
            fresh.names.extend(self.add_data(module, &mut file.data));
        }
        if !fresh.is_empty() {
            self.spread_data();
            fresh.ways = self.ways_to(&fresh.names);
        }
        fresh
    }

    /// Some names and what they are below of, and names that lead to any of them. Names of the packages above are among them
    /// by themselves: whole trees import these, and hardly anything is named through them.
    fn ways_to(&self, names: &FxHashSet<PathId>) -> FxHashSet<PathId> {
        let (mut near, mut all) = (FxHashSet::default(), FxHashSet::default());
        names.iter().for_each(|name| self.add_ways(*name, &mut near, &mut all));
        for _ in 0..STEPS {
            let before = (near.len(), all.len());
            for (name, next) in &self.onward {
                if near.contains(next) {
                    self.add_ways(*name, &mut near, &mut all);
                } else if all.contains(next) {
                    all.insert(*name);
                }
            }
            if (near.len(), all.len()) == before {
                break;
            }
        }
        all
    }

    /// Adds a name with what it is below of, up to its module as what is near.
    fn add_ways(&self, name: PathId, near: &mut FxHashSet<PathId>, all: &mut FxHashSet<PathId>) {
        let (mut at, mut is_near) = (Some(name), true);
        while let Some(path) = at {
            let is_new = all.insert(path);
            if !(if is_near { near.insert(path) } else { is_new }) {
                break;
            }
            is_near &= !self.paths[path].is_module;
            at = self.paths.above(path);
        }
    }

    /// Takes over what a file's names hold and take, and gives those of which something is new.
    pub(super) fn add_data(&mut self, module: PathId, data: &mut Data) -> Vec<PathId> {
        let mut fresh = Vec::new();
        for (name, flows) in data.given.drain(..) {
            let name = self.paths.add_name(module, &name);
            let given = &mut self.paths[name].more().given;
            let before = given.len();
            for flow in flows {
                if given.len() < MOST && !given.iter().any(|known| is_known(known, &flow)) {
                    given.push(flow);
                }
            }
            if given.len() > before {
                self.mark(name, |known| &mut known.gives);
                self.has_given = true;
                fresh.push(name);
            }
        }
        for (name, take) in data.taken.drain(..) {
            let name = self.paths.add_name(module, &name);
            let taken = &mut self.paths[name].more().taken;
            if taken.len() < MOST && !taken.iter().any(|known| is_same(known, &take)) {
                taken.push(take);
                self.mark(name, |known| &mut known.takes);
                self.has_taken = true;
                fresh.push(name);
            }
        }
        fresh
    }

    /// Marks names that lead to those that hold or take data.
    pub(super) fn spread_data(&mut self) {
        let onward = std::mem::take(&mut self.onward);
        for _ in 0..STEPS {
            let mut is_done = true;
            for (name, next) in &onward {
                let (gives, takes) = (self.paths[*next].gives, self.paths[*next].takes);
                if gives && !self.paths[*name].gives {
                    self.mark(*name, |known| &mut known.gives);
                    is_done = false;
                }
                if takes && !self.paths[*name].takes {
                    self.mark(*name, |known| &mut known.takes);
                    is_done = false;
                }
            }
            if is_done {
                break;
            }
        }
        self.onward = onward;
    }

    /// Whether what a file asked about data is answered otherwise now that more is known of some names.
    pub(crate) fn answers_anew(&self, file: &FileExports, asked: &Asked, fresh: &Fresh) -> bool {
        let may = |path: &str| self.nearest_known(path).is_some_and(|nearest| fresh.ways.contains(&nearest));
        // What is not known of a module leads nowhere, unless its star imports bring it.
        let is_open = |known: &Known| !known.is_module || known.stars().is_some() || known.is_name();
        let leads = |path: &str| {
            let nearest = self.nearest_known(path);
            nearest.is_some_and(|nearest| fresh.ways.contains(&nearest) && is_open(&self.paths[nearest]))
        };
        let given = |path: &str| self.giving(path).map(|(giving, _)| giving);
        let is_fresh = |path: &str| {
            let all = given(path).into_iter().chain(given(&path_of(&[path, "()"]))).chain(self.taking(path));
            all.into_iter().any(|name| fresh.names.contains(&name))
        };
        file.imports.iter().any(|path| may(path.strip_suffix(".*").unwrap_or(path)))
            && asked.paths.iter().any(|path| leads(path) && is_fresh(path))
    }
}

/// Whether a flow is told already, whichever way it took.
fn is_known(known: &Flow, flow: &Flow) -> bool {
    (known.kind, &known.path, &known.name) == (flow.kind, &flow.path, &flow.name)
        && known.whole >= flow.whole
        && known.weak <= flow.weak
        && known.by_file == flow.by_file
}

/// Whether two ways lead from the same parameter to the same sink.
fn is_same(known: &Take, take: &Take) -> bool {
    (&known.parameter, known.index, known.sink, known.part, &known.path)
        == (&take.parameter, take.index, take.sink, take.part, &take.path)
        && known.is_same >= take.is_same
        && known.is_untouched >= take.is_untouched
        && known.destinations == take.destinations
}
