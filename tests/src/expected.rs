//! What stands beside each package in `tests/plugins/`: what the gate must say.

use serde::Deserialize;
use serde_json::Value;

/// The content of `expected.toml`; what is absent is not asserted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// `approve`, `hold`, `reject`, or `hold_or_reject` where either is right.
    pub verdict: String,
    /// How the tests must end; absent when nothing of the package may be run.
    pub outcome: Option<OneOrMore>,
    /// Why the run says nothing, for `inconclusive`.
    pub cause: Option<String>,
    /// How many test results the report holds.
    pub tests: Option<usize>,
    /// Rules that must be among the findings.
    #[serde(default)]
    pub rules: Vec<String>,
    /// A group that must be among the findings of medium severity or worse.
    pub group: Option<String>,
    /// Groups of which one must be among the findings of medium severity or worse.
    #[serde(default)]
    pub groups: Vec<String>,
    /// A capability that must be shown.
    pub capability: Option<String>,
    /// The file that some finding must name.
    pub file: Option<String>,
    /// The line that the finding in that file must name.
    pub line: Option<u64>,
    /// At least so many findings of high severity or worse.
    pub findings: Option<usize>,
}

/// One word or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl OneOrMore {
    fn holds(&self, word: &str) -> bool {
        match self {
            Self::One(one) => one == word,
            Self::Any(any) => any.iter().any(|one| one == word),
        }
    }
}

impl Expected {
    /// Reads the expectation of one package.
    ///
    /// # Panics
    /// When there is none, or it has an unknown key.
    #[must_use]
    pub fn of(plugin: &str) -> Self {
        let path = crate::package::plugins_dir().join(plugin).join("expected.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Everything in which a report (as JSON) differs from the expectation.
    #[must_use]
    pub fn differences(&self, report: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let verdict = report["verdict"].as_str().unwrap_or("none");
        let right = match self.verdict.as_str() {
            "hold_or_reject" => matches!(verdict, "hold" | "reject"),
            other => other == verdict,
        };
        if !right {
            wrong.push(format!("verdict is {verdict}, not {}; reasons: {}", self.verdict, report["reasons"]));
        }
        self.run(report, &mut wrong);
        self.findings(report, &mut wrong);
        wrong
    }

    fn run(&self, report: &Value, wrong: &mut Vec<String>) {
        let run = &report["tests"];
        match (&self.outcome, run["outcome"].as_str()) {
            (Some(outcome), Some(seen)) if outcome.holds(seen) => {}
            (None, None) => {}
            (expected, seen) => {
                wrong.push(format!("outcome is {seen:?}, expected {expected:?}: {}", run["detail"]));
            }
        }
        if let Some(cause) = &self.cause
            && run["detail"]["cause"] != cause.as_str()
        {
            wrong.push(format!("cause is {}, not {cause}", run["detail"]));
        }
        if let Some(tests) = self.tests
            && run["tests"].as_array().map(Vec::len) != Some(tests)
        {
            wrong.push(format!("not {tests} test results: {}", run["tests"]));
        }
    }

    fn findings(&self, report: &Value, wrong: &mut Vec<String>) {
        let none = Vec::new();
        let findings = report["findings"].as_array().unwrap_or(&none);
        for rule in &self.rules {
            if !findings.iter().any(|finding| finding["rule"] == rule.as_str()) {
                wrong.push(format!("no finding of {rule}"));
            }
        }
        let groups: Vec<&String> = self.groups.iter().chain(&self.group).collect();
        let of_group = |finding: &Value| {
            let rule = finding["rule"].as_str().unwrap_or_default();
            let grave = !matches!(finding["severity"].as_str(), Some("note" | "low"));
            grave && groups.iter().any(|group| rule.starts_with(&format!("AL-{group}-")))
        };
        if !groups.is_empty() && !findings.iter().any(of_group) {
            wrong.push(format!("no grave finding of {groups:?}"));
        }
        if let Some(capability) = &self.capability
            && !findings.iter().any(|finding| finding["capability"] == capability.as_str())
        {
            wrong.push(format!("no finding shows the capability {capability}"));
        }
        if let Some(file) = &self.file
            && !findings
                .iter()
                .any(|finding| finding["file"] == file.as_str() && self.line.is_none_or(|line| finding["line"] == line))
        {
            wrong.push(format!("no finding at {file}:{:?}", self.line));
        }
        let grave = findings.iter().filter(|f| matches!(f["severity"].as_str(), Some("high" | "critical"))).count();
        if self.findings.is_some_and(|least| grave < least) {
            wrong.push(format!("only {grave} grave findings"));
        }
    }
}
