//! The comparison itself, one part of an inspection after the other.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CapabilityChanges, DependencyChanges, FileChange, FileChanges, FindingChange, FindingChanges, Listed,
    PermissionChange, RequirementChange, STEP_RULES, TextChange, Widened,
};
use crate::digest::Sha256;
use crate::finding::{Capability, Finding};
use crate::inspection::{CapabilityUse, Inspection};
use crate::inventory::{Requirement, RequirementKind};
use crate::manifest::{FilesystemAccess, Permissions};

pub(super) fn files(before: &Inspection, after: &Inspection) -> FileChanges {
    let old: BTreeMap<&str, _> = before.files.iter().map(|file| (file.path.as_str(), file)).collect();
    let new: BTreeMap<&str, _> = after.files.iter().map(|file| (file.path.as_str(), file)).collect();
    let change = |path: &str| {
        let (old, new) = (old.get(path), new.get(path));
        FileChange {
            path: path.to_owned(),
            size_before: old.map(|file| file.size),
            size_after: new.map(|file| file.size),
            sha256: new.or(old).map_or(Sha256::new([0; 32]), |file| file.sha256),
        }
    };
    let both = |same: bool| {
        let (old, new) = (&old, &new);
        new.iter().filter(move |(path, file)| old.get(*path).is_some_and(|old| (old.sha256 == file.sha256) == same))
    };
    FileChanges {
        added: Listed::of(new.keys().filter(|path| !old.contains_key(*path)).map(|path| change(path))),
        removed: Listed::of(old.keys().filter(|path| !new.contains_key(*path)).map(|path| change(path))),
        changed: Listed::of(both(false).map(|(path, _)| change(path))),
        unchanged: both(true).count() as u64,
    }
}

pub(super) fn capabilities(before: &Inspection, after: &Inspection) -> CapabilityChanges {
    let kinds = |inspection: &Inspection| -> BTreeSet<Capability> {
        let uses = inspection.capabilities.iter().map(|one| one.capability);
        uses.chain(inspection.findings.iter().filter_map(|finding| finding.capability)).collect()
    };
    let (old, new) = (kinds(before), kinds(after));
    let key = |one: &CapabilityUse| (one.capability, one.what.clone(), one.file.clone());
    let only = |of: &Inspection, not: &Inspection| {
        let known: BTreeSet<_> = not.capabilities.iter().map(key).collect();
        let mut seen = BTreeSet::new();
        let kept: Vec<CapabilityUse> =
            of.capabilities.iter().filter(|one| !known.contains(&key(one)) && seen.insert(key(one))).cloned().collect();
        Listed::of(kept)
    };
    CapabilityChanges {
        gained: new.difference(&old).copied().collect(),
        lost: old.difference(&new).copied().collect(),
        new: only(after, before),
        gone: only(before, after),
    }
}

type Asked = BTreeMap<(RequirementKind, String), BTreeSet<String>>;

pub(super) fn dependencies(before: &Inspection, after: &Inspection) -> DependencyChanges {
    let asked = |all: &[Requirement]| -> Asked {
        let mut asked = Asked::new();
        for one in all {
            asked.entry((one.kind, one.name.clone())).or_default().insert(in_words(one));
        }
        asked
    };
    let (old, new) = (asked(&before.dependencies), asked(&after.dependencies));
    let change = |key: &(RequirementKind, String)| RequirementChange {
        kind: key.0,
        name: key.1.clone(),
        before: old.get(key).into_iter().flatten().cloned().collect(),
        after: new.get(key).into_iter().flatten().cloned().collect(),
    };
    DependencyChanges {
        added: Listed::of(new.keys().filter(|key| !old.contains_key(*key)).map(change)),
        removed: Listed::of(old.keys().filter(|key| !new.contains_key(*key)).map(change)),
        changed: Listed::of(
            new.iter().filter(|(key, now)| old.get(*key).is_some_and(|then| then != *now)).map(|(key, _)| change(key)),
        ),
    }
}

/// What one line asks for, without where it stands.
fn in_words(one: &Requirement) -> String {
    let mut words = if one.specifier.is_empty() { "any version".to_owned() } else { one.specifier.clone() };
    if let Some(source) = &one.source {
        words = format!("from {source}");
    }
    if !one.extras.is_empty() {
        words.push_str(&format!(" with [{}]", one.extras.join(",")));
    }
    if let Some(marker) = &one.marker {
        words.push_str(&format!("; {marker}"));
    }
    format!("{words} ({})", one.scope.as_str())
}

pub(super) fn entry_point(before: &Inspection, after: &Inspection) -> Option<TextChange> {
    let (old, new) = (&before.manifest.as_ref()?.entry_point, &after.manifest.as_ref()?.entry_point);
    (old != new).then(|| TextChange { before: old.clone(), after: new.clone() })
}

pub(super) fn permissions(before: &Inspection, after: &Inspection) -> Option<PermissionChange> {
    let old = before.manifest.as_ref()?.permissions.as_ref();
    let new = after.manifest.as_ref()?.permissions.as_ref();
    if old == new {
        return None;
    }
    let widened = match (old, new) {
        (Some(old), Some(new)) => widened(old, new),
        (Some(_), None) => {
            vec![Widened { capability: None, what: "the permissions block is gone".into(), grave: true }]
        }
        // What was open before is named now.
        (None, _) => Vec::new(),
    };
    Some(PermissionChange { before: old.cloned(), after: new.cloned(), widened })
}

fn widened(old: &Permissions, new: &Permissions) -> Vec<Widened> {
    let mut all = Vec::new();
    let mut say = |capability: Capability, what: String, grave: bool| {
        all.push(Widened { capability: Some(capability), what, grave });
    };
    if !old.network.iter().any(|host| host == "*") {
        for host in new.network.iter().filter(|host| !old.network.contains(host)) {
            say(Capability::Network, format!("network: {host}"), true);
        }
    }
    let rank = |access: Option<FilesystemAccess>| access.unwrap_or(FilesystemAccess::None);
    if rank(new.filesystem) > rank(old.filesystem) {
        let access = rank(new.filesystem);
        say(Capability::Filesystem, format!("filesystem: {}", access.as_str()), access == FilesystemAccess::Write);
    }
    for name in new.environment.iter().filter(|name| !old.environment.contains(name)) {
        say(Capability::Environment, format!("environment: {name}"), false);
    }
    let flags = [
        (Capability::Subprocess, old.subprocess, new.subprocess),
        (Capability::NativeCode, old.native_code, new.native_code),
        (Capability::DynamicCode, old.dynamic_code, new.dynamic_code),
    ];
    for (capability, _, _) in flags.into_iter().filter(|(_, old, new)| *new && !*old) {
        say(capability, format!("{}: true", capability.as_str()), true);
    }
    all
}

pub(super) fn findings(before: &[Finding], after: &[Finding]) -> FindingChanges {
    let prints = |all: &[Finding]| -> BTreeSet<String> { all.iter().map(|one| one.fingerprint.clone()).collect() };
    let only = |of: &[Finding], not: &[Finding]| {
        let known = prints(not);
        let kept: Vec<FindingChange> = of
            .iter()
            .filter(|one| !known.contains(&one.fingerprint) && !STEP_RULES.contains(&one.rule.as_str()))
            .map(|one| FindingChange {
                rule: one.rule.clone(),
                severity: one.severity,
                file: one.file.clone(),
                line: one.line,
                message: one.message.clone(),
                fingerprint: one.fingerprint.clone(),
            })
            .collect();
        Listed::of(kept)
    };
    FindingChanges { new: only(after, before), gone: only(before, after) }
}
