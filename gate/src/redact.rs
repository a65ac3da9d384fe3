//! Clears what tests said of credentials: a failing assertion prints the values that it compares, and a report is read by
//! more people than a publisher's own terminal.

use airlock_model::probe::ProbeEnding;
use airlock_model::run::{Outcome, RunReport};
use airlock_scanner::files::Redactor;

/// Clears every text of `report` that the plugin could choose.
pub(crate) fn clear(report: &mut RunReport) {
    let secrets = Redactor::of_texts(texts(report).into_iter().map(|text| text.as_str()));
    texts(report).into_iter().for_each(|text| secrets.text(text));
}

fn texts(report: &mut RunReport) -> Vec<&mut String> {
    let mut texts = vec![&mut report.output];
    for test in &mut report.tests {
        texts.push(&mut test.id);
        texts.extend(&mut test.message);
    }
    texts.extend(report.events.iter_mut().map(|event| &mut event.detail));
    if let Some(probe) = &mut report.probe {
        texts.extend(probe.attempts.iter_mut().map(|attempt| &mut attempt.detail));
        if let ProbeEnding::Failed(message) = &mut probe.ending {
            texts.push(message);
        }
    }
    match &mut report.outcome {
        Outcome::Crashed { how } => texts.push(how),
        Outcome::Violation { what, .. } => texts.push(what),
        Outcome::TamperedReport { why } => texts.push(why),
        _ => {}
    }
    texts
}

#[cfg(test)]
mod tests {
    use airlock_model::probe::ProbeReport;
    use airlock_model::run::{RunEvent, SeenBy, TestOutcome, TestResult};

    use super::*;

    /// Put together here, so that no file of this project holds what looks like a key.
    fn token() -> String {
        format!("{}_{}", "ghp", "q7Zr2LxV9tKb4Nf8Wd1Yc6Mh3Ps5Gj0AuEiT")
    }

    #[test]
    fn whatever_the_tests_say_is_cleared() {
        let token = token();
        let said = || format!("AssertionError: {token} == None");
        let test = TestResult {
            id: format!("tests/test_a.py::test_b[{token}]"),
            outcome: TestOutcome::Failed,
            duration_ms: 1,
            message: Some(said()),
        };
        let probe = ProbeReport { ending: ProbeEnding::Failed(said()), ..ProbeReport::quiet("wasm") };
        let mut report = RunReport {
            tests: vec![test],
            events: vec![RunEvent { kind: "open".into(), detail: token.clone(), seen_by: SeenBy::Host }],
            output: format!("calm words\n{}\n", said()),
            probe: Some(Box::new(probe)),
            ..RunReport::of("wasm", Outcome::Violation { what: said(), seen_by: SeenBy::Host })
        };
        clear(&mut report);
        let shown = serde_json::to_string(&report).expect("plain values");
        assert!(!shown.contains(&token[8..]), "{shown}");
        assert_eq!(report.output, "calm words\nAssertionError: [redacted] == None\n");
    }
}
