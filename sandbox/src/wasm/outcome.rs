//! From facts to an outcome. A pure function: what the host saw comes first, what
//! the guest reported is checked against it and can only make things worse.

use std::collections::BTreeSet;

use airlock_model::Outcome;
use airlock_model::run::{Inconclusive, TestOutcome, TestPlan};

use super::confirm::{Carries, confirm};
use super::facts::{Ending, Facts};
use super::frames::Told;

/// How many names a message lists.
const LISTED: usize = 10;

/// Names the ending of a run.
pub(super) fn judge(plan: &TestPlan, facts: &Facts, told: &Told, runtime: &impl Carries) -> Outcome {
    if let Some(outcome) = exceeded(facts) {
        return outcome;
    }
    let code = match &facts.ending {
        Ending::Exited(code) => *code,
        Ending::NothingToRun if plan.inventory.is_empty() => return Outcome::NoTests,
        Ending::NothingToRun => return differs(plan.inventory.clone()),
        Ending::Trapped(how) => return Outcome::Crashed { how: how.clone() },
        Ending::TimedOut | Ending::CpuExceeded | Ending::OutputExceeded => unreachable!("named by exceeded()"),
    };
    if let Some(why) = &told.tampered {
        return Outcome::TamperedReport { why: why.clone() };
    }
    match told.end {
        None if code == 0 => tampered("the interpreter ended with success before the report was finished".into()),
        None => Outcome::Crashed { how: format!("exit code {code} before the report was finished") },
        Some(end) if end != code => tampered(format!("the runner ended with {end}, the interpreter with {code}")),
        Some(end) => reported(plan, facts, told, runtime, end),
    }
}

/// Limits, as the host saw them hit. A refusal counts even where the suite went
/// on: what it did with less than it asked for says nothing.
fn exceeded(facts: &Facts) -> Option<Outcome> {
    let counts = &facts.counts;
    match facts.ending {
        _ if counts.output_refused || facts.ending == Ending::OutputExceeded => Some(Outcome::OutputExceeded),
        _ if counts.disk_refused => Some(Outcome::DiskExceeded),
        _ if counts.descriptors_refused => Some(Outcome::DescriptorsExceeded),
        _ if counts.memory_refused => Some(Outcome::OutOfMemory),
        Ending::TimedOut => Some(Outcome::TimedOut),
        Ending::CpuExceeded => Some(Outcome::CpuExceeded),
        _ => None,
    }
}

/// pytest's exit codes: 0 all passed, 1 some failed, 2 interrupted, 3 internal
/// error, 4 usage error, 5 nothing collected.
fn reported(plan: &TestPlan, facts: &Facts, told: &Told, runtime: &impl Carries, end: i32) -> Outcome {
    if !told.failures.is_empty() {
        return failures(plan, facts, told, runtime, end);
    }
    match end {
        0 => passed(plan, told),
        1 => Outcome::Failed { failed: 1 },
        5 if plan.inventory.is_empty() => Outcome::NoTests,
        5 => differs(plan.inventory.clone()),
        code => Outcome::Crashed { how: format!("the test runner stopped with exit code {code}") },
    }
}

/// Failures that all come from what this sandbox lacks say nothing about the
/// plugin; a single one that does not is a failed run.
fn failures(plan: &TestPlan, facts: &Facts, told: &Told, runtime: &impl Carries, end: i32) -> Outcome {
    let links = facts.counts.links > 0;
    let mut causes = told.failures.iter().map(|missing| confirm(plan, runtime, links, missing.as_ref()?));
    let first = causes.next().flatten();
    let (Some(first), true) = (first, causes.all(|cause| cause.is_some())) else {
        return Outcome::Failed { failed: told.failures.len() as u64 };
    };
    match end {
        // 4 is what the launcher answers for a `conftest.py` that cannot be imported.
        1 | 4 => disagreement(told).unwrap_or(Outcome::Inconclusive(first)),
        0 => tampered("the runner ended with success in spite of failures".into()),
        code => Outcome::Crashed { how: format!("the test runner stopped with exit code {code}") },
    }
}

/// Every collected test must have a result, and every result a collected test.
fn disagreement(told: &Told) -> Option<Outcome> {
    let mut unreported = told.collected.difference(&told.finished);
    if let Some(id) = unreported.next() {
        let count = unreported.count() + 1;
        return Some(tampered(format!("{count} collected tests have no result, {id} among them")));
    }
    let invented = told.finished.difference(&told.collected).next()?;
    Some(tampered(format!("{invented} has a result but was never collected")))
}

fn passed(plan: &TestPlan, told: &Told) -> Outcome {
    if let Some(outcome) = disagreement(told) {
        return outcome;
    }
    let lost: Vec<String> = plan.inventory.iter().filter(|id| !covered(id, &told.collected)).cloned().collect();
    if !lost.is_empty() {
        return differs(lost);
    }
    if told.results.is_empty() {
        return Outcome::NoTests;
    }
    if told.results.iter().all(|test| test.outcome == TestOutcome::Skipped) {
        return Outcome::Inconclusive(Inconclusive::AllSkipped);
    }
    if !plan.reaches_into_runner.is_empty() {
        let evidence = plan.reaches_into_runner.clone();
        return Outcome::Inconclusive(Inconclusive::ReachesIntoRunner { evidence });
    }
    Outcome::Passed
}

/// A test is covered by itself or, parametrised, by any `id[…]`.
fn covered(id: &str, collected: &BTreeSet<String>) -> bool {
    collected.contains(id) || {
        let prefix = format!("{id}[");
        collected.range(prefix.clone()..).next().is_some_and(|next| next.starts_with(&prefix))
    }
}

fn differs(mut missing: Vec<String>) -> Outcome {
    missing.truncate(LISTED);
    Outcome::Inconclusive(Inconclusive::CollectionDiffers { missing })
}

fn tampered(why: String) -> Outcome {
    Outcome::TamperedReport { why }
}

#[cfg(test)]
mod tests;
