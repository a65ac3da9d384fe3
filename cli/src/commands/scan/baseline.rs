//! An earlier report, against which only what is new counts.

use std::collections::HashSet;
use std::path::Path;

use airlock_model::finding::Finding;
use airlock_model::{Report, escape};
use serde_json::Value;

use crate::exit::Failure;
use crate::home;

/// The largest report that is read, in bytes.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The fingerprints of what is known.
#[derive(Debug)]
pub(super) struct Baseline {
    known: HashSet<String>,
}

impl Baseline {
    /// Reads a report of ours, as JSON or as SARIF.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = escape::line(&path.display().to_string());
        let refused = |why: String| {
            Failure::usage(format!("the baseline {shown} cannot be used: {why}")).remedy(
                "name a report that `airlock scan` wrote with --write-baseline, --format json or --format sarif",
            )
        };
        let size = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
        if size > MOST_BYTES {
            return Err(refused(format!("it is larger than {MOST_BYTES} bytes")));
        }
        let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| refused(format!("not JSON: {error}")))?;
        let known = of_report(&value).or_else(|| of_sarif(&value));
        known.map(|known| Self { known }).ok_or_else(|| refused("it is neither a report nor a SARIF log".to_owned()))
    }

    /// Whether a finding was there before.
    pub(super) fn has(&self, finding: &Finding) -> bool {
        self.known.contains(&finding.fingerprint)
    }
}

fn of_report(value: &Value) -> Option<HashSet<String>> {
    value.get("schema")?;
    let findings = value.get("findings")?.as_array()?;
    Some(findings.iter().filter_map(|finding| finding.get("fingerprint")?.as_str()).map(str::to_owned).collect())
}

fn of_sarif(value: &Value) -> Option<HashSet<String>> {
    let runs = value.get("runs")?.as_array()?;
    let results = runs.iter().filter_map(|run| run.get("results")?.as_array()).flatten();
    let prints = results.filter_map(|result| result.pointer("/partialFingerprints/airlock~1v1")?.as_str());
    Some(prints.map(str::to_owned).collect())
}

/// Writes a report to compare with later, whole or not at all.
pub(super) fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(report).expect("a report becomes JSON");
    text.push('\n');
    home::write_whole(path, text.as_bytes()).map(|_| ())
}
