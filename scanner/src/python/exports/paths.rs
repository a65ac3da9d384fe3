//! Paths by their components, so that everything that is known of a path and of its beginnings is found in one walk.

use std::hash::{BuildHasher as _, BuildHasherDefault};

use compact_str::CompactString;
use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// A place in the tree of paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PathId(u32);

impl PathId {
    /// Above all paths.
    const ROOT: Self = Self(u32::MAX);

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A beginning of a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    /// How many bytes it has.
    pub(super) end: usize,
    pub(super) id: PathId,
    /// Another name follows, or nothing: no call and no item.
    pub(super) is_whole: bool,
}

#[derive(Debug)]
struct Node<T> {
    above: PathId,
    /// A name, or brackets.
    component: CompactString,
    value: T,
}

/// What is known of paths.
#[derive(Debug)]
pub(super) struct Paths<T> {
    nodes: Vec<Node<T>>,
    below: HashTable<PathId>,
}

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self { nodes: Vec::new(), below: HashTable::new() }
    }
}

impl<T: Default> Paths<T> {
    /// Adds a path, unless it is known.
    pub(super) fn add(&mut self, path: &str) -> PathId {
        components(path).fold(PathId::ROOT, |above, (start, end)| self.add_below(above, &path[start..end]))
    }

    /// Adds a name, with what follows it, to a path.
    pub(super) fn add_name(&mut self, above: PathId, name: &str) -> PathId {
        components(name).fold(above, |above, (start, end)| self.add_below(above, &name[start..end]))
    }

    fn add_below(&mut self, above: PathId, component: &str) -> PathId {
        if let Some(known) = self.child(above, component) {
            return known;
        }
        // More paths than a number of 32 bits counts do not fit into memory.
        let id = PathId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX - 1));
        self.nodes.push(Node { above, component: component.into(), value: T::default() });
        let nodes = &self.nodes;
        self.below.insert_unique(hash(above, component), id, |id| {
            let node = &nodes[id.index()];
            hash(node.above, &node.component)
        });
        id
    }
}

impl<T> Paths<T> {
    /// Makes room for more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.nodes.reserve(more);
        let nodes = &self.nodes;
        self.below.reserve(more, |id| hash(nodes[id.index()].above, &nodes[id.index()].component));
    }

    fn child(&self, above: PathId, component: &str) -> Option<PathId> {
        let is_it = |id: &PathId| {
            let node = &self.nodes[id.index()];
            node.above == above && node.component == component
        };
        self.below.find(hash(above, component), is_it).copied()
    }

    /// Whether paths begin with this name.
    pub(super) fn has_top(&self, name: &str) -> bool {
        self.child(PathId::ROOT, name).is_some()
    }

    /// The beginnings of a path that are known, from the shortest to the longest.
    pub(super) fn beginnings(&self, path: &str) -> impl Iterator<Item = Beginning> {
        let mut above = PathId::ROOT;
        components(path).map_while(move |(start, end)| {
            above = self.child(above, &path[start..end])?;
            let is_whole = path.as_bytes().get(end).is_none_or(|byte| *byte == b'.');
            Some(Beginning { end, id: above, is_whole })
        })
    }

    /// A whole path, if it is known.
    pub(super) fn find(&self, path: &str) -> Option<PathId> {
        components(path).try_fold(PathId::ROOT, |above, (start, end)| self.child(above, &path[start..end]))
    }

    /// A name below a path.
    pub(super) fn find_name(&self, above: PathId, name: &str) -> Option<PathId> {
        components(name).try_fold(above, |above, (start, end)| self.child(above, &name[start..end]))
    }

    /// The last component of a path.
    pub(super) fn component(&self, id: PathId) -> &str {
        &self.nodes[id.index()].component
    }

    /// The path without its last component.
    pub(super) fn above(&self, id: PathId) -> Option<PathId> {
        Some(self.nodes[id.index()].above).filter(|above| *above != PathId::ROOT)
    }

    /// Whether it is a name below a name, rather than what calling one gives, or an item.
    pub(super) fn is_named(&self, id: PathId) -> bool {
        let mut ids = std::iter::successors(Some(id), |id| self.above(*id));
        ids.all(|id| !self.nodes[id.index()].component.starts_with(['(', '[']))
    }

    /// All paths that were added, and their beginnings.
    pub(super) fn all(&self) -> impl Iterator<Item = (PathId, &T)> {
        (0..).map(PathId).zip(self.nodes.iter().map(|node| &node.value))
    }
}

impl<T> std::ops::Index<PathId> for Paths<T> {
    type Output = T;

    fn index(&self, id: PathId) -> &T {
        &self.nodes[id.index()].value
    }
}

impl<T> std::ops::IndexMut<PathId> for Paths<T> {
    fn index_mut(&mut self, id: PathId) -> &mut T {
        &mut self.nodes[id.index()].value
    }
}

/// Where the components of a path begin and end: names, calls and items.
fn components(path: &str) -> impl Iterator<Item = (usize, usize)> {
    let from = move |start: usize| {
        let rest = path.as_bytes().get(start + 1..).unwrap_or_default();
        let end = rest.iter().position(|byte| BEFORE_COMPONENT[usize::from(*byte)]);
        (start, end.map_or(path.len(), |at| start + 1 + at))
    };
    let after = move |(_, end): &(usize, usize)| {
        let next = path.as_bytes().get(*end)?;
        Some(from(if *next == b'.' { end + 1 } else { *end }))
    };
    std::iter::successors(Some(from(0)), after)
}

/// Which bytes come before a component, or begin it.
static BEFORE_COMPONENT: [bool; 256] = {
    let mut table = [false; 256];
    table[b'.' as usize] = true;
    table[b'(' as usize] = true;
    table[b'[' as usize] = true;
    table
};

fn hash(above: PathId, component: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one((above.0, component))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_its_beginnings_are_found() {
        let mut paths: Paths<u8> = Paths::default();
        let module = paths.add("p.a");
        let item = paths.add_name(module, "f().x[]");
        assert_eq!(paths.find("p.a.f().x[]"), Some(item));
        assert_eq!(paths.add("p.a.f().x[]"), item);
        assert_eq!(paths.find_name(module, "f()"), paths.find("p.a.f()"));
        assert_eq!(paths.find("p.a.g"), None);
        assert_eq!(paths.find("p.a.f"), paths.above(paths.find("p.a.f()").unwrap()));
        let beginnings = |path| paths.beginnings(path).map(|at| (at.end, at.is_whole)).collect::<Vec<_>>();
        assert_eq!(beginnings("p.a.f().y"), [(1, true), (3, true), (5, false), (7, true)]);
        assert_eq!(beginnings("p.a"), [(1, true), (3, true)]);
        assert_eq!(beginnings("q.a"), [] as [(usize, bool); 0]);
        assert!(paths.has_top("p") && !paths.has_top("a"));
        paths[item] = 7;
        assert_eq!(paths.all().filter(|(_, value)| **value == 7).map(|(id, _)| id).collect::<Vec<_>>(), [item]);
    }

    #[test]
    fn strange_paths_have_components_too() {
        for (path, parts) in
            [("", &[""][..]), (".a", &[".a"]), ("a.", &["a", ""]), ("[é].ü", &["[é]", "ü"]), ("é(", &["é", "("])]
        {
            let found: Vec<&str> = components(path).map(|(start, end)| &path[start..end]).collect();
            assert_eq!(found, parts, "{path}");
        }
    }
}
