//! What the tests' run reported, held against what a separate run collected. A suite
//! that shows two faces has to show the same one to both, or it is found out.

use std::collections::{BTreeMap, BTreeSet};

use airlock_model::Outcome;
use airlock_model::run::SeenBy;

use super::facts::{Ending, Facts};
use super::frames::Told;
use super::outcome::{exceeded, tampered};

/// A run that collected tests and ran none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collected {
    /// What the host saw.
    pub(crate) facts: Facts,
    /// What the launcher reported.
    pub(crate) told: Told,
}

/// The outcome that names what does not agree, if anything does not.
pub(super) fn disagreement(facts: &Facts, told: &Told, collected: &Collected) -> Option<Outcome> {
    if collected.facts.ending == Ending::NothingToRun && facts.ending == Ending::NothingToRun {
        return None;
    }
    unfinished(collected).or_else(|| differs(told, &collected.told))
}

/// A collection that did not come to its end shows nothing, whatever the tests' run says.
fn unfinished(Collected { facts, told }: &Collected) -> Option<Outcome> {
    let code = match &facts.ending {
        Ending::Violated(what) => {
            return Some(Outcome::Violation { what: what.clone(), seen_by: SeenBy::Host });
        }
        _ if exceeded(facts).is_some() => return exceeded(facts),
        Ending::Trapped(how) => return Some(Outcome::Crashed { how: format!("while tests were collected: {how}") }),
        Ending::Exited(code) => *code,
        _ => return Some(tampered("a separate process found nothing to collect".into())),
    };
    if let Some(why) = &told.tampered {
        return Some(tampered(format!("while tests were collected: {why}")));
    }
    match told.end {
        Some(end) if end == code => None,
        Some(end) => Some(tampered(format!("the collection ended with {end}, its interpreter with {code}"))),
        None if code == 0 => Some(tampered("the interpreter ended before the collection was finished".into())),
        None => Some(Outcome::Crashed { how: format!("exit code {code} while tests were collected") }),
    }
}

fn differs(told: &Told, collected: &Told) -> Option<Outcome> {
    let (reported, found) = (told.kept(), collected.kept());
    if times(&reported) != times(&found) {
        if let Some(ids) = only(&found, &reported) {
            return Some(tampered(format!("a separate process collected tests that the run did not report: {ids}")));
        }
        if let Some(ids) = only(&reported, &found) {
            return Some(tampered(format!("the run reported tests that a separate process did not collect: {ids}")));
        }
    }
    if !collected.finished.is_empty() {
        return Some(tampered("tests have results although they were only to be collected".into()));
    }
    if !collected.failures.is_empty() && told.failures.is_empty() {
        return Some(tampered("a separate process could not collect what the run reports as fine".into()));
    }
    None
}

/// How often each test is there. Its parameters may be called otherwise in each process: random numbers, or the time.
fn times<'a>(ids: &BTreeSet<&'a str>) -> BTreeMap<&'a str, usize> {
    let mut times = BTreeMap::new();
    for id in ids {
        *times.entry(id.split('[').next().unwrap_or(id)).or_default() += 1;
    }
    times
}

/// What is in the first alone, if anything: the first of it by name, the others counted.
fn only(ids: &BTreeSet<&str>, others: &BTreeSet<&str>) -> Option<String> {
    let mut only = ids.difference(others);
    let first = only.next()?;
    Some(match only.count() {
        0 => (*first).to_owned(),
        more => format!("{first} and {more} more"),
    })
}

#[cfg(test)]
mod tests {
    use airlock_model::run::{TestOutcome, TestResult};

    use super::super::facts::Limit;
    use super::*;

    fn facts(ending: Ending) -> Facts {
        Facts { ending, limits: BTreeSet::new(), links_refused: false, guest_sees_limits: false }
    }

    fn told(ids: &[&str]) -> Told {
        Told { collected: ids.iter().map(|id| (*id).to_owned()).collect(), end: Some(0), ..Told::default() }
    }

    fn against(run: &Told, change: impl FnOnce(&mut Collected)) -> Option<Outcome> {
        let mut collected = Collected { facts: facts(Ending::Exited(0)), told: told(&["a", "b"]) };
        change(&mut collected);
        disagreement(&facts(Ending::Exited(0)), run, &collected)
    }

    fn why(outcome: Option<Outcome>) -> String {
        match outcome {
            Some(Outcome::TamperedReport { why }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_agrees_stands() {
        assert_eq!(against(&told(&["a", "b"]), |_| ()), None);
        let drawn = |collected: &mut Collected| collected.told = told(&["a[0.17]", "a[0.4]", "b"]);
        assert_eq!(against(&told(&["a[0.9]", "a[0.12]", "b"]), drawn), None);
        assert!(why(against(&told(&["a[0.9]", "b"]), drawn)).contains("did not report: a[0.17]"));
        let mut both = told(&["a", "b", "c"]);
        both.deselected.insert("c".into());
        assert_eq!(against(&both, |collected| collected.told = both.clone()), None);
        let nothing = Collected { facts: facts(Ending::NothingToRun), told: Told::default() };
        assert_eq!(disagreement(&facts(Ending::NothingToRun), &Told::default(), &nothing), None);
    }

    #[test]
    fn a_test_on_one_side_only_is_a_tampered_report() {
        let lost = why(against(&told(&["a"]), |_| ()));
        assert_eq!(lost, "a separate process collected tests that the run did not report: b");
        let invented = why(against(&told(&["a", "b", "c"]), |_| ()));
        assert_eq!(invented, "the run reported tests that a separate process did not collect: c");
        let mut deselects = told(&["a", "b"]);
        deselects.deselected.insert("b".into());
        assert!(why(against(&deselects, |_| ())).ends_with("did not report: b"));
        assert!(why(against(&told(&["c", "d", "e"]), |_| ())).ends_with("a and 1 more"));
    }

    #[test]
    fn a_collection_that_does_not_end_well_spoils_the_run() {
        let run = told(&["a", "b"]);
        assert_eq!(against(&run, |collected| collected.facts.ending = Ending::TimedOut), Some(Outcome::TimedOut));
        let full = |collected: &mut Collected| collected.facts.limits = [Limit::Disk].into();
        assert_eq!(against(&run, full), Some(Outcome::DiskExceeded));
        let trapped = |collected: &mut Collected| collected.facts.ending = Ending::Trapped("unreachable".into());
        assert!(matches!(against(&run, trapped), Some(Outcome::Crashed { .. })));
        let violated = |collected: &mut Collected| collected.facts.ending = Ending::Violated("mount".into());
        assert!(matches!(against(&run, violated), Some(Outcome::Violation { .. })));
        let left = |collected: &mut Collected| (collected.facts.ending, collected.told.end) = (Ending::Exited(3), None);
        assert!(matches!(against(&run, left), Some(Outcome::Crashed { .. })));
        for change in [
            (|collected| collected.told.end = None) as fn(&mut Collected),
            |collected| collected.told.end = Some(5),
            |collected| collected.told.tampered = Some("forged".into()),
            |collected| collected.told.failures.push(None),
            |collected| collected.facts.ending = Ending::NothingToRun,
            |collected| {
                let result = TestResult { id: "a".into(), outcome: TestOutcome::Passed, duration_ms: 0, message: None };
                collected.told.finished.insert(result.id.clone());
                collected.told.results.push(result);
            },
        ] {
            why(against(&run, change));
        }
    }
}
