//! From what a child told, or how it ended without a word, to reports.

use airlock_model::limits::RunLimits;
use airlock_model::probe::{ProbeEnding, ProbeReport};
use airlock_model::run::{Collection, Resources, RunEvent, SeenBy, TestPlan};
use airlock_model::{Engine, Outcome, RunReport, escape};

use super::blame::blame;
use super::facts::{Answer, Facts};
use crate::SandboxError;
use crate::jail::{Ended, How};
use crate::probe::Decoys;
use crate::runtime::Runtime;
use crate::verdict::{self, Collected, Ending};

/// The engine's name in reports.
pub(super) const ENGINE: Engine = Engine::Wasm;

/// The report on a suite, whose tests were run by one child and collected by another.
pub(super) fn tests(
    plan: &TestPlan,
    limits: &RunLimits,
    ended: &Ended,
    collection: &Ended,
    runtime: &Runtime,
) -> Result<RunReport, SandboxError> {
    let (own, other) = (facts(ended)?, facts(collection)?);
    let Some(own) = own else { return Ok(silent(blame(ended, limits)?, ended)) };
    let told = verdict::read(&own.report, &own.nonce);
    let Some(other) = other else {
        let outcome = blame(collection, limits)?;
        return Ok(RunReport { tests: told.results, events: events(&own), ..silent(outcome, ended) });
    };
    let collected = Collected { facts: other.judged(), told: verdict::read(&other.report, &other.nonce) };
    let outcome = verdict::judge(plan, &own.judged(), &told, &collected, runtime);
    let collection = Collection { tests: collected.told.kept().len() as u64, resources: resources(&other, collection) };
    tracing::debug!(
        run.outcome = outcome.as_str(),
        run.guest_ms = own.guest_ms,
        run.wall_ms = ended.usage.wall_ms,
        collection.wall_ms = collection.resources.wall_ms,
        "suite ended"
    );
    let mut events = events(&own);
    events.extend(told.events);
    Ok(RunReport {
        tests: told.results,
        resources: resources(&own, ended),
        events,
        output_truncated: own.output_cut,
        output: own.output,
        collection: (other.ending != Ending::NothingToRun).then_some(collection),
        ..RunReport::of(ENGINE, outcome)
    })
}

/// The report on an import.
pub(super) fn probe(
    plan: &TestPlan,
    limits: &RunLimits,
    decoys: &Decoys,
    ended: &Ended,
    runtime: &Runtime,
) -> Result<ProbeReport, SandboxError> {
    let engine = ENGINE.into();
    let Some(facts) = facts(ended)? else {
        let ending = ProbeEnding::Stopped(blame(ended, limits)?);
        return Ok(ProbeReport { engine, ending, attempts: Vec::new(), resources: silent_resources(ended) });
    };
    let seen = verdict::Seen { report: &facts.report, nonce: &facts.nonce, opened: &facts.counts.paths };
    let (ending, attempts) = verdict::probed(plan, &facts.judged(), &seen, decoys, runtime);
    Ok(ProbeReport { engine, ending, attempts, resources: resources(&facts, ended) })
}

/// The child's answer; nothing where it ended without one, and an error where it failed for us.
fn facts(ended: &Ended) -> Result<Option<Box<Facts>>, SandboxError> {
    match ended.how {
        How::Exited(0) => match serde_json::from_slice(&ended.stdout) {
            Ok(Answer::Facts(facts)) => Ok(Some(facts)),
            Ok(Answer::HostFull) => Err(SandboxError::HostFull { folder: std::env::temp_dir() }),
            Ok(Answer::Failed(why)) => Err(SandboxError::Prepare(escape::line(&why))),
            Err(error) => Err(SandboxError::Protocol(error.to_string())),
        },
        _ => Ok(None),
    }
}

fn resources(facts: &Facts, ended: &Ended) -> Resources {
    Resources {
        wall_ms: ended.usage.wall_ms,
        cpu_ms: ended.usage.cpu_ms,
        peak_memory_bytes: facts.counts.peak_memory,
        disk_bytes: facts.counts.disk,
        output_bytes: facts.counts.output,
        files_opened: facts.counts.opened,
        processes: 1,
    }
}

/// The report on a child that said nothing; `outcome` names what the guest did.
fn silent(outcome: Outcome, ended: &Ended) -> RunReport {
    RunReport { resources: silent_resources(ended), ..RunReport::of(ENGINE, outcome) }
}

/// What is known of a child that said nothing.
fn silent_resources(ended: &Ended) -> Resources {
    let usage = ended.usage;
    Resources {
        wall_ms: usage.wall_ms,
        cpu_ms: usage.cpu_ms,
        peak_memory_bytes: usage.peak_rss,
        processes: 1,
        ..Resources::default()
    }
}

/// What the host saw, for the report.
fn events(facts: &Facts) -> Vec<RunEvent> {
    let host = |kind: &str, detail: String| RunEvent { kind: kind.into(), detail, seen_by: SeenBy::Host };
    let mut events = Vec::new();
    let counts = &facts.counts;
    let limits = [
        (counts.memory_refused, "memory"),
        (counts.disk_refused, "disk"),
        (counts.descriptors_refused, "descriptors"),
        (counts.output_refused, "output"),
        (counts.report_refused, "report"),
        (facts.ending == Ending::TimedOut, "wall time"),
        (facts.ending == Ending::CpuExceeded, "CPU time"),
    ];
    events.extend(limits.into_iter().filter(|(hit, _)| *hit).map(|(_, which)| host("limit", which.into())));
    if counts.links > 0 {
        events.push(host("link", format!("{} links refused", counts.links)));
    }
    if !facts.protection.is_full() {
        events.push(host("jail", "the system lacks Landlock or seccomp; this run was protected by wasm alone".into()));
    }
    events.extend(counts.paths.iter().map(|path| host("open", path.clone())));
    if counts.paths_unlisted > 0 {
        events.push(host("open", format!("{} more opens are not listed", counts.paths_unlisted)));
    }
    events
}
