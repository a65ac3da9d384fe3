//! The report: everything a person or a tool is told about one examination.
//! One value, rendered as JSON (itself), SARIF and text.

#[cfg(test)]
pub(crate) mod samples;
pub mod sarif;
pub mod text;

use serde::{Deserialize, Serialize};

use crate::advisory::AdvisoryCheck;
use crate::difference::Difference;
use crate::finding::{Decision, Finding, FindingsCount};
use crate::id::ValidationId;
use crate::inspection::{Blob, CapabilityUse, FileEntry, Inspection};
use crate::inventory::Requirement;
use crate::manifest::Manifest;
use crate::name::PluginName;
use crate::run::RunReport;
use crate::state::ValidationState;
use crate::verdict::{Judgement, Verdict};
use crate::version::PluginVersion;

/// Whether a finding's snippet is the very text between its columns, and not the whole line around it.
fn shows_region_alone(finding: &Finding) -> bool {
    let (Some(column), Some(end), Some(snippet)) = (finding.column, finding.end_column, &finding.snippet) else {
        return false;
    };
    if finding.end_line.is_some_and(|end_line| Some(end_line) != finding.line) {
        let indent = snippet.chars().take_while(|c| c.is_whitespace()).count();
        return column > 1 && indent == 0;
    }
    column > 1 && u32::try_from(snippet.chars().count()).is_ok_and(|length| column.checked_add(length) == Some(end))
}

/// The version of the report's shape.
pub const SCHEMA: u32 = 1;

/// Everything about one examination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The program that made it, for instance `airlock 0.1.0`.
    pub tool: String,
    /// The version of the rule set that looked.
    pub rule_set: Option<String>,
    /// The validation; absent when the gate ran at home.
    pub validation: Option<ValidationId>,
    /// Where the validation stands; absent when the gate ran at home.
    pub state: Option<ValidationState>,
    /// The plugin; absent when no manifest could be read.
    pub plugin: Option<PluginName>,
    /// The version; absent when no manifest could be read.
    pub version: Option<PluginVersion>,
    /// The verdict; absent while undecided.
    pub verdict: Option<Verdict>,
    /// Why, worst first.
    pub reasons: Vec<String>,
    /// How many findings of each severity.
    pub findings_count: FindingsCount,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// Every use of a capability.
    pub capabilities: Vec<CapabilityUse>,
    /// The run of the plugin's own tests; absent when they were not run.
    pub tests: Option<RunReport>,
    /// Why the tests were not run, when they were not.
    pub tests_not_run: Option<String>,
    /// What was decided about the run.
    pub tests_decision: Option<Decision>,
    /// The manifest as it was read.
    pub manifest: Option<Manifest>,
    /// The upload.
    pub upload: Option<Blob>,
    /// The canonical archive.
    pub canonical: Option<Blob>,
    /// The files of the canonical archive.
    pub files: Vec<FileEntry>,
    /// Everything that the package asks for.
    #[serde(default)]
    pub dependencies: Vec<Requirement>,
    /// What advisories say of it; absent when they were not asked.
    #[serde(default)]
    pub advisories: Option<AdvisoryCheck>,
    /// What is different from an earlier version; absent when none was compared.
    #[serde(default)]
    pub difference: Option<Difference>,
    /// Findings that comments in the source set aside, where such comments are trusted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<Suppressed>,
    /// How many findings were left out because the baseline has them; absent without a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<u64>,
    /// What could not be read and was therefore not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
}

/// A finding that a comment in the source sets aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// What was found.
    pub finding: Finding,
    /// The comment as it stands; escape before showing.
    pub comment: String,
}

/// A file or folder that could not be read: nothing is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Where it is; escape before showing.
    pub path: String,
    /// Why it could not be read.
    pub why: String,
}

impl Report {
    /// An empty report by `tool`, to be filled.
    #[must_use]
    pub fn new(tool: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA,
            tool: tool.into(),
            rule_set: None,
            validation: None,
            state: None,
            plugin: None,
            version: None,
            verdict: None,
            reasons: Vec::new(),
            findings_count: FindingsCount::default(),
            findings: Vec::new(),
            capabilities: Vec::new(),
            tests: None,
            tests_not_run: None,
            tests_decision: None,
            manifest: None,
            upload: None,
            canonical: None,
            files: Vec::new(),
            dependencies: Vec::new(),
            advisories: None,
            difference: None,
            suppressed: Vec::new(),
            known: None,
            unread: Vec::new(),
        }
    }

    /// Takes over what an inspection found out, but for its findings.
    #[must_use]
    pub fn examined(mut self, inspection: Inspection) -> Self {
        self.rule_set = Some(inspection.rule_set);
        self.capabilities = inspection.capabilities;
        self.manifest = inspection.manifest;
        self.upload = Some(inspection.upload);
        self.canonical = inspection.canonical;
        self.files = inspection.files;
        self.dependencies = inspection.dependencies;
        self.advisories = inspection.advisories;
        self.difference = inspection.difference;
        self
    }

    /// Takes over a judgement.
    #[must_use]
    pub fn judged(mut self, judgement: Judgement) -> Self {
        self.verdict = Some(judgement.verdict);
        self.reasons = judgement.reasons;
        self.tests_decision = judgement.run;
        self.with_findings(judgement.findings)
    }

    /// Takes over findings and counts them.
    #[must_use]
    pub fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings_count = FindingsCount::of(&findings);
        self.findings = findings;
        self
    }
}
