//! Scopes and what they bind.

use compact_str::CompactString;
use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::TextSize;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// A scope's place in [`super::Model::scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ScopeId(pub(crate) u32);

impl ScopeId {
    /// The module's own scope.
    pub(crate) const MODULE: Self = Self(0);

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A binding's place in [`super::Model::bindings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BindingId(pub(crate) u32);

impl BindingId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The bindings of one name; as many as a vector's own head has room for take no memory besides.
pub(crate) type Ids = SmallVec<[BindingId; 4]>;

/// What kind of scope it is, which decides who sees its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    Module,
    /// Its names are seen in its own body only, and as attributes.
    Class,
    Function,
    Lambda,
    Comprehension,
}

/// One scope.
pub(crate) struct Scope<'a> {
    pub(crate) kind: ScopeKind,
    pub(crate) parent: Option<ScopeId>,
    /// The function's or class's name.
    pub(crate) name: Option<&'a str>,
    pub(crate) names: FxHashMap<&'a str, Ids>,
    /// Modules imported with a star.
    pub(crate) stars: Vec<CompactString>,
    /// Names declared `global` or `nonlocal`, with the scope that holds them.
    pub(crate) elsewhere: Vec<(&'a str, ScopeId)>,
    /// What calling it can return.
    pub(crate) returns: Vec<&'a Expr>,
    /// It may return without a value.
    pub(crate) returns_nothing: bool,
    /// What it gives when it is iterated over.
    pub(crate) yields: Vec<&'a Expr>,
    /// Whether it is a generator function.
    pub(crate) gives: bool,
    /// Its statements, for functions.
    pub(crate) body: &'a [Stmt],
    /// The parameters' names in order, for functions and lambdas.
    pub(crate) parameters: Vec<&'a str>,
    /// The parameter that takes all further positional arguments.
    pub(crate) variadic: Option<&'a str>,
    /// The function, for scopes that `def` opened.
    pub(crate) def: Option<&'a StmtFunctionDef>,
    /// The class, for class scopes.
    pub(crate) class: Option<&'a StmtClassDef>,
}

/// What a name is bound to.
#[derive(Clone)]
pub(crate) enum Value<'a> {
    /// A qualified path.
    Import(CompactString),
    /// An expression's value.
    Expr(&'a Expr),
    /// The item of that index of an expression's value.
    Item(&'a Expr, usize),
    /// The attribute of that name of an expression's value.
    Attribute(&'a Expr, &'a str),
    /// Some item of an expression's value.
    Element(&'a Expr),
    /// The earlier value with this one added (or otherwise worked in).
    Augmented(&'a Expr),
    /// A parameter of a function with its default.
    Parameter(Option<&'a Expr>),
    /// The first parameter of a method.
    Own(ScopeId),
    /// A function of this file.
    Function(ScopeId),
    /// A class of this file.
    Class(ScopeId),
    /// Nothing that is known.
    Opaque,
}

/// A value and the scope that its expression is evaluated in.
#[derive(Clone)]
pub(crate) struct Bound<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) scope: ScopeId,
}

/// One binding of a name.
pub(crate) struct Binding<'a> {
    pub(crate) bound: Bound<'a>,
    /// Where in the source it happens.
    pub(crate) at: TextSize,
}

/// The place of a parameter in its function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'a> {
    pub(crate) function: ScopeId,
    /// Its place among the positional arguments; the first of them for the variadic one.
    pub(crate) position: usize,
    pub(crate) name: &'a str,
    pub(crate) is_variadic: bool,
}
