//! From facts to an outcome. A pure function: what the host saw comes first, what
//! the guest reported is checked against it and can only make things worse.

use std::collections::BTreeSet;

use airlock_model::Outcome;
use airlock_model::run::{Inconclusive, TestOutcome, TestPlan};

use super::facts::{Ending, Facts};
use super::features;
use super::frames::{Missing, Told};

/// How many names a message lists.
const LISTED: usize = 10;

/// What the host knows of the interpreter, for confirming what the guest says is missing.
pub(super) trait Carries {
    /// Whether this top-level module can be imported inside.
    fn carries(&self, module: &str) -> bool;
    /// Whether it is a standard module that this interpreter lacks.
    fn lacks_standard(&self, module: &str) -> bool;
}

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
    let failed: Vec<&str> = told
        .results
        .iter()
        .filter(|test| matches!(test.outcome, TestOutcome::Failed | TestOutcome::Error))
        .map(|test| test.id.as_str())
        .collect();
    if !failed.is_empty() {
        return failures(plan, facts, told, runtime, &failed);
    }
    match end {
        0 => passed(plan, told),
        1 => Outcome::Failed { failed: 1 },
        5 if plan.inventory.is_empty() => Outcome::NoTests,
        5 => differs(plan.inventory.clone()),
        code => Outcome::Crashed { how: format!("the test runner stopped with exit code {code}") },
    }
}

/// Failures that all come from what this sandbox lacks say nothing about the plugin.
fn failures(plan: &TestPlan, facts: &Facts, told: &Told, runtime: &impl Carries, failed: &[&str]) -> Outcome {
    let mut first = None;
    for id in failed {
        let confirmed = told.missing.get(*id).and_then(|missing| confirm(plan, facts, runtime, missing));
        match confirmed {
            Some(cause) => first = first.or(Some(cause)),
            None => return Outcome::Failed { failed: failed.len() as u64 },
        }
    }
    first.map_or(Outcome::Failed { failed: failed.len() as u64 }, Outcome::Inconclusive)
}

fn confirm(plan: &TestPlan, facts: &Facts, runtime: &impl Carries, missing: &Missing) -> Option<Inconclusive> {
    let imported = |module: &str| plan.imports.iter().any(|import| import == module);
    match missing {
        Missing::Module(module) if runtime.lacks_standard(module) || features::accelerator(module) => {
            Some(Inconclusive::MissingFeature { feature: module.clone() })
        }
        Missing::Module(module) if imported(module) && !runtime.carries(module) => {
            Some(Inconclusive::MissingPackage { package: module.clone() })
        }
        Missing::Module(_) => None,
        Missing::Feature(feature) => features::confirmed(feature, &plan.imports, facts.counts.links > 0)
            .map(|feature| Inconclusive::MissingFeature { feature: feature.to_owned() }),
    }
}

fn passed(plan: &TestPlan, told: &Told) -> Outcome {
    let with_result: BTreeSet<&str> = told.results.iter().map(|test| test.id.as_str()).collect();
    let unreported: Vec<&str> =
        told.collected.iter().map(String::as_str).filter(|id| !with_result.contains(id)).collect();
    if let Some(id) = unreported.first() {
        return tampered(format!("{} collected tests have no result, {id} among them", unreported.len()));
    }
    if let Some(id) = with_result.iter().find(|id| !told.collected.contains(**id)) {
        return tampered(format!("{id} has a result but was never collected"));
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
