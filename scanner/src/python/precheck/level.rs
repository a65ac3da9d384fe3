//! How deep what stands between two brackets is, told from its operators.

/// The classes of operators that hold one another by their precedence, tightest first. A chain of one class is as deep
/// as it is long; an operator of a looser class ends the chains of all tighter ones, whose operands stand beside one
/// another from then on.
pub(super) mod class {
    /// Signs, powers, calls, subscripts and attribute steps, which hold one another in both directions.
    pub(in super::super) const TIGHT: usize = 0;
    pub(in super::super) const PRODUCT: usize = 1;
    pub(in super::super) const SUM: usize = 2;
    pub(in super::super) const SHIFT: usize = 3;
    pub(in super::super) const AND: usize = 4;
    pub(in super::super) const XOR: usize = 5;
    pub(in super::super) const OR: usize = 6;
    pub(in super::super) const COUNT: usize = 7;
}

#[derive(Clone, Copy)]
pub(super) enum Mode {
    Module,
    Bracket,
    /// Between the quotes of an f-string.
    Text {
        quote: u8,
        triple: bool,
        raw: bool,
    },
    /// The expression of a replacement field.
    Field,
    /// The format specification of a replacement field.
    Spec,
}

/// What stands between two brackets, as far as it was read.
pub(super) struct Level {
    pub(super) mode: Mode,
    /// The chains that are still going on.
    pub(super) open: [u32; class::COUNT],
    /// The longest chain of each class since the last comma.
    pub(super) longest: [u32; class::COUNT],
    /// Keywords that hold all that follows, and what held them, since the last comma.
    pub(super) keywords: u32,
    /// The deepest pair of brackets that was closed since the last comma.
    pub(super) closed: u32,
    /// The deepest of what came before the last comma.
    pub(super) done: u32,
    /// Lambdas whose parameters have not ended, the commas between which are no new beginning.
    pub(super) parameters: u32,
    /// Whether a `yield` came, which takes what stands behind commas too.
    pub(super) yields: bool,
}

impl Level {
    pub(super) const fn of(mode: Mode) -> Self {
        Self {
            mode,
            open: [0; class::COUNT],
            longest: [0; class::COUNT],
            keywords: 0,
            closed: 0,
            done: 0,
            parameters: 0,
            yields: false,
        }
    }

    /// What an operand written here can have on top of it, at most: a path from the root goes through one chain of each
    /// class.
    pub(super) fn own(&self) -> u32 {
        self.keywords + self.longest.iter().sum::<u32>()
    }

    /// How deep it is as a whole.
    pub(super) fn depth(&self) -> u32 {
        self.done.max(self.own() + self.closed)
    }

    /// A comma, or what else makes a new beginning.
    pub(super) fn fresh(&mut self) {
        if self.parameters > 0 || self.yields {
            self.open.fill(0);
            return;
        }
        *self = Self { done: self.depth(), ..Self::of(self.mode) };
    }
}
