//! Data that goes from a source to a sink.

pub(crate) mod destination;
mod sent_files;
mod variables;

#[cfg(test)]
pub(crate) use sent_files::UPLOADERS;

use airlock_model::finding::{Confidence, Finding, Severity};

use super::arrivals::Arrival;
use super::check::Check;
use crate::python::model::origin::Flow;

crate::rules::group! {
    clipboard_to_network,
    credentials_to_network,
    decoded_to_execute,
    download_execute,
    download_run,
    environment_to_execute,
    environment_to_network,
    input_to_process,
    key_file_to_network,
    keyring_to_network,
    metadata_to_network,
    network_to_pickle,
}

/// A finding at the sink, with the way of one flow as its evidence.
fn finding(check: &Check<'_, '_>, arrival: &Arrival, flow: &Flow, message: String) -> Finding {
    let mut finding = check.at(arrival.range, message);
    finding.evidence = arrival.way(flow, check.model);
    finding
}

/// The severity and the confidence for secrets that are sent: all of it, or a part or a
/// form of it that may be what it is meant for.
const fn of_secret(flow: &Flow, is_suspicious: bool) -> (Severity, Confidence) {
    match (flow.whole && !flow.weak, is_suspicious) {
        (true, _) => (Severity::Critical, Confidence::High),
        (false, true) => (Severity::High, Confidence::Medium),
        (false, false) => (Severity::Medium, Confidence::Low),
    }
}
