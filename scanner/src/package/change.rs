//! What a version changes against an earlier one, as findings: people take a patch
//! release without reading, so one that does more than its predecessor is told.

use airlock_model::difference::{Difference, Step, Widened};
use airlock_model::escape;
use airlock_model::finding::{Capability, Confidence, Finding, RuleMeta, Severity};
use airlock_model::inspection::CapabilityUse;
use airlock_model::manifest::{FilesystemAccess, Permissions};
use airlock_model::{Inspection, PluginVersion};

/// Every rule of this file.
pub const ALL: &[&RuleMeta] = &[&NEW_IN_PATCH, &WIDENED_IN_PATCH];

/// Uses that a finding names.
const MOST_EVIDENCE: usize = 5;

/// A patch release has a capability that its predecessor had not.
pub const NEW_IN_PATCH: RuleMeta = RuleMeta {
    id: "AL-CAPABILITY-new-in-patch",
    title: "A new capability in a patch release",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(506),
    bandit: &[],
    ruff: &[],
    remedy: "Publish it as a minor release and name the capability in the changelog, or leave it out.",
    doc: "## What it finds\n\
        A version with the same major and minor number as the one before it whose code uses a capability that the earlier \
        version did not use anywhere. Network, other programs, native code and dynamic code are of medium severity, files \
        and the environment a note. Where the earlier version's `permissions` block allowed the capability already, it is a \
        note: whoever installed that version had agreed to it. Declaring it only now does not lower it. The version before is \
        the highest published one below this one; a first version and one below every published version have none.\n\n\
        ## Why it is dangerous\n\
        Patch releases are taken by ranges such as `~1.2.3` without anybody reading them. An account that was taken over, or a \
        maintainer who was, publishes exactly this: a small release that suddenly speaks to the network.\n\n\
        ## Example\n\
        Version 1.4.2 adds strings. Version 1.4.3 adds strings and calls `urllib.request.urlopen`.\n\n\
        ## Safe form\n\
        The same change as version 1.5.0, with a line in the changelog.\n\n\
        ## References\n\
        - CWE-506: Embedded Malicious Code\n\
        - Semantic Versioning 2.0.0\n",
};

/// A patch release asks for more permissions than its predecessor.
pub const WIDENED_IN_PATCH: RuleMeta = RuleMeta {
    id: "AL-CAPABILITY-widened-in-patch",
    title: "Wider permissions in a patch release",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: Some(250),
    bandit: &[],
    ruff: &[],
    remedy: "Publish it as a minor release and name the permission in the changelog, or leave it out.",
    doc: "## What it finds\n\
        A version with the same major and minor number as the one before it whose `permissions` block allows more: another \
        host, more file access, other programs, another environment variable, native or dynamic code; or whose block is gone. \
        Hosts, writing files, other programs, native and dynamic code and a block that is gone are of medium severity, the \
        others a note. A block that is new is not told: without one nothing was promised.\n\n\
        ## Why it is dangerous\n\
        The block is what people agree to when they install. A patch release that widens it is taken without asking them again.\n\n\
        ## Example\n\
        ```yaml\n\
        # 1.4.2\n\
        permissions:\n  network: [api.example]\n\
        # 1.4.3\n\
        permissions:\n  network: [\"*\"]\n\
        ```\n\n\
        ## Safe form\n\
        The same change as version 1.5.0, with a line in the changelog.\n\n\
        ## References\n\
        - CWE-250: Execution with Unnecessary Privileges\n\
        - Semantic Versioning 2.0.0\n",
};

/// The findings about a step; none unless it is a patch.
#[must_use]
pub fn findings(difference: &Difference, version: &PluginVersion, inspection: &Inspection) -> Vec<Finding> {
    let Some(previous) = difference.previous.as_ref().filter(|_| difference.step == Some(Step::Patch)) else {
        return Vec::new();
    };
    let allowed = difference.permissions.as_ref().map_or_else(
        || inspection.manifest.as_ref().and_then(|manifest| manifest.permissions.as_ref()),
        |change| change.before.as_ref(),
    );
    let gained = difference.capabilities.gained.iter();
    let mut findings: Vec<Finding> =
        gained.map(|capability| gained_one(*capability, previous, version, allowed, inspection)).collect();
    let widened = difference.permissions.iter().flat_map(|change| &change.widened);
    findings.extend(widened.map(|one| widened_one(one, previous, version)));
    findings
}

fn gained_one(
    capability: Capability,
    previous: &PluginVersion,
    version: &PluginVersion,
    allowed: Option<&Permissions>,
    inspection: &Inspection,
) -> Finding {
    let uses: Vec<&CapabilityUse> = inspection.capabilities.iter().filter(|one| one.capability == capability).collect();
    let what = uses.first().map(|one| format!(" ({})", escape::line(&one.what))).unwrap_or_default();
    let message = format!(
        "{version} uses {}{what} and {previous} did not; a patch release is taken without reading",
        capability.as_str()
    );
    let agreed = allowed.is_some_and(|permissions| allows(permissions, capability));
    let severity = if is_grave(capability) && !agreed { Severity::Medium } else { Severity::Note };
    let mut finding = Finding::of(&NEW_IN_PATCH, message).severity(severity).capability(capability);
    if let Some(first) = uses.first() {
        finding.file = Some(first.file.clone());
        finding.line = Some(first.line);
    }
    for one in uses.iter().take(MOST_EVIDENCE) {
        let what = format!("{} in {}", escape::line(&one.what), escape::line(&one.function));
        finding = finding.evidence(Some(&one.file), Some(one.line), what);
    }
    finding
}

fn widened_one(one: &Widened, previous: &PluginVersion, version: &PluginVersion) -> Finding {
    let message = match one.capability {
        Some(_) => format!("{version} asks for `{}`, which {previous} did not ask for", escape::line(&one.what)),
        None => format!("{}: {previous} had one and {version} promises nothing", escape::line(&one.what)),
    };
    let severity = if one.grave { Severity::Medium } else { Severity::Note };
    let finding = Finding::of(&WIDENED_IN_PATCH, message).in_file("plugin.yaml").severity(severity);
    match one.capability {
        Some(capability) => finding.capability(capability),
        None => finding,
    }
}

const fn is_grave(capability: Capability) -> bool {
    match capability {
        Capability::Network | Capability::Subprocess | Capability::NativeCode | Capability::DynamicCode => true,
        Capability::Filesystem | Capability::Environment => false,
    }
}

fn allows(permissions: &Permissions, capability: Capability) -> bool {
    match capability {
        Capability::Network => !permissions.network.is_empty(),
        Capability::Filesystem => permissions.filesystem.is_some_and(|access| access != FilesystemAccess::None),
        Capability::Subprocess => permissions.subprocess,
        Capability::Environment => !permissions.environment.is_empty(),
        Capability::NativeCode => permissions.native_code,
        Capability::DynamicCode => permissions.dynamic_code,
    }
}

#[cfg(test)]
mod tests {
    use airlock_model::Sha256;
    use airlock_model::difference::Earlier;
    use airlock_model::finding::Permission;
    use airlock_model::inspection::Blob;

    use super::*;

    const NONE: &str = "null";
    const NETWORK: &str = r#"{"network": ["api.example"], "filesystem": null, "subprocess": false, "environment": [], "native_code": false, "dynamic_code": false}"#;

    fn inspection(permissions: &str, capabilities: &[Capability]) -> Inspection {
        let mut manifest = serde_json::json!({
            "name": "weather", "version": "1.0.0", "type": "tool", "category": "utility", "title": "Weather",
            "description": "Tells it", "author": {"name": "Ada"}, "license": "MIT", "entry_point": "weather:Tool",
            "requirements": {"python": ">=3.10", "agenticraft": ">=0.2.0", "dependencies": [], "system": {}},
            "config": [], "tags": [], "capabilities": [], "endpoints": [], "examples": [],
        });
        let permissions: serde_json::Value = serde_json::from_str(permissions).expect("JSON");
        if !permissions.is_null() {
            manifest["permissions"] = permissions;
        }
        let mut inspection = Inspection::empty(Blob { sha256: Sha256::of(b""), size: 0 }, "1");
        inspection.manifest = Some(serde_json::from_value(manifest).expect("a manifest"));
        inspection.capabilities = capabilities
            .iter()
            .map(|capability| CapabilityUse {
                capability: *capability,
                what: "some.call".into(),
                function: "run".into(),
                file: "weather.py".into(),
                line: 7,
                permission: Permission::Absent,
            })
            .collect();
        inspection
    }

    fn found(before: Inspection, version: &str, after: &Inspection) -> Vec<(String, Severity)> {
        let earlier = Earlier { version: "1.0.0".parse().expect("a version"), inspection: before };
        let version: PluginVersion = version.parse().expect("a version");
        let difference = Difference::between(Some(&earlier), &version, after);
        let findings = findings(&difference, &version, after);
        findings.into_iter().map(|finding| (finding.rule, finding.severity)).collect()
    }

    fn new(severity: Severity) -> Vec<(String, Severity)> {
        vec![(NEW_IN_PATCH.id.to_owned(), severity)]
    }

    #[test]
    fn a_new_capability_weighs_by_what_it_can_do() {
        for (capability, severity) in [
            (Capability::Network, Severity::Medium),
            (Capability::Subprocess, Severity::Medium),
            (Capability::NativeCode, Severity::Medium),
            (Capability::DynamicCode, Severity::Medium),
            (Capability::Filesystem, Severity::Note),
            (Capability::Environment, Severity::Note),
        ] {
            let after = inspection(NONE, &[capability]);
            assert_eq!(found(inspection(NONE, &[]), "1.0.1", &after), new(severity), "{capability:?}");
            assert_eq!(found(inspection(NONE, &[]), "1.1.0", &after), [], "{capability:?}");
            assert_eq!(found(inspection(NONE, &[capability]), "1.0.1", &after), [], "{capability:?}");
        }
    }

    #[test]
    fn only_what_was_agreed_to_before_is_milder() {
        let after = |permissions| inspection(permissions, &[Capability::Network]);
        assert_eq!(found(inspection(NETWORK, &[]), "1.0.1", &after(NETWORK)), new(Severity::Note));
        assert_eq!(found(inspection(NONE, &[]), "1.0.1", &after(NETWORK)), new(Severity::Medium));
        let gone = found(inspection(NETWORK, &[]), "1.0.1", &after(NONE));
        assert_eq!(gone, [new(Severity::Note), vec![(WIDENED_IN_PATCH.id.to_owned(), Severity::Medium)]].concat());
    }

    #[test]
    fn a_finding_shows_where() {
        let earlier = Earlier { version: "1.0.0".parse().expect("a version"), inspection: inspection(NONE, &[]) };
        let (version, after) = ("1.0.1".parse().expect("a version"), inspection(NONE, &[Capability::Network]));
        let difference = Difference::between(Some(&earlier), &version, &after);
        let finding = findings(&difference, &version, &after).remove(0);
        assert_eq!((finding.file.as_deref(), finding.line), (Some("weather.py"), Some(7)));
        assert_eq!(finding.capability, Some(Capability::Network));
        assert_eq!(finding.permission, None, "a declaration in this very version does not decide");
        assert_eq!(finding.evidence[0].message, "some.call in run");
    }
}
