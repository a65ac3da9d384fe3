//! Reports on jobs in containers.

use airlock_model::probe::ProbeReport;
use airlock_model::run::{Collection, Resources, RunEvent, SeenBy, TestPlan};
use airlock_model::{Engine, RunReport};

use super::follow::{How, Run};
use super::image::Carried;
use crate::probe::Decoys;
use crate::verdict::{self, Collected, Ending, Facts, Told};

/// The engine's name in reports.
pub(super) const ENGINE: Engine = Engine::Docker;

/// A job that has come to its end.
pub(super) struct Done {
    pub(super) run: Run,
    pub(super) facts: Facts,
    pub(super) carried: Carried,
}

/// The report on a suite, whose tests were run in one container and collected in another.
pub(super) fn tests(plan: &TestPlan, done: Done, collection: Done) -> RunReport {
    let Done { run, facts, carried } = done;
    let told = told(&run);
    let found = Collected { told: self::told(&collection.run), facts: collection.facts };
    let outcome = verdict::judge(plan, &facts, &told, &found, &carried);
    let (resources, other) = (resources(&run), self::resources(&collection.run));
    tracing::debug!(
        run.outcome = outcome.as_str(),
        run.wall_ms = resources.wall_ms,
        collection.wall_ms = other.wall_ms,
        "suite ended"
    );
    let collection = Collection { tests: found.told.kept().len() as u64, resources: other };
    let mut events = events(&facts, &told);
    events.extend(told.events);
    let (output, output_truncated) = run.printed.finish();
    RunReport {
        tests: told.results,
        resources,
        events,
        output,
        output_truncated,
        collection: (found.facts.ending != Ending::NothingToRun).then_some(collection),
        ..RunReport::of(ENGINE, outcome)
    }
}

/// The report on an import.
pub(super) fn probe(plan: &TestPlan, decoys: &Decoys, done: Done) -> ProbeReport {
    let Done { run, facts, carried } = done;
    let report = String::from_utf8_lossy(&run.report);
    let opened = match &run.how {
        How::Ended(ended) => ended.opened.as_slice(),
        _ => &[],
    };
    let seen = verdict::Seen { report: &report, nonce: &run.nonce, opened };
    let (ending, attempts) = verdict::probed(plan, &facts, &seen, decoys, &carried);
    ProbeReport { engine: ENGINE.into(), ending, attempts, resources: resources(&run) }
}

fn told(run: &Run) -> Told {
    verdict::read(&String::from_utf8_lossy(&run.report), &run.nonce)
}

fn resources(run: &Run) -> Resources {
    let used = run.used;
    Resources {
        wall_ms: u64::try_from(run.wall.as_millis()).unwrap_or(u64::MAX),
        cpu_ms: used.cpu_us.unwrap_or_default() / 1000,
        peak_memory_bytes: used.peak_memory,
        disk_bytes: used.disk,
        output_bytes: run.output_bytes,
        files_opened: 0,
        processes: used.processes.max(1),
    }
}

/// What met a limit and who saw it.
fn events(facts: &Facts, told: &Told) -> Vec<RunEvent> {
    let event = |kind: &str, detail: &str, seen_by| RunEvent { kind: kind.into(), detail: detail.into(), seen_by };
    let mut events: Vec<_> = facts.limits.iter().map(|limit| event("limit", limit.as_str(), SeenBy::Host)).collect();
    match &facts.ending {
        Ending::TimedOut => events.push(event("limit", "wall time", SeenBy::Host)),
        Ending::CpuExceeded => events.push(event("limit", "CPU time", SeenBy::Host)),
        Ending::Violated(what) => events.push(event("violation", what, SeenBy::Host)),
        _ => {}
    }
    let only_guest = told.limits.difference(&facts.limits);
    events.extend(only_guest.map(|limit| event("limit", limit.as_str(), SeenBy::Guest)));
    events
}
