//! The verdict: a pure function of findings, run report, waivers and policy.

use serde::{Deserialize, Serialize};

use crate::escape;
use crate::finding::{Decision, Finding, PolicyAction};
use crate::policy::Policy;
use crate::run::RunReport;

/// What becomes of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Promote it.
    Approve,
    /// A person decides.
    Hold,
    /// Refuse it.
    Reject,
}

impl Verdict {
    /// The verdict's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::Reject => "reject",
        }
    }

    /// The exit code of `check` and `publish --wait`.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Approve => 0,
            Self::Reject => 1,
            Self::Hold => 2,
        }
    }
}

/// A finding that a security team has accepted for one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The fingerprint of the accepted finding.
    pub fingerprint: String,
    /// Who accepted it and why.
    pub because: String,
}

/// The verdict with everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// What becomes of the package.
    pub verdict: Verdict,
    /// The findings, each with its decision.
    pub findings: Vec<Finding>,
    /// What was decided about the run; absent when nothing was run.
    pub run: Option<Decision>,
    /// Why, worst first; each says what, where, and which policy line decided.
    pub reasons: Vec<String>,
}

/// How many reasons are given; the report holds every finding.
pub const REASONS: usize = 50;

/// Decides. The same arguments always give the same judgement.
#[must_use]
pub fn judge(policy: &Policy, findings: &[Finding], run: Option<&RunReport>, waivers: &[Waiver]) -> Judgement {
    let findings: Vec<Finding> = findings.iter().map(|finding| decided(policy, finding, waivers)).collect();
    let run_decision = run.map(|report| policy.decide_run(&report.outcome));
    let action = findings
        .iter()
        .filter_map(|finding| finding.decision.as_ref())
        .chain(run_decision.as_ref())
        .map(|decision| decision.action)
        .max()
        .unwrap_or(PolicyAction::Note);
    let verdict = match action {
        PolicyAction::Note => Verdict::Approve,
        PolicyAction::Hold => Verdict::Hold,
        PolicyAction::Reject => Verdict::Reject,
    };
    let reasons = reasons(&findings, run, run_decision.as_ref());
    Judgement { verdict, findings, run: run_decision, reasons }
}

/// Whether findings alone already refuse the package, so that its tests must not be run.
#[must_use]
pub fn condemned(policy: &Policy, findings: &[Finding], waivers: &[Waiver]) -> bool {
    judge(policy, findings, None, waivers).verdict == Verdict::Reject
}

fn decided(policy: &Policy, finding: &Finding, waivers: &[Waiver]) -> Finding {
    let waiver = waivers.iter().find(|waiver| waiver.fingerprint == finding.fingerprint);
    let decision = match waiver {
        Some(waiver) => Decision { action: PolicyAction::Note, because: format!("waived: {}", waiver.because) },
        None => policy.decide_finding(finding),
    };
    Finding { decision: Some(decision), ..finding.clone() }
}

fn reasons(findings: &[Finding], run: Option<&RunReport>, run_decision: Option<&Decision>) -> Vec<String> {
    let mut reasons: Vec<(PolicyAction, String)> = Vec::new();
    if let (Some(report), Some(decision)) = (run, run_decision)
        && decision.action > PolicyAction::Note
    {
        reasons.push((decision.action, format!("{} ({})", report.outcome.sentence(), decision.because)));
    }
    for finding in findings {
        if let Some(decision) = &finding.decision
            && decision.action > PolicyAction::Note
        {
            reasons.push((decision.action, format!("{} ({})", place(finding), decision.because)));
        }
    }
    reasons.sort_by_key(|(action, _)| std::cmp::Reverse(*action));
    let more = reasons.len().saturating_sub(REASONS);
    reasons.truncate(REASONS);
    let mut reasons: Vec<String> = reasons.into_iter().map(|(_, reason)| reason).collect();
    if more > 0 {
        reasons.push(format!("and {more} more, which the report lists"));
    }
    reasons
}

fn place(finding: &Finding) -> String {
    let message = escape::line(&finding.message);
    match (&finding.file, finding.line) {
        (Some(file), Some(line)) => format!("{}:{line}: {} {message}", escape::line(file), finding.rule),
        (Some(file), None) => format!("{}: {} {message}", escape::line(file), finding.rule),
        (None, _) => format!("{} {message}", finding.rule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, RuleMeta, Severity};

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

    fn judged(count: usize) -> Judgement {
        let findings: Vec<Finding> =
            (0..count).map(|file| Finding::of(&RULE, "found").in_file(format!("f{file}.py"))).collect();
        judge(&Policy::default(), &findings, None, &[])
    }

    #[test]
    fn of_very_many_reasons_the_rest_is_counted() {
        let judgement = judged(REASONS + 7);
        assert_eq!(judgement.verdict, Verdict::Reject);
        assert_eq!(judgement.reasons.len(), REASONS + 1);
        assert_eq!(judgement.reasons[REASONS], "and 7 more, which the report lists");
        assert_eq!(judgement.findings.len(), REASONS + 7);
    }

    #[test]
    fn as_many_reasons_as_fit_are_all_given() {
        assert_eq!(judged(REASONS).reasons.len(), REASONS);
    }
}
