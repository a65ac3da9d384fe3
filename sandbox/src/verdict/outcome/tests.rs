use airlock_model::finding::Evidence;
use airlock_model::run::TestResult;

use super::*;
use crate::verdict::frames::Missing;

/// An interpreter that has `json`, pytest and the operator's `framework`, which imports `ssl`.
struct Interpreter;

impl Carries for Interpreter {
    fn carries(&self, module: &str) -> bool {
        matches!(module, "json" | "threading" | "os" | "pytest" | "framework")
    }

    fn lacks_standard(&self, module: &str) -> bool {
        matches!(module, "ssl" | "ctypes" | "lzma")
    }

    fn lacks_feature(&self, feature: &str) -> bool {
        matches!(feature, "threads" | "processes" | "sockets" | "signals")
    }

    fn operator_carries(&self, module: &str) -> bool {
        module == "framework"
    }

    fn operator_imports(&self, module: &str) -> bool {
        module == "ssl"
    }
}

struct Run {
    plan: TestPlan,
    facts: Facts,
    told: Told,
}

/// A run of one test, `t.py::a`, that passed.
fn run() -> Run {
    let id = "t.py::a".to_owned();
    let facts =
        Facts { ending: Ending::Exited(0), limits: BTreeSet::new(), links_refused: false, guest_sees_limits: false };
    let result = TestResult { id: id.clone(), outcome: TestOutcome::Passed, duration_ms: 1, message: None };
    let told = Told {
        collected: [id.clone()].into(),
        finished: [id.clone()].into(),
        results: vec![result],
        end: Some(0),
        ..Told::default()
    };
    Run { plan: TestPlan { inventory: vec![id], ..TestPlan::default() }, facts, told }
}

impl Run {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn ended(self, code: i32) -> Self {
        self.with(|run| (run.facts.ending, run.told.end) = (Ending::Exited(code), Some(code)))
    }

    /// Failures for want of these.
    fn failing(self, missing: &[Option<Missing>]) -> Self {
        self.ended(1).with(|run| run.told.failures = missing.to_vec())
    }

    fn importing(self, packages: &[&str], standard: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.with(|run| (run.plan.imports, run.plan.standard_imports) = (owned(packages), owned(standard)))
    }

    /// Judged beside a collection that found the same.
    fn judged(&self) -> Outcome {
        let ending = match self.facts.ending {
            Ending::NothingToRun => Ending::NothingToRun,
            _ => Ending::Exited(0),
        };
        let told = Told { results: Vec::new(), finished: BTreeSet::new(), end: Some(0), ..self.told.clone() };
        let facts = Facts { ending, limits: BTreeSet::new(), ..self.facts.clone() };
        judge(&self.plan, &self.facts, &self.told, &Collected { facts, told }, &Interpreter)
    }
}

fn module(name: &str) -> Option<Missing> {
    Some(Missing::Module(name.into()))
}

fn feature(name: &str) -> Option<Missing> {
    Some(Missing::Feature(name.into()))
}

fn lacking(name: &str) -> Outcome {
    Outcome::Inconclusive(Inconclusive::MissingFeature { feature: name.into() })
}

const FAILED: Outcome = Outcome::Failed { failed: 1 };

#[test]
fn every_outcome_has_its_facts() {
    type Change = fn(&mut Run);
    let cases: [(&str, Change); 20] = [
        ("nothing", |_| ()),
        ("output", |run| run.facts.limits = [Limit::Output].into()),
        ("disk", |run| run.facts.limits = [Limit::Disk].into()),
        ("descriptors", |run| run.facts.limits = [Limit::Descriptors].into()),
        ("memory", |run| run.facts.limits = [Limit::Memory].into()),
        ("processes", |run| run.facts.limits = [Limit::Memory, Limit::Processes].into()),
        ("a forbidden call", |run| run.facts.ending = Ending::Violated("mount".into())),
        ("wall time", |run| run.facts.ending = Ending::TimedOut),
        ("CPU time", |run| run.facts.ending = Ending::CpuExceeded),
        ("a trap", |run| run.facts.ending = Ending::Trapped("unreachable".into())),
        ("nothing to run", |run| run.facts.ending = Ending::NothingToRun),
        ("nothing to run, nor in the source", |run| {
            (run.facts.ending, run.plan) = (Ending::NothingToRun, TestPlan::default());
        }),
        ("a forged frame", |run| run.told.tampered = Some("forged".into())),
        ("an early end with success", |run| run.told.end = None),
        ("an early end with 3", |run| (run.told.end, run.facts.ending) = (None, Ending::Exited(3))),
        ("exit codes that differ", |run| run.told.end = Some(1)),
        ("a lost result", |run| run.told.finished.clear()),
        ("an invented result", |run| run.told.collected.clear()),
        ("skipped", |run| run.told.results[0].outcome = TestOutcome::Skipped),
        ("a reach into the runner", |run| {
            run.plan.reaches_into_runner = vec![Evidence { file: None, line: None, message: "imports _pytest".into() }];
        }),
    ];
    let table: Vec<_> = cases.into_iter().map(|(name, change)| (name, run().with(change).judged())).collect();
    insta::assert_debug_snapshot!(table);
}

#[test]
fn a_missing_package_counts_if_the_tree_imports_it_and_nothing_carries_it() {
    let missing = Outcome::Inconclusive(Inconclusive::MissingPackage { package: "numpy".into(), because: None });
    assert_eq!(run().failing(&[module("numpy")]).importing(&["numpy"], &[]).judged(), missing);
    assert_eq!(run().failing(&[module("numpy")]).judged(), FAILED);
    assert_eq!(run().failing(&[module("numpy.linalg")]).importing(&["numpy"], &[]).judged(), FAILED);
    assert_eq!(run().failing(&[module("framework")]).importing(&["framework"], &[]).judged(), FAILED);
    assert_eq!(run().failing(&[module("scipy")]).importing(&["numpy"], &[]).judged(), FAILED);
}

#[test]
fn a_missing_feature_counts_if_the_tree_imports_what_needs_it() {
    let ssl = || run().failing(&[module("_ssl")]);
    assert_eq!(ssl().judged(), FAILED);
    assert_eq!(ssl().importing(&[], &["json", "os"]).judged(), FAILED);
    assert_eq!(ssl().importing(&[], &["urllib"]).judged(), lacking("_ssl"));
    assert_eq!(ssl().importing(&["framework"], &[]).judged(), lacking("_ssl"), "through the operator's package");
    assert_eq!(run().failing(&[module("_ctypes")]).importing(&["framework"], &[]).judged(), FAILED);
    assert_eq!(run().failing(&[module("lzma")]).importing(&[], &["lzma"]).judged(), lacking("lzma"));
    assert_eq!(run().failing(&[module("json")]).importing(&[], &["json"]).judged(), FAILED, "it is there");
    let threads = || run().failing(&[feature("threads")]);
    assert_eq!(threads().importing(&[], &["asyncio"]).judged(), FAILED);
    let called = |name: &'static str| move |run: &mut Run| run.plan.standard_calls = vec![name.to_owned()];
    assert_eq!(threads().with(called("asyncio.to_thread")).judged(), lacking("threads"));
    assert_eq!(threads().importing(&[], &["threading"]).judged(), lacking("threads"));
    let processes = || run().failing(&[feature("processes")]);
    assert_eq!(processes().importing(&[], &["os"]).judged(), FAILED);
    assert_eq!(processes().with(called("os.fork")).judged(), lacking("processes"));
    let signals = || run().failing(&[feature("signals")]);
    assert_eq!(signals().importing(&[], &["signal"]).judged(), FAILED, "most of it is there");
    assert_eq!(signals().with(called("signal.alarm")).judged(), lacking("signals"));
    assert_eq!(run().failing(&[feature("unsupported")]).judged(), FAILED);
    let links = run().failing(&[feature("unsupported")]).with(|run| run.facts.links_refused = true);
    assert_eq!(links.judged(), lacking("symbolic links"));
    assert_eq!(
        run().failing(&[feature("time zone data")]).importing(&[], &["zoneinfo"]).judged(),
        FAILED,
        "it is there"
    );
    let pool = || run().failing(&[module("concurrent.futures.thread")]);
    assert_eq!(pool().judged(), FAILED);
    assert_eq!(pool().importing(&[], &["concurrent"]).judged(), lacking("threads"));
    assert_eq!(run().failing(&[feature("luck")]).importing(&[], &["random"]).judged(), FAILED);
}

#[test]
fn one_unexplained_failure_is_a_failed_run() {
    let both = run().failing(&[module("numpy"), None]).importing(&["numpy"], &[]);
    assert_eq!(both.judged(), Outcome::Failed { failed: 2 });
    let reversed = run().failing(&[None, module("numpy")]).importing(&["numpy"], &[]);
    assert_eq!(reversed.judged(), Outcome::Failed { failed: 2 });
}

#[test]
fn a_limit_that_only_the_guest_saw_names_a_failure_and_spoils_no_success() {
    let full = |run: &mut Run| run.told.limits = [Limit::Disk].into();
    let trusted = |run: &mut Run| run.facts.guest_sees_limits = true;
    assert_eq!(run().failing(&[None]).with(full).with(trusted).judged(), Outcome::DiskExceeded);
    assert_eq!(run().failing(&[None]).with(full).judged(), FAILED, "this engine sees limits itself");
    assert_eq!(run().with(full).with(trusted).judged(), Outcome::Passed);
    let unfinished = |run: &mut Run| (run.told.end, run.facts.ending) = (None, Ending::Exited(1));
    assert_eq!(run().with(full).with(trusted).with(unfinished).judged(), Outcome::DiskExceeded);
    assert_eq!(run().with(full).with(unfinished).judged().as_str(), "crashed");
}

#[test]
fn what_is_expected_to_fail_shows_nothing() {
    let expected = |run: &mut Run| run.told.results[0].outcome = TestOutcome::Xfailed;
    assert_eq!(run().with(expected).judged(), Outcome::Inconclusive(Inconclusive::AllSkipped));
    let more = |run: &mut Run| {
        let passed = TestResult { id: "t.py::b".into(), outcome: TestOutcome::Passed, duration_ms: 1, message: None };
        run.told.collected.insert(passed.id.clone());
        run.told.finished.insert(passed.id.clone());
        run.told.results.push(passed);
    };
    assert_eq!(run().with(expected).with(more).judged(), Outcome::Passed);
}

#[test]
fn a_test_that_was_taken_out_again_is_lost() {
    let deselected = |run: &mut Run| {
        let id = "t.py::b".to_owned();
        run.told.collected.insert(id.clone());
        run.told.deselected.insert(id);
    };
    assert_eq!(run().with(deselected).judged(), Outcome::Passed, "nobody knew of it");
    let listed = |run: &mut Run| run.plan.inventory.push("t.py::b".into());
    let lost = Outcome::Inconclusive(Inconclusive::CollectionDiffers { missing: vec!["t.py::b".into()] });
    assert_eq!(run().with(deselected).with(listed).judged(), lost);
}

#[test]
fn explained_failures_hide_nothing_else() {
    let explained = || run().failing(&[module("numpy")]).importing(&["numpy"], &[]);
    let lost = explained().with(|run| run.told.collected.extend(["t.py::b".to_owned()]));
    assert_eq!(lost.judged().as_str(), "tampered_report");
    assert_eq!(explained().ended(0).judged().as_str(), "tampered_report");
    assert_eq!(explained().ended(2).judged().as_str(), "crashed");
}

#[test]
fn lost_and_parametrised_tests_are_told_apart() {
    let listed = |id: &'static str| run().with(|run| run.plan.inventory.push(id.to_owned()));
    assert_eq!(listed("t.py::b").judged().as_str(), "inconclusive");
    let with = |id: &'static str| {
        move |run: &mut Run| {
            run.told.collected.insert(id.to_owned());
            run.told.finished.insert(id.to_owned());
        }
    };
    assert_eq!(listed("t.py::b").with(with("t.py::b[1]")).judged(), Outcome::Passed);
    assert_eq!(listed("t.py::b").with(with("t.py::b2[1]")).judged().as_str(), "inconclusive");
}

#[test]
fn a_test_in_whose_place_something_else_is_run_shows_nothing() {
    let replaced = |run: &mut Run| {
        run.told.replaced.insert("t.py::a".into());
    };
    let Outcome::Inconclusive(Inconclusive::ReachesIntoRunner { evidence }) = run().with(replaced).judged() else {
        panic!("it passes");
    };
    assert_eq!(evidence[0].message, "something else is run in the place of t.py::a");
    assert_eq!(run().failing(&[None]).with(replaced).judged(), FAILED, "it makes nothing better");
}
