//! What a Python rule is made of.

use airlock_model::RuleMeta;

use super::arrivals::Arrival;
use super::check::{Check, Use};
use super::marks::{Mark, Marked};
use super::prose::{Kind, Prose};
use super::sinks::SinkKind;
use crate::python::model::object::Reached;
use crate::python::model::origin::SourceKind;
use crate::python::model::{CallSite, Literal, Place, Store};
use ruff_python_ast::Expr;

/// Asked about one use of a path.
pub(crate) type OnUse = for<'m, 'a> fn(&mut Check<'m, 'a>, &Use<'a>);
/// Asked about one call.
pub(crate) type OnCall = for<'m, 'a> fn(&mut Check<'m, 'a>, &CallSite<'a>);
/// Asked about one value that is handed to something that may call it, and what it can be.
pub(crate) type OnValue = for<'m, 'a> fn(&mut Check<'m, 'a>, &'a Expr, &[Reached], Place);
/// Asked about one literal.
pub(crate) type OnLiteral = for<'m, 'a> fn(&mut Check<'m, 'a>, &Literal<'a>);
/// Asked about what arrives at one sink.
pub(crate) type OnArrival = for<'m, 'a> fn(&mut Check<'m, 'a>, &Arrival);
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
///
/// No rule walks a tree: what it needs to be asked about is listed by the one walk over
/// the file and found by a look into a table, so that a rule more costs next to nothing.
/// A rule that needs to look at something no hook offers gets a new hook, which the walk
/// lists, and not a walk of its own. Questions to the model (`constant`, `resolve`,
/// `origin`) cost steps; they are for uses that the table has let through.
pub(crate) enum Hook {
    /// Calls that reach one of these paths, and values at these paths that are handed
    /// to something that will call them.
    Reach(&'static [&'static str], OnUse),
    /// Attributes at one of these paths being read.
    Read(&'static [&'static str], OnUse),
    /// Imports of one of these paths.
    Import(&'static [&'static str], OnUse),
    /// Data from one of these sources that arrives at one of these sinks.
    Flow(&'static [SourceKind], &'static [SinkKind], OnArrival),
    /// Calls whose target could not be told.
    Unresolved(OnCall),
    /// Calls of methods that have one of these names, on whatever object.
    Method(&'static [&'static str], OnCall),
    /// Calls that are given one of these keywords.
    Keyword(&'static [&'static str], OnCall),
    /// Values that are handed to something that may call them.
    Value(OnValue),
    /// String and bytes literals of at least so many bytes.
    Literal(usize, OnLiteral),
    /// Texts that hold a mark of one of these kinds.
    Marks(&'static [Mark], OnMarked),
    /// Assignments to attributes and items of what has a path.
    Store(OnStore),
    /// Docstrings and descriptions that show signs of one of these kinds.
    Prose(&'static [Kind], OnProse),
    /// The file as a whole, once.
    File(OnFile),
}
