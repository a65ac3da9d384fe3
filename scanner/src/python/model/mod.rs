//! What a file's names mean: scopes, bindings, and the places rules ask about.
//!
//! Built by one walk over the tree (`walk.rs`). Two questions are answered on it,
//! both bounded in steps and size: which qualified objects can an expression be
//! (`resolve.rs`), and which constant does it fold to (`constant/`). A third,
//! where its data comes from (`origin.rs`), is asked of what reaches a sink.

mod arguments;
pub(crate) mod constant;
mod containers;
mod import_time;
mod known;
pub(crate) mod object;
pub(crate) mod origin;
mod patterns;
pub(crate) mod resolve;
mod returned;
pub(crate) mod scope;
mod walk;

use std::cell::{Cell, OnceCell, RefCell};

use ruff_python_ast::{Expr, ExprCall, ModModule, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::source::Source;
use object::Reached;
use scope::{Binding, BindingId, Bound, Scope, ScopeId, Slot};

pub(crate) use known::canonical;

use walk::build;

/// A call, and what is known about its place.
#[derive(Clone, Copy)]
pub(crate) struct CallSite<'a> {
    pub(crate) call: &'a ExprCall,
    pub(crate) place: Place,
}

/// Where something stands.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The scope that its names are looked up in.
    pub(crate) scope: ScopeId,
    /// Runs when the module is imported, as far as the nesting tells.
    pub(crate) at_import: bool,
}

/// A string or bytes literal with the name it is given, where it has one.
#[derive(Clone, Copy)]
pub(crate) struct Literal<'a> {
    pub(crate) expr: &'a Expr,
    /// The variable, keyword, key or parameter that holds it.
    pub(crate) label: Option<&'a str>,
    /// A statement of its own, or the text of a docstring.
    pub(crate) is_statement: bool,
}

/// A value that something other than a call of ours will call: a decorator, a
/// metaclass, a hook that the interpreter calls.
#[derive(Clone, Copy)]
pub(crate) struct Handed<'a> {
    pub(crate) value: &'a Expr,
    pub(crate) place: Place,
}

/// One file's meaning.
pub(crate) struct Model<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) body: &'a [Stmt],
    pub(crate) scopes: Vec<Scope<'a>>,
    pub(crate) bindings: Vec<Binding<'a>>,
    /// Values assigned to attributes of anything, by the attribute's name.
    pub(crate) attributes: FxHashMap<&'a str, Vec<Bound<'a>>>,
    pub(crate) calls: Vec<CallSite<'a>>,
    pub(crate) handed: Vec<Handed<'a>>,
    /// Strings that name what something will call: the `"()"` of a logging configuration.
    pub(crate) named: Vec<Handed<'a>>,
    /// Annotations that are strings, which whoever asks for them evaluates.
    pub(crate) annotations: Vec<Handed<'a>>,
    pub(crate) literals: Vec<Literal<'a>>,
    /// Reads of attributes whose names rules asked for.
    pub(crate) reads: Vec<(&'a Expr, Place)>,
    pub(crate) imports: Vec<Import>,
    /// Names whose values are changed by their methods: `parts.append(…)`.
    pub(crate) changed: FxHashSet<&'a str>,
    /// The parameters among the bindings.
    pub(crate) slots: FxHashMap<BindingId, Slot<'a>>,
    /// Bindings by `with`, which hold what entering gave.
    entered: FxHashSet<BindingId>,
    /// Some part of the tree is deeper than the walk went.
    pub(crate) cut: bool,
    /// The calls of each function of this file, by their places in `calls`.
    callers: OnceCell<FxHashMap<ScopeId, Vec<usize>>>,
    /// What the classes hold that is not a method, by name.
    members: OnceCell<FxHashMap<&'a str, Vec<BindingId>>>,
    /// The classes of this file that stand on one of that name.
    subclasses: OnceCell<FxHashMap<&'a str, Vec<ScopeId>>>,
    /// The containers whose items are being looked for.
    searching: RefCell<Vec<&'a str>>,
    /// How many foldings are under way inside one another.
    nesting: Cell<u32>,
    memo: RefCell<Vec<Option<Vec<Reached>>>>,
    assigned_memo: RefCell<FxHashMap<&'a str, Vec<Reached>>>,
    returned_memo: RefCell<FxHashMap<ScopeId, Vec<Reached>>>,
    fuel: Cell<u32>,
    /// Some answer was cut short by a bound.
    pub(crate) exhausted: Cell<bool>,
}

/// One name of an import statement.
pub(crate) struct Import {
    /// The qualified path that is imported; a trailing `.*` for a star.
    pub(crate) path: compact_str::CompactString,
    pub(crate) range: TextRange,
    pub(crate) place: Place,
    /// Whether it is relative to the file's own package.
    pub(crate) relative: bool,
}

/// The most steps that all questions about one file may take together.
const FUEL_PER_FILE: u32 = 20_000_000;

impl<'a> Model<'a> {
    /// Whether another step may be taken.
    fn step(&self) -> bool {
        self.steps(1)
    }

    /// Whether so many further steps may be taken.
    fn steps(&self, count: u32) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(count));
        left >= count.max(1) || count == 0
    }

    /// The qualified name of the function around a place, `<module>` at the top level.
    pub(crate) fn function(&self, scope: ScopeId) -> String {
        let mut parts = Vec::new();
        let mut at = Some(scope);
        while let Some(id) = at {
            let scope = &self.scopes[id.index()];
            if let Some(name) = scope.name {
                parts.push(name);
            }
            at = scope.parent;
        }
        if parts.is_empty() {
            return "<module>".into();
        }
        parts.reverse();
        parts.join(".")
    }

    /// The line of a node, from 1.
    pub(crate) fn line(&self, node: &impl Ranged) -> u32 {
        self.source.line(node.start())
    }
}

/// Builds the model of a parsed module; `at_import` says whether its top level runs
/// when the plugin is imported.
pub(crate) fn of<'a>(source: &'a Source<'a>, module: &'a ModModule, at_import: bool) -> Model<'a> {
    build(source, &module.body, at_import)
}
