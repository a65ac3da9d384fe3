//! Puts together what files hand out.

use compact_str::CompactString;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::file::FileExports;
use super::paths::PathId;
use super::tree::{Exports, Known, STEPS};
use crate::python::model::object::path_of;
use crate::rules::dispatch;

/// How many more paths one name is known to lead to; of more it is known that there are.
const OTHERS: usize = 64;

/// What a path is worth following for.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    Nothing,
    /// It leads to a module of which rules ask for something.
    Outside,
    /// It has data from outside, or takes it to a sink.
    Data,
    /// Rules ask for what it leads to.
    Asked,
}

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
            let name = self.paths.add(name);
            match modules.as_slice() {
                [module] => self.paths[name].target = Some(module.into()),
                // It is not known which of them is meant.
                several => {
                    self.paths[name].more().others = several.iter().take(OTHERS).map(CompactString::from).collect();
                    self.has_others = true;
                }
            }
        }
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
        let (mut all, mut further, mut overridden) = (Self::default(), Vec::new(), Vec::new());
        all.add_names(others);
        for (module, file) in files {
            let id = all.add_module(&module);
            all.paths.reserve(file.own.len());
            all.add_targets(id, &module, file, &mut further);
            for (name, flows) in file.given.drain(..) {
                let name = all.paths.add_name(id, &name);
                all.paths[name].more().given.extend(flows);
                all.mark(name, |known| &mut known.gives);
                all.has_given = true;
            }
            for (name, take) in file.taken.drain(..) {
                let name = all.paths.add_name(id, &name);
                all.paths[name].more().taken.push(take);
                all.mark(name, |known| &mut known.takes);
                all.has_taken = true;
            }
            for name in file.own.drain(..) {
                let name = all.paths.add_name(id, &name);
                all.paths[name].is_own = true;
            }
            overridden.extend(file.overridden.drain(..).map(|name| (id, name)));
            if !file.stars.is_empty() {
                all.paths[id].more().stars.get_or_insert_default().add(file.stars.drain(..));
            }
        }
        all.add_brought(overridden, &mut further);
        all.add_further(further);
        all.mark_leading();
        all
    }

    /// Adds where the names of a file lead. Of several paths one is followed in all that is asked of a name: one that
    /// rules ask for, if there is one.
    fn add_targets(
        &mut self,
        id: PathId,
        module: &str,
        file: &mut FileExports,
        further: &mut Vec<(PathId, CompactString)>,
    ) {
        for (name, target) in file.names.drain(..) {
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

    /// Adds what star imports bring under names that files bind before them, where it leads to what rules ask for.
    fn add_brought(&mut self, overridden: Vec<(PathId, CompactString)>, further: &mut Vec<(PathId, CompactString)>) {
        for (module, name) in overridden {
            let Some(stars) = self.paths[module].stars() else { continue };
            let brought = self.bringing(stars.modules(), &name).into_iter().map(|star| path_of(&[star, ".", &name]));
            let asked = |path: &CompactString| dispatch::is_asked_by_name(&self.walked(path.clone(), STEPS));
            let asked: Vec<CompactString> = brought.filter(asked).collect();
            let name = self.paths.add_name(module, &name);
            further.extend(asked.into_iter().map(|path| (name, path)));
        }
    }

    /// Adds the other paths that names lead to. The one that is worth most is the one that is followed.
    fn add_further(&mut self, mut further: Vec<(PathId, CompactString)>) {
        for (name, other) in &mut further {
            if let Some(target) = &self.paths[*name].target
                && target != other
                && self.worth(other) > self.worth(target)
            {
                self.paths[*name].target.iter_mut().for_each(|target| std::mem::swap(target, other));
            }
        }
        for (name, other) in further {
            // What functions give and displays hold is many things nearly always: the first is meant to be enough.
            let is_named = self.paths.is_named(name);
            let known = &mut self.paths[name];
            if !is_named || known.target.as_ref() == Some(&other) {
                continue;
            }
            self.has_others = true;
            let more = known.more();
            if more.others.len() >= OTHERS {
                more.has_more_others = true;
            } else if !more.others.contains(&other) {
                more.others.push(other);
            }
        }
    }

    /// What a path is worth following for.
    fn worth(&self, path: &CompactString) -> Worth {
        let end = self.walked(path.clone(), STEPS);
        if dispatch::is_asked(&end) {
            return Worth::Asked;
        }
        if self.taking(path).is_some() || self.giving(path).is_some() {
            return Worth::Data;
        }
        if dispatch::is_rooted(&end) && !self.has(&end) { Worth::Outside } else { Worth::Nothing }
    }

    /// Marks a path, and the beginnings of it that an import may name. With one of them come all that are shorter.
    fn mark(&mut self, path: PathId, mark: fn(&mut Known) -> &mut bool) {
        let mut at = Some(path);
        while let Some(path) = at
            && !std::mem::replace(mark(&mut self.paths[path]), true)
        {
            at = self.paths.above(path);
        }
    }

    /// Marks names that lead out of the tree.
    fn mark_leading(&mut self) {
        let all = self.paths.all();
        let named = all.flat_map(|(name, known)| known.target.iter().chain(known.others()).map(move |to| (name, to)));
        let named: Vec<(PathId, &CompactString)> = named.collect();
        let mut left: Vec<(PathId, bool, Option<PathId>)> = named
            .into_par_iter()
            .map(|(name, target)| {
                let end = self.walked(target.clone(), STEPS - 1);
                let leads = dispatch::is_rooted(&end) && self.paths.find(&end) != Some(name);
                (name, leads, self.paths.find(target))
            })
            .collect();
        // A name may lead to a module of the tree that leads out in turn.
        for _ in 0..STEPS {
            left.retain(|(name, ..)| !self.paths[*name].leads);
            let onward = |next: Option<PathId>| next.is_some_and(|next| self.paths[next].leads);
            let leading = left.iter().filter(|(_, leads, next)| *leads || onward(*next)).map(|(name, ..)| *name);
            let leading: Vec<PathId> = leading.collect();
            if leading.is_empty() {
                break;
            }
            leading.into_iter().for_each(|name| self.mark(name, |known| &mut known.leads));
        }
    }
}
