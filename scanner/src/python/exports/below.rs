//! What classes give that stand on classes of other files. A class may leave it to those below it what a method gives, and
//! send that.

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::marks::GIVES;
use super::paths::PathId;
use super::tree::Exports;
use super::{Asked, Neighbours};
use crate::python::model::object::path_of;

/// How many classes stand on one another.
const CLASSES: usize = 16;

/// Classes, and what they stand on.
pub(super) type Bases = FxHashMap<PathId, Vec<CompactString>>;

impl Exports {
    /// Lets a class give what the classes below it give.
    pub(super) fn hand_up(&mut self, bases: &Bases) {
        let giving = self.paths.all().filter(|(_, known)| !known.given().is_empty());
        let mut above: Vec<(CompactString, PathId)> = Vec::new();
        for (id, _) in giving {
            let Some((class, member)) = self.member(id, bases) else { continue };
            above.extend(self.classes_above(class, bases).iter().map(|base| (path_of(&[base, "()", &member]), id)));
        }
        for (path, id) in above {
            let flows = self.paths[id].given().to_vec();
            let name = self.paths.add(&path);
            self.add_given(name, flows);
            self.mark(name, GIVES);
        }
    }

    /// The classes of other files that a class stands on, and those that these do.
    fn classes_above(&self, class: PathId, bases: &Bases) -> Vec<CompactString> {
        let (mut all, mut pending) = (Vec::new(), vec![class]);
        while let Some(class) = pending.pop() {
            for base in bases.get(&class).into_iter().flatten() {
                let Some(end) = self.steps(base).last() else { continue };
                if all.len() < CLASSES && !all.contains(&end) {
                    pending.extend(self.paths.find(&end));
                    all.push(end);
                }
            }
        }
        all
    }

    /// The class that a path is a member of the instances of, if it stands on another one, and the rest of the path.
    fn member(&self, id: PathId, bases: &Bases) -> Option<(PathId, CompactString)> {
        let (mut at, mut rest) = (id, CompactString::default());
        loop {
            let component = self.paths.component(at);
            let dot = if component.starts_with(['(', '[']) { "" } else { "." };
            rest = path_of(&[dot, component, &rest]);
            at = self.paths.above(at)?;
            let class = self.paths.above(at).filter(|_| self.paths.component(at) == "()");
            if let Some(class) = class.filter(|class| bases.contains_key(class)) {
                return Some((class, rest));
            }
        }
    }

    /// Whether classes of other files give anything that a file left to them.
    pub(crate) fn gives_below(&self, asked: &Asked) -> bool {
        let gives = |path: &str| self.paths.find(path).is_some_and(|id| !self.paths[id].given().is_empty());
        asked.below.iter().any(gives)
    }
}

impl Neighbours<'_> {
    /// What a method of a class of this file gives by classes below it, as others name it; noted.
    pub(crate) fn left_to_others(&self, class: &str, method: &str) -> Option<CompactString> {
        if self.is_alone() {
            return None;
        }
        let path = path_of(&[self.module(), ".", class, "().", method, "()"]);
        self.asked.borrow_mut().below.insert(&path);
        Some(path)
    }
}
