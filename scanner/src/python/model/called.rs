//! What a file calls at all: asked by rules that weigh one thing by what stands
//! elsewhere in the same file.

use compact_str::CompactString;
use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashMap;

use super::object::Qualified;
use super::{CallSite, Model};

/// How many dots into a path its beginnings are kept.
const PREFIXES: usize = 3;

/// The paths that a file's calls reach, each with its first place.
#[derive(Default)]
pub(crate) struct Called {
    exact: FxHashMap<Qualified, TextSize>,
    below: FxHashMap<CompactString, TextSize>,
}

impl Called {
    fn of(model: &Model<'_>) -> Self {
        let mut called = Self::default();
        called.exact.reserve(model.calls.len() / 2);
        for (index, site) in model.calls.iter().enumerate() {
            for target in model.targets_of(index) {
                let Some(path) = target.qualified().filter(|path| !called.exact.contains_key(*path)) else { continue };
                let dots = path.bytes().enumerate().filter(|(_, byte)| *byte == b'.').map(|(at, _)| at);
                for at in dots.take(PREFIXES) {
                    // Most beginnings are there already, and need no text of their own.
                    if !called.below.contains_key(&path[..at]) {
                        called.below.insert(path[..at].into(), site.call.start());
                    }
                }
                called.exact.insert(path.clone(), site.call.start());
            }
        }
        called
    }

    /// Where the file first calls one of these paths, written as in [`crate::rules::rule::Hook::Reach`].
    pub(crate) fn first(&self, paths: &[&'static str]) -> Option<(&'static str, TextSize)> {
        let place = |path: &&'static str| {
            let place = match path.strip_suffix(".*") {
                Some(prefix) => self.below.get(prefix),
                None => self.exact.get(*path),
            };
            place.map(|at| (*path, *at))
        };
        paths.iter().filter_map(place).min_by_key(|(_, at)| *at)
    }

    /// Every path that is called, with its first place.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Qualified, TextSize)> {
        self.exact.iter().map(|(path, at)| (path, *at))
    }
}

impl<'a> Model<'a> {
    /// Calls of methods of whatever goes by that name: `name.method()`, `object.name.method()`.
    pub(crate) fn methods_of(&self, name: &str) -> impl Iterator<Item = &CallSite<'a>> {
        let by_name = self.method_calls.get_or_init(|| {
            let mut by_name: FxHashMap<&'a str, Vec<usize>> = FxHashMap::default();
            for (index, site) in self.calls.iter().enumerate() {
                let Expr::Attribute(method) = &*site.call.func else { continue };
                match &*method.value {
                    Expr::Name(name) => by_name.entry(&name.id).or_default().push(index),
                    Expr::Attribute(attribute) => by_name.entry(&attribute.attr).or_default().push(index),
                    _ => {}
                }
            }
            by_name
        });
        by_name.get(name).into_iter().flatten().map(|index| &self.calls[*index])
    }

    /// What the file calls, found out on first need.
    pub(crate) fn called(&self) -> &Called {
        self.called.get_or_init(|| Called::of(self))
    }
}
