//! Figures for operators, in Prometheus' text form. Labels take their values from
//! bounded sets only: route patterns, methods, statuses, and names in the catalogue.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use airlock_model::{Engine, PluginName, PluginVersion, StageName, ValidationState};
use airlock_store::Worker;
use axum::http::{Method, StatusCode};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

const DOWNLOADS: &str = "registry_plugin_downloads_total";
const REQUESTS: &str = "registry_api_request_duration_seconds";
const UPLOADS: &str = "airlock_uploads_total";
const UPLOAD_BYTES: &str = "airlock_upload_bytes_total";
const VALIDATIONS: &str = "airlock_validations";
const WORKERS: &str = "airlock_workers";
const ENGINES: &str = "airlock_worker_engines";

/// After how many requests the recorder folds its raw samples, so that a server nobody scrapes keeps its memory.
const FOLD_EVERY: u64 = 4096;

const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The process's recorder. Several routers in one process share it.
pub(crate) fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = PrometheusBuilder::new().set_buckets(&SECONDS).expect("there are buckets").build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed in this process; /metrics stays empty");
        }
        describe_counter!(DOWNLOADS, "Archives served, by plugin and version.");
        describe_histogram!(REQUESTS, "Time until an answer begins, by method, route and status.");
        describe_counter!(UPLOADS, "Uploads, by whether they were accepted into quarantine.");
        describe_counter!(UPLOAD_BYTES, "Bytes of accepted uploads.");
        describe_gauge!(VALIDATIONS, "Validations by state.");
        describe_gauge!(WORKERS, "Workers that are there, by the stages they carry out.");
        describe_gauge!(ENGINES, "Workers that are there, by the engines that answer there.");
        handle
    })
}

pub(crate) fn downloaded(name: &PluginName, version: &PluginVersion) {
    counter!(DOWNLOADS, "plugin" => name.to_string(), "version" => version.to_string()).increment(1);
}

pub(crate) fn upload_accepted(bytes: u64) {
    counter!(UPLOADS, "result" => "accepted").increment(1);
    counter!(UPLOAD_BYTES).increment(bytes);
}

pub(crate) fn upload_refused() {
    counter!(UPLOADS, "result" => "refused").increment(1);
}

pub(crate) fn validations(counts: &[(ValidationState, u64)]) {
    for state in ValidationState::ALL {
        let count = counts.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
        gauge!(VALIDATIONS, "state" => state.as_str()).set(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

pub(crate) fn workers(workers: &[Worker]) {
    let count = |counts: &dyn Fn(&Worker) -> bool| {
        u32::try_from(workers.iter().filter(|worker| counts(worker)).count()).unwrap_or(u32::MAX)
    };
    for stage in StageName::ALL {
        gauge!(WORKERS, "stage" => stage.as_str()).set(count(&|worker| worker.stages.contains(stage)));
    }
    for engine in Engine::ALL {
        gauge!(ENGINES, "engine" => engine.as_str()).set(count(&|worker| worker.engines.contains(engine)));
    }
}

pub(crate) fn answered(method: &Method, endpoint: &str, status: StatusCode, took: Duration) {
    static ANSWERED: AtomicU64 = AtomicU64::new(0);
    histogram!(
        REQUESTS,
        "method" => method_label(method),
        "endpoint" => endpoint.to_owned(),
        "status" => status.as_str().to_owned()
    )
    .record(took.as_secs_f64());
    if ANSWERED.fetch_add(1, Ordering::Relaxed) % FOLD_EVERY == FOLD_EVERY - 1 {
        recorder().run_upkeep();
    }
}

/// A method that HTTP does not define could be anything, so it is counted as `OTHER`.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
