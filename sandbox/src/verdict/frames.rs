//! Reading the launcher's frames: reported by the plugin's own interpreter, so
//! never believed beyond what the host can check.

use std::collections::BTreeSet;

use airlock_model::run::{RunEvent, SeenBy, TestOutcome, TestResult};
use serde::Deserialize;

use super::facts::Limit;

/// How many events are kept; an honest launcher tells fewer.
const MOST_EVENTS: usize = 512;

/// What the guest says is missing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Missing {
    /// A module could not be found.
    Module(String),
    /// The interpreter cannot do something.
    Feature(String),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Frame {
    Collected {
        id: String,
    },
    Deselected {
        id: String,
    },
    Event {
        what: String,
        detail: String,
    },
    Result {
        id: String,
        outcome: TestOutcome,
        seconds: f64,
        message: Option<String>,
        missing: Option<Missing>,
        #[serde(default)]
        limit: Option<Limit>,
    },
    Error {
        id: String,
        message: String,
        missing: Option<Missing>,
        #[serde(default)]
        limit: Option<Limit>,
    },
    Changed {
        id: String,
    },
    Replaced {
        id: String,
    },
    End {
        code: i32,
    },
}

#[derive(Debug, Deserialize)]
struct Signed {
    nonce: String,
    #[serde(flatten)]
    frame: Frame,
}

/// The report, put together from its frames.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// Every test that was collected, before anything removed it again.
    pub(crate) collected: BTreeSet<String>,
    /// Those of them that the plugin's own code took out again.
    pub(crate) deselected: BTreeSet<String>,
    /// What the interpreter's audit events say that the tests reached for.
    pub(crate) events: Vec<RunEvent>,
    /// Every result, in order.
    pub(crate) results: Vec<TestResult>,
    /// The ids of tests that have a result; places that could not be collected have none.
    pub(crate) finished: BTreeSet<String>,
    /// What each failed test and each failed collection says is missing, if it says so.
    pub(crate) failures: Vec<Option<Missing>>,
    /// The limits that failed tests and failed collections say they met.
    pub(crate) limits: BTreeSet<Limit>,
    /// The tests in whose place something else was run.
    pub(crate) replaced: BTreeSet<String>,
    /// The runner's exit code, if the report was finished.
    pub(crate) end: Option<i32>,
    /// The first thing that no launcher of ours would have written.
    pub(crate) tampered: Option<String>,
}

impl Told {
    /// The tests that were collected and stayed.
    pub(crate) fn kept(&self) -> BTreeSet<&str> {
        self.collected.difference(&self.deselected).map(String::as_str).collect()
    }
}

/// Reads frames, one JSON value a line.
pub(crate) fn read(report: &str, nonce: &str) -> Told {
    let mut told = Told::default();
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
            Frame::Deselected { id } => {
                // Told once, however often the plugin's code calls the hook.
                if told.deselected.insert(id.clone()) {
                    let message = Some("deselected".to_owned());
                    told.results.push(TestResult { id, outcome: TestOutcome::Skipped, duration_ms: 0, message });
                }
            }
            Frame::Event { what, detail } if told.events.len() < MOST_EVENTS => {
                told.events.push(RunEvent { kind: what, detail, seen_by: SeenBy::Guest });
            }
            Frame::Event { .. } => {}
            Frame::Result { id, outcome, seconds, message, missing, limit } => {
                if !told.finished.insert(id.clone()) {
                    return tampered(told, format!("{id} was reported twice"));
                }
                if matches!(outcome, TestOutcome::Failed | TestOutcome::Error) {
                    told.failures.push(missing);
                    told.limits.extend(limit);
                }
                let duration_ms = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default().as_millis();
                let duration_ms = u64::try_from(duration_ms).unwrap_or(u64::MAX);
                told.results.push(TestResult { id, outcome, duration_ms, message });
            }
            Frame::Error { id, message, missing, limit } => {
                told.failures.push(missing);
                told.limits.extend(limit);
                let message = Some(message);
                told.results.push(TestResult { id, outcome: TestOutcome::Error, duration_ms: 0, message });
            }
            Frame::Changed { id } => return tampered(told, format!("{id} failed, but was turned into a success")),
            Frame::Replaced { id } => {
                told.replaced.insert(id);
            }
            Frame::End { code } => told.end = Some(code),
        }
    }
    told
}

fn tampered(told: Told, why: String) -> Told {
    Told { tampered: Some(why), ..told }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads frames given without their nonce.
    fn told(frames: &[&str]) -> Told {
        let signed: Vec<String> = frames.iter().map(|frame| frame.replacen('{', r#"{"nonce":"n","#, 1)).collect();
        read(&signed.join("\n"), "n")
    }

    const PASSED: &str =
        r#"{"kind":"result","id":"a","outcome":"passed","seconds":0.25,"message":null,"missing":null}"#;
    const END: &str = r#"{"kind":"end","code":0}"#;

    #[test]
    fn an_honest_report_is_read_whole() {
        let told = told(&[
            r#"{"kind":"collected","id":"a"}"#,
            r#"{"kind":"error","id":"b.py","message":"m","missing":{"module":"numpy"}}"#,
            PASSED,
            r#"{"kind":"result","id":"c","outcome":"failed","seconds":1,"message":"m","missing":null}"#,
            r#"{"kind":"end","code":1}"#,
        ]);
        insta::assert_debug_snapshot!(told);
    }

    #[test]
    fn what_no_launcher_writes_is_tampering() {
        let forged = read(r#"{"nonce":"other","kind":"end","code":0}"#, "n");
        let cases = [
            (forged, "something other than the launcher wrote to the report"),
            (read("not a frame", "n"), "something other than the launcher wrote to the report"),
            (told(&[END, PASSED]), "the report went on after its end"),
            (told(&[PASSED, PASSED]), "a was reported twice"),
            (told(&[r#"{"kind":"changed","id":"a"}"#]), "a failed, but was turned into a success"),
        ];
        for (told, why) in cases {
            assert_eq!(told.tampered.as_deref(), Some(why));
        }
        assert_eq!(told(&[PASSED, END]).tampered, None);
    }

    #[test]
    fn odd_durations_are_zero() {
        let told = told(&[&PASSED.replace("0.25", "-1e300")]);
        assert_eq!(told.results[0].duration_ms, 0);
    }
}
