//! What a Python rule is made of.

use airlock_model::RuleMeta;

use super::check::{Check, Use};
use crate::python::model::object::Reached;
use crate::python::model::{CallSite, Literal, Place};
use ruff_python_ast::Expr;

/// Asked about one use of a path.
pub(crate) type OnUse = for<'m, 'a> fn(&mut Check<'m, 'a>, &Use<'a>);
/// Asked about one call.
pub(crate) type OnCall = for<'m, 'a> fn(&mut Check<'m, 'a>, &CallSite<'a>);
/// Asked about one value that is handed to something that may call it, and what it can be.
pub(crate) type OnValue = for<'m, 'a> fn(&mut Check<'m, 'a>, &'a Expr, &[Reached], Place);
/// Asked about one literal.
pub(crate) type OnLiteral = for<'m, 'a> fn(&mut Check<'m, 'a>, &Literal<'a>);
/// Asked about a file.
pub(crate) type OnFile = for<'m, 'a> fn(&mut Check<'m, 'a>);

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
    /// Values that are handed to something that may call them.
    Value(OnValue),
    /// String and bytes literals.
    Literal(OnLiteral),
    /// The file as a whole, once.
    File(OnFile),
}
