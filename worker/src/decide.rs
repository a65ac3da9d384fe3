//! What comes after a stage: pure functions of what was found.

use airlock_model::Verdict;
use airlock_store::Next;

/// What follows a verdict that no later stage can change.
pub(crate) const fn after_verdict(verdict: Verdict) -> Next {
    match verdict {
        Verdict::Approve => Next::Promote,
        Verdict::Hold => Next::Hold,
        Verdict::Reject => Next::Reject,
    }
}
