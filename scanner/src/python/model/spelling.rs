//! The one spelling of paths, looked up rather than found out anew.

use rustc_hash::FxHashMap;

use super::Model;
use super::known::canonical;
use super::object::{Qualified, path_of};

/// The longest path that is remembered, in bytes, and how many are: what a file can make this hold.
const LONGEST: usize = 256;
const MOST: usize = 32 * 1024;

/// Paths as they were put together, and what they are called.
#[derive(Default)]
pub(super) struct Spellings {
    known: FxHashMap<Qualified, Qualified>,
    builtins: FxHashMap<Box<str>, Qualified>,
    /// The path that is being put together.
    text: String,
}

impl Spellings {
    /// Makes room for the paths that so many calls lead to.
    pub(super) fn make_room(&mut self, calls: usize) {
        self.known.reserve((calls / 2).min(MOST));
    }
}

impl Model<'_> {
    /// The path of a builtin; what it is called is its one spelling.
    pub(super) fn builtin(&self, name: &str) -> Qualified {
        let Spellings { builtins, .. } = &mut *self.spellings.borrow_mut();
        if let Some(path) = builtins.get(name) {
            return path.clone();
        }
        let path = Qualified::from(path_of(&["builtins.", name]));
        if name.len() <= LONGEST && builtins.len() < MOST {
            builtins.insert(name.into(), path.clone());
        }
        path
    }

    /// The canonical form of a path put together of its parts.
    pub(crate) fn spelled(&self, parts: &[&str]) -> Qualified {
        let Spellings { known, text, .. } = &mut *self.spellings.borrow_mut();
        text.clear();
        parts.iter().for_each(|part| text.push_str(part));
        if let Some(path) = known.get(text.as_str()) {
            return path.clone();
        }
        // Most have their one spelling already: one text serves as both.
        let written = Qualified::from(text.as_str());
        let path = canonical(text).map_or_else(|| written.clone(), Qualified::from);
        if text.len() <= LONGEST && known.len() < MOST {
            known.insert(written, path.clone());
        }
        // One long path must not stay for the rest of the file.
        text.shrink_to(LONGEST);
        path
    }
}
