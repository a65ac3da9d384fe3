//! Every text of what is said about a package, for whoever reads or clears them all. Each structure is taken apart
//! whole, so that nothing is added to one without a word here on whether a secret can be in it.

use airlock_model::Inspection;
use airlock_model::finding::{Evidence, Finding};
use airlock_model::inspection::{CapabilityUse, FileEntry};
use airlock_model::inventory::Requirement;
use airlock_model::manifest::Manifest;
use serde_json::{Map, Value};

/// What is done with a text.
pub(super) type Each<'e> = dyn FnMut(&mut String) + 'e;

/// The texts of an inspection.
pub(super) fn of_inspection(inspection: &mut Inspection, each: &mut Each<'_>) {
    let Inspection {
        upload: _,
        canonical: _,
        manifest,
        findings,
        capabilities,
        // By its words the tests are run, and nobody is shown it.
        plan: _,
        files,
        readme,
        readme_format: _,
        changelog,
        changelog_format: _,
        rule_set: _,
        dependencies,
        // What is said afterwards, from what is clear already.
        advisories: _,
        difference: _,
    } = inspection;
    *manifest = manifest.take().and_then(|manifest| of_manifest(manifest, each));
    findings.iter_mut().for_each(|finding| of_finding(finding, each));
    for CapabilityUse { capability: _, what, function, file, line: _, permission: _ } in capabilities {
        [what, function, file].into_iter().for_each(&mut *each);
    }
    for FileEntry { path, size: _, offset: _, sha256: _, kind: _ } in files {
        each(path);
    }
    [readme, changelog].into_iter().flatten().for_each(&mut *each);
    dependencies.iter_mut().for_each(|requirement| of_requirement(requirement, each));
}

/// The texts of a finding, but for those that its rule gives it.
pub(super) fn of_finding(finding: &mut Finding, each: &mut Each<'_>) {
    let Finding {
        rule: _,
        title: _,
        severity: _,
        confidence: _,
        file,
        line: _,
        column: _,
        end_line: _,
        end_column: _,
        snippet,
        code: _,
        message,
        remedy,
        url: _,
        cwe: _,
        fingerprint: _,
        capability: _,
        permission: _,
        evidence,
        equivalents: _,
        decision: _,
    } = finding;
    [message, remedy].into_iter().for_each(&mut *each);
    [file, snippet].into_iter().flatten().for_each(&mut *each);
    for Evidence { file, line: _, message } in evidence {
        each(message);
        file.iter_mut().for_each(&mut *each);
    }
}

fn of_requirement(requirement: &mut Requirement, each: &mut Each<'_>) {
    let Requirement {
        kind: _,
        name,
        specifier,
        pinned,
        extras,
        marker,
        source,
        hashes: _,
        file,
        line: _,
        scope: _,
        group,
    } = requirement;
    [name, specifier, file].into_iter().for_each(&mut *each);
    [pinned, marker, source, group].into_iter().flatten().chain(extras).for_each(&mut *each);
}

/// A manifest holds names, addresses and whatever its author added. A name or address that a secret stood in is no
/// longer one; then there is nothing to show.
fn of_manifest(manifest: Manifest, each: &mut Each<'_>) -> Option<Manifest> {
    let before = serde_json::to_value(&manifest).ok()?;
    let mut value = before.clone();
    of_value(&mut value, each);
    if value == before { Some(manifest) } else { serde_json::from_value(value).ok() }
}

fn of_value(value: &mut Value, each: &mut Each<'_>) {
    match value {
        Value::String(text) => each(text),
        Value::Array(values) => values.iter_mut().for_each(|value| of_value(value, each)),
        Value::Object(map) => {
            let mut cleared = Map::new();
            for (mut key, mut value) in std::mem::take(map) {
                each(&mut key);
                of_value(&mut value, each);
                cleared.insert(key, value);
            }
            *map = cleared;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
