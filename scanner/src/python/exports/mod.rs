//! What the files of a tree hand to one another: names of a module that lead out
//! of it again, so that `from .a import run` is what `a` says that `run` is.
//!
//! Only names at the top level are followed: imports, assignments, what functions
//! return, members of classes and items of displays. With them go the constants that
//! may tell something to a rule, the texts that calls pass to functions of others, what data a name holds
//! ([`Flow`](super::model::origin::Flow)) and what becomes of what a function is given
//! ([`Take`]). A file is examined anew with this table only when it imports one of these
//! names, and what it hands on of theirs is told to the others in turn.

mod asked;
mod below;
mod constants;
pub(crate) mod deeds;
mod ends;
mod file;
mod flows;
mod marks;
mod passed;
mod paths;
mod stars;
#[cfg(test)]
mod tests;
mod texts;
mod together;
mod tree;
mod ways;

pub(crate) use asked::{Answers, Asked, Differ, Neighbours};
pub(crate) use ends::Take;
pub(crate) use file::FileExports;
pub(crate) use stars::STARS;
pub(crate) use tree::Exports;
