//! Where an expression's data comes from: the beginning of every flow.
//!
//! The answer walks backwards from the expression through bindings, containers, calls
//! and returns, parameters and what callers pass for them, files that the code itself
//! wrote, and the tree's other modules. Each question takes a bounded number of steps,
//! needs no stack, and says when it was cut short.

mod access;
mod answers;
mod archives;
mod call;
mod facts;
mod families;
mod inflow;
mod keyed;
mod plain;
mod prefix;
mod public;
mod secret_file;
mod source;
mod table;
mod trail;
mod walk;

use compact_str::CompactString;
use ruff_python_ast::Expr;

use super::Model;
use super::scope::{ScopeId, Value};
pub(crate) use answers::{is_answer, is_client};
pub(crate) use call::{METADATA, receives};
pub(crate) use facts::Facts;
pub(crate) use plain::Plain;
pub(crate) use public::is_public;
pub(crate) use secret_file::secret_file;
#[cfg(test)]
pub(crate) use source::STORES;
pub(crate) use source::{SourceKind, opens_its_object};
pub(crate) use walk::{is_method, items};

/// One step that data takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// The file, where it is another one than that of the question.
    pub(crate) file: Option<CompactString>,
    /// The line, from 1.
    pub(crate) line: u32,
    /// What happens there.
    pub(crate) message: String,
}

/// A source that data comes from, and the way it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) kind: SourceKind,
    /// The qualified path of the source.
    pub(crate) path: CompactString,
    /// The variable, the file, the address or the program that is read, where it can be told.
    pub(crate) name: Option<String>,
    /// All of it rather than a chosen part.
    pub(crate) whole: bool,
    /// It goes through something that may make anything of it.
    pub(crate) weak: bool,
    /// It was written to a file in between.
    pub(crate) by_file: bool,
    /// From the source on.
    pub(crate) steps: Vec<Step>,
}

/// A parameter whose caller decides what the data is.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    /// The function.
    pub(crate) function: ScopeId,
    pub(crate) name: CompactString,
    /// It goes through something that may make anything of it.
    pub(crate) weak: bool,
    /// From the parameter on.
    pub(crate) steps: Vec<Step>,
}

/// What an expression's data is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// A parameter of a function of this file, by name.
    pub(crate) parameter: Option<String>,
    /// The gravest source outside the program, its path and its line.
    pub(crate) source: Option<(SourceKind, String, u32)>,
    /// It passes through a decoder, at that line.
    pub(crate) decoded: Option<(String, u32)>,
    /// It holds something that could not be followed.
    pub(crate) unknown: bool,
    /// Every source outside the program, with its way.
    pub(crate) flows: Vec<Flow>,
    /// The parameters that it goes back to.
    pub(crate) roots: Vec<Root>,
    /// It leads through more steps than were followed.
    pub(crate) cut: bool,
}

impl Origin {
    /// Nothing but literals went in.
    pub(crate) const fn is_constant(&self) -> bool {
        self.parameter.is_none() && self.source.is_none() && !self.unknown
    }

    /// Takes in what went into another part of the same thing.
    pub(crate) fn join(&mut self, other: Self) {
        self.parameter = self.parameter.take().or(other.parameter);
        self.decoded = self.decoded.take().or(other.decoded);
        self.unknown |= other.unknown;
        self.cut |= other.cut;
        if let Some(source) = other.source
            && self.source.as_ref().is_none_or(|(kind, ..)| source.0 < *kind)
        {
            self.source = Some(source);
        }
        self.flows.extend(other.flows);
        self.roots.extend(other.roots);
    }
}

impl<'a> Model<'a> {
    /// What went into an expression, over every binding of every name in it.
    pub(crate) fn origin(&self, expr: &'a Expr, scope: ScopeId) -> Origin {
        walk::Origins::new(self).run(expr, scope)
    }

    /// The flows among them that other files may take up, in so many steps: the answer may be left open.
    pub(crate) fn outward_flows(&self, steps: u32, expr: &'a Expr, scope: ScopeId) -> Vec<Flow> {
        self.outward(steps, |origins| origins.run(expr, scope))
    }

    /// The same of what a name of the module holds, whatever was put into it.
    pub(crate) fn outward_flows_of(&self, steps: u32, name: &'a str) -> Vec<Flow> {
        self.outward(steps, |origins| origins.run_name(name))
    }

    /// The same of its items, each as a whole.
    pub(crate) fn outward_flows_of_items(&self, steps: u32, name: &'a str) -> Vec<Flow> {
        self.outward(steps, |origins| origins.run_items(name))
    }

    fn outward<'m>(&'m self, steps: u32, ask: impl FnOnce(walk::Origins<'m, 'a>) -> Origin) -> Vec<Flow> {
        let mut flows = ask(walk::Origins::new(self).within(steps).outward()).flows;
        flows.retain(|flow| flow.kind.goes_out());
        flows
    }

    /// What the code itself wrote into the file that an expression names.
    pub(crate) fn written_to(&self, file: &'a Expr, scope: ScopeId) -> Origin {
        walk::Origins::new(self).file(file, scope)
    }

    /// The paths outside this file that callers pass for a parameter.
    pub(crate) fn passed_paths(&self, expr: &'a Expr, scope: ScopeId) -> Vec<CompactString> {
        let Expr::Name(name) = expr else { return Vec::new() };
        let mut paths = Vec::new();
        for id in self.lookup(&name.id, scope).into_iter().flatten() {
            let Value::Parameter(_) = self.bindings[id.index()].bound.value else { continue };
            let Some(function) = walk::holder(self, &name.id, *id, scope) else { continue };
            for caller in self.facts().callers.get(&function).into_iter().flatten() {
                for value in walk::passed(self, &name.id, function, caller) {
                    paths.extend(self.paths(value, caller.scope));
                }
            }
        }
        paths
    }

    /// What questions about data know of the whole file.
    fn facts(&self) -> &Facts<'a> {
        self.facts.get_or_init(|| Facts::of(self))
    }

    /// Every literal text that goes into an expression.
    pub(crate) fn literals_in(&self, expr: &'a Expr, scope: ScopeId) -> Vec<String> {
        walk::Origins::collecting(self).literals(expr, scope)
    }
}
