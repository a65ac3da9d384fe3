//! Scopes and what they bind.

use std::cmp::Ordering;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BindingId(pub(crate) u32);

impl BindingId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The bindings of one name; as many as a vector's own head has room for take no memory besides.
pub(crate) type Ids = SmallVec<[BindingId; 4]>;

/// The names of a scope with their bindings, in the order in which they came.
#[derive(Default)]
pub(crate) struct Names<'a> {
    all: Vec<(&'a str, Ids)>,
    /// The tags of the first [`FEW`], a byte each from the lowest.
    tags: u64,
    /// Where each is in it, once they are more than [`FEW`].
    places: FxHashMap<&'a str, usize>,
}

/// So many names are looked through sooner than a table is asked. Most functions have no more.
const FEW: usize = 8;
/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;

impl<'a> Names<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Ids> {
        self.tagged(name, tag(name))
    }

    /// The same for whoever asks several scopes.
    pub(super) fn tagged(&self, name: &str, tag: u8) -> Option<&Ids> {
        self.place(name, tag).map(|place| &self.all[place].1)
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.place(name, tag(name)).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, &Ids)> {
        self.all.iter().map(|(name, ids)| (*name, ids))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Ids> {
        self.all.iter().map(|(_, ids)| ids)
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.all.reserve(more);
    }

    /// The bindings of a name, to which one is to be added.
    pub(crate) fn of(&mut self, name: &'a str) -> &mut Ids {
        let tag = tag(name);
        let place = self.place(name, tag).unwrap_or_else(|| self.add(name, tag));
        &mut self.all[place].1
    }

    #[inline]
    fn place(&self, name: &str, tag: u8) -> Option<usize> {
        if self.all.len() > FEW {
            return self.places.get(name).copied();
        }
        // Bytes that are the tag become zero; the lowest zero borrows from above itself and is found, and what is found
        // besides is told by the comparison.
        let differing = self.tags ^ (u64::from(tag) * ONES);
        let mut same = differing.wrapping_sub(ONES) & !differing & (ONES << 7);
        while same != 0 {
            let place = same.trailing_zeros() as usize / 8;
            if self.all.get(place).is_some_and(|(own, _)| *own == name) {
                return Some(place);
            }
            same &= same - 1;
        }
        None
    }

    fn add(&mut self, name: &'a str, tag: u8) -> usize {
        let place = self.all.len();
        self.all.push((name, Ids::new()));
        match place.cmp(&FEW) {
            Ordering::Less => self.tags |= u64::from(tag) << (8 * place),
            Ordering::Equal => self.places.extend(self.all.iter().enumerate().map(|(at, (own, _))| (*own, at))),
            Ordering::Greater => drop(self.places.insert(name, place)),
        }
        place
    }
}

/// A byte that tells most names apart.
#[inline]
pub(super) fn tag(name: &str) -> u8 {
    let letter = |byte: Option<&u8>| byte.copied().unwrap_or_default();
    let (first, last) = (letter(name.as_bytes().first()), letter(name.as_bytes().last()));
    let length = name.len().to_le_bytes()[0];
    first.wrapping_mul(7) ^ last.wrapping_mul(31) ^ length.wrapping_mul(13)
}

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
    pub(crate) names: Names<'a>,
    /// Modules imported with a star.
    pub(crate) stars: Vec<CompactString>,
    /// Where the last of these imports ends.
    pub(crate) starred_to: TextSize,
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

/// The parameters of a file among its bindings, in the order of these.
#[derive(Default)]
pub(crate) struct Slots<'a>(Vec<(BindingId, Slot<'a>)>);

impl<'a> Slots<'a> {
    /// Adds a parameter that was bound after all others.
    pub(crate) fn push(&mut self, id: BindingId, slot: Slot<'a>) {
        self.0.push((id, slot));
    }

    pub(crate) fn get(&self, id: BindingId) -> Option<&Slot<'a>> {
        let place = self.0.binary_search_by_key(&id, |(own, _)| *own).ok()?;
        Some(&self.0[place].1)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_many_there_are() {
        let texts: Vec<String> = (0..40).map(|number| format!("n{}", number % 20 + 1)).collect();
        let mut names = Names::default();
        for (number, text) in texts.iter().enumerate() {
            names.of(text).push(BindingId(u32::try_from(number).unwrap()));
            for (other, known) in texts[..20].iter().enumerate() {
                let expected = usize::from(other <= number) + usize::from(other + 20 <= number);
                assert_eq!(names.get(known).map_or(0, Ids::len), expected, "{known} after {number}");
            }
            assert!(!names.contains_key("") && !names.contains_key("n0"));
        }
        let order: Vec<&str> = names.iter().map(|(name, _)| name).collect();
        assert_eq!(order, texts[..20]);
        names.of("").push(BindingId(0));
        assert!(names.contains_key(""));
    }
}
