//! Paths that data neither comes from nor is changed by in a way that is known: most of them, asked about again and
//! again, so that each answer is kept.

use std::cell::RefCell;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::call::gives_output;
use super::source::{is_harmless, is_pure, opens_first_argument, source_of};
use crate::python::model::Model;
use crate::python::model::constant::decoder::is_decoder;
use crate::python::model::object::path_of;

/// What is known of the paths that a file came to.
#[derive(Default)]
pub(crate) struct Plain {
    /// Whether a path gives nothing.
    barren: RefCell<FxHashMap<CompactString, bool>>,
    /// Of a call that gives nothing of its own, whether the tree defines what is called.
    calls: RefCell<FxHashMap<CompactString, Option<bool>>>,
}

impl Model<'_> {
    /// Whether a path is no source, and no other module of the tree hands data out under it.
    pub(super) fn is_barren(&self, path: &str) -> bool {
        kept(&self.plain.barren, path, || source_of(path).is_none() && !self.is_handed_out(path))
    }

    /// Of a call that is known for nothing, whether the tree defines what is called.
    pub(super) fn plain_call(&self, path: &str) -> Option<bool> {
        kept(&self.plain.calls, path, || {
            let is_plain = !gives_output(path)
                && !self.is_handed_out(&path_of(&[path, "()"]))
                && source_of(path).is_none()
                && !is_harmless(path)
                && !opens_first_argument(path)
                && !is_decoder(path)
                && !is_pure(path);
            is_plain.then(|| self.is_own(path))
        })
    }

    /// Whether the tree defines what goes by a path.
    pub(super) fn is_own(&self, path: &str) -> bool {
        self.exports.is_some_and(|exports| exports.is_own(path))
    }

    fn is_handed_out(&self, path: &str) -> bool {
        self.exports.is_some_and(|exports| exports.given(path).is_some())
    }
}

fn kept<T: Copy>(known: &RefCell<FxHashMap<CompactString, T>>, path: &str, find: impl FnOnce() -> T) -> T {
    if let Some(known) = known.borrow().get(path) {
        return *known;
    }
    let found = find();
    known.borrow_mut().insert(path.into(), found);
    found
}
