//! Collecting findings about an archive, with a cap on how many of one rule.

use std::collections::BTreeMap;

use airlock_model::finding::{Finding, RuleMeta};

/// How many findings of one rule are kept; the last kept one says how many more
/// there were. A hostile archive can break one rule once per member.
const CAP_PER_RULE: usize = 25;

/// How much of a member's name a finding carries, in characters.
const NAME_CHARS: usize = 300;

/// One fault on its way to the collector.
#[derive(Debug)]
pub(crate) struct Fault {
    rule: &'static RuleMeta,
    member: Option<String>,
    message: String,
    remedy: Option<&'static str>,
}

impl Fault {
    /// A fault of the archive as a whole.
    pub(crate) fn new(rule: &'static RuleMeta, message: impl Into<String>) -> Self {
        Self { rule, member: None, message: message.into(), remedy: None }
    }

    /// A fault of one member, by its name as the archive spells it.
    pub(crate) fn at(rule: &'static RuleMeta, member: &[u8], message: impl Into<String>) -> Self {
        let member = Some(String::from_utf8_lossy(member).into_owned());
        Self { rule, member, message: message.into(), remedy: None }
    }

    /// Another way to mend it than the rule's.
    pub(crate) const fn remedy(mut self, remedy: &'static str) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

/// Findings as they are made, and whether the archive can still be read.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    findings: Vec<Finding>,
    seen: BTreeMap<&'static str, usize>,
    fatal: bool,
}

impl Faults {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A fault that leaves the rest of the archive readable.
    pub(crate) fn add(&mut self, rule: &'static RuleMeta, member: Option<&str>, message: impl Into<String>) {
        let member = member.map(str::to_owned);
        self.fault(Fault { rule, member, message: message.into(), remedy: None });
    }

    /// The same for a fault that was made elsewhere.
    pub(crate) fn fault(&mut self, fault: Fault) {
        if self.admit(fault.rule) {
            self.findings.push(finding(fault));
        }
    }

    /// A fault after which no tree is handed out.
    pub(crate) fn fatal(&mut self, rule: &'static RuleMeta, member: Option<&str>, message: impl Into<String>) {
        self.fatal = true;
        self.add(rule, member, message);
    }

    /// The same for a fatal fault.
    pub(crate) fn fatal_fault(&mut self, fault: Fault) {
        self.fatal = true;
        self.fault(fault);
    }

    /// Whether nothing was found so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether any fault so far forbids handing out a tree.
    pub(crate) const fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// The findings, each capped rule's last one with the count of those left out.
    pub(crate) fn into_findings(mut self) -> Vec<Finding> {
        for (rule, seen) in self.seen {
            let more = seen.saturating_sub(CAP_PER_RULE);
            if more > 0
                && let Some(last) = self.findings.iter_mut().rev().find(|finding| finding.rule == rule)
            {
                last.message.push_str(&format!(" (and {more} more of this rule in this archive)"));
            }
        }
        self.findings
    }

    fn admit(&mut self, rule: &'static RuleMeta) -> bool {
        let seen = self.seen.entry(rule.id).or_insert(0);
        *seen += 1;
        *seen <= CAP_PER_RULE
    }
}

fn finding(fault: Fault) -> Finding {
    let mut finding = Finding::of(fault.rule, fault.message);
    if let Some(remedy) = fault.remedy {
        finding = finding.remedy(remedy);
    }
    match fault.member {
        Some(name) => finding.in_file(name.chars().take(NAME_CHARS).collect::<String>()),
        None => finding,
    }
}
