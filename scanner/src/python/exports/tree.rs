//! What all files hand out together, by qualified path.

use airlock_model::stdlib::is_standard_module;
use compact_str::CompactString;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use smallvec::SmallVec;

use super::deeds::Deeds;
use super::file::{FileExports, Take};
use super::paths::{Beginning, PathId, Paths};
use super::stars::Stars;
use crate::python::model::object::{path_of, top_of};
use crate::python::model::origin::Flow;
use crate::rules::dispatch;

/// How many modules one name may be handed through.
const STEPS: u32 = 8;

/// What all files of a tree hand out, by qualified path.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    pub(super) paths: Paths<Known>,
    /// How many files the tree has.
    pub(super) files: usize,
    /// Only the modules' names are known yet.
    is_unread: bool,
    has_given: bool,
    has_taken: bool,
    pub(super) deeds: Deeds,
}

/// What the tree says of one path.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Where it leads.
    pub(super) target: Option<CompactString>,
    pub(super) is_module: bool,
    /// A file binds it.
    is_own: bool,
    /// It, or something below it, leads to what a rule asks for.
    leads: bool,
    /// It, or something below it, holds data from outside.
    gives: bool,
    /// It, or something below it, takes data to a sink.
    takes: bool,
    more: Option<Box<More>>,
}

/// What is known of few paths.
#[derive(Debug, Default)]
struct More {
    given: Vec<Flow>,
    taken: Vec<Take>,
    stars: Option<Stars>,
}

impl Known {
    /// Whether a file binds it or says where it leads.
    pub(super) fn is_name(&self) -> bool {
        self.is_own || self.target.is_some()
    }

    pub(super) fn stars(&self) -> Option<&Stars> {
        self.more.as_ref()?.stars.as_ref()
    }

    pub(super) fn given(&self) -> &[Flow] {
        self.more.as_ref().map_or(&[], |more| &more.given)
    }

    pub(super) fn taken(&self) -> &[Take] {
        self.more.as_ref().map_or(&[], |more| &more.taken)
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }
}

/// Whether a path that is asked for is the name of another package's.
fn is_cover(path: &str, end: &str) -> bool {
    top_of(end) != top_of(path) && dispatch::is_asked(end) && dispatch::is_asked(path)
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

impl Exports {
    /// Of files of which only the modules' names are known yet; `others` are further names, and the modules they are of.
    pub(crate) fn unread(modules: impl Iterator<Item = String>, others: &[(&str, String)]) -> Self {
        let mut all = Self { is_unread: true, ..Self::default() };
        for module in modules {
            all.add_module(&module);
        }
        all.add_names(others);
        all
    }

    fn add_names(&mut self, others: &[(&str, String)]) {
        for (name, module) in others {
            let name = self.paths.add(name);
            self.paths[name].target = Some(module.into());
        }
    }

    fn add_module(&mut self, module: &str) -> PathId {
        self.files += 1;
        let id = self.paths.add(module);
        self.paths[id].is_module = true;
        id
    }

    /// Puts together what the files hand out, and takes it from them; each comes with the name of its module. `others` are
    /// further names, and the modules they are of.
    pub(crate) fn of<'f>(
        files: impl Iterator<Item = (String, &'f mut FileExports)>,
        others: &[(&str, String)],
    ) -> Self {
        let mut all = Self::default();
        all.add_names(others);
        for (module, file) in files {
            let id = all.add_module(&module);
            all.paths.reserve(file.own.len());
            for (name, target) in file.names.drain(..) {
                let own = target.strip_prefix(module.as_str()).and_then(|below| below.strip_prefix('.'));
                if own == Some(name.as_str()) {
                    continue;
                }
                let name = all.paths.add_name(id, &name);
                let known = &mut all.paths[name];
                if !known.target.as_deref().is_some_and(dispatch::is_reached) {
                    known.target = Some(target);
                }
            }
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
            if !file.stars.is_empty() {
                all.paths[id].more().stars.get_or_insert_default().add(file.stars.drain(..));
            }
        }
        all.mark_leading();
        all
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
        let named = self.paths.all().filter_map(|(name, known)| Some((name, known.target.as_ref()?)));
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

    /// Whether a path may lead into the tree.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.has_top(top_of(path))
    }

    fn known(&self, path: &str) -> Option<&Known> {
        self.paths.find(path).map(|id| &self.paths[id])
    }

    /// Whether a path leads out of the tree to something that is asked for, holds data or takes any.
    pub(super) fn otherwise(&self, path: &str) -> bool {
        let mut at = CompactString::from(path);
        for _ in 0..STEPS {
            let look = self.look(&at);
            if look.gives || look.takes {
                return true;
            }
            let Some(next) = look.next else { break };
            at = next;
            if self.is_standard(&at) {
                break;
            }
        }
        if is_cover(path, &at) {
            return true;
        }
        if self.is_followed(path, &at) {
            // What nobody asks for is passed over under either name.
            return dispatch::is_asked(&at);
        }
        self.has_taken && uncalled(path).is_some_and(|path| self.takes(path))
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
        if !self.has_given {
            return None;
        }
        let at = |path: CompactString| {
            let giving = self.paths.beginnings(&path).take_while(|beginning| self.paths[beginning.id].gives);
            giving
                .filter(|beginning| self.gives_at(&path, beginning))
                .last()
                .map(|last| (last.id, last.end == path.len()))
        };
        self.steps(path).find_map(at)
    }

    /// Whether data is what a beginning of a path holds, rather than what calling it gives.
    fn gives_at(&self, path: &str, beginning: &Beginning) -> bool {
        !self.paths[beginning.id].given().is_empty() && path.as_bytes().get(beginning.end) != Some(&b'(')
    }

    /// The function of the tree that is known to take what a path is given.
    pub(super) fn taking(&self, path: &str) -> Option<PathId> {
        if !self.has_taken {
            return None;
        }
        let takes = |path: &CompactString| self.paths.find(path).filter(|id| !self.paths[*id].taken().is_empty());
        let at = |path: &str| self.steps(path).find_map(|path| takes(&path));
        at(path).or_else(|| at(&uncalled(path)?))
    }

    /// Whether a path is a function or class of the tree, whichever module hands it on; what is likely, until the files
    /// are read.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        if self.is_unread { self.is_likely_own(path) } else { self.steps(path).any(|path| self.is_bound(&path)) }
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

    /// Whether a file imports something that leads out of the tree again.
    pub(crate) fn concern(&self, file: &FileExports) -> bool {
        let (mut given, mut taken) = (false, false);
        for path in &file.imports {
            let path = path.strip_suffix(".*").unwrap_or(path);
            let leads = |known: &Known| known.leads || known.stars().is_some();
            if self.module(path).is_some_and(|path| leads(&self.paths[path])) || self.follow(path).is_some() {
                return true;
            }
            // A name of the package's own may lead to one of these through other modules.
            for path in self.steps(path) {
                let Some(known) = self.known(&path) else { continue };
                given |= known.gives;
                taken |= known.takes;
            }
        }
        // Data is of interest where it can go somewhere.
        (given && (file.has_sink || taken)) || (taken && file.has_source)
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

    /// The other path that a path leads to, if it is one that a rule may ask for.
    pub(crate) fn follow(&self, path: &str) -> Option<CompactString> {
        let end = self.walked(self.step(path)?, STEPS - 1);
        self.is_followed(path, &end).then_some(end)
    }

    /// Whether a path is taken for the one that it leads to. What is asked for by its own name stays what it is: packages
    /// are known by their public names in their own source, too, and a file of such a name is not always what its
    /// importers get.
    fn is_followed(&self, path: &str, end: &str) -> bool {
        end != path
            && dispatch::is_rooted(end)
            && !dispatch::is_asked(path)
            && (!self.has(end) || dispatch::is_asked(end))
    }

    /// What a path that is asked for may be as well, since the tree has a package of that name: something else that is
    /// asked for.
    pub(super) fn covered(&self, path: &str) -> Option<CompactString> {
        if !dispatch::is_asked(path) {
            return None;
        }
        let end = self.walked(self.step(path)?, STEPS - 1);
        is_cover(path, &end).then_some(end)
    }

    /// Where a path leads in the end; what is asked for of the standard library is that, whatever file has its name.
    fn walked(&self, from: CompactString, steps: u32) -> CompactString {
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

    fn is_standard(&self, path: &str) -> bool {
        self.has(path) && dispatch::is_asked(path) && is_standard_module(top_of(path))
    }

    /// What a path leads to next.
    fn step(&self, path: &str) -> Option<CompactString> {
        if self.is_unread {
            return None;
        }
        self.leads(path, self.paths.beginnings(path))
    }

    /// What a path leads to next, by the longest of its beginnings that leads anywhere, or by a star import.
    fn leads(&self, path: &str, beginnings: impl Iterator<Item = Beginning>) -> Option<CompactString> {
        let mut named = None;
        let mut starred: SmallVec<[(usize, PathId); 4]> = SmallVec::new();
        for beginning in beginnings.filter(|beginning| beginning.is_whole) {
            let known = &self.paths[beginning.id];
            if known.is_name() {
                named = Some((beginning.end, known.target.as_ref()));
                starred.clear();
            }
            if beginning.end < path.len() && known.stars().is_some() {
                starred.push((beginning.end, beginning.id));
            }
        }
        if let Some((end, Some(target))) = named {
            return Some(path_of(&[target, &path[end..]]));
        }
        // What a file binds hides what star imports bring, but for modules, which packages bind, too.
        starred.into_iter().rev().find_map(|(dot, module)| {
            let name = path[dot + 1..].split(['.', '(', '[']).next().unwrap_or_default();
            Some(path_of(&[self.star(module, name)?, &path[dot..]]))
        })
    }

    /// Everything that there is at a path, found in one walk.
    fn look(&self, path: &str) -> Look {
        let (mut gives, mut takes) = (false, false);
        let beginnings = self.paths.beginnings(path).inspect(|beginning| {
            let known = &self.paths[beginning.id];
            gives |= known.gives && self.gives_at(path, beginning);
            takes |= beginning.end == path.len() && !known.taken().is_empty();
        });
        let next = self.leads(path, beginnings);
        Look { gives, takes, next }
    }
}

/// What there is at a path.
struct Look {
    /// Data from outside.
    gives: bool,
    /// A way to a sink.
    takes: bool,
    /// What it leads to.
    next: Option<CompactString>,
}
