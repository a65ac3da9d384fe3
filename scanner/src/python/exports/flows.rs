//! Where flows between files begin and end. A file may hand on what it has from another one, and hand what it is given to
//! another one's function.

use memchr::memmem;
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::asked::Asked;
use super::ends::{Ends, Take};
use super::file::FileExports;
use super::marks::{GIVES, TAKES};
use super::paths::PathId;
use super::tree::{Exports, Known, STEPS, first_name};
use crate::python::model::object::path_of;
use crate::python::model::origin::Flow;

/// How many flows of one name are known, and how many parameters' ways to sinks.
const MOST: usize = 1024;

/// Names at which flows begin or end that were not known before.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    names: FxHashSet<PathId>,
    /// The modules of those that hold data.
    givers: FxHashSet<PathId>,
    /// The names, what they are below of, and names that lead to any of them.
    ways: FxHashSet<PathId>,
}

/// What a file may hand on of what it imports.
#[derive(Debug)]
pub(super) enum Handed {
    Nothing,
    /// That is data, or gives it when it is called.
    Data,
    /// No more than what these modules hold.
    Modules(SmallVec<[PathId; 1]>),
}

impl Handed {
    /// Whether a text names any of it.
    pub(super) fn is_named(&self, exports: &Exports, text: &[u8]) -> bool {
        match self {
            Self::Nothing => false,
            Self::Data => true,
            Self::Modules(modules) => modules.iter().any(|module| exports.names_data(*module, text)),
        }
    }
}

impl Fresh {
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl Exports {
    /// Takes over the flows that files hand on; each comes with the name of its module. Gives the names at which there are
    /// new ones.
    pub(crate) fn hand_on<'f>(&mut self, files: impl Iterator<Item = (String, &'f mut FileExports)>) -> Fresh {
        let mut fresh = Fresh::default();
        for (module, file) in files {
            let module = self.paths.add(&module);
            let (given, taken) = self.add_ends(module, &mut file.ends);
            if !given.is_empty() {
                fresh.givers.insert(module);
            }
            fresh.names.extend(given.into_iter().chain(taken));
        }
        if !fresh.is_empty() {
            let passed_over = std::mem::take(&mut self.passed_over);
            self.add_further(passed_over);
            self.spread_marks();
            fresh.ways = self.ways_to(&fresh.names);
        }
        fresh
    }

    /// Some names and what they are below of, and names that lead to any of them. Names of the packages above are among them
    /// by themselves: whole trees import these, and hardly anything is named through them.
    fn ways_to(&self, names: &FxHashSet<PathId>) -> FxHashSet<PathId> {
        // Those up to the modules are near; what leads to these is followed further.
        let (mut near, mut all) = (FxHashSet::default(), FxHashSet::default());
        names.iter().for_each(|name| self.add_ways(*name, &mut near, &mut all));
        for _ in 0..STEPS {
            let before = (near.len(), all.len());
            for (name, next) in &self.edges {
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

    /// Adds a name and what it is below of.
    fn add_ways(&self, name: PathId, near: &mut FxHashSet<PathId>, all: &mut FxHashSet<PathId>) {
        let (mut at, mut is_near) = (Some(name), true);
        while let Some(path) = at {
            let (is_new, is_newly_near) = (all.insert(path), is_near && near.insert(path));
            // What is above one that was there is there, too.
            if !is_newly_near && (is_near || !is_new) {
                return;
            }
            is_near &= !self.paths[path].is_module;
            at = self.paths.above(path);
        }
    }

    /// Takes over at which of a module's names flows begin and end, and gives those names of which something is new: the
    /// ones that hold data, and those that take it.
    pub(super) fn add_ends(&mut self, module: PathId, ends: &mut Ends) -> (Vec<PathId>, Vec<PathId>) {
        let (mut giving, mut taking) = (Vec::new(), Vec::new());
        for (name, flows) in ends.given.drain(..) {
            let first = first_name(&name);
            let name = self.paths.add_name(module, &name);
            if self.add_given(name, flows) {
                self.mark(name, GIVES);
                let own = self.givers.entry(module).or_default();
                own.insert(first.into());
                giving.push(name);
            }
        }
        for (name, take) in ends.taken.drain(..) {
            let name = self.paths.add_name(module, &name);
            let taken = &mut self.paths[name].more().taken;
            if taken.len() < MOST && !taken.iter().any(|known| tells_take(known, &take)) {
                taken.push(take);
                self.mark(name, TAKES);
                taking.push(name);
            }
        }
        (giving, taking)
    }

    /// Adds data that a name gives, and says whether any of it is new.
    pub(super) fn add_given(&mut self, name: PathId, flows: Vec<Flow>) -> bool {
        let given = &mut self.paths[name].more().given;
        let before = given.len();
        for flow in flows {
            if given.len() < MOST && !given.iter().any(|known| tells_flow(known, &flow)) {
                given.push(flow);
            }
        }
        given.len() > before
    }

    /// What a file that imports a path may hand on without a question.
    pub(super) fn handed(&self, path: &str) -> Handed {
        if !self.marks(path).gives {
            Handed::Nothing
        } else if self.gives_any(path).is_some() {
            Handed::Data
        } else {
            Handed::Modules(self.givers_at(path).collect())
        }
    }

    /// The modules that hold data which a path leads to.
    fn givers_at(&self, path: &str) -> impl Iterator<Item = PathId> {
        self.steps(path).filter_map(|path| self.paths.find(&path).filter(|found| self.givers.contains_key(found)))
    }

    /// Whether a text has any of the names under which a module holds data.
    pub(super) fn names_data(&self, module: PathId, text: &[u8]) -> bool {
        let names = self.givers.get(&module).into_iter().flatten();
        names.into_iter().any(|name| memmem::find(text, name.as_bytes()).is_some())
    }

    /// Whether what a file asked is answered otherwise by flows that were not known before, or it may hand these on.
    pub(crate) fn answers_anew(&self, file: &FileExports, text: &[u8], asked: &Asked, fresh: &Fresh) -> bool {
        let may = |path: &str| self.nearest_known(path).is_some_and(|nearest| fresh.ways.contains(&nearest));
        if !file.imports().any(may) {
            return false;
        }
        // What is not known of a module leads nowhere, unless its star imports bring it.
        let is_open = |known: &Known| !known.is_module || known.stars().is_some() || known.is_name();
        let leads = |path: &str| {
            let nearest = self.nearest_known(path);
            nearest.is_some_and(|nearest| fresh.ways.contains(&nearest) && is_open(&self.paths[nearest]))
        };
        let is_fresh = |path: &str| {
            self.gives_any(path).into_iter().chain(self.taking(path)).any(|name| fresh.names.contains(&name))
        };
        let is_named = |module| fresh.givers.contains(&module) && self.names_data(module, text);
        file.imports().any(|path| self.givers_at(path).any(is_named) || (leads(path) && is_fresh(path)))
            || asked.paths.iter().any(|path| leads(path) && is_fresh(path))
    }

    /// Where the data is that a path holds, or that calling it gives.
    fn gives_any(&self, path: &str) -> Option<PathId> {
        if !self.may_give(path) {
            return None;
        }
        let giving = |path: &str| self.giving(path).map(|(giving, _)| giving);
        giving(path).or_else(|| giving(&path_of(&[path, "()"])))
    }

    /// Whether a path may hold data, or calling it give any: most do not, as one walk tells.
    fn may_give(&self, path: &str) -> bool {
        self.marks(path).gives
            && self.steps(path).any(|path| {
                let mut beginnings = self.paths.beginnings(&path);
                beginnings.any(|at| {
                    let gives = self.paths[at.id].marks.gives && self.gives_at(&path, &at);
                    let is_called = || at.end == path.len() && self.paths.find_name(at.id, "()").is_some();
                    gives || self.forks_at(&path, &at) || is_called()
                })
            })
    }

    /// Whether any of the paths that a file came to gives data.
    pub(super) fn gives_to(&self, asked: &Asked) -> bool {
        asked.paths.iter().any(|path| self.gives_any(path).is_some())
    }
}

/// Whether a flow is told by another one already, whichever way it took.
fn tells_flow(known: &Flow, flow: &Flow) -> bool {
    (known.kind, &known.path, &known.name) == (flow.kind, &flow.path, &flow.name)
        && known.whole >= flow.whole
        && known.weak <= flow.weak
        && known.by_file == flow.by_file
}

/// Whether a way from a parameter to a sink is told by another one already.
fn tells_take(known: &Take, take: &Take) -> bool {
    (&known.parameter, known.index, known.sink, known.part, &known.path)
        == (&take.parameter, take.index, take.sink, take.part, &take.path)
        && known.is_same >= take.is_same
        && known.is_untouched >= take.is_untouched
        && known.destinations == take.destinations
}
