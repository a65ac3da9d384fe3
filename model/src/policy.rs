//! Policy: ordered lines, the first that matches decides, the last is explicit.
//!
//! Written in TOML; the default is `default_policy.toml` beside this crate. Each
//! decision names the file and line that made it, so the parser keeps positions.

use serde::Deserialize;
use toml::Spanned;

use crate::finding::{Capability, Confidence, Decision, Finding, Permission, PolicyAction, Severity};
use crate::run::{Inconclusive, Outcome};

/// The policy that applies when the operator gives none.
pub const DEFAULT_POLICY: &str = include_str!("../default_policy.toml");

/// Why a text is not a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or an unknown key or word.
    #[error("{file}: {message}")]
    Toml {
        /// The policy's file.
        file: String,
        /// What the TOML reader says, with line and column.
        message: String,
    },
    /// The last line of a list has conditions, so something might match no line.
    #[error("{file}: the last [[{list}]] must have no conditions, so that it decides everything that is left")]
    NoLastLine {
        /// The policy's file.
        file: String,
        /// `finding` or `run`.
        list: &'static str,
    },
}

/// A parsed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    file: String,
    findings: Vec<Line<FindingMatch>>,
    runs: Vec<Line<RunMatch>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line<M> {
    number: usize,
    when: M,
    action: PolicyAction,
    because: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FindingMatch {
    rule: Option<Vec<String>>,
    severity: Option<Vec<Severity>>,
    confidence: Option<Vec<Confidence>>,
    capability: Option<Vec<Capability>>,
    permission: Option<Vec<Permission>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RunMatch {
    outcome: Option<Vec<String>>,
    cause: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    finding: Vec<Spanned<RawLine<FindingMatch>>>,
    run: Vec<Spanned<RawLine<RunMatch>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine<M> {
    #[serde(default)]
    when: M,
    action: PolicyAction,
    because: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self::parse("default policy", DEFAULT_POLICY).expect("the built-in policy is tested to parse")
    }
}

impl Policy {
    /// Reads a policy; `file` is its name in decisions.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        let raw: RawPolicy = toml::from_str(text)
            .map_err(|error| PolicyError::Toml { file: file.to_owned(), message: error.to_string() })?;
        let findings = lines(text, raw.finding);
        let runs = lines(text, raw.run);
        let no_last = |list| PolicyError::NoLastLine { file: file.to_owned(), list };
        if findings.last().is_none_or(|line| line.when != FindingMatch::default()) {
            return Err(no_last("finding"));
        }
        if runs.last().is_none_or(|line| line.when != RunMatch::default()) {
            return Err(no_last("run"));
        }
        Ok(Self { file: file.to_owned(), findings, runs })
    }

    /// Decides about one finding.
    #[must_use]
    pub fn decide_finding(&self, finding: &Finding) -> Decision {
        self.decide(&self.findings, |when| when.matches(finding))
    }

    /// Decides about how a run ended.
    #[must_use]
    pub fn decide_run(&self, outcome: &Outcome) -> Decision {
        self.decide(&self.runs, |when| when.matches(outcome))
    }

    fn decide<M>(&self, lines: &[Line<M>], matches: impl Fn(&M) -> bool) -> Decision {
        let line = lines.iter().find(|line| matches(&line.when)).expect("the last line matches everything");
        Decision { action: line.action, because: format!("{}:{}: {}", self.file, line.number, line.because) }
    }
}

fn lines<M>(text: &str, raw: Vec<Spanned<RawLine<M>>>) -> Vec<Line<M>> {
    raw.into_iter()
        .map(|spanned| {
            let number = text[..spanned.span().start.min(text.len())].matches('\n').count() + 1;
            let line = spanned.into_inner();
            Line { number, when: line.when, action: line.action, because: line.because }
        })
        .collect()
}

impl FindingMatch {
    fn matches(&self, finding: &Finding) -> bool {
        let rule = self.rule.as_ref().is_none_or(|rules| rules.iter().any(|rule| glob(rule, &finding.rule)));
        let within = |list: &Option<Vec<Severity>>| list.as_ref().is_none_or(|l| l.contains(&finding.severity));
        rule && within(&self.severity)
            && self.confidence.as_ref().is_none_or(|list| list.contains(&finding.confidence))
            && self.capability.as_ref().is_none_or(|list| finding.capability.is_some_and(|c| list.contains(&c)))
            && self.permission.as_ref().is_none_or(|list| finding.permission.is_some_and(|p| list.contains(&p)))
    }
}

impl RunMatch {
    fn matches(&self, outcome: &Outcome) -> bool {
        let cause = match outcome {
            Outcome::Inconclusive(cause) => Some(Inconclusive::as_str(cause)),
            _ => None,
        };
        self.outcome.as_ref().is_none_or(|list| list.iter().any(|name| name == outcome.as_str()))
            && self.cause.as_ref().is_none_or(|list| cause.is_some_and(|cause| list.iter().any(|c| c == cause)))
    }
}

/// `*` at the end of a pattern stands for any rest.
fn glob(pattern: &str, rule: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == rule, |prefix| rule.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_parses_and_names_its_lines() {
        let policy = Policy::default();
        let decision = policy.decide_run(&Outcome::Failed { failed: 1 });
        assert_eq!(decision.action, PolicyAction::Reject);
        assert!(decision.because.starts_with("default policy:"), "{}", decision.because);
        let number: usize = decision.because.split(':').nth(1).and_then(|n| n.parse().ok()).expect("a line number");
        assert_eq!(DEFAULT_POLICY.lines().nth(number - 1), Some("[[run]]"));
    }

    #[test]
    fn a_policy_without_a_last_line_is_refused() {
        let text =
            "[[finding]]\nwhen.severity=['high']\naction='hold'\nbecause='x'\n[[run]]\naction='hold'\nbecause='y'\n";
        let error = Policy::parse("p.toml", text).expect_err("no last line");
        assert_eq!(error, PolicyError::NoLastLine { file: "p.toml".into(), list: "finding" });
    }

    #[test]
    fn unknown_keys_are_errors() {
        let text =
            "[[finding]]\nwhen.sevrity=['high']\naction='hold'\nbecause='x'\n[[run]]\naction='hold'\nbecause='y'\n";
        assert!(matches!(Policy::parse("p.toml", text), Err(PolicyError::Toml { .. })));
    }
}
