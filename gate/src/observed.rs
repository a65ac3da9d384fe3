//! What was seen of a package in sandboxes: findings about its import, held against
//! the manifest's permissions as the scanner's are, so that the policy decides about
//! both alike; and a summary of all that was seen, import and tests.

use std::collections::BTreeMap;

use airlock_model::finding::{Capability, Confidence, Evidence, Finding, Permission, Severity};
use airlock_model::inspection::Inspection;
use airlock_model::manifest::{FilesystemAccess, Permissions};
use airlock_model::observed::{During, Observed};
use airlock_model::probe::{Attempt, ProbeEnding, ProbeReport};
use airlock_model::run::{RunReport, SeenBy};
use airlock_model::{Outcome, escape};
use airlock_scanner::package::observed;

/// How many attempts a finding lists.
const LISTED: usize = 20;

const CAPABILITIES: [Capability; 5] = [
    Capability::Network,
    Capability::Subprocess,
    Capability::NativeCode,
    Capability::Filesystem,
    Capability::Environment,
];

/// The findings of a probe. `inspection` tells what is declared and what the scanner inferred.
pub(crate) fn findings(probe: &ProbeReport, inspection: &Inspection) -> Vec<Finding> {
    let (decoys, others): (Vec<&Attempt>, Vec<&Attempt>) = probe.attempts.iter().partition(|attempt| attempt.decoy);
    let mut findings: Vec<Finding> = touched(&decoys).into_iter().chain(ended(&probe.ending)).collect();
    for capability in CAPABILITIES {
        let attempts: Vec<&Attempt> = others.iter().filter(|one| one.capability == capability).copied().collect();
        if !attempts.is_empty() {
            findings.push(taken(capability, &attempts, inspection));
        }
    }
    findings.into_iter().map(|finding| finding.in_file("plugin.yaml")).collect()
}

/// Decoys that were opened, and those whose content was on its way out.
fn touched(decoys: &[&Attempt]) -> Vec<Finding> {
    let is_file = |attempt: &&&Attempt| attempt.capability == Capability::Filesystem;
    let opened: Vec<&Attempt> = decoys.iter().filter(is_file).copied().collect();
    let sent: Vec<&Attempt> = decoys.iter().filter(|attempt| !is_file(attempt)).copied().collect();
    let mut findings = Vec::new();
    if !opened.is_empty() {
        let message = "importing the plugin opens files that look like somebody's credentials";
        findings.push(with(Finding::of(&observed::DECOY_OPENED, message), &opened));
    }
    if !sent.is_empty() {
        let message = "importing the plugin hands on what it took from somebody's credentials";
        findings.push(with(Finding::of(&observed::DECOY_SENT, message), &sent));
    }
    findings
}

/// One capability that importing took.
fn taken(capability: Capability, attempts: &[&Attempt], inspection: &Inspection) -> Finding {
    let ordinary = matches!(capability, Capability::Filesystem | Capability::Environment);
    let name = capability.as_str();
    if !ordinary && !in_source(capability, inspection) {
        let message = format!("importing the plugin takes the capability {name}, which its source does not show");
        return with(Finding::of(&observed::NOT_IN_SOURCE, message), attempts).capability(capability);
    }
    let message = format!("importing the plugin already takes the capability {name}");
    let mut finding = with(Finding::of(&observed::AT_IMPORT, message), attempts).capability(capability);
    let permission = permission(attempts, inspection);
    finding.permission = Some(permission);
    match permission {
        Permission::Declared => finding.severity(Severity::Note),
        _ if ordinary => finding.severity(Severity::Low),
        _ => finding,
    }
}

fn in_source(capability: Capability, inspection: &Inspection) -> bool {
    inspection.capabilities.iter().any(|one| one.capability == capability)
}

fn permission(attempts: &[&Attempt], inspection: &Inspection) -> Permission {
    match inspection.manifest.as_ref().and_then(|manifest| manifest.permissions.as_ref()) {
        None => Permission::Absent,
        Some(permissions) if attempts.iter().all(|attempt| allows(permissions, attempt)) => Permission::Declared,
        Some(_) => Permission::Beyond,
    }
}

fn allows(permissions: &Permissions, attempt: &Attempt) -> bool {
    match attempt.capability {
        // An address by number says nothing about the name that it was asked for under.
        Capability::Network if attempt.what == "socket.send" => !permissions.network.is_empty(),
        Capability::Network => permissions.network.iter().any(|host| names(&attempt.detail, host)),
        Capability::Environment => permissions.environment.iter().any(|name| name == "*" || *name == attempt.detail),
        Capability::Subprocess => permissions.subprocess,
        Capability::NativeCode => permissions.native_code,
        Capability::DynamicCode => permissions.dynamic_code,
        Capability::Filesystem if attempt.what == "open" => permissions.filesystem.is_some(),
        Capability::Filesystem => permissions.filesystem == Some(FilesystemAccess::Write),
    }
}

/// Whether an address or URL names this host and no longer name that ends or begins with it.
fn names(detail: &str, host: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '.' || c == '-' || c == '_';
    host == "*" || detail.split(|c| !part(c)).any(|word| word == host)
}

fn ended(ending: &ProbeEnding) -> Option<Finding> {
    match ending {
        ProbeEnding::Imported | ProbeEnding::Lacks(_) => None,
        ProbeEnding::Failed(_) => Some(Finding::of(&observed::IMPORT_FAILS, ending.sentence())),
        ProbeEnding::Stopped(outcome) => {
            let finding = Finding::of(&observed::IMPORT_STOPPED, ending.sentence());
            Some(match outcome {
                Outcome::Violation { .. } | Outcome::TamperedReport { .. } => finding.severity(Severity::High),
                _ => finding.confidence(Confidence::Medium),
            })
        }
    }
}

/// The finding with what was seen as its evidence. Its fingerprint changes with that, so
/// that a waiver covers what was looked at and nothing else.
fn with(mut finding: Finding, attempts: &[&Attempt]) -> Finding {
    let mut all: Vec<String> = attempts.iter().map(|attempt| format!("{} {}", attempt.what, attempt.detail)).collect();
    all.sort();
    for attempt in attempts.iter().take(LISTED) {
        let message = format!("{} {} ({})", attempt.what, escape::line(&attempt.detail), attempt.seen_by.sentence());
        finding.evidence.push(Evidence { file: None, line: None, message });
    }
    if attempts.len() > LISTED {
        let message = format!("and {} more", attempts.len() - LISTED);
        finding.evidence.push(Evidence { file: None, line: None, message });
    }
    finding.code(&all.join("\n"))
}

/// Everything that was seen of each capability, beside what is declared and inferred.
pub(crate) fn summary(report: &RunReport, inspection: &Inspection) -> Vec<Observed> {
    let mut seen: BTreeMap<(Capability, During, bool), Vec<Attempt>> = BTreeMap::new();
    let mut add = |during, attempt: Attempt| {
        seen.entry((attempt.capability, during, attempt.seen_by == SeenBy::Guest)).or_default().push(attempt);
    };
    for attempt in report.probe.iter().flat_map(|probe| &probe.attempts) {
        add(During::Import, attempt.clone());
    }
    for event in report.events.iter().filter(|event| event.seen_by == SeenBy::Guest) {
        if let Some(capability) = Attempt::capability_of(&event.kind) {
            let (what, detail) = (event.kind.clone(), event.detail.clone());
            add(During::Tests, Attempt { what, detail, capability, decoy: false, seen_by: event.seen_by });
        }
    }
    let told = |((capability, during, _), attempts): ((Capability, During, bool), Vec<Attempt>)| Observed {
        capability,
        during,
        seen_by: attempts[0].seen_by,
        attempts: attempts.len() as u64,
        first: format!("{} {}", attempts[0].what, attempts[0].detail).trim().to_owned(),
        permission: permission(&attempts.iter().collect::<Vec<_>>(), inspection),
        in_source: in_source(capability, inspection),
    };
    seen.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests;
