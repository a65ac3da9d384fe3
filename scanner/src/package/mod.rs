//! One package as a whole: the rooms in order, and the checks that need more
//! than one of them.

pub mod change;
mod notebooks;
pub mod observed;
mod prose;
pub mod rules;

use std::collections::HashMap;
use std::io::{self, Read, Seek};

use airlock_model::finding::{Capability, Finding, Permission};
use airlock_model::fingerprint::{settle, settle_package};
use airlock_model::inspection::{Blob, CapabilityUse, Inspection};
use airlock_model::limits::{ArchiveLimits, ScanLimits};
use airlock_model::manifest::Manifest;
use airlock_model::{PluginName, PluginVersion, Sha256, Tree, escape};
use serde::{Deserialize, Serialize};

use crate::archive::{self, Opened};
use crate::files::Redactor;
use crate::{dependencies, files, manifest, names, python, yara};

/// What the upload claimed to be, by its route or its `manifest` part, and what else the registry knows of its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The name it was uploaded under.
    pub name: PluginName,
    /// The version it was uploaded as.
    pub version: PluginVersion,
    /// Listed plugins of other publishers whose names are near this one.
    #[serde(default)]
    pub listed: Vec<PluginName>,
}

/// How a package is examined.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Request {
    /// What the upload claimed; absent at home.
    pub expected: Option<Expected>,
    /// Bounds for the archive.
    pub archive: ArchiveLimits,
    /// Bounds for manifest and source.
    pub scan: ScanLimits,
    /// Files analysed at once; 0 for as many as there are cores.
    pub jobs: usize,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// Everything found out.
    pub inspection: Inspection,
    /// The canonical archive, where there is a manifest to name it.
    pub canonical: Option<Vec<u8>>,
    /// The bytes of all files, in the order of [`Inspection::files`].
    pub views: Vec<u8>,
}

/// Examines an upload. Any bytes give an answer; an error is the reader's own.
pub fn examine(upload: impl Read + Seek, request: &Request) -> io::Result<Examined> {
    examine_with(upload, request, None)
}

/// [`examine`], with an operator's YARA rules held against every file as well.
pub fn examine_with(
    upload: impl Read + Seek,
    request: &Request,
    yara: Option<(&yara::Rules, &yara::Bounds)>,
) -> io::Result<Examined> {
    Ok(examine_tree(archive::open(upload, &request.archive)?, request, yara))
}

/// Examines what has been opened already, from an archive or a folder.
#[must_use]
pub fn examine_opened(opened: Opened, request: &Request) -> Examined {
    examine_tree(opened, request, None)
}

fn examine_tree(opened: Opened, request: &Request, yara: Option<(&yara::Rules, &yara::Bounds)>) -> Examined {
    let Opened { tree, top_folder, upload, mut findings } = opened;
    let Some(tree) = tree else {
        let mut inspection = unopened(upload, settle(findings));
        Redactor::default().clear_inspection(&mut inspection);
        return Examined { inspection, canonical: None, views: Vec::new() };
    };
    let listed = request.expected.as_ref().map_or(&[][..], |expected| &expected.listed);
    let checked = manifest::check_among(&tree, &request.scan, listed);
    findings.extend(checked.findings);
    let manifest = checked.manifest;
    let read = files::check(&tree, manifest.as_ref());
    findings.extend(read.findings);
    prose::check(&tree, manifest.as_ref(), &mut findings);
    let settings = python::Settings {
        permissions: manifest.as_ref().and_then(|manifest| manifest.permissions.clone()),
        limits: request.scan.clone(),
        jobs: request.jobs,
        ..python::Settings::default()
    };
    let scan = python::scan(&tree, &settings);
    findings.extend(scan.findings);
    if let Some((rules, bounds)) = yara {
        findings.extend(yara::check(&tree, rules, bounds, request.jobs));
    }
    findings.extend(notebooks::scan(&read.notebooks, &settings));
    files::settle_with_python(&mut findings);
    let mut plan = scan.plan;
    let mut canonical = None;
    if let Some(manifest) = &manifest {
        plan.plugin = manifest.name.as_str().to_owned();
        findings.extend(disagreements(manifest, top_folder.as_deref(), request.expected.as_ref()));
        canonical = pack(manifest, &tree, &mut findings);
    }
    let asked = dependencies::check(&tree, manifest.as_ref(), &request.scan, &names::misspelt_package);
    findings.extend(asked.findings);
    if plan.inventory.is_empty() {
        findings.push(Finding::of(&rules::NO_TESTS, "the package has no tests, so none were run"));
    }
    let mut inspection = Inspection {
        canonical: canonical
            .as_ref()
            .map(|bytes: &Vec<u8>| Blob { sha256: Sha256::of(bytes), size: bytes.len() as u64 }),
        manifest,
        findings: settle_package(findings),
        capabilities: shown(scan.capabilities),
        plan,
        files: read.entries,
        readme: read.papers.readme,
        readme_format: read.papers.readme_format,
        changelog: read.papers.changelog,
        changelog_format: read.papers.changelog_format,
        dependencies: asked.requirements,
        ..Inspection::empty(upload, crate::RULE_SET)
    };
    // The secrets of the lines that are shown first: of the others there may be too many to remember.
    files::secrets_shown(&tree, &inspection.findings).and(read.redactor).clear_inspection(&mut inspection);
    Examined { inspection, canonical, views: read.views }
}

/// How many uses of one capability a report lists.
const USES_PER_CAPABILITY: usize = 200;

/// The first uses of each capability, those that the manifest does not allow before the others.
fn shown(mut uses: Vec<CapabilityUse>) -> Vec<CapabilityUse> {
    let mut counts: HashMap<Capability, usize> = HashMap::new();
    uses.sort_by_key(|each| each.permission == Permission::Declared);
    uses.retain(|each| {
        let count = counts.entry(each.capability).or_insert(0);
        *count += 1;
        *count <= USES_PER_CAPABILITY
    });
    uses.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    uses
}

/// The inspection of an upload that gave no tree.
#[must_use]
pub fn unopened(upload: Blob, findings: Vec<Finding>) -> Inspection {
    Inspection { findings, ..Inspection::empty(upload, crate::RULE_SET) }
}

fn pack(manifest: &Manifest, tree: &Tree, findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    match archive::pack(manifest.name.as_str(), tree) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            findings.push(error.finding());
            None
        }
    }
}

/// Where the archive's own manifest, its top folder and the upload's claim disagree.
fn disagreements(manifest: &Manifest, top_folder: Option<&str>, expected: Option<&Expected>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(expected) = expected {
        let pairs = [
            ("name", expected.name.to_string(), manifest.name.to_string()),
            ("version", expected.version.to_string(), manifest.version.to_string()),
        ];
        for (field, claimed, inside) in pairs.into_iter().filter(|(_, claimed, inside)| claimed != inside) {
            let message =
                format!("the upload claims {field} '{claimed}', plugin.yaml inside the archive says '{inside}'");
            let remedy = format!("Upload it as {field} '{inside}', or write '{claimed}' in plugin.yaml.");
            findings.push(Finding::of(&rules::CLAIM_DIFFERS, message).in_file("plugin.yaml").remedy(remedy));
        }
    }
    if let Some(top) = top_folder
        && top != manifest.name.as_str()
    {
        let message = format!(
            "the archive's top folder is {}; the catalogue serves it as '{}/'",
            escape::quoted(top),
            manifest.name
        );
        findings.push(Finding::of(&rules::FOLDER_NAME, message));
    }
    findings
}
