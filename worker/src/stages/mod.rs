//! The stages, one file each. A stage fetches what it works on by its hash, asks
//! the gate, keeps the resulting objects, and then records everything in one
//! transaction that also adds what comes next.

mod inspect;
mod promote;
mod test;

use airlock_model::StageName;
use airlock_store::{Claim, Next};

use crate::crew::Crew;
use crate::error::StageError;

/// What a stage has recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// How it ended, for logs and metrics.
    pub(crate) outcome: &'static str,
    /// The stage that waits now.
    pub(crate) next: Option<StageName>,
}

impl Recorded {
    const PUBLISHED: Self = Self { outcome: "published", next: None };
    const PASSED_ON: Self = Self { outcome: "passed_on", next: Some(StageName::Test) };

    const fn then(next: Next) -> Self {
        match next {
            Next::Test => Self { outcome: "to_test", next: Some(StageName::Test) },
            Next::Promote => Self { outcome: "approved", next: Some(StageName::Promote) },
            Next::Hold => Self { outcome: "held", next: None },
            Next::Reject => Self { outcome: "rejected", next: None },
        }
    }
}

/// Carries out the claimed stage up to and including its record.
pub(crate) async fn carry_out(crew: &Crew, claim: &Claim) -> Result<Recorded, StageError> {
    match claim.name {
        StageName::Inspect => inspect::carry_out(crew, claim).await,
        StageName::Test => test::carry_out(crew, claim).await,
        StageName::Promote => promote::carry_out(crew, claim).await,
    }
}
