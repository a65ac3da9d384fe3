//! Answers that are kept, since rules ask about the same names and expressions again and again.
//!
//! An answer is kept only where it is the same whoever asks. One that was cut short by a bound holds for that question
//! alone, and so does one that met a question which was under way before it began. One that was cut short because
//! foldings lay too deep inside one another holds for questions that lie as deep. Answers about bindings, attributes and
//! functions are kept in any case: it is what ends circles.

use std::cell::{Cell, RefCell};

use ruff_python_ast::Expr;
use rustc_hash::FxHashMap;

use super::object::{Reached, Via};
use super::scope::{BindingId, ScopeId};

/// How many expressions are remembered of one file, and how many objects of each.
const EXPRESSIONS: usize = 128 * 1024;
const OBJECTS: usize = 8;

/// What is known of something.
#[derive(Default)]
enum Answer {
    #[default]
    Unasked,
    /// It is being found out, as the question of that number under way: what leads back to itself adds nothing.
    Asking(u32),
    Known(Box<[Reached]>),
}

/// An expression, by its place in memory, in a scope.
type Place = (*const Expr, ScopeId);

/// What is kept of an expression, and from which depth of foldings on it holds.
struct Kept<T> {
    answer: T,
    nesting: u32,
}

/// How things stood when a question began.
pub(super) struct Begun {
    open: u32,
    met: u32,
    nested: bool,
    cuts: u32,
}

/// See the module.
#[derive(Default)]
pub(super) struct Memory<'a> {
    bindings: RefCell<Vec<Answer>>,
    assigned: RefCell<FxHashMap<&'a str, Answer>>,
    returned: RefCell<FxHashMap<ScopeId, Answer>>,
    reached: RefCell<FxHashMap<Place, Kept<Box<[Reached]>>>>,
    unfoldable: RefCell<FxHashMap<Place, Kept<Via>>>,
    /// How many questions are under way inside one another.
    open: Cell<u32>,
    /// The outermost of them that the present one met, counted from 1; 0 when it met none.
    met: Cell<u32>,
    /// Foldings were cut short because they lay too deep.
    nested: Cell<bool>,
    cuts: Cell<u32>,
}

impl<'a> Memory<'a> {
    pub(super) fn make_room(&mut self, bindings: usize) {
        self.bindings.get_mut().resize_with(bindings, Answer::default);
    }

    /// Notes that what is being found out is cut short by a bound.
    pub(super) fn cut(&self) {
        self.cuts.set(self.cuts.get().wrapping_add(1));
    }

    /// The same, because foldings lie too deep inside one another.
    pub(super) fn too_deep(&self) {
        self.nested.set(true);
    }

    /// Notes that a question is under way, and gives its number.
    pub(super) fn open(&self) -> u32 {
        self.open.set(self.open.get() + 1);
        self.open.get()
    }

    /// Notes that the question that was opened last has its answer.
    pub(super) fn close(&self) {
        self.open.set(self.open.get().saturating_sub(1));
    }

    /// Notes that what is being found out met the question of that number, which is still under way.
    pub(super) fn meet(&self, number: u32) {
        let met = self.met.get();
        self.met.set(if met == 0 { number } else { met.min(number) });
    }

    /// Begins to find out something that may be kept.
    pub(super) fn begin(&self) -> Begun {
        Begun {
            open: self.open.get(),
            met: self.met.replace(0),
            nested: self.nested.replace(false),
            cuts: self.cuts.get(),
        }
    }

    /// From which depth of foldings on the answer to what was begun holds, where it does for others at all.
    pub(super) fn end(&self, begun: &Begun, nesting: u32) -> Option<u32> {
        let (met, nested) = (self.met.get(), self.nested.get());
        if begun.met > 0 {
            self.meet(begun.met);
        }
        self.nested.set(nested || begun.nested);
        let holds = self.cuts.get() == begun.cuts && (met == 0 || met > begun.open);
        holds.then_some(if nested { nesting } else { 0 })
    }

    /// Tells a known answer; otherwise the question is under way from now on.
    fn tell(&self, answer: &mut Answer, out: &mut Vec<Reached>) -> bool {
        match answer {
            Answer::Unasked => {
                *answer = Answer::Asking(self.open());
                return false;
            }
            Answer::Asking(number) => self.meet(*number),
            Answer::Known(known) => out.extend_from_slice(known),
        }
        true
    }

    /// Tells what is known of a binding; if nothing is, it has to be found out and given to [`Self::bound`].
    pub(super) fn binding(&self, id: BindingId, out: &mut Vec<Reached>) -> bool {
        self.tell(&mut self.bindings.borrow_mut()[id.index()], out)
    }

    pub(super) fn bound(&self, id: BindingId, found: &[Reached]) {
        self.close();
        self.bindings.borrow_mut()[id.index()] = Answer::Known(found.into());
    }

    /// The same of what is assigned to attributes of a name.
    pub(super) fn attribute(&self, name: &'a str, out: &mut Vec<Reached>) -> bool {
        self.tell(self.assigned.borrow_mut().entry(name).or_default(), out)
    }

    pub(super) fn assigned(&self, name: &'a str, found: &[Reached]) {
        self.close();
        self.assigned.borrow_mut().insert(name, Answer::Known(found.into()));
    }

    /// The same of what a function gives.
    pub(super) fn function(&self, function: ScopeId, out: &mut Vec<Reached>) -> bool {
        self.tell(self.returned.borrow_mut().entry(function).or_default(), out)
    }

    pub(super) fn returned(&self, function: ScopeId, found: &[Reached]) {
        self.close();
        self.returned.borrow_mut().insert(function, Answer::Known(found.into()));
    }

    /// Tells what an expression can be, if that was found out before.
    pub(super) fn expression(&self, expr: &'a Expr, scope: ScopeId, nesting: u32, out: &mut Vec<Reached>) -> bool {
        let reached = self.reached.borrow();
        let Some(known) = self.holding(reached.get(&(std::ptr::from_ref(expr), scope)), nesting) else { return false };
        out.extend_from_slice(known);
        true
    }

    /// Keeps what an expression can be.
    pub(super) fn reached(&self, expr: &'a Expr, scope: ScopeId, nesting: u32, found: &[Reached]) {
        let mut reached = self.reached.borrow_mut();
        if found.len() <= OBJECTS && reached.len() < EXPRESSIONS {
            reached.insert((std::ptr::from_ref(expr), scope), Kept { answer: found.into(), nesting });
        }
    }

    /// Whether an expression is known to fold to nothing, and how its folding went.
    pub(super) fn unfoldable(&self, expr: &'a Expr, scope: ScopeId, nesting: u32) -> Option<Via> {
        let unfoldable = self.unfoldable.borrow();
        self.holding(unfoldable.get(&(std::ptr::from_ref(expr), scope)), nesting).copied()
    }

    /// Keeps that an expression folds to nothing.
    pub(super) fn failed(&self, expr: &'a Expr, scope: ScopeId, nesting: u32, via: Via) {
        let mut unfoldable = self.unfoldable.borrow_mut();
        if unfoldable.len() < EXPRESSIONS {
            unfoldable.insert((std::ptr::from_ref(expr), scope), Kept { answer: via, nesting });
        }
    }

    /// What was kept, where it holds; what is made of an answer that was cut short is cut short as well.
    fn holding<'k, T>(&self, kept: Option<&'k Kept<T>>, nesting: u32) -> Option<&'k T> {
        let kept = kept.filter(|kept| kept.nesting <= nesting)?;
        if kept.nesting > 0 {
            self.too_deep();
        }
        Some(&kept.answer)
    }
}
