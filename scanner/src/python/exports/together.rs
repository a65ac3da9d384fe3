//! Puts together what files hand out.

use compact_str::CompactString;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::below::Bases;
use super::file::FileExports;
use super::paths::PathId;
use super::stars::Stars;
use super::tree::{Exports, STEPS};
use crate::python::model::object::{path_of, top_of};
use crate::rules::dispatch;

/// How many more paths one name is known to lead to; of more it is known that there are.
const OTHERS: usize = 64;

impl Exports {
    /// Of files of which only the modules' names are known yet; `others` are further names, and the modules they may be of.
    pub(crate) fn unread(modules: impl Iterator<Item = String>, others: &[(&str, Vec<String>)]) -> Self {
        let mut all = Self { is_unread: true, ..Self::default() };
        for module in modules {
            all.add_module(&module);
        }
        all.add_names(others);
        all
    }

    fn add_names(&mut self, others: &[(&str, Vec<String>)]) {
        for (name, modules) in others {
            let id = self.paths.add(name);
            if let [module] = modules.as_slice() {
                self.paths[id].target = Some(module.into());
                continue;
            }
            // It is not known which of them is meant, but for files that stand beside one.
            let modules: Vec<CompactString> = modules.iter().map(CompactString::from).collect();
            let more = self.paths[id].more();
            more.others = modules.iter().take(OTHERS).cloned().collect();
            more.has_more_others = modules.len() > OTHERS;
            self.several.insert((*name).into(), modules);
        }
    }

    /// The path as a module means it, where it begins with a name that stands in several folders: the one beside the
    /// module, or in the nearest folder around it.
    pub(super) fn nearest(&self, module: &str, path: &str) -> Option<CompactString> {
        if self.several.is_empty() {
            return None;
        }
        let name = top_of(path);
        let is_around = |place: &&CompactString| {
            let folder = place.strip_suffix(name).unwrap_or_default();
            folder.len() > 1 && module.starts_with(folder)
        };
        let nearest = self.several.get(name)?.iter().filter(is_around).max_by_key(|place| place.len())?;
        Some(path_of(&[nearest, &path[name.len()..]]))
    }

    fn add_module(&mut self, module: &str) -> PathId {
        self.files += 1;
        let id = self.paths.add(module);
        self.paths[id].is_module = true;
        id
    }

    /// Puts together what the files hand out, and takes it from them; each comes with the name of its module. `others` are
    /// further names, and the modules they may be of.
    pub(crate) fn of<'f>(
        files: impl Iterator<Item = (String, &'f mut FileExports)>,
        others: &[(&str, Vec<String>)],
    ) -> Self {
        let (mut all, mut starred) = (Self::default(), Vec::new());
        let (mut further, mut overridden, mut passed) = (Vec::new(), Vec::new(), Vec::new());
        let mut bases = Bases::default();
        all.add_names(others);
        for (module, file) in files {
            let id = all.add_module(&module);
            all.paths.reserve(file.own.len());
            all.add_targets(id, &module, file, &mut further);
            all.add_ends(id, &mut file.ends);
            all.add_constants(id, std::mem::take(&mut file.constants));
            for name in file.own.drain(..) {
                let name = all.paths.add_name(id, &name);
                all.paths[name].is_own = true;
            }
            overridden.extend(file.overridden.drain(..).map(|name| (id, name)));
            for (class, base) in file.bases.drain(..) {
                let class = all.paths.add_name(id, &class);
                bases.entry(class).or_default().push(all.nearest(&module, &base).unwrap_or(base));
            }
            if !file.passed.is_empty() {
                passed.push((module.clone(), std::mem::take(&mut file.passed)));
            }
            if !file.stars.is_empty() {
                let nearest = |star: CompactString| all.nearest(&module, &star).unwrap_or(star);
                let stars: Vec<CompactString> = file.stars.drain(..).map(nearest).collect();
                all.paths[id].more().stars.get_or_insert_default().add(stars.into_iter());
                starred.push(id);
            }
        }
        all.add_further(further);
        let brought = all.brought(overridden);
        all.add_further(brought);
        for id in starred {
            all.paths[id].more().stars.iter_mut().for_each(Stars::forget);
        }
        all.hand_up(&bases);
        all.mark_leading();
        all.spread_marks();
        for (module, texts) in passed {
            all.add_passed(&module, texts);
        }
        all
    }

    /// Adds where the names of a file lead. Of several paths one is followed in all that is asked of a name: the first that
    /// rules ask for, or else the last.
    fn add_targets(
        &mut self,
        id: PathId,
        module: &str,
        file: &mut FileExports,
        further: &mut Vec<(PathId, CompactString)>,
    ) {
        for (name, target) in file.names.drain(..) {
            let target = self.nearest(module, &target).unwrap_or(target);
            let own = target.strip_prefix(module).and_then(|below| below.strip_prefix('.'));
            if own == Some(name.as_str()) {
                continue;
            }
            let name = self.paths.add_name(id, &name);
            let known = &mut self.paths[name].target;
            match known {
                Some(before) if dispatch::is_reached(before) => further.push((name, target)),
                _ => further.extend(known.replace(target).map(|before| (name, before))),
            }
        }
    }

    /// What star imports bring under names that files bind before them, where it leads to what rules ask for.
    fn brought(&self, overridden: Vec<(PathId, CompactString)>) -> Vec<(PathId, CompactString)> {
        let mut all = Vec::new();
        for (module, name) in overridden {
            let Some(stars) = self.paths[module].stars() else { continue };
            let Some(id) = self.paths.find_name(module, &name) else { continue };
            let brought = self.bringing(stars.modules(), &name).into_iter().map(|star| path_of(&[star, ".", &name]));
            let asked = |path: &CompactString| self.ways(path).ends().any(|end| dispatch::is_named(end));
            all.extend(brought.filter(asked).map(|path| (id, path)));
        }
        all
    }

    /// Adds the other paths that names lead to, as far as they may lead to something; the rest is passed over until more is
    /// known of it.
    pub(super) fn add_further(&mut self, further: Vec<(PathId, CompactString)>) {
        let forked: FxHashSet<PathId> = further.iter().map(|(name, _)| *name).collect();
        let matters = |(name, other): &(PathId, CompactString)| {
            // What functions give and displays hold is many things nearly always, which lead to one another.
            if self.paths.is_named(*name) { self.may_matter(other, &forked) } else { self.leads_out(other) }
        };
        let matters: Vec<bool> = further.par_iter().map(matters).collect();
        for ((name, other), matters) in further.into_iter().zip(matters) {
            let is_named = self.paths.is_named(name);
            if !matters {
                self.passed_over.extend(is_named.then_some((name, other)));
                continue;
            }
            let known = &mut self.paths[name];
            if known.target.as_ref() == Some(&other) || known.others().contains(&other) {
                continue;
            }
            self.add_edge(name, &other);
            let more = self.paths[name].more();
            if more.others.len() < OTHERS {
                more.others.push(other);
            } else {
                more.has_more_others |= is_named;
            }
        }
    }

    /// Whether a path leads to something outside that rules ask for.
    fn leads_out(&self, path: &CompactString) -> bool {
        let end = self.walked(path.clone(), STEPS);
        dispatch::is_named(&end) || dispatch::is_asked(&end)
    }

    /// Whether a path may lead to what rules ask for, has data or takes it.
    fn may_matter(&self, path: &str, forked: &FxHashSet<PathId>) -> bool {
        let mut end = CompactString::from(path);
        for step in self.steps(path) {
            let is_open = self.paths.beginnings(&step).any(|beginning| {
                let known = &self.paths[beginning.id];
                let ends =
                    !known.given().is_empty() || !known.taken().is_empty() || self.gives_called(&step, &beginning);
                forked.contains(&beginning.id) || ends || known.stars().is_some() || !known.others().is_empty()
            });
            if is_open {
                return true;
            }
            end = step;
        }
        dispatch::is_named(&end) || dispatch::is_asked(&end) || self.onward(&end).is_some()
    }
}
