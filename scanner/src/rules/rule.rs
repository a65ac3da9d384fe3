//! What a Python rule is made of.

use airlock_model::RuleMeta;

use super::check::{Check, Use};
use super::marks::{Mark, Marked};
use super::prose::{Kind, Prose};
use crate::python::model::{CallSite, Literal, Store};

/// Asked about one use of a path.
pub(crate) type OnUse = for<'m, 'a> fn(&mut Check<'m, 'a>, &Use<'a>);
/// Asked about one call.
pub(crate) type OnCall = for<'m, 'a> fn(&mut Check<'m, 'a>, &CallSite<'a>);
/// Asked about one literal.
pub(crate) type OnLiteral = for<'m, 'a> fn(&mut Check<'m, 'a>, &Literal<'a>);
/// Asked about a file.
pub(crate) type OnFile = for<'m, 'a> fn(&mut Check<'m, 'a>);

/// Asked about one text in which a known mark stands.
pub(crate) type OnMarked = for<'m, 'a> fn(&mut Check<'m, 'a>, &Marked<'_>);
/// Asked about one assignment to the attribute or item at a path.
pub(crate) type OnStore = for<'m, 'a> fn(&mut Check<'m, 'a>, &Store<'a>, &str);
/// Asked about one text that is read by a model.
pub(crate) type OnProse = for<'m, 'a> fn(&mut Check<'m, 'a>, &Prose<'_>);

/// A rule: who it is, and what it wants to be asked about.
pub(crate) struct Rule {
    /// Its identity and its page.
    pub(crate) meta: RuleMeta,
    /// What it looks at.
    pub(crate) hooks: &'static [Hook],
}

/// One thing that a rule looks at. Paths are qualified; one that ends in `.*`
/// stands for everything below it.
pub(crate) enum Hook {
    /// Calls that reach one of these paths, and values at these paths that are handed
    /// to something that will call them.
    Reach(&'static [&'static str], OnUse),
    /// Attributes at one of these paths being read.
    Read(&'static [&'static str], OnUse),
    /// Imports of one of these paths.
    Import(&'static [&'static str], OnUse),
    /// Calls whose target could not be told.
    Unresolved(OnCall),
    /// String and bytes literals.
    Literal(OnLiteral),
    /// Texts that hold a mark of one of these kinds.
    Marks(&'static [Mark], OnMarked),
    /// Assignments to attributes and items of what has a path.
    Store(OnStore),
    /// Docstrings and descriptions that show signs of one of these kinds.
    Prose(&'static [Kind], OnProse),
    /// The file as a whole, once.
    File(OnFile),
}
