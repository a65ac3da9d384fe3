//! Holding an inventory against the advisories, and saying what came of it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use airlock_model::advisory::{AdvisoryCheck, Exposure, Vulnerability};
use airlock_model::finding::{Confidence, Finding, Span};
use airlock_model::fingerprint::settle_package;
use airlock_model::inventory::{Requirement, RequirementKind, Scope, normalised};
use airlock_model::{Inspection, Severity, Timestamp, escape};
use airlock_scanner::dependencies::rules;

use super::folder::{Folder, FolderError};
use super::{Advisories, matching};

/// Vulnerabilities that are kept; of more the worst.
const MOST: usize = 500;
/// Ids that one message lists.
const MOST_NAMED: usize = 5;

impl Advisories {
    /// Adds to an inspection what advisories say of its inventory. `now` is the time by the clock that also dates the
    /// folder's files.
    pub(crate) fn advise(&self, inspection: &mut Inspection, now: SystemTime) {
        if inspection.manifest.is_none() && inspection.dependencies.is_empty() {
            return;
        }
        let (check, mut findings) = match self.current() {
            Err(error) => (nothing(), vec![absent(&error)]),
            Ok(folder) if folder.records.is_empty() && folder.unreadable.is_empty() => (
                nothing(),
                vec![Finding::of(&rules::ADVISORIES_ABSENT, "not held against advisories: the folder has none")],
            ),
            Ok(folder) => self.held_against(&folder, inspection, now),
        };
        inspection.advisories = Some(check);
        findings.append(&mut inspection.findings);
        inspection.findings = settle_package(findings);
    }

    fn held_against(&self, folder: &Folder, inspection: &Inspection, now: SystemTime) -> (AdvisoryCheck, Vec<Finding>) {
        let mut vulnerabilities = found(folder, inspection);
        let mut findings = said(&vulnerabilities);
        findings.extend(incomplete(folder));
        findings.extend(self.stale(folder, now));
        vulnerabilities.sort_by(|a, b| {
            (a.exposure, b.severity, &a.name, &a.id, &a.file, a.line)
                .cmp(&(b.exposure, a.severity, &b.name, &b.id, &b.file, b.line))
        });
        vulnerabilities.truncate(MOST);
        let check = AdvisoryCheck {
            checked: true,
            records: folder.records.len() as u64,
            updated_at: folder.updated_at.map(timestamp),
            newest: folder.newest(),
            vulnerabilities,
        };
        (check, findings)
    }

    fn stale(&self, folder: &Folder, now: SystemTime) -> Option<Finding> {
        let updated = folder.updated_at?;
        let age = now.duration_since(updated).unwrap_or(Duration::ZERO);
        (age > self.max_age).then(|| {
            let days = age.as_secs() / (24 * 60 * 60);
            let message = format!("held against advisories that were last brought up to date {days} days ago");
            Finding::of(&rules::ADVISORIES_STALE, message)
        })
    }
}

const fn nothing() -> AdvisoryCheck {
    AdvisoryCheck { checked: false, records: 0, updated_at: None, newest: None, vulnerabilities: Vec::new() }
}

/// Where the operator's folders are is nobody else's business.
fn absent(error: &FolderError) -> Finding {
    let why = match error {
        FolderError::None | FolderError::Missing(_) => "there are none",
        FolderError::Io { .. } => "they cannot be read",
    };
    if let FolderError::Io { .. } = error {
        tracing::error!(%error, "advisories cannot be read: what is uploaded is not held against them");
    }
    Finding::of(&rules::ADVISORIES_ABSENT, format!("not held against advisories: {why}"))
}

fn incomplete(folder: &Folder) -> Option<Finding> {
    let first = folder.unreadable.first()?;
    let message = format!(
        "{} advisories cannot be read and were left out, the first of them {}",
        folder.unreadable.len(),
        escape::quoted(&first.file)
    );
    Some(Finding::of(&rules::ADVISORIES_ABSENT, message))
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// What is known of the plugin itself and of everything that it asks for.
fn found(folder: &Folder, inspection: &Inspection) -> Vec<Vulnerability> {
    let mut all = Vec::new();
    if let Some(manifest) = &inspection.manifest {
        let mut own =
            Requirement::of(RequirementKind::Plugin, normalised(manifest.name.as_str()), Scope::Plugin, "plugin.yaml");
        own.pinned = Some(manifest.version.to_string());
        own.specifier = format!("={}", manifest.version);
        all.extend(matching::of(&own, folder));
    }
    // Asked once for each thing that is asked for, whichever lines ask.
    let mut known: BTreeMap<(RequirementKind, &str, &str), Vec<Vulnerability>> = BTreeMap::new();
    for one in &inspection.dependencies {
        let key = (one.kind, one.name.as_str(), one.specifier.as_str());
        let vulnerabilities = known.entry(key).or_insert_with(|| matching::of(one, folder));
        all.extend(vulnerabilities.iter().map(|found| Vulnerability {
            scope: one.scope,
            file: one.file.clone(),
            line: one.line,
            version: one.pinned.clone(),
            ..found.clone()
        }));
    }
    all
}

fn said(vulnerabilities: &[Vulnerability]) -> Vec<Finding> {
    let (every, some): (Vec<_>, Vec<_>) = vulnerabilities.iter().partition(|one| one.exposure == Exposure::Every);
    let mut findings: Vec<Finding> = every.into_iter().map(vulnerable).collect();
    let mut by_line: BTreeMap<(&str, Option<u32>, &str, &str), Vec<&Vulnerability>> = BTreeMap::new();
    for one in some {
        by_line.entry((&one.file, one.line, &one.name, &one.specifier)).or_default().push(one);
    }
    findings.extend(by_line.values().map(|group| allowed(group)));
    findings
}

fn placed(one: &Vulnerability, finding: Finding) -> Finding {
    let finding = if one.file.is_empty() { finding } else { finding.in_file(one.file.as_str()) };
    match one.line {
        Some(line) => finding.at(Span { line, column: 1, end_line: line, end_column: 2 }),
        None => finding,
    }
}

fn vulnerable(one: &Vulnerability) -> Finding {
    let what = match &one.version {
        Some(version) => format!("{} {}", escape::line(&one.name), escape::line(version)),
        None if one.specifier.is_empty() => format!("every version of {}", escape::line(&one.name)),
        None => format!("every version of {} that {} allows", escape::line(&one.name), escape::quoted(&one.specifier)),
    };
    let also = match one.aliases.as_slice() {
        [] => String::new(),
        aliases => format!(" ({})", named(aliases.iter().map(String::as_str))),
    };
    let message = format!("{what} is vulnerable by {}{also}: {}", one.id, escape::line(&one.summary));
    let remedy = match &one.fixed {
        Some(fixed) => format!("Ask for {} {fixed} or later.", escape::line(&one.name)),
        None => format!(
            "The advisory names no version that mends it: do without {}, or say in the README why it does no harm here.",
            escape::line(&one.name)
        ),
    };
    let severity = if one.scope == Scope::Dev { one.severity.min(Severity::Low) } else { one.severity };
    // Of a range without a pin, a version may exist that the advisory does not know yet.
    let confidence = if one.version.is_some() { Confidence::High } else { Confidence::Medium };
    placed(one, Finding::of(&rules::KNOWN_VULNERABLE, message)).remedy(remedy).severity(severity).confidence(confidence)
}

/// One finding for what one line allows.
fn allowed(group: &[&Vulnerability]) -> Finding {
    let first = group[0];
    let lowest = group.iter().any(|one| one.exposure == Exposure::Lowest) && first.scope != Scope::Dev;
    let asked = if first.specifier.is_empty() { "any version".to_owned() } else { escape::quoted(&first.specifier) };
    let count = if group.len() == 1 { "1 advisory".to_owned() } else { format!("{} advisories", group.len()) };
    let message = format!(
        "{asked} of {} allows versions that are vulnerable by {count}: {}",
        escape::line(&first.name),
        named(group.iter().map(|one| one.id.as_str()))
    );
    let finding = Finding::of(&rules::ALLOWS_VULNERABLE, message);
    let severity = if lowest { Severity::Low } else { Severity::Note };
    placed(first, finding).severity(severity)
}

fn named<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let ids: Vec<&str> = ids.collect();
    let mut text = ids.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    if ids.len() > MOST_NAMED {
        text.push_str(&format!(" and {} more", ids.len() - MOST_NAMED));
    }
    text
}
