//! Which advisories speak of something: by name, then by versions, records of one
//! vulnerability taken together.

use std::collections::BTreeSet;

use airlock_model::advisory::{Exposure, Vulnerability};
use airlock_model::inventory::{Requirement, RequirementKind, Scope};

use super::folder::Folder;
use super::{Advisory, Affected, Ecosystem, affected};

/// One advisory that speaks of a requirement.
struct Match<'f> {
    advisory: &'f Advisory,
    affected: &'f Affected,
    exposure: Exposure,
}

/// What is known of one requirement, one entry for each vulnerability.
pub(super) fn of(requirement: &Requirement, folder: &Folder) -> Vec<Vulnerability> {
    let ecosystem = match requirement.kind {
        RequirementKind::Package => Ecosystem::PyPi,
        RequirementKind::Plugin => Ecosystem::Airlock,
        RequirementKind::Interpreter | RequirementKind::System => return Vec::new(),
    };
    let matches: Vec<Match<'_>> = folder
        .of(ecosystem, &requirement.name)
        .filter_map(|(advisory, affected)| {
            let exposure = affected::exposure(affected, &requirement.specifier, requirement.pinned.as_deref())?;
            Some(Match { advisory, affected, exposure })
        })
        .collect();
    let groups = grouped(&matches).into_iter();
    groups.map(|group| merged(&group, requirement, ecosystem)).collect()
}

/// Every advisory that speaks of one version, for people who ask.
#[must_use]
pub fn matches_version(folder: &Folder, ecosystem: Ecosystem, name: &str, version: &str) -> Vec<Vulnerability> {
    let kind = match ecosystem {
        Ecosystem::PyPi => RequirementKind::Package,
        Ecosystem::Airlock => RequirementKind::Plugin,
    };
    let mut requirement = Requirement::of(kind, airlock_model::inventory::normalised(name), Scope::Runtime, "");
    requirement.specifier = format!("=={version}");
    requirement.pinned = Some(version.to_owned());
    let mut found = of(&requirement, folder);
    found.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    found
}

/// Records that share an id or an alias are one vulnerability.
fn grouped<'m, 'f>(matches: &'m [Match<'f>]) -> Vec<Vec<&'m Match<'f>>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<&Match<'f>>)> = Vec::new();
    for one in matches {
        let mut ids: BTreeSet<&str> = one.advisory.aliases.iter().map(String::as_str).collect();
        ids.insert(&one.advisory.id);
        let mut members = vec![one];
        // One record can join two groups that had nothing in common before.
        let (same, other): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(known, _)| !known.is_disjoint(&ids));
        groups = other;
        for (known, others) in same {
            ids.extend(known);
            members.extend(others);
        }
        groups.push((ids, members));
    }
    let mut groups: Vec<Vec<&Match<'f>>> = groups.into_iter().map(|(_, members)| members).collect();
    for group in &mut groups {
        group.sort_by(|a, b| a.advisory.id.cmp(&b.advisory.id));
    }
    groups.sort_by(|a, b| a[0].advisory.id.cmp(&b[0].advisory.id));
    groups
}

fn merged(group: &[&Match<'_>], requirement: &Requirement, ecosystem: Ecosystem) -> Vulnerability {
    let first = group[0].advisory;
    // The worst of what the records say, and of those the one with a vector.
    let worst = group.iter().map(|one| one.advisory).max_by_key(|one| (one.severity, one.vector.is_some()));
    let worst = worst.unwrap_or(first);
    let ids = group.iter().flat_map(|one| one.advisory.aliases.iter().chain([&one.advisory.id]));
    let aliases: BTreeSet<&String> = ids.filter(|id| **id != first.id).collect();
    let fixes = group.iter().filter_map(|one| affected::fixed(one.affected, requirement.pinned.as_deref()));
    let summaries = group.iter().map(|one| &one.advisory.summary);
    Vulnerability {
        id: first.id.clone(),
        aliases: aliases.into_iter().cloned().collect(),
        summary: summaries.max_by_key(|summary| !summary.is_empty()).cloned().unwrap_or_default(),
        severity: worst.severity,
        vector: worst.vector.clone(),
        kind: requirement.kind,
        name: requirement.name.clone(),
        specifier: requirement.specifier.clone(),
        version: requirement.pinned.clone(),
        fixed: fixes.reduce(|a, b| affected::higher(ecosystem, a, b)),
        exposure: group.iter().map(|one| one.exposure).min().unwrap_or(Exposure::Some),
        scope: requirement.scope,
        file: requirement.file.clone(),
        line: requirement.line,
        modified: group.iter().map(|one| one.advisory.modified).max().unwrap_or(first.modified),
    }
}
