//! Reading the launcher's frames: reported by the plugin's own interpreter, so
//! never believed beyond what the host can check.

use std::collections::{BTreeMap, BTreeSet};

use airlock_model::run::{TestOutcome, TestResult};
use serde::Deserialize;

/// What the guest says is missing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Missing {
    /// A module could not be found.
    Module(String),
    /// The interpreter cannot do something.
    Feature(String),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Frame {
    Collected { id: String },
    Result { id: String, outcome: TestOutcome, seconds: f64, message: Option<String>, missing: Option<Missing> },
    Error { id: String, message: String, missing: Option<Missing> },
    Changed { id: String },
    End { code: i32 },
}

#[derive(Debug, Deserialize)]
struct Signed {
    nonce: String,
    #[serde(flatten)]
    frame: Frame,
}

/// The report, put together from its frames.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Every test that was collected, before anything removed it again.
    pub(super) collected: BTreeSet<String>,
    /// Every result, in order.
    pub(super) results: Vec<TestResult>,
    /// What failing tests and failed collections say is missing, by id; absent where nothing is.
    pub(super) missing: BTreeMap<String, Missing>,
    /// Places that could not be collected.
    pub(super) broken: Vec<String>,
    /// The runner's exit code, if the report was finished.
    pub(super) end: Option<i32>,
    /// The first thing that no launcher of ours would have written.
    pub(super) tampered: Option<String>,
}

/// Reads frames, one JSON value a line.
pub(super) fn read(report: &str, nonce: &str) -> Told {
    let mut told = Told::default();
    let mut seen = BTreeSet::new();
    for line in report.lines() {
        let frame = match serde_json::from_str::<Signed>(line) {
            Ok(signed) if signed.nonce == nonce => signed.frame,
            _ => return tampered(told, "something other than the launcher wrote to the report".into()),
        };
        if told.end.is_some() {
            return tampered(told, "the report went on after its end".into());
        }
        match frame {
            Frame::Collected { id } => {
                told.collected.insert(id);
            }
            Frame::Result { id, outcome, seconds, message, missing } => {
                if !seen.insert(id.clone()) {
                    return tampered(told, format!("{id} was reported twice"));
                }
                if let Some(missing) = missing {
                    told.missing.insert(id.clone(), missing);
                }
                let duration_ms = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default().as_millis();
                let duration_ms = u64::try_from(duration_ms).unwrap_or(u64::MAX);
                told.results.push(TestResult { id, outcome, duration_ms, message });
            }
            Frame::Error { id, message, missing } => {
                if let Some(missing) = missing {
                    told.missing.insert(id.clone(), missing);
                }
                told.broken.push(id.clone());
                let message = Some(message);
                told.results.push(TestResult { id, outcome: TestOutcome::Error, duration_ms: 0, message });
            }
            Frame::Changed { id } => return tampered(told, format!("{id} failed, but was turned into a success")),
            Frame::End { code } => told.end = Some(code),
        }
    }
    told
}

fn tampered(told: Told, why: String) -> Told {
    Told { tampered: Some(why), ..told }
}
