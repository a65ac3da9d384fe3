//! From what an import left behind to what is told of it: pure, as for tests.

use airlock_model::escape;
use airlock_model::probe::{Attempt, ProbeEnding};
use airlock_model::run::{Outcome, SeenBy, TestPlan};
use serde::Deserialize;

use super::confirm::{Carries, confirm};
use super::facts::{Ending, Facts};
use super::frames::Missing;
use super::outcome::exceeded;
use crate::probe::Decoys;

/// How many attempts are kept; an honest probe tells fewer.
const MOST_ATTEMPTS: usize = 512;

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Frame {
    Attempt { what: String, detail: String },
    End { imported: bool, message: Option<String>, missing: Option<Missing> },
}

#[derive(Debug, Deserialize)]
struct Signed {
    nonce: String,
    #[serde(flatten)]
    frame: Frame,
}

/// What both sides saw of an import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// The frames of the probe.
    pub(crate) report: &'a str,
    /// What they must carry.
    pub(crate) nonce: &'a str,
    /// The paths that the host saw opened, absolute as the guest sees them.
    pub(crate) opened: &'a [String],
}

/// What the host and the guest saw, put together.
pub(crate) fn probed(
    plan: &TestPlan,
    facts: &Facts,
    seen: &Seen<'_>,
    decoys: &Decoys,
    runtime: &impl Carries,
) -> (ProbeEnding, Vec<Attempt>) {
    let mut attempts: Vec<Attempt> = seen
        .opened
        .iter()
        .filter(|path| decoys.is_file(path))
        .map(|path| attempt("open", path, true, SeenBy::Host))
        .collect();
    let (mut end, mut tampered) = (None, false);
    for line in seen.report.lines() {
        match serde_json::from_str::<Signed>(line) {
            Ok(Signed { nonce: signed, frame }) if signed == seen.nonce && end.is_none() => match frame {
                Frame::Attempt { what, detail } => {
                    let decoy = decoys.is_file(&detail) || decoys.is_in(&detail);
                    let known = decoy && attempts.iter().any(|seen| seen.what == what && seen.detail == detail);
                    if !known && attempts.len() < MOST_ATTEMPTS && Attempt::capability_of(&what).is_some() {
                        attempts.push(attempt(&what, &hidden(&detail, decoys), decoy, SeenBy::Guest));
                    }
                }
                Frame::End { imported, message, missing } => end = Some((imported, message, missing)),
            },
            _ => {
                tampered = true;
                break;
            }
        }
    }
    let ending = stopped(facts, tampered).unwrap_or_else(|| ended(plan, facts, end, runtime));
    (ending, attempts)
}

/// What ended the import before the probe could. What is cut short by a limit is no forgery.
fn stopped(facts: &Facts, tampered: bool) -> Option<ProbeEnding> {
    let outcome = match &facts.ending {
        Ending::Violated(what) => Outcome::Violation { what: what.clone(), seen_by: SeenBy::Host },
        _ if exceeded(facts).is_some() => exceeded(facts)?,
        Ending::Trapped(how) => Outcome::Crashed { how: how.clone() },
        _ if tampered => Outcome::TamperedReport { why: "something other than the probe wrote to its report".into() },
        _ => return None,
    };
    Some(ProbeEnding::Stopped(outcome))
}

fn ended(
    plan: &TestPlan,
    facts: &Facts,
    end: Option<(bool, Option<String>, Option<Missing>)>,
    runtime: &impl Carries,
) -> ProbeEnding {
    match (end, &facts.ending) {
        (Some((true, ..)), Ending::Exited(0)) => ProbeEnding::Imported,
        (Some((false, message, missing)), Ending::Exited(0)) => {
            let confirmed = missing.and_then(|missing| confirm(plan, runtime, facts.links_refused, &missing));
            confirmed.map_or_else(|| ProbeEnding::Failed(message.unwrap_or_default()), ProbeEnding::Lacks)
        }
        (None, Ending::Exited(code)) => {
            ProbeEnding::Stopped(Outcome::Crashed { how: format!("the import ended the interpreter with code {code}") })
        }
        _ => {
            let why = "the interpreter did not end as the probe ends it".into();
            ProbeEnding::Stopped(Outcome::TamperedReport { why })
        }
    }
}

fn attempt(what: &str, detail: &str, decoy: bool, seen_by: SeenBy) -> Attempt {
    let capability = Attempt::capability_of(what).unwrap_or(airlock_model::finding::Capability::Filesystem);
    Attempt { what: escape::line(what), detail: detail.to_owned(), capability, decoy, seen_by }
}

/// What was sent may hold a decoy's secret between other things; neither is worth keeping.
fn hidden(detail: &str, decoys: &Decoys) -> String {
    if decoys.is_in(detail) { "a decoy's secret".to_owned() } else { detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use airlock_model::run::Inconclusive;

    use super::super::facts::Limit;
    use super::*;

    struct Carried;

    impl Carries for Carried {
        fn carries(&self, module: &str) -> bool {
            module == "json"
        }

        fn lacks_standard(&self, module: &str) -> bool {
            module == "ssl"
        }

        fn lacks_feature(&self, _: &str) -> bool {
            false
        }

        fn operator_carries(&self, _: &str) -> bool {
            false
        }

        fn operator_imports(&self, _: &str) -> bool {
            false
        }
    }

    fn told(ending: Ending, limits: &[Limit], frames: &[&str]) -> (ProbeEnding, Vec<Attempt>) {
        let plan =
            TestPlan { imports: vec!["numpy".into()], standard_imports: vec!["ssl".into()], ..TestPlan::default() };
        let limits: BTreeSet<Limit> = limits.iter().copied().collect();
        let facts = Facts { ending, limits, links_refused: false, guest_sees_limits: false };
        let signed: Vec<String> = frames.iter().map(|frame| frame.replacen('{', r#"{"nonce":"n","#, 1)).collect();
        let opened = ["/tmp/home/.netrc".to_owned(), "/plugin/a.py".to_owned()];
        let seen = Seen { report: &signed.join("\n"), nonce: "n", opened: &opened };
        probed(&plan, &facts, &seen, &Decoys::around(7), &Carried)
    }

    const IMPORTED: &str = r#"{"kind":"end","imported":true,"message":null,"missing":null}"#;

    #[test]
    fn the_hosts_word_comes_first_and_is_not_repeated() {
        let open = r#"{"kind":"attempt","what":"open","detail":"/tmp/home/.netrc"}"#;
        let connect = r#"{"kind":"attempt","what":"socket.connect","detail":"('203.0.113.9', 443)"}"#;
        let (ending, attempts) = told(Ending::Exited(0), &[], &[open, connect, IMPORTED]);
        assert_eq!(ending, ProbeEnding::Imported);
        let seen: Vec<_> = attempts.iter().map(|a| (a.what.as_str(), a.decoy, a.seen_by)).collect();
        assert_eq!(seen, [("open", true, SeenBy::Host), ("socket.connect", false, SeenBy::Guest)]);
    }

    #[test]
    fn a_secret_on_its_way_out_is_a_decoy_and_is_not_kept() {
        let secret = format!("{:032x}", 7);
        let send = format!(r#"{{"kind":"attempt","what":"socket.send","detail":"POST / {secret}"}}"#);
        let (_, attempts) = told(Ending::Exited(0), &[], &[&send, IMPORTED]);
        assert!(attempts[1].decoy && attempts[1].detail == "a decoy's secret");
    }

    #[test]
    fn every_other_ending_has_its_name() {
        let failed = |missing: &str| {
            format!(r#"{{"kind":"end","imported":false,"message":"ImportError: x","missing":{missing}}}"#)
        };
        let of = |frame: &str| told(Ending::Exited(0), &[], &[frame]).0;
        assert_eq!(of(&failed("null")), ProbeEnding::Failed("ImportError: x".into()));
        let package = Inconclusive::MissingPackage { package: "numpy".into(), because: None };
        assert_eq!(of(&failed(r#"{"module":"numpy"}"#)), ProbeEnding::Lacks(package));
        assert_eq!(
            of(&failed(r#"{"module":"pandas"}"#)),
            ProbeEnding::Failed("ImportError: x".into()),
            "not confirmed"
        );
        assert_eq!(told(Ending::TimedOut, &[], &[]).0, ProbeEnding::Stopped(Outcome::TimedOut));
        assert_eq!(
            told(Ending::Exited(0), &[Limit::Memory], &[IMPORTED]).0,
            ProbeEnding::Stopped(Outcome::OutOfMemory)
        );
        assert!(matches!(told(Ending::Exited(3), &[], &[]).0, ProbeEnding::Stopped(Outcome::Crashed { .. })));
        let forged = told(Ending::Exited(0), &[], &[IMPORTED, IMPORTED]).0;
        assert!(matches!(forged, ProbeEnding::Stopped(Outcome::TamperedReport { .. })));
    }
}
