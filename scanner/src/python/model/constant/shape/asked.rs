//! What has been found out about shapes, where names may lead back to themselves.
//!
//! What can be a constant only if it is one already is none. So a question that comes back to itself says no, for the
//! time being: whatever else said no because of that is doubted until the question has its own answer. Where that is no
//! as well, all of them stand; where it is yes, they are asked again.

use rustc_hash::FxHashMap;

use crate::python::model::Model;
use crate::python::model::scope::{BindingId, ScopeId};

/// What is asked about; a flag says whether it is seen from within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subject<'a> {
    Binding(BindingId, bool),
    /// Attributes of that name, of anything.
    Attribute(&'a str, bool),
    /// What a function gives.
    Function(ScopeId),
}

#[derive(Debug, Clone, Copy)]
enum Answer {
    /// It is being found out, as the question of that number under way.
    Asking(u32),
    /// No, unless the question of that number ends with yes.
    Doubted(u32),
    Known(bool),
}

/// The answers given so far about one file.
#[derive(Debug)]
pub(in crate::python::model) struct Shapes<'a> {
    answers: FxHashMap<Subject<'a>, Answer>,
    /// What is doubted, in the order in which it was asked.
    doubted: Vec<Subject<'a>>,
    /// How many questions are under way inside one another.
    open: u32,
    /// The questions up to this number belong to a look that was interrupted by the present one.
    interrupted: u32,
    /// The outermost question that the present one came back to.
    met: u32,
}

impl Default for Shapes<'_> {
    fn default() -> Self {
        Self { answers: FxHashMap::default(), doubted: Vec::new(), open: 0, interrupted: 0, met: u32::MAX }
    }
}

impl<'a> Shapes<'a> {
    /// The answer as far as it is known; otherwise the question is under way from now on.
    fn tell(&mut self, subject: Subject<'a>) -> Option<bool> {
        match self.answers.get(&subject) {
            Some(Answer::Known(known)) => return Some(*known),
            // What an interrupted look has not found out yet is left to the folding.
            Some(Answer::Asking(number) | Answer::Doubted(number)) if *number <= self.interrupted => return Some(true),
            Some(Answer::Asking(number) | Answer::Doubted(number)) => {
                self.met = self.met.min(*number);
                return Some(false);
            }
            None => {}
        }
        self.open += 1;
        self.answers.insert(subject, Answer::Asking(self.open));
        None
    }

    /// Ends the question that was begun last; `since` is how many subjects were doubted before it.
    fn end(&mut self, subject: Subject<'a>, before: u32, since: usize, holds: bool) {
        let number = self.open;
        self.open -= 1;
        let met = std::mem::replace(&mut self.met, before);
        if holds {
            self.answers.insert(subject, Answer::Known(true));
            for each in self.doubted.drain(since..) {
                self.answers.remove(&each);
            }
        } else if met < number {
            self.met = before.min(met);
            self.doubted.push(subject);
            for each in &self.doubted[since..] {
                self.answers.insert(*each, Answer::Doubted(met));
            }
        } else {
            self.answers.insert(subject, Answer::Known(false));
            for each in self.doubted.drain(since..) {
                self.answers.insert(each, Answer::Known(false));
            }
        }
    }
}

impl<'a> Model<'a> {
    /// Begins a look, in the middle of others perhaps.
    pub(super) fn look(&self, look: impl FnOnce() -> bool) -> bool {
        let before = {
            let mut shapes = self.shapes.borrow_mut();
            let open = shapes.open;
            (std::mem::replace(&mut shapes.interrupted, open), std::mem::replace(&mut shapes.met, u32::MAX))
        };
        let holds = look();
        let mut shapes = self.shapes.borrow_mut();
        (shapes.interrupted, shapes.met) = before;
        holds
    }

    /// The answer to a question, found out once.
    pub(super) fn asked(&self, subject: Subject<'a>, find: impl FnOnce() -> bool) -> bool {
        let (before, since) = {
            let mut shapes = self.shapes.borrow_mut();
            if let Some(answer) = shapes.tell(subject) {
                return answer;
            }
            (std::mem::replace(&mut shapes.met, u32::MAX), shapes.doubted.len())
        };
        let holds = find();
        self.shapes.borrow_mut().end(subject, before, since, holds);
        holds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question that leads to another, which leads back.
    fn circle(holds: bool) -> Option<bool> {
        let [first, second] = [0, 1].map(|id| Subject::Binding(BindingId(id), false));
        let mut shapes = Shapes::default();
        assert_eq!(shapes.tell(first), None);
        assert_eq!(shapes.tell(second), None);
        assert_eq!(shapes.tell(first), Some(false), "for the time being");
        shapes.end(second, u32::MAX, 0, false);
        assert_eq!(shapes.tell(second), Some(false));
        shapes.end(first, u32::MAX, 0, holds);
        assert_eq!(shapes.tell(first), Some(holds));
        shapes.tell(second)
    }

    #[test]
    fn what_was_doubted_stands_or_is_asked_again() {
        assert_eq!(circle(false), Some(false));
        assert_eq!(circle(true), None);
    }
}
