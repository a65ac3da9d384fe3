//! From what the host saw and what the guest reported to an outcome: pure, and the
//! same for every engine.

mod collection;
mod confirm;
mod facts;
mod features;
mod frames;
mod outcome;
mod printed;
mod probe;

use std::collections::BTreeSet;

use airlock_model::run::TestPlan;

pub(crate) use collection::Collected;
pub(crate) use confirm::Carries;
pub(crate) use facts::{Ending, Facts, Limit};
pub(crate) use frames::{Told, read};
pub(crate) use outcome::judge;
pub(crate) use printed::Printed;
pub(crate) use probe::{Seen, probed};

/// How many bytes of report frames are taken.
pub(crate) const REPORT: usize = 8 << 20;

/// The folders and files at the top that hold tests, by the host's own inventory.
pub(crate) fn paths(plan: &TestPlan) -> Vec<String> {
    let top = |id: &String| id.split("::").next().and_then(|file| file.split('/').next()).map(str::to_owned);
    plan.inventory.iter().filter_map(top).collect::<BTreeSet<_>>().into_iter().collect()
}
