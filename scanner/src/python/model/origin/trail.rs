//! The way back from a sink: where each step of a question came from.

use airlock_model::escape;
use ruff_text_size::TextSize;

use super::Step;
use crate::python::source::Source;

/// The most steps that one way shows; of a longer one the middle is left out.
const SHOWN: usize = 16;

/// What happens to data at a step.
#[derive(Clone, Copy)]
pub(super) enum What<'a> {
    Assigned(&'a str),
    Added(&'a str),
    Passed(&'a str, &'a str),
    Returned(&'a str),
    Decoded,
    Written,
    Member(&'a str),
}

impl What<'_> {
    fn sentence(self) -> String {
        match self {
            Self::Assigned(name) => format!("kept in {}", escape::quoted(name)),
            Self::Added(name) => format!("put into {}", escape::quoted(name)),
            Self::Member(name) => format!("kept in the attribute {}", escape::quoted(name)),
            Self::Passed(function, name) => {
                format!("passed to {} as {}", escape::quoted(function), escape::quoted(name))
            }
            Self::Returned(function) => format!("returned by {}", escape::quoted(function)),
            Self::Decoded => "decoded".into(),
            Self::Written => "written to a file".into(),
        }
    }
}

struct Node<'a> {
    before: u32,
    at: TextSize,
    what: What<'a>,
}

/// All steps of one question, each pointing at the one nearer the sink.
#[derive(Default)]
pub(super) struct Trail<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> Trail<'a> {
    /// Adds a step before `nearer` (0 for the sink itself) and gives its number.
    pub(super) fn add(&mut self, nearer: u32, at: TextSize, what: What<'a>) -> u32 {
        self.nodes.push(Node { before: nearer, at, what });
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// The steps from `last` to the sink.
    pub(super) fn steps(&self, last: u32, source: &Source<'_>) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut at = last;
        while let Some(node) = (at as usize).checked_sub(1).and_then(|index| self.nodes.get(index)) {
            let step = Step { file: None, line: source.line(node.at), message: node.what.sentence() };
            if steps.last() != Some(&step) {
                steps.push(step);
            }
            at = node.before;
        }
        if steps.len() > SHOWN {
            steps.drain(SHOWN / 2..steps.len() - SHOWN / 2);
        }
        steps
    }
}
