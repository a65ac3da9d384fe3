//! What a file's names mean: scopes, bindings, and the places rules ask about.
//!
//! Built by one walk over the tree (`walk.rs`). Two questions are answered on it,
//! both bounded in steps and size: which qualified objects can an expression be
//! (`resolve.rs`), and which constant does it fold to (`constant/`). A third,
//! where its data comes from (`origin.rs`), is asked of what reaches a sink.

mod altered;
mod arguments;
pub(crate) mod called;
pub(crate) mod constant;
mod containers;
mod copies;
mod handle;
mod import_time;
mod known;
mod loose;
pub(crate) mod object;
pub(crate) mod origin;
mod patterns;
mod records;
mod remembered;
pub(crate) mod resolve;
mod returned;
pub(crate) mod scope;
mod spelling;
pub(crate) mod tools;
mod touches;
mod walk;
pub(crate) mod written;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use ruff_python_ast::{
    ExceptHandlerExceptHandler, Expr, ExprCall, ExprCompare, ExprSubscript, ModModule, Stmt, StmtFunctionDef, StmtWhile,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::exports::Neighbours;
use super::source::Source;
use object::{Objects, Qualified, Reached};
use scope::{Binding, BindingId, Bound, Scope, ScopeId, Slots};

use walk::build;

/// A call, and what is known about its place.
#[derive(Clone, Copy)]
pub(crate) struct CallSite<'a> {
    pub(crate) call: &'a ExprCall,
    pub(crate) place: Place,
    pub(crate) verb: Verb,
    /// Noted in the walk, as the verb is.
    pub(crate) has_keywords: bool,
}

/// What the name tells by which a call calls something. It is noted in the walk, since all calls of a file are asked for
/// it, and in a large file each would have to be fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `recv` and its like, which only connections have.
    Receive,
    /// It opens what it is called on, or reads it.
    Open,
    Write,
    /// It imports a module by its name.
    Import,
    Other,
}

impl Verb {
    fn of(function: &Expr) -> Self {
        let (name, is_method) = match function {
            Expr::Name(name) => (name.id.as_str(), false),
            Expr::Attribute(attribute) => (attribute.attr.as_str(), true),
            _ => return Self::Other,
        };
        match name {
            "import_module" | "__import__" | "resolve_name" => Self::Import,
            "write" | "write_text" | "write_bytes" | "writestr" if is_method => Self::Write,
            _ if is_method && origin::receives(name) => Self::Receive,
            _ if is_method && origin::opens_its_object(name) => Self::Open,
            _ => Self::Other,
        }
    }
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
    /// How many bytes it has.
    pub(crate) length: usize,
    /// The variable, keyword, key or parameter that holds it.
    pub(crate) label: Option<&'a str>,
    /// How the label names this very literal, and not something that it is a part of.
    pub(crate) named: Option<Named>,
    /// A statement of its own, or the text of a docstring.
    pub(crate) is_statement: bool,
}

/// What gives a value its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// An assignment, a key, or a comparison with a name.
    Target,
    /// A keyword argument of a call.
    Keyword,
    /// A parameter, whose default it is.
    Default,
}

/// A value that something other than a call of ours will call: a decorator, a
/// metaclass, a hook that the interpreter calls.
#[derive(Clone, Copy)]
pub(crate) struct Handed<'a> {
    pub(crate) value: &'a Expr,
    pub(crate) place: Place,
}

/// An assignment to an attribute or to an item of something.
#[derive(Clone, Copy)]
pub(crate) struct Store<'a> {
    /// What is assigned to.
    pub(crate) target: &'a Expr,
    /// What is assigned, where it is one expression.
    pub(crate) value: Option<&'a Expr>,
    pub(crate) place: Place,
}

/// A description that a model reads and that is put together, or stands elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Described<'a> {
    pub(crate) value: &'a Expr,
    /// What holds it.
    pub(crate) label: &'a str,
    pub(crate) place: Place,
}

/// A function or method with its decorators.
#[derive(Clone, Copy)]
pub(crate) struct Defined<'a> {
    pub(crate) def: &'a StmtFunctionDef,
    /// The scope that it opens.
    pub(crate) scope: ScopeId,
    /// Where it is defined.
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
    /// Values put under a key of anything, by the container's name.
    pub(crate) items: FxHashMap<&'a str, Vec<Bound<'a>>>,
    pub(crate) calls: Vec<CallSite<'a>>,
    pub(crate) handed: Vec<Handed<'a>>,
    /// Strings that name what something will call: the `"()"` of a logging configuration.
    pub(crate) named: Vec<Handed<'a>>,
    /// Annotations that are strings, which whoever asks for them evaluates.
    pub(crate) annotations: Vec<Handed<'a>>,
    pub(crate) literals: Vec<Literal<'a>>,
    pub(crate) described: Vec<Described<'a>>,
    /// Text with values in it: f-strings.
    pub(crate) fstrings: Vec<&'a Expr>,
    pub(crate) stores: Vec<Store<'a>>,
    pub(crate) functions: Vec<Defined<'a>>,
    pub(crate) loops: Vec<(&'a StmtWhile, Place)>,
    pub(crate) compares: Vec<(&'a ExprCompare, Place)>,
    /// Reads of attributes whose names rules asked for.
    pub(crate) reads: Vec<(&'a Expr, Place)>,
    /// The subscripts of which such a read is the table: `os.environ["key"]`, by the read's place.
    pub(crate) keyed: FxHashMap<TextRange, &'a ExprSubscript>,
    pub(crate) imports: Vec<Import>,
    /// `assert` statements.
    pub(crate) asserts: Vec<TextRange>,
    /// `except` clauses.
    pub(crate) handlers: Vec<(&'a ExceptHandlerExceptHandler, Place)>,
    /// Texts put together of literals and something else: f-strings, `+`, `%`, `format`.
    pub(crate) built: Vec<(&'a Expr, Place)>,
    /// Names whose values are changed by their methods: `parts.append(…)`.
    pub(crate) changed: FxHashSet<&'a str>,
    /// Names whose containers are changed where folding does not follow.
    pub(crate) altered: FxHashSet<&'a str>,
    /// The parameters among the bindings.
    pub(crate) slots: Slots<'a>,
    /// Bindings by `with`, which hold what entering gave.
    entered: FxHashSet<BindingId>,
    /// Some part of the tree is deeper than the walk went.
    pub(crate) cut: bool,
    /// The calls of each function of this file, by their places in `calls`.
    callers: OnceCell<FxHashMap<ScopeId, Vec<usize>>>,
    /// The calls that are given each function of this file.
    receivers: OnceCell<FxHashMap<ScopeId, Vec<usize>>>,
    /// What the classes hold that is not a method, by name.
    members: OnceCell<FxHashMap<&'a str, Vec<BindingId>>>,
    /// The classes from outside this file that its classes stand on.
    stood_on: RefCell<FxHashMap<ScopeId, Rc<[Qualified]>>>,
    /// The classes of this file that stand on one of that name.
    subclasses: OnceCell<FxHashMap<&'a str, Vec<ScopeId>>>,
    /// What the classes bind in their bodies, by name.
    class_names: OnceCell<FxHashMap<&'a str, Vec<BindingId>>>,
    /// Which names may be constants, as far as it was asked.
    shapes: RefCell<constant::Shapes<'a>>,
    /// The containers whose items are being looked for, with the numbers of these questions.
    searching: RefCell<Vec<(&'a str, u32)>>,
    /// How many foldings are under way inside one another.
    nesting: Cell<u32>,
    /// What the tree's other files hand out, where they have been looked at.
    pub(crate) exports: Option<&'a Neighbours<'a>>,
    /// Whether its text has anything by which modules are reached other than by importing them, once it was asked.
    pub(crate) has_a_door: OnceCell<bool>,
    /// The values that are called, given to calls or kept under a name, once they were asked for.
    pub(crate) used_openly: OnceCell<FxHashSet<TextRange>>,
    facts: OnceCell<origin::Facts<'a>>,
    plain: origin::Plain,
    call_targets: OnceCell<Vec<Objects>>,
    memory: remembered::Memory<'a>,
    /// Paths in their one spelling.
    spellings: RefCell<spelling::Spellings>,
    /// The statements that change a name, of the bodies that were asked for.
    changing: RefCell<constant::Changing<'a>>,
    called: OnceCell<called::Called>,
    tools: OnceCell<tools::Tools<'a>>,
    fuel: Cell<u32>,
    /// Some answer was cut short by a bound.
    pub(crate) exhausted: Cell<bool>,
    /// For whom texts are written.
    pub(crate) passing: written::Passing,
    /// What names can be by the star imports of a scope, of those that were asked for.
    brought: RefCell<FxHashMap<(ScopeId, compact_str::CompactString), Objects>>,
    /// Calls of methods, by the name that their object goes by.
    method_calls: OnceCell<FxHashMap<&'a str, Vec<usize>>>,
    /// Of how many open files it was asked what is written to them.
    looked_into: Cell<u32>,
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
        self.spend(1)
    }

    /// Whether a step may be taken that costs as much as `steps` plain ones.
    fn spend(&self, steps: u32) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(steps));
        let may = left >= steps.max(1) || steps == 0;
        if !may {
            self.memory.cut();
        }
        may
    }

    /// Notes that an answer was cut short by a bound.
    fn exhaust(&self) {
        self.exhausted.set(true);
        self.memory.cut();
    }

    /// With what the tree's other files hand out.
    pub(crate) const fn beside(mut self, exports: &'a Neighbours<'a>) -> Self {
        self.exports = Some(exports);
        self
    }

    /// Everything that the call of that index can call; found out once for all calls.
    pub(crate) fn targets_of(&self, index: usize) -> &[Reached] {
        let all = self
            .call_targets
            .get_or_init(|| self.calls.iter().map(|site| self.targets(site.call, site.place.scope)).collect());
        all.get(index).map_or(&[], Objects::as_slice)
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
