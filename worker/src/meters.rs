//! The worker's metrics: names, labels and units in one place.

use std::time::Duration;

use airlock_model::StageName;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const STAGE_SECONDS: &str = "airlock_stage_duration_seconds";
const STAGE_ERRORS: &str = "airlock_stage_errors_total";
const BACKLOG: &str = "airlock_backlog_stages";
const RUNNING: &str = "airlock_running_stages";
const LOST_WORKERS: &str = "airlock_lost_workers_total";
const ALERTS: &str = "airlock_operator_alerts_total";

/// Tells the recorder what each metric means.
pub(crate) fn describe() {
    describe_histogram!(STAGE_SECONDS, Unit::Seconds, "How long a stage took, by stage and outcome.");
    describe_counter!(STAGE_ERRORS, "Failures of ours while carrying out a stage, by stage and kind.");
    describe_gauge!(BACKLOG, "Stages that wait for a worker.");
    describe_gauge!(RUNNING, "Stages that a worker holds the lease of.");
    describe_counter!(LOST_WORKERS, "Leases that ran out because their worker was lost, by stage.");
    describe_counter!(ALERTS, "Things that an operator has to look at, by reason.");
}

/// A stage has ended, one way or another.
pub(crate) fn stage_ended(stage: StageName, outcome: &'static str, took: Duration) {
    histogram!(STAGE_SECONDS, "stage" => stage.as_str(), "outcome" => outcome).record(took.as_secs_f64());
}

/// We failed at a stage.
pub(crate) fn stage_failed(stage: StageName, kind: &'static str) {
    counter!(STAGE_ERRORS, "stage" => stage.as_str(), "kind" => kind).increment(1);
}

/// How much waits and runs; stages that are not named have nothing.
pub(crate) fn backlog(known: &[(StageName, u64, u64)]) {
    for &stage in StageName::ALL {
        let (pending, running) =
            known.iter().find(|(name, ..)| *name == stage).map_or((0, 0), |&(_, pending, running)| (pending, running));
        // Counts of stages are far below 2^52, where an f64 still counts exactly.
        gauge!(BACKLOG, "stage" => stage.as_str()).set(pending as f64);
        gauge!(RUNNING, "stage" => stage.as_str()).set(running as f64);
    }
}

/// A worker was lost while it held a stage.
pub(crate) fn worker_lost(stage: StageName) {
    counter!(LOST_WORKERS, "stage" => stage.as_str()).increment(1);
}

/// An operator has to look at something.
pub(crate) fn alert(reason: &'static str) {
    counter!(ALERTS, "reason" => reason).increment(1);
}
