//! The report on a run in a container.

use airlock_model::RunReport;
use airlock_model::run::{Resources, RunEvent, SeenBy, TestPlan};

use super::image::Carried;
use super::session::{How, Run};
use crate::verdict::{self, Ending, Facts, Told};

pub(super) fn report(plan: &TestPlan, run: Run, facts: &Facts, carried: &Carried) -> RunReport {
    let told = verdict::read(&String::from_utf8_lossy(&run.report), &run.nonce);
    let outcome = verdict::judge(plan, facts, &told, carried);
    let resources = resources(&run);
    tracing::debug!(run.outcome = outcome.as_str(), run.wall_ms = resources.wall_ms, "suite ended");
    let events = events(facts, &told);
    let (output, output_truncated) = run.printed.finish();
    RunReport { outcome, engine: "docker".into(), tests: told.results, resources, events, output, output_truncated }
}

fn resources(run: &Run) -> Resources {
    let ended = match &run.how {
        How::Ended(ended) => (**ended).clone(),
        _ => super::wire::Ended::default(),
    };
    Resources {
        wall_ms: u64::try_from(run.wall.as_millis()).unwrap_or(u64::MAX),
        cpu_ms: ended.cpu_us.or(run.cpu_us).unwrap_or_default() / 1000,
        peak_memory_bytes: ended.peak_memory.unwrap_or_default(),
        disk_bytes: ended.disk,
        output_bytes: run.output_bytes,
        files_opened: 0,
        processes: ended.processes.max(1),
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
