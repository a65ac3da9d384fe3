//! Findings: what was found, where, why it matters and how to mend it.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::fingerprint::normalise;

/// What stands where a secret was taken out of what is shown.
pub const REDACTED: &str = "[redacted]";

/// How bad it is if the finding is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; never a bar.
    Note,
    /// Untidy or fragile.
    Low,
    /// A person should look.
    Medium,
    /// Dangerous.
    High,
    /// Malicious or ruinous.
    Critical,
}

/// How sure the rule is that the finding is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A guess worth a look.
    Low,
    /// Likely.
    Medium,
    /// Certain as far as static reading goes.
    High,
}

impl Severity {
    /// From worst to mildest.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Note];

    /// The severity's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Note => "note",
        }
    }
}

impl Confidence {
    /// The confidence's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// What a plugin's code can do to the world outside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// Sockets, HTTP clients, name resolution.
    Network,
    /// Reads or writes files.
    Filesystem,
    /// Starts other programs.
    Subprocess,
    /// Reads or changes environment variables.
    Environment,
    /// Loads native code.
    NativeCode,
    /// Runs code made at run time.
    DynamicCode,
}

impl Capability {
    /// The capability's name, as `permissions` in a manifest writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Filesystem => "filesystem",
            Self::Subprocess => "subprocess",
            Self::Environment => "environment",
            Self::NativeCode => "native_code",
            Self::DynamicCode => "dynamic_code",
        }
    }
}

/// How a capability finding stands to the manifest's `permissions` block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// The manifest has no `permissions` block.
    Absent,
    /// The block allows it.
    Declared,
    /// The block exists and does not allow it.
    Beyond,
}

/// The static identity of a rule. Its documentation is the published page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMeta {
    /// `AL-<GROUP>-<slug>`, for instance `AL-CODE-os-system`.
    pub id: &'static str,
    /// One line, without a full stop.
    pub title: &'static str,
    /// The severity its findings have unless a declaration lowers it.
    pub severity: Severity,
    /// The confidence its findings have unless the check says otherwise.
    pub confidence: Confidence,
    /// The CWE number that fits best.
    pub cwe: Option<u32>,
    /// Equivalent rules of Bandit, for instance `B605`.
    pub bandit: &'static [&'static str],
    /// Equivalent rules of Ruff, for instance `S605`.
    pub ruff: &'static [&'static str],
    /// How to mend it, in one or two sentences, unless the finding knows better.
    pub remedy: &'static str,
    /// The rule's page, in Markdown with the fixed headings of CONTRIBUTING.md.
    pub doc: &'static str,
}

impl RuleMeta {
    /// The group in the rule's id, for instance `CODE`.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.id.split('-').nth(1).unwrap_or("")
    }
}

/// Rules of other tools that say the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equivalents {
    /// Bandit ids.
    pub bandit: Vec<String>,
    /// Ruff ids.
    pub ruff: Vec<String>,
}

/// One step that supports a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// The file, relative to the plugin's top folder.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// What is to be seen there.
    pub message: String,
}

/// What the policy does about a finding or a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyAction {
    /// Shown, no bar.
    Note,
    /// A person decides.
    Hold,
    /// Refused.
    Reject,
}

/// What was decided about one finding, and by which line of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What the policy does.
    pub action: PolicyAction,
    /// The policy's file, line and reason, or the waiver that overrode it.
    pub because: String,
}

/// A place in a file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

/// One finding. Built by [`Finding::of`] and the methods that follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The file, relative to the plugin's top folder; escape before showing.
    pub file: Option<String>,
    /// First line, from 1.
    pub line: Option<u32>,
    /// First column, from 1.
    pub column: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// The column after the last character.
    pub end_column: Option<u32>,
    /// The source at that place, at most a few lines; secrets are redacted.
    pub snippet: Option<String>,
    /// The digest of the whole code where the snippet shows only its beginning; for the fingerprint, never told.
    #[serde(skip)]
    pub code: Option<Sha256>,
    /// What was found here, with the names involved.
    pub message: String,
    /// How to mend it.
    pub remedy: String,
    /// The rule's page.
    pub url: String,
    /// The CWE, for instance `CWE-78`.
    pub cwe: Option<String>,
    /// Stable across moved lines; see [`crate::fingerprint`].
    pub fingerprint: String,
    /// The capability it shows, for CAPABILITY findings.
    pub capability: Option<Capability>,
    /// How that capability stands to the manifest's `permissions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Permission>,
    /// The steps that led here.
    pub evidence: Vec<Evidence>,
    /// What other tools call it.
    pub equivalents: Equivalents,
    /// What the policy decided; absent before the verdict.
    pub decision: Option<Decision>,
}

impl Finding {
    /// A finding of `rule` with its identity and defaults; `message` says what was found here.
    #[must_use]
    pub fn of(rule: &RuleMeta, message: impl Into<String>) -> Self {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Self {
            rule: rule.id.to_owned(),
            title: rule.title.to_owned(),
            severity: rule.severity,
            confidence: rule.confidence,
            file: None,
            line: None,
            column: None,
            end_line: None,
            end_column: None,
            snippet: None,
            code: None,
            message: message.into(),
            remedy: rule.remedy.to_owned(),
            url: rule_url(rule.id),
            cwe: rule.cwe.map(|number| format!("CWE-{number}")),
            fingerprint: String::new(),
            capability: None,
            permission: None,
            evidence: Vec::new(),
            equivalents: Equivalents { bandit: owned(rule.bandit), ruff: owned(rule.ruff) },
            decision: None,
        }
    }

    /// Names the file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Names the place in the file.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.line = Some(span.line);
        self.column = Some(span.column);
        self.end_line = Some(span.end_line);
        self.end_column = Some(span.end_column);
        self
    }

    /// Shows the source at that place.
    #[must_use]
    pub fn snippet(mut self, snippet: impl Into<String>) -> Self {
        self.snippet = Some(snippet.into());
        self
    }

    /// Names the whole code of which the snippet shows only the beginning.
    #[must_use]
    pub fn code(mut self, whole: &str) -> Self {
        self.code = Some(Sha256::of(normalise(whole).as_bytes()));
        self
    }

    /// Says how to mend this very case.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Sets another severity than the rule's own.
    #[must_use]
    pub const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Sets another confidence than the rule's own.
    #[must_use]
    pub const fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Marks it as a use of a capability.
    #[must_use]
    pub const fn capability(mut self, capability: Capability) -> Self {
        self.capability = Some(capability);
        self
    }

    /// Adds a supporting step.
    #[must_use]
    pub fn evidence(mut self, file: Option<&str>, line: Option<u32>, message: impl Into<String>) -> Self {
        self.evidence.push(Evidence { file: file.map(str::to_owned), line, message: message.into() });
        self
    }
}

/// Where a rule's page is, relative to the registry's public address.
#[must_use]
pub fn rule_url(rule: &str) -> String {
    format!("/rules/{rule}")
}

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingsCount {
    /// Critical findings.
    pub critical: u64,
    /// High findings.
    pub high: u64,
    /// Medium findings.
    pub medium: u64,
    /// Low findings.
    pub low: u64,
    /// Notes.
    pub note: u64,
}

impl FindingsCount {
    /// Counts findings by severity.
    #[must_use]
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut count = Self::default();
        for finding in findings {
            match finding.severity {
                Severity::Critical => count.critical += 1,
                Severity::High => count.high += 1,
                Severity::Medium => count.medium += 1,
                Severity::Low => count.low += 1,
                Severity::Note => count.note += 1,
            }
        }
        count
    }
}
