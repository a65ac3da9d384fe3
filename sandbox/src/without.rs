//! Runs whose packages could not all be had. They are made all the same, for what only a run
//! shows: code that misbehaves is to be seen, whatever it asks for.

use airlock_model::RunReport;
use airlock_model::probe::{ProbeEnding, ProbeReport};
use airlock_model::run::{Inconclusive, Outcome};

/// What tests that lack a package came to says nothing, unless they did what no lack explains.
pub(crate) fn tests(mut report: RunReport, lacks: Option<Inconclusive>) -> RunReport {
    if let (Some(lacks), Outcome::Passed | Outcome::Failed { .. } | Outcome::Inconclusive(_)) = (lacks, &report.outcome)
    {
        report.outcome = Outcome::Inconclusive(lacks);
    }
    report
}

/// An import that lacks a package may fail.
pub(crate) fn probe(mut report: ProbeReport, lacks: Option<Inconclusive>) -> ProbeReport {
    if let (Some(lacks), ProbeEnding::Failed(_) | ProbeEnding::Lacks(_)) = (lacks, &report.ending) {
        report.ending = ProbeEnding::Lacks(lacks);
    }
    report
}

#[cfg(test)]
mod tests_of_it {
    use airlock_model::run::Unavailable;

    use super::*;

    #[test]
    fn a_lack_excuses_no_misbehaviour() {
        let because = Some(Unavailable::NotAllowed);
        let lacks = Inconclusive::MissingPackage { package: "attrs".into(), because };
        let came_to = |outcome| tests(RunReport::of("wasm", outcome), Some(lacks.clone())).outcome;
        for excused in [Outcome::Passed, Outcome::Failed { failed: 1 }, Outcome::Inconclusive(Inconclusive::AllSkipped)]
        {
            assert_eq!(came_to(excused), Outcome::Inconclusive(lacks.clone()));
        }
        let tampered = Outcome::TamperedReport { why: "x".into() };
        for stands in [Outcome::TimedOut, tampered, Outcome::NoTests] {
            assert_eq!(came_to(stands.clone()), stands);
        }
        assert_eq!(tests(RunReport::of("wasm", Outcome::Passed), None).outcome, Outcome::Passed);
    }

    #[test]
    fn an_import_that_succeeds_lacks_nothing() {
        let lacks = Inconclusive::MissingPackage { package: "attrs".into(), because: None };
        let failed = ProbeReport { ending: ProbeEnding::Failed("x".into()), ..ProbeReport::quiet("wasm") };
        assert_eq!(probe(failed, Some(lacks.clone())).ending, ProbeEnding::Lacks(lacks.clone()));
        assert_eq!(probe(ProbeReport::quiet("wasm"), Some(lacks)).ending, ProbeEnding::Imported);
    }
}
