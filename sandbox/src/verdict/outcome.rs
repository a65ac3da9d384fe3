//! From facts to an outcome. A pure function: what the host saw comes first, what
//! the guest reported is checked against it and can only make things worse.

use std::collections::BTreeSet;

use airlock_model::Outcome;
use airlock_model::finding::Evidence;
use airlock_model::run::{Inconclusive, SeenBy, TestOutcome, TestPlan};

use super::collection::{Collected, disagreement};
use super::confirm::{Carries, confirm};
use super::facts::{Ending, Facts, Limit};
use super::frames::Told;

/// The exit code of a launcher that cannot write its report (`NO_REPORT` of airlock_runner.py).
const NO_REPORT: i32 = 113;

/// How many names a message lists.
const LISTED: usize = 10;

/// Names the ending of a run: what it says itself, held against what a separate run collected.
pub(crate) fn judge(
    plan: &TestPlan,
    facts: &Facts,
    told: &Told,
    collected: &Collected,
    runtime: &impl Carries,
) -> Outcome {
    match own(plan, facts, told, runtime) {
        // Only what is no reason to refuse is worth a second look.
        ending @ (Outcome::Passed | Outcome::NoTests | Outcome::Inconclusive(_)) => {
            disagreement(facts, told, collected).unwrap_or(ending)
        }
        ending => ending,
    }
}

/// The ending by the tests' own run.
fn own(plan: &TestPlan, facts: &Facts, told: &Told, runtime: &impl Carries) -> Outcome {
    if let Ending::Violated(what) = &facts.ending {
        return Outcome::Violation { what: what.clone(), seen_by: SeenBy::Host };
    }
    if let Some(outcome) = exceeded(facts) {
        return outcome;
    }
    let code = match &facts.ending {
        Ending::Exited(code) => *code,
        Ending::NothingToRun if plan.inventory.is_empty() => return Outcome::NoTests,
        Ending::NothingToRun => return differs(plan.inventory.clone()),
        Ending::Trapped(how) => return Outcome::Crashed { how: how.clone() },
        Ending::Violated(_) | Ending::TimedOut | Ending::CpuExceeded | Ending::OutputExceeded => {
            unreachable!("named above")
        }
    };
    if let Some(why) = &told.tampered {
        return Outcome::TamperedReport { why: why.clone() };
    }
    match told.end {
        None if code == NO_REPORT => tampered("something else was put in the place of the report".into()),
        None if code == 0 => tampered("the interpreter ended with success before the report was finished".into()),
        // A runner that has no descriptor or no disk left cannot finish its report either.
        None => guest_limit(facts, told)
            .unwrap_or_else(|| Outcome::Crashed { how: format!("exit code {code} before the report was finished") }),
        Some(end) if end != code => tampered(format!("the runner ended with {end}, the interpreter with {code}")),
        Some(end) => reported(plan, facts, told, runtime, end),
    }
}

/// Limits, as the host saw them hit. A refusal counts even where the suite went
/// on: what it did with less than it asked for says nothing.
pub(super) fn exceeded(facts: &Facts) -> Option<Outcome> {
    // By severity of what they say about the others: a full disk makes programs crash, and so on.
    let met =
        [Limit::Output, Limit::Disk, Limit::Descriptors, Limit::Processes, Limit::Memory].into_iter().find(|limit| {
            facts.limits.contains(limit) || (*limit == Limit::Output && facts.ending == Ending::OutputExceeded)
        });
    match facts.ending {
        _ if met.is_some() => met.map(Limit::outcome),
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
    if let Some(outcome) = guest_limit(facts, told) {
        return outcome;
    }
    let links = facts.links_refused;
    let mut causes = told.failures.iter().map(|missing| confirm(plan, runtime, links, missing.as_ref()?));
    let first = causes.next().flatten();
    let (Some(first), true) = (first, causes.all(|cause| cause.is_some())) else {
        return Outcome::Failed { failed: told.failures.len() as u64 };
    };
    match end {
        // 4 is what the launcher answers for a `conftest.py` that cannot be imported.
        1 | 4 => contradiction(told).unwrap_or(Outcome::Inconclusive(first)),
        0 => tampered("the runner ended with success in spite of failures".into()),
        code => Outcome::Crashed { how: format!("the test runner stopped with exit code {code}") },
    }
}

/// The limit that a failure met by the guest's word, in engines where the host sees no such thing.
fn guest_limit(facts: &Facts, told: &Told) -> Option<Outcome> {
    told.limits.first().filter(|_| facts.guest_sees_limits).map(|limit| limit.outcome())
}

/// Every test that was collected and stayed must have a result, and every result a collected test.
fn contradiction(told: &Told) -> Option<Outcome> {
    let mut unreported = told.kept().into_iter().filter(|id| !told.finished.contains(*id));
    if let Some(id) = unreported.next() {
        let count = unreported.count() + 1;
        return Some(tampered(format!("{count} collected tests have no result, {id} among them")));
    }
    let invented = told.finished.difference(&told.collected).next()?;
    Some(tampered(format!("{invented} has a result but was never collected")))
}

fn passed(plan: &TestPlan, told: &Told) -> Outcome {
    if let Some(outcome) = contradiction(told) {
        return outcome;
    }
    let kept = told.kept();
    let lost: Vec<String> = plan.inventory.iter().filter(|id| !covered(id, &kept)).cloned().collect();
    if !lost.is_empty() {
        return differs(lost);
    }
    if told.results.is_empty() {
        return Outcome::NoTests;
    }
    // A suite of which everything was to fail shows as little as one of which nothing ran.
    if told.results.iter().all(|test| matches!(test.outcome, TestOutcome::Skipped | TestOutcome::Xfailed)) {
        return Outcome::Inconclusive(Inconclusive::AllSkipped);
    }
    let replaced = told.replaced.iter().take(LISTED).map(|id| {
        let message = format!("something else is run in the place of {id}");
        Evidence { file: id.split("::").next().map(str::to_owned), line: None, message }
    });
    let evidence: Vec<_> = plan.reaches_into_runner.iter().cloned().chain(replaced).collect();
    if !evidence.is_empty() {
        return Outcome::Inconclusive(Inconclusive::ReachesIntoRunner { evidence });
    }
    Outcome::Passed
}

/// A test is covered by itself or, parametrised, by any `id[…]`.
fn covered(id: &str, kept: &BTreeSet<&str>) -> bool {
    kept.contains(id) || {
        let prefix = format!("{id}[");
        kept.range::<&str, _>(prefix.as_str()..).next().is_some_and(|next| next.starts_with(&prefix))
    }
}

fn differs(mut missing: Vec<String>) -> Outcome {
    missing.truncate(LISTED);
    Outcome::Inconclusive(Inconclusive::CollectionDiffers { missing })
}

pub(super) fn tampered(why: String) -> Outcome {
    Outcome::TamperedReport { why }
}

#[cfg(test)]
mod tests;
