//! What followers of a validation are told, in order.

use serde::{Deserialize, Serialize};

use crate::finding::FindingsCount;
use crate::state::{StageName, StageState, ValidationState};
use crate::time::Timestamp;
use crate::verdict::Verdict;

/// One entry of a validation's event stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationEvent {
    /// Counts from 1 within one validation, without gaps.
    pub seq: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// The validation entered a state.
    State {
        /// The new state.
        state: ValidationState,
        /// Why, where there is something to say.
        reason: Option<String>,
    },
    /// A stage entered a state.
    Stage {
        /// Which stage.
        stage: StageName,
        /// The new state.
        state: StageState,
        /// The attempt, from 1.
        attempt: u32,
        /// Why, where there is something to say.
        reason: Option<String>,
    },
    /// The inspect stage recorded its findings.
    Findings {
        /// How many of each severity.
        count: FindingsCount,
    },
    /// The test stage recorded its report.
    Tests {
        /// The outcome's name.
        outcome: String,
        /// One sentence.
        sentence: String,
    },
    /// The policy decided.
    Verdict {
        /// What it decided.
        verdict: Verdict,
        /// The reasons, worst first.
        reasons: Vec<String>,
    },
}

impl Happening {
    /// The event's name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::State { .. } => "state",
            Self::Stage { .. } => "stage",
            Self::Findings { .. } => "findings",
            Self::Tests { .. } => "tests",
            Self::Verdict { .. } => "verdict",
        }
    }
}
