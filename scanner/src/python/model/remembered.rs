//! Answers that are kept, since rules ask about the same names and expressions again and again.
//!
//! An answer is kept only where it is the same whoever asks. One that was cut short by a bound on all that may be asked
//! holds for that question alone. One that was cut short because it lay too deep holds for questions that lie as deep.
//! One that met questions which were under way before it began holds while all of these still are: asked again, it would
//! meet them again. Answers about bindings, attributes and functions are kept in any case: it is what ends circles.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ruff_python_ast::Expr;
use rustc_hash::FxHashMap;

use super::containers::Held;
use super::object::{Objects, Reached, Via, add, copied};
use super::scope::{BindingId, ScopeId};

/// How many expressions are remembered of one file, and how many objects of each.
const EXPRESSIONS: usize = 128 * 1024;
const OBJECTS: usize = 24;
/// The same of containers and of what they hold.
const CONTAINERS: usize = 16 * 1024;
const ITEMS: usize = 512;
/// The questions under way that are told apart; those further inside count as one.
const TOLD_APART: u32 = u128::BITS;

/// What is known of something.
#[derive(Default)]
enum Answer {
    #[default]
    Unasked,
    /// It is being found out, as the question of that number under way: what leads back to itself adds nothing.
    Asking(u32),
    Known(Objects),
}

/// An expression, by its place in memory, in a scope.
type Place = (*const Expr, ScopeId);

/// What a container holds, as its search found it.
type Items<'a> = Rc<[(Held<'a>, ScopeId)]>;

/// How deep a question lies, by all that is bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Level {
    /// How many foldings are under way inside one another.
    pub(super) nesting: u32,
    /// How many searches for what containers hold are.
    pub(super) searches: u32,
    /// Through how many names, attributes and calls the answer has led.
    pub(super) depth: u32,
}

/// Which of the bounds on these cut an answer short.
#[derive(Debug, Clone, Copy, Default)]
struct Shortened {
    nested: bool,
    crowded: bool,
    far: bool,
}

/// For whom an answer holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Holds {
    /// For questions that lie at least as deep.
    from: Level,
    /// While these questions are under way, as a set of their numbers.
    met: u128,
    /// The innermost of them, and which of those that had this number it is.
    until: (u32, u32),
}

impl Holds {
    /// Whoever asks, and whenever.
    pub(super) fn for_all(&self) -> bool {
        *self == Self::default()
    }
}

/// What is kept of an expression.
struct Kept<T> {
    answer: T,
    /// Nothing where it holds whoever asks, as most do.
    holds: Option<Box<Holds>>,
}

impl<T> Kept<T> {
    #[inline]
    fn new(answer: T, holds: Holds) -> Self {
        Self { answer, holds: (!holds.for_all()).then(|| Box::new(holds)) }
    }
}

/// What is kept of an expression that has a number, asked about in that scope.
type Numbered = Option<(ScopeId, Kept<Objects>)>;

/// How things stood when a question began.
pub(super) struct Begun {
    open: u32,
    met: u128,
    shortened: Shortened,
    cuts: u32,
}

/// See the module.
#[derive(Default)]
pub(super) struct Memory<'a> {
    bindings: RefCell<Vec<Answer>>,
    assigned: RefCell<FxHashMap<&'a str, Answer>>,
    returned: RefCell<FxHashMap<ScopeId, Answer>>,
    /// By the expressions' numbers, with the scope in which each was asked about first.
    numbered: RefCell<Vec<Numbered>>,
    /// The same of what has no number, and of what was asked about in another scope.
    reached: RefCell<FxHashMap<Place, Kept<Objects>>>,
    unfoldable: RefCell<FxHashMap<Place, Kept<Via>>>,
    containers: RefCell<FxHashMap<Place, Kept<Items<'a>>>>,
    /// The questions that are under way inside one another, by when they began.
    open: RefCell<Vec<u32>>,
    /// How many questions there have been.
    asked: Cell<u32>,
    /// Those under way that the present one met, as a set of their numbers.
    met: Cell<u128>,
    shortened: Cell<Shortened>,
    cuts: Cell<u32>,
}

impl<'a> Memory<'a> {
    /// Makes room for so many bindings, and for so many expressions with numbers.
    pub(super) fn make_room(&mut self, bindings: usize, expressions: usize) {
        self.numbered.get_mut().resize_with(expressions.min(EXPRESSIONS), || None);
        self.bindings.get_mut().resize_with(bindings, Answer::default);
    }

    /// Notes that what is being found out is cut short by a bound.
    pub(super) fn cut(&self) {
        self.cuts.set(self.cuts.get().wrapping_add(1));
    }

    /// The same, because foldings lie too deep inside one another.
    pub(super) fn too_deep(&self) {
        self.shortened.set(Shortened { nested: true, ..self.shortened.get() });
    }

    /// The same, because searches do.
    pub(super) fn too_crowded(&self) {
        self.shortened.set(Shortened { crowded: true, ..self.shortened.get() });
    }

    /// The same, because it led too far from where it began.
    pub(super) fn too_far(&self) {
        self.shortened.set(Shortened { far: true, ..self.shortened.get() });
    }

    /// Whether what is being found out led too far; for those who begin to count anew, to be given to [`Self::back`].
    pub(super) fn far(&self) -> bool {
        self.shortened.get().far
    }

    /// See [`Self::far`].
    pub(super) fn back(&self, far: bool) {
        self.shortened.set(Shortened { far, ..self.shortened.get() });
    }

    /// Notes that a question is under way, and gives its number, counted from 1.
    pub(super) fn open(&self) -> u32 {
        let mut open = self.open.borrow_mut();
        self.asked.set(self.asked.get().wrapping_add(1));
        open.push(self.asked.get());
        u32::try_from(open.len()).unwrap_or(u32::MAX)
    }

    /// Notes that the question that was opened last has its answer.
    pub(super) fn close(&self) {
        self.open.borrow_mut().pop();
    }

    /// Notes that what is being found out met the question of that number, which is still under way.
    pub(super) fn meet(&self, number: u32) {
        self.met.set(self.met.get() | 1 << (number.clamp(1, TOLD_APART) - 1));
    }

    /// Begins to find out something that may be kept.
    #[inline]
    pub(super) fn begin(&self) -> Begun {
        Begun {
            open: u32::try_from(self.open.borrow().len()).unwrap_or(u32::MAX),
            met: self.met.replace(0),
            shortened: self.shortened.replace(Shortened::default()),
            cuts: self.cuts.get(),
        }
    }

    /// For whom the answer to what was begun at a level holds, where it does for others at all.
    #[inline]
    pub(super) fn end(&self, begun: &Begun, level: Level) -> Option<Holds> {
        let outer = 1u128.checked_shl(begun.open).map_or(u128::MAX, |bit| bit - 1);
        let (met, own) = (self.met.get() & outer, self.shortened.get());
        self.met.set(begun.met | met);
        self.shortened.set(Shortened {
            nested: own.nested || begun.shortened.nested,
            crowded: own.crowded || begun.shortened.crowded,
            far: own.far || begun.shortened.far,
        });
        let innermost = match TOLD_APART - met.leading_zeros() {
            TOLD_APART => begun.open,
            number => number,
        };
        let since = self.open.borrow().get((innermost as usize).wrapping_sub(1)).copied();
        let from = Level {
            nesting: if own.nested { level.nesting } else { 0 },
            searches: if own.crowded { level.searches } else { 0 },
            depth: if own.far { level.depth } else { 0 },
        };
        let until = since.map_or((0, 0), |since| (innermost, since));
        (self.cuts.get() == begun.cuts).then_some(Holds { from, met, until })
    }

    /// Tells a known answer; otherwise the question is under way from now on.
    #[inline]
    fn tell(&self, answer: &mut Answer, out: &mut Objects) -> bool {
        match answer {
            Answer::Unasked => {
                *answer = Answer::Asking(self.open());
                return false;
            }
            Answer::Asking(number) => self.meet(*number),
            Answer::Known(known) => add(out, known),
        }
        true
    }

    /// Tells what is known of a binding; if nothing is, it has to be found out and given to [`Self::bound`].
    #[inline]
    pub(super) fn binding(&self, id: BindingId, out: &mut Objects) -> bool {
        self.tell(&mut self.bindings.borrow_mut()[id.index()], out)
    }

    pub(super) fn bound(&self, id: BindingId, found: Objects) {
        self.close();
        self.bindings.borrow_mut()[id.index()] = Answer::Known(found);
    }

    /// The same of what is assigned to attributes of a name.
    pub(super) fn attribute(&self, name: &'a str, out: &mut Objects) -> bool {
        self.tell(self.assigned.borrow_mut().entry(name).or_default(), out)
    }

    pub(super) fn assigned(&self, name: &'a str, found: Objects) {
        self.close();
        self.assigned.borrow_mut().insert(name, Answer::Known(found));
    }

    /// The same of what a function gives.
    pub(super) fn function(&self, function: ScopeId, out: &mut Objects) -> bool {
        self.tell(self.returned.borrow_mut().entry(function).or_default(), out)
    }

    pub(super) fn returned(&self, function: ScopeId, found: Objects) {
        self.close();
        self.returned.borrow_mut().insert(function, Answer::Known(found));
    }

    /// Tells what an expression can be, if that was found out before.
    #[inline]
    pub(super) fn expression(&self, expr: &'a Expr, scope: ScopeId, level: Level, out: &mut Objects) -> bool {
        let (numbered, reached) = (self.numbered.borrow(), self.reached.borrow());
        let kept = match number(expr).and_then(|number| numbered.get(number)) {
            Some(Some((own, kept))) if *own == scope => Some(kept),
            _ if reached.is_empty() => None,
            _ => reached.get(&(std::ptr::from_ref(expr), scope)),
        };
        let Some(known) = self.holding(kept, level) else { return false };
        add(out, known);
        true
    }

    /// Keeps what an expression can be.
    #[inline]
    pub(super) fn reached(&self, expr: &'a Expr, scope: ScopeId, holds: Holds, found: &[Reached]) {
        if found.len() > OBJECTS {
            return;
        }
        let kept = Kept::new(copied(found), holds);
        let mut numbered = self.numbered.borrow_mut();
        if let Some(place) = number(expr).and_then(|number| numbered.get_mut(number))
            && place.as_ref().is_none_or(|(own, _)| *own == scope)
        {
            *place = Some((scope, kept));
            return;
        }
        let mut reached = self.reached.borrow_mut();
        if reached.len() < EXPRESSIONS {
            reached.insert((std::ptr::from_ref(expr), scope), kept);
        }
    }

    /// Whether an expression is known to fold to nothing, and how its folding went.
    pub(super) fn unfoldable(&self, expr: &'a Expr, scope: ScopeId, level: Level) -> Option<Via> {
        let unfoldable = self.unfoldable.borrow();
        self.holding(unfoldable.get(&(std::ptr::from_ref(expr), scope)), level).copied()
    }

    /// Keeps that an expression folds to nothing. What a folding met is its own; another one would not meet it.
    pub(super) fn failed(&self, expr: &'a Expr, scope: ScopeId, holds: Holds, via: Via) {
        let mut unfoldable = self.unfoldable.borrow_mut();
        if holds.met == 0 && unfoldable.len() < EXPRESSIONS {
            unfoldable.insert((std::ptr::from_ref(expr), scope), Kept::new(via, holds));
        }
    }

    /// Tells what a container holds, if that was searched for before.
    pub(super) fn container(&self, expr: &'a Expr, scope: ScopeId, level: Level) -> Option<Items<'a>> {
        let containers = self.containers.borrow();
        self.holding(containers.get(&(std::ptr::from_ref(expr), scope)), level).map(Rc::clone)
    }

    /// Keeps what a container holds.
    pub(super) fn searched(&self, expr: &'a Expr, scope: ScopeId, holds: Holds, found: Items<'a>) {
        let mut containers = self.containers.borrow_mut();
        if found.len() <= ITEMS && containers.len() < CONTAINERS {
            containers.insert((std::ptr::from_ref(expr), scope), Kept::new(found, holds));
        }
    }

    /// What was kept, where it holds; what is made of it holds for no one else.
    fn holding<'k, T>(&self, kept: Option<&'k Kept<T>>, level: Level) -> Option<&'k T> {
        let Kept { answer, holds } = kept?;
        let Some(holds) = holds else { return Some(answer) };
        let Holds { from, met, until: (number, since) } = &**holds;
        if from.nesting > level.nesting || from.searches > level.searches || from.depth > level.depth {
            return None;
        }
        if *met != 0 && self.open.borrow().get((*number as usize).wrapping_sub(1)) != Some(since) {
            return None;
        }
        self.met.set(self.met.get() | met);
        let own = self.shortened.get();
        self.shortened.set(Shortened {
            nested: own.nested || from.nesting > 0,
            crowded: own.crowded || from.searches > 0,
            far: own.far || from.depth > 0,
        });
        Some(answer)
    }
}

/// The number that the walk gave an expression.
#[inline]
fn number(expr: &Expr) -> Option<usize> {
    let index = match expr {
        Expr::Attribute(attribute) => &attribute.node_index,
        Expr::Call(call) => &call.node_index,
        Expr::Subscript(subscript) => &subscript.node_index,
        _ => return None,
    };
    index.load().as_u32().map(|number| number as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_met_a_question_holds_while_that_one_is_under_way() {
        let (memory, level) = (Memory::default(), Level::default());
        let outer = memory.open();
        let begun = memory.begin();
        let inner = memory.open();
        memory.meet(inner);
        memory.close();
        assert!(memory.end(&begun, level).unwrap().for_all(), "its own questions have their answers");
        let begun = memory.begin();
        memory.meet(outer);
        let kept = Kept::new((), memory.end(&begun, level).unwrap());
        assert!(memory.holding(Some(&kept), level).is_some());
        memory.close();
        assert!(memory.holding(Some(&kept), level).is_none());
        memory.open();
        assert!(memory.holding(Some(&kept), level).is_none(), "another question of the same number");
    }

    #[test]
    fn what_lay_too_deep_holds_for_what_lies_as_deep() {
        let memory = Memory::default();
        let at = |searches| Level { searches, ..Level::default() };
        let begun = memory.begin();
        memory.too_crowded();
        let kept = Kept::new((), memory.end(&begun, at(3)).unwrap());
        assert!(memory.holding(Some(&kept), at(2)).is_none());
        assert!(memory.holding(Some(&kept), at(4)).is_some());
        memory.cut();
        assert!(memory.end(&begun, at(3)).is_none());
    }
}
