//! Every line of the default policy, and what a verdict makes of it.

use airlock_model::finding::{Capability, Confidence, Evidence, Finding, Permission, PolicyAction, RuleMeta, Severity};
use airlock_model::run::{Inconclusive, Outcome, RunReport, SeenBy};
use airlock_model::verdict::{Waiver, condemned, judge};
use airlock_model::{Policy, Verdict, fingerprint};

const RULE: RuleMeta = RuleMeta {
    id: "AL-CODE-test",
    title: "Test",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "None.",
    doc: "",
};

const CAPABILITIES: [Capability; 6] = [
    Capability::Network,
    Capability::Filesystem,
    Capability::Subprocess,
    Capability::Environment,
    Capability::NativeCode,
    Capability::DynamicCode,
];

fn finding(severity: Severity, confidence: Confidence) -> Finding {
    Finding::of(&RULE, "found").severity(severity).confidence(confidence)
}

fn run(outcome: Outcome) -> RunReport {
    RunReport::of("wasm", outcome)
}

/// Every ending of a run with what the default policy does about it.
fn endings() -> Vec<(Outcome, PolicyAction)> {
    use PolicyAction::{Hold, Note, Reject};
    let evidence = vec![Evidence { file: None, line: None, message: "gc.get_objects".into() }];
    vec![
        (Outcome::Passed, Note),
        (Outcome::NoTests, Note),
        (Outcome::Inconclusive(Inconclusive::MissingPackage { package: "numpy".into(), because: None }), Note),
        (Outcome::Inconclusive(Inconclusive::MissingFeature { feature: "threads".into() }), Note),
        (Outcome::Inconclusive(Inconclusive::CollectionDiffers { missing: vec!["a::b".into()] }), Hold),
        (Outcome::Inconclusive(Inconclusive::ReachesIntoRunner { evidence }), Hold),
        (Outcome::Inconclusive(Inconclusive::AllSkipped), Hold),
        (Outcome::Failed { failed: 2 }, Reject),
        (Outcome::TimedOut, Reject),
        (Outcome::CpuExceeded, Reject),
        (Outcome::OutOfMemory, Reject),
        (Outcome::TooManyProcesses, Reject),
        (Outcome::DiskExceeded, Reject),
        (Outcome::OutputExceeded, Reject),
        (Outcome::DescriptorsExceeded, Reject),
        (Outcome::Crashed { how: "signal 11".into() }, Reject),
        (Outcome::Violation { what: "socket".into(), seen_by: SeenBy::Host }, Reject),
        (Outcome::TamperedReport { why: "fewer tests than collected".into() }, Reject),
    ]
}

#[test]
fn severity_and_confidence_decide_what_is_no_capability() {
    use PolicyAction::{Hold, Note, Reject};
    let policy = Policy::default();
    for severity in Severity::ALL {
        for confidence in [Confidence::High, Confidence::Medium, Confidence::Low] {
            let expected = match (severity, confidence) {
                (Severity::Critical | Severity::High, Confidence::High) => Reject,
                (Severity::Critical | Severity::High | Severity::Medium, _) => Hold,
                (Severity::Low | Severity::Note, _) => Note,
            };
            let decision = policy.decide_finding(&finding(severity, confidence));
            assert_eq!(decision.action, expected, "{severity:?} {confidence:?}: {}", decision.because);
        }
    }
}

#[test]
fn the_permissions_block_decides_about_capabilities() {
    use PolicyAction::{Hold, Note};
    let policy = Policy::default();
    for capability in CAPABILITIES {
        for permission in [Permission::Absent, Permission::Declared, Permission::Beyond] {
            let grave = matches!(capability, Capability::NativeCode | Capability::DynamicCode | Capability::Subprocess);
            let expected = match permission {
                Permission::Declared => Note,
                Permission::Beyond => Hold,
                Permission::Absent => {
                    if grave {
                        Hold
                    } else {
                        Note
                    }
                }
            };
            let mut one = finding(Severity::Medium, Confidence::High).capability(capability);
            one.permission = Some(permission);
            let decision = policy.decide_finding(&one);
            assert_eq!(decision.action, expected, "{capability:?} {permission:?}: {}", decision.because);
        }
    }
}

#[test]
fn every_ending_of_a_run_is_decided_as_the_policy_says() {
    let policy = Policy::default();
    for (outcome, expected) in endings() {
        let decision = policy.decide_run(&outcome);
        assert_eq!(decision.action, expected, "{outcome:?}: {}", decision.because);
        let verdict = judge(&policy, &[], Some(&run(outcome.clone())), &[]).verdict;
        let expected = match expected {
            PolicyAction::Note => Verdict::Approve,
            PolicyAction::Hold => Verdict::Hold,
            PolicyAction::Reject => Verdict::Reject,
        };
        assert_eq!(verdict, expected, "{outcome:?}");
        let last = "an ending that no line above names";
        assert!(!decision.because.contains(last), "{outcome:?} is named by no line of the policy");
    }
}

#[test]
fn the_worst_decision_is_the_verdict_and_comes_first() {
    let policy = Policy::default();
    let findings = fingerprint::settle(vec![
        finding(Severity::Medium, Confidence::High).in_file("b.py"),
        finding(Severity::Low, Confidence::High),
    ]);
    let held = judge(&policy, &findings, Some(&run(Outcome::Passed)), &[]);
    assert_eq!((held.verdict, held.reasons.len()), (Verdict::Hold, 1));
    let rejected = judge(&policy, &findings, Some(&run(Outcome::TimedOut)), &[]);
    assert_eq!((rejected.verdict, rejected.reasons.len()), (Verdict::Reject, 2));
    assert!(rejected.reasons[0].starts_with("the tests ran out of time (default policy:"));
    assert_eq!(judge(&policy, &[], None, &[]).verdict, Verdict::Approve);
}

#[test]
fn a_waiver_lowers_the_one_finding_it_names_and_never_a_run() {
    let policy = Policy::default();
    let findings = fingerprint::settle(vec![
        finding(Severity::High, Confidence::High).in_file("a.py"),
        finding(Severity::High, Confidence::High).in_file("b.py"),
    ]);
    let waive = |index: usize| Waiver { fingerprint: findings[index].fingerprint.clone(), because: "seen".into() };
    assert!(condemned(&policy, &findings, &[waive(0)]));
    let both = [waive(0), waive(1)];
    assert!(!condemned(&policy, &findings, &both));
    let judgement = judge(&policy, &findings, Some(&run(Outcome::Failed { failed: 1 })), &both);
    assert_eq!(judgement.verdict, Verdict::Reject);
    let decisions = judgement.findings.iter().filter_map(|finding| finding.decision.as_ref());
    assert!(decisions.into_iter().all(|decision| decision.because == "waived: seen"));
    let verdicts = [Verdict::Approve, Verdict::Reject, Verdict::Hold].map(Verdict::exit_code);
    assert_eq!(verdicts, [0, 1, 2]);
}
