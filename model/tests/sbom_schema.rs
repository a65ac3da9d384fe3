//! Bills of materials against the published CycloneDX schema, which the test script
//! fetches into `tests/.cache`.

use std::path::Path;

use airlock_model::advisory::{AdvisoryCheck, Exposure, Vulnerability};
use airlock_model::inspection::{Blob, FileEntry, FileKind};
use airlock_model::inventory::{Requirement, RequirementKind, Scope};
use airlock_model::sbom::{self, Circumstances};
use airlock_model::{Inspection, Severity, Sha256, Timestamp};
use serde_json::{Value, json};

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/.cache").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("a CycloneDX schema is not at {}: {error}; scripts/test fetches it before the tests run", path.display())
    });
    serde_json::from_str(&text).expect("the schema is JSON")
}

/// The schema with the one of licence names in it. Signatures are another schema's, and ours has none.
fn schema() -> jsonschema::Validator {
    let mut schema = read("cyclonedx-bom-1.6.schema.json");
    let mut licences = read("cyclonedx-spdx.schema.json");
    licences.as_object_mut().expect("an object").remove("$id");
    schema["definitions"]["airlockLicences"] = licences;
    schema["definitions"]["airlockSignature"] = json!(false);
    point(&mut schema);
    jsonschema::options().should_validate_formats(true).build(&schema).expect("the schema is a schema")
}

fn point(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match (key.as_str(), inner.as_str()) {
                    ("$ref", Some(text)) if text.starts_with("spdx.") => {
                        *inner = json!("#/definitions/airlockLicences");
                    }
                    ("$ref", Some(text)) if text.starts_with("jsf-") => {
                        *inner = json!("#/definitions/airlockSignature");
                    }
                    _ => point(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(point),
        _ => {}
    }
}

fn faults(schema: &jsonschema::Validator, document: &Value) -> Vec<String> {
    schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn manifest(license: &str) -> Value {
    json!({
        "name": "weather", "version": "1.2.0-beta.1", "type": "tool", "category": "utility", "title": "Weather",
        "description": "Tells \u{202e} the weather", "author": {"name": "Ada <x>", "email": "ada@example.com"},
        "license": license, "entry_point": "weather.main:Tool", "homepage": "https://example.com/a?b=c#d",
        "repository": "https://example.com/ü", "documentation": "javascript:alert(1)",
        "requirements": {"python": ">=3.10", "agenticraft": ">=0.2.0", "dependencies": [], "system": {}},
        "config": [], "tags": [], "capabilities": [], "endpoints": [], "examples": [],
    })
}

fn asked(kind: RequirementKind, name: &str, specifier: &str, pinned: Option<&str>, line: Option<u32>) -> Requirement {
    let mut asked = Requirement::of(kind, name, Scope::Runtime, "requirements.txt");
    asked.specifier = specifier.into();
    asked.pinned = pinned.map(str::to_owned);
    asked.line = line;
    asked
}

fn vulnerability(id: &str, vector: Option<&str>, severity: Severity) -> Vulnerability {
    Vulnerability {
        id: id.into(),
        aliases: vec!["CVE-2026-1".into()],
        summary: "It leaks \u{1b}[2J".into(),
        severity,
        vector: vector.map(str::to_owned),
        kind: RequirementKind::Package,
        name: "pinned".into(),
        specifier: "==1.0+cpu".into(),
        version: Some("1.0+cpu".into()),
        fixed: Some("1.1".into()),
        exposure: Exposure::Every,
        scope: Scope::Runtime,
        file: "requirements.txt".into(),
        line: Some(3),
        modified: Timestamp::from_micros(1_767_225_600_000_000),
    }
}

fn inspection(license: &str) -> Inspection {
    let mut inspection = Inspection::empty(Blob { sha256: Sha256::of(b"upload"), size: 6 }, "1");
    inspection.canonical = Some(Blob { sha256: Sha256::of(b"canonical"), size: 9 });
    inspection.manifest = Some(serde_json::from_value(manifest(license)).expect("a manifest"));
    inspection.files = ["plugin.yaml", "a b/ü\u{202e}.py"]
        .into_iter()
        .map(|path| FileEntry { path: path.into(), size: 1, offset: 0, sha256: Sha256::of(b"x"), kind: FileKind::Text })
        .collect();
    let mut direct = asked(RequirementKind::Package, "direct", "", None, None);
    direct.source = Some("git+https://***@git.example/x y.git".into());
    let mut by_url = asked(RequirementKind::Package, "by-url", "", None, Some(9));
    by_url.source = Some("https://files.example/x.whl".into());
    let mut dev = asked(RequirementKind::Package, "pinned", "==1.0+cpu", Some("1.0+cpu"), Some(1));
    (dev.scope, dev.group, dev.marker, dev.extras) =
        (Scope::Dev, Some("tést".into()), Some("os_name == 'nt'".into()), vec!["fast".into()]);
    inspection.dependencies = vec![
        asked(RequirementKind::Interpreter, "python", ">=3.10", None, Some(4)),
        asked(RequirementKind::Package, "pinned", "==1.0+cpu", Some("1.0+cpu"), Some(3)),
        dev,
        asked(RequirementKind::Package, "open", "", None, Some(5)),
        asked(RequirementKind::Plugin, "python", "^1.0.0", None, Some(6)),
        asked(RequirementKind::System, "lib ü/..", ">=1", None, Some(7)),
        direct,
        by_url,
    ];
    inspection.advisories = Some(AdvisoryCheck {
        checked: true,
        records: 2,
        updated_at: None,
        newest: None,
        vulnerabilities: vec![
            vulnerability("PYSEC-2026-1", Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), Severity::Critical),
            vulnerability("GHSA-x", None, Severity::Note),
        ],
    });
    inspection
}

fn rendered(inspection: &Inspection, circumstances: Circumstances<'_>) -> Value {
    sbom::render(inspection, "airlock 0.1.0", circumstances).expect("there is a manifest and an archive")
}

const PUBLISHED: Circumstances<'static> =
    Circumstances { supplier: Some("ada"), published_at: Some(Timestamp::from_micros(1_767_225_600_000_000)) };

#[test]
fn what_we_render_is_valid_against_the_published_schema() {
    let schema = schema();
    for license in ["MIT", "Apache-2.0", "GPL-3.0", "BSD-3-Clause", "Unlicense", "Proprietary", "Other"] {
        for circumstances in [PUBLISHED, Circumstances::default()] {
            let document = rendered(&inspection(license), circumstances);
            let faults = faults(&schema, &document);
            assert!(faults.is_empty(), "{}\n{document:#}", faults.join("\n"));
        }
    }
    let mut bare = inspection("MIT");
    (bare.dependencies, bare.files, bare.advisories) = (Vec::new(), Vec::new(), None);
    let document = rendered(&bare, Circumstances::default());
    assert_eq!(faults(&schema, &document), [] as [&str; 0], "{document:#}");
    assert!(document.get("vulnerabilities").is_none(), "nothing was asked, so nothing is said");
}

#[test]
fn the_schema_refuses_what_is_no_bill_of_materials() {
    let schema = schema();
    let good = rendered(&inspection("MIT"), PUBLISHED);
    for (pointer, value) in [
        ("/serialNumber", json!("urn:uuid:no")),
        ("/metadata/component/licenses/0/license/id", json!("Nonesuch")),
        ("/components/0/type", json!("thing")),
        ("/metadata/component/hashes/0/content", json!("zz")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}")) = value;
        assert!(!faults(&schema, &bad).is_empty(), "{pointer}");
    }
}

#[test]
fn the_same_version_gives_the_same_document() {
    let (once, again) = (rendered(&inspection("MIT"), PUBLISHED), rendered(&inspection("MIT"), PUBLISHED));
    assert_eq!(once.to_string(), again.to_string());
    assert_eq!(once["metadata"]["timestamp"], "2026-01-01T00:00:00.000000Z");
    let mut other = inspection("MIT");
    other.canonical = Some(Blob { sha256: Sha256::of(b"other"), size: 5 });
    assert_ne!(once["serialNumber"], rendered(&other, PUBLISHED)["serialNumber"]);
    let mut references: Vec<String> = once["components"]
        .as_array()
        .expect("components")
        .iter()
        .map(|one| one["bom-ref"].as_str().expect("a reference").to_owned())
        .collect();
    let count = references.len();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), count, "each thing has a reference of its own");
    assert_eq!(once["metadata"]["component"]["purl"], "pkg:generic/weather@1.2.0-beta.1");
    let of = |purl: &str| {
        let all = once["components"].as_array().expect("components");
        all.iter().find(|one| one["purl"] == purl).unwrap_or_else(|| panic!("no {purl}: {once:#}")).clone()
    };
    let pinned = of("pkg:pypi/pinned@1.0%2Bcpu");
    assert_eq!((&pinned["version"], &pinned["scope"]), (&json!("1.0+cpu"), &json!("required")));
    assert_eq!(pinned["evidence"]["occurrences"].as_array().map(Vec::len), Some(2), "both lines that ask for it");
    assert_eq!(of("pkg:pypi/open").get("version"), None);
    assert_eq!(once["vulnerabilities"][1]["affects"], json!([{"ref": "pkg:pypi/pinned@1.0%2Bcpu"}]));
    assert_eq!(once["vulnerabilities"][1]["ratings"][0]["method"], "CVSSv31");
}

#[test]
fn without_a_manifest_or_an_archive_there_is_none() {
    let mut none = inspection("MIT");
    none.manifest = None;
    assert_eq!(sbom::render(&none, "airlock", PUBLISHED), None);
    let mut none = inspection("MIT");
    none.canonical = None;
    assert_eq!(sbom::render(&none, "airlock", PUBLISHED), None);
}
