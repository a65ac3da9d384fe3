//! What differs from the version before, as rows of a page.

use airlock_model::difference::{Difference, FileChange, FindingChange, Listed, RequirementChange};
use airlock_model::{AdvisoryCheck, Requirement, escape};

/// Entries of one list that a page shows.
const MOST: usize = 50;

/// What differs, in groups of lines; everything escaped.
pub(super) struct Differs {
    /// Against what.
    pub(super) headline: String,
    /// A heading, and its lines.
    pub(super) groups: Vec<(&'static str, Vec<String>)>,
}

/// Prepares a difference for a page.
pub(super) fn shown(difference: &Difference) -> Differs {
    let Some(previous) = &difference.previous else {
        return Differs { headline: "This is the first version: there is no earlier one.".into(), groups: Vec::new() };
    };
    let step = difference.step.map_or("", |step| step.as_str());
    let mut headline = format!("Compared with {previous} ({step}), {} files are the same.", difference.files.unchanged);
    if !difference.same_rules {
        headline
            .push_str(" That version was examined by other rules, so findings may differ although the code does not.");
    }
    let groups = [
        ("Files", files(difference)),
        ("Capabilities", capabilities(difference)),
        ("Dependencies", dependencies(difference)),
        ("Entry point", entry_point(difference)),
        ("Permissions", permissions(difference)),
        ("Findings", findings(difference)),
    ];
    Differs { headline, groups: groups.into_iter().filter(|(_, lines)| !lines.is_empty()).collect() }
}

fn listed<T>(list: &Listed<T>, say: impl Fn(&T) -> String) -> Vec<String> {
    let mut lines: Vec<String> = list.items.iter().take(MOST).map(|one| escape::line(&say(one))).collect();
    let more = list.total() - lines.len() as u64;
    if more > 0 {
        lines.push(format!("and {more} more, which the report lists"));
    }
    lines
}

fn files(difference: &Difference) -> Vec<String> {
    let size = |size: Option<u64>| size.unwrap_or_default();
    let added = |one: &FileChange| format!("added {} ({} bytes)", one.path, size(one.size_after));
    let removed = |one: &FileChange| format!("removed {} ({} bytes)", one.path, size(one.size_before));
    let changed = |one: &FileChange| {
        format!("changed {} ({} to {} bytes)", one.path, size(one.size_before), size(one.size_after))
    };
    let files = &difference.files;
    [listed(&files.added, added), listed(&files.removed, removed), listed(&files.changed, changed)].concat()
}

fn capabilities(difference: &Difference) -> Vec<String> {
    let changes = &difference.capabilities;
    let mut lines: Vec<String> = changes.gained.iter().map(|one| format!("gained {}", one.as_str())).collect();
    lines.extend(changes.lost.iter().map(|one| format!("lost {}", one.as_str())));
    let place = |how: &str, one: &airlock_model::inspection::CapabilityUse| {
        format!("{how} use of {}: {} at {}:{}", one.capability.as_str(), one.what, one.file, one.line)
    };
    lines.extend(listed(&changes.new, |one| place("new", one)));
    lines.extend(listed(&changes.gone, |one| place("gone", one)));
    lines
}

fn dependencies(difference: &Difference) -> Vec<String> {
    let changes = &difference.dependencies;
    let name = |one: &RequirementChange| format!("{} {}", one.kind.as_str(), one.name);
    let added = |one: &RequirementChange| format!("added {}: {}", name(one), one.after.join(", "));
    let removed = |one: &RequirementChange| format!("removed {}: {}", name(one), one.before.join(", "));
    let changed = |one: &RequirementChange| {
        format!("changed {}: {} to {}", name(one), one.before.join(", "), one.after.join(", "))
    };
    [listed(&changes.added, added), listed(&changes.removed, removed), listed(&changes.changed, changed)].concat()
}

fn entry_point(difference: &Difference) -> Vec<String> {
    let change = difference.entry_point.iter();
    change.map(|change| escape::line(&format!("{} to {}", change.before, change.after))).collect()
}

fn permissions(difference: &Difference) -> Vec<String> {
    let Some(change) = &difference.permissions else { return Vec::new() };
    if change.widened.is_empty() {
        let how = if change.before.is_none() { "the block is new" } else { "changed, and nowhere wider" };
        return vec![how.to_owned()];
    }
    change.widened.iter().map(|one| escape::line(&format!("wider: {}", one.what))).collect()
}

fn findings(difference: &Difference) -> Vec<String> {
    let say = |how: &str, one: &FindingChange| {
        let file = one.file.as_ref().map(|file| format!(" in {file}")).unwrap_or_default();
        format!("{how} {} ({}){file}: {}", one.rule, one.severity.as_str(), one.message)
    };
    let changes = &difference.findings;
    [listed(&changes.new, |one| say("new", one)), listed(&changes.gone, |one| say("gone", one))].concat()
}

/// One line for each thing that is asked for.
pub(super) fn asked(requirements: &[Requirement]) -> Vec<String> {
    let mut lines: Vec<String> = requirements.iter().take(MOST).map(asked_one).collect();
    if requirements.len() > MOST {
        lines.push(format!("and {} more, which the report lists", requirements.len() - MOST));
    }
    lines
}

fn asked_one(one: &Requirement) -> String {
    let versions = if one.specifier.is_empty() { "any version" } else { &one.specifier };
    let source = one.source.as_ref().map(|source| format!(" from {source}")).unwrap_or_default();
    let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
    escape::line(&format!(
        "{} {} {versions}{source}, {} ({}{line})",
        one.kind.as_str(),
        one.name,
        one.scope.as_str(),
        one.file
    ))
}

/// What was held against what.
pub(super) fn advisories(check: Option<&AdvisoryCheck>) -> Option<String> {
    let check = check?;
    Some(match (check.checked, check.updated_at) {
        (false, _) => "Not held against advisories.".to_owned(),
        (true, None) => format!("Held against {} advisories.", check.records),
        (true, Some(at)) => {
            format!("Held against {} advisories, brought up to date {}.", check.records, super::moment(at))
        }
    })
}
