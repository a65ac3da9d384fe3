//! The stages, one file each. A stage fetches what it works on by its hash, asks
//! the gate, keeps the resulting objects, and then records everything in one
//! transaction that also adds what comes next.

mod inspect;
mod promote;
mod test;

use airlock_model::{Engine, StageName};
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
    /// The engine that it waits for.
    pub(crate) needs: Option<Engine>,
}

impl Recorded {
    const PUBLISHED: Self = Self { outcome: "published", next: None, needs: None };

    const fn passed_on(to: Engine) -> Self {
        Self { outcome: "passed_on", next: Some(StageName::Test), needs: Some(to) }
    }

    const fn then(next: Next) -> Self {
        let (outcome, next) = match next {
            Next::Test => ("to_test", Some(StageName::Test)),
            Next::Promote => ("approved", Some(StageName::Promote)),
            Next::Hold => ("held", None),
            Next::Reject => ("rejected", None),
        };
        Self { outcome, next, needs: None }
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
