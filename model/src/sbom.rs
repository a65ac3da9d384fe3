//! The bill of materials of one version, as CycloneDX 1.6 JSON: a pure function of
//! its inspection, so that the same version always gives the same document.

mod parts;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::digest::Sha256;
use crate::inspection::Inspection;
use crate::inventory::{Requirement, RequirementKind};
use crate::manifest::Manifest;
use crate::time::Timestamp;

/// The media type of the document.
pub const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json; version=1.6";

/// What the inspection itself does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Circumstances<'a> {
    /// The name under which it was published; absent at home.
    pub supplier: Option<&'a str>,
    /// When it was published; absent at home.
    pub published_at: Option<Timestamp>,
}

/// The document, or nothing when the package has no manifest to name it or no archive to stand for it.
#[must_use]
pub fn render(inspection: &Inspection, tool: &str, circumstances: Circumstances<'_>) -> Option<Value> {
    let manifest = inspection.manifest.as_ref()?;
    let archive = inspection.canonical?;
    let root = format!("pkg:generic/{}@{}", manifest.name, parts::encoded(&manifest.version.to_string()));
    let asked = grouped(&inspection.dependencies);
    let mut components: Vec<Value> = asked.iter().map(|(reference, lines)| parts::asked(reference, lines)).collect();
    components.extend(inspection.files.iter().map(parts::file));
    let needs: Vec<&String> = asked.keys().collect();
    let mut metadata = json!({
        "tools": {"components": [tool_component(tool)]},
        "component": parts::root(manifest, archive, &root, circumstances.supplier),
        "properties": [{"name": "airlock:rule_set", "value": inspection.rule_set}],
    });
    if let Some(at) = circumstances.published_at {
        metadata["timestamp"] = json!(at);
    }
    if let Some(supplier) = circumstances.supplier {
        metadata["supplier"] = json!({"name": supplier});
    }
    let mut document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", serial(archive.sha256, manifest)),
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": needs}],
    });
    if let Some(check) = inspection.advisories.as_ref().filter(|check| check.checked) {
        document["vulnerabilities"] = parts::vulnerabilities(&check.vulnerabilities, &asked, &root);
    }
    Some(document)
}

/// What is asked for, by the reference that it has in the document: one entry for
/// each thing, whichever lines ask for it.
type Asked<'a> = BTreeMap<String, Vec<&'a Requirement>>;

fn grouped(all: &[Requirement]) -> Asked<'_> {
    let mut by_name: BTreeMap<(RequirementKind, &str), Vec<&Requirement>> = BTreeMap::new();
    for one in all {
        by_name.entry((one.kind, &one.name)).or_default().push(one);
    }
    by_name.into_values().map(|lines| (parts::reference(&lines), lines)).collect()
}

/// `airlock 0.1.0` as a component.
fn tool_component(tool: &str) -> Value {
    match tool.split_once(' ') {
        Some((name, version)) => json!({"type": "application", "name": name, "version": version}),
        None => json!({"type": "application", "name": tool}),
    }
}

/// A UUID made of the archive's hash and the plugin's name: the same for the same version, everywhere.
fn serial(archive: Sha256, manifest: &Manifest) -> uuid::Uuid {
    let seed = Sha256::of(format!("airlock sbom\0{}\0{}\0{archive}", manifest.name, manifest.version).as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&seed.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
