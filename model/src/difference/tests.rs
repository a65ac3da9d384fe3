use super::*;
use crate::finding::{Confidence, Finding, Permission, RuleMeta};
use crate::inspection::{Blob, FileEntry, FileKind};
use crate::inventory::{Requirement, Scope};

const RULE: RuleMeta = RuleMeta {
    id: "AL-CODE-test",
    title: "Test",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: None,
    bandit: &[],
    ruff: &[],
    remedy: "None.",
    doc: "",
};

fn version(text: &str) -> PluginVersion {
    text.parse().expect("a version")
}

fn manifest(entry_point: &str, permissions: &str) -> crate::Manifest {
    let permissions: serde_json::Value = serde_json::from_str(permissions).expect("JSON");
    let mut manifest = serde_json::json!({
        "name": "weather", "version": "1.0.0", "type": "tool", "category": "utility", "title": "Weather",
        "description": "Tells it", "author": {"name": "Ada"}, "license": "MIT", "entry_point": entry_point,
        "requirements": {"python": ">=3.10", "agenticraft": ">=0.2.0", "dependencies": [], "system": {}},
        "config": [], "tags": [], "capabilities": [], "endpoints": [], "examples": [],
    });
    if !permissions.is_null() {
        manifest["permissions"] = permissions;
    }
    serde_json::from_value(manifest).expect("a manifest")
}

fn entry(path: &str, content: &str) -> FileEntry {
    let (size, sha256) = (content.len() as u64, Sha256::of(content.as_bytes()));
    FileEntry { path: path.into(), size, offset: 0, sha256, kind: FileKind::Python }
}

fn uses(capability: Capability, what: &str, file: &str) -> CapabilityUse {
    let (function, permission) = ("run".into(), Permission::Absent);
    CapabilityUse { capability, what: what.into(), function, file: file.into(), line: 3, permission }
}

fn package(name: &str, specifier: &str) -> Requirement {
    let asked = Requirement::of(RequirementKind::Package, name, Scope::Runtime, "requirements.txt");
    Requirement { specifier: specifier.into(), ..asked }
}

fn inspection(change: impl FnOnce(&mut Inspection)) -> Inspection {
    let mut inspection = Inspection::empty(Blob { sha256: Sha256::of(b""), size: 0 }, "1");
    inspection.manifest = Some(manifest("weather:Tool", "null"));
    change(&mut inspection);
    inspection
}

fn differs(before: impl FnOnce(&mut Inspection), after: impl FnOnce(&mut Inspection)) -> Difference {
    let earlier = Earlier { version: version("1.0.0"), inspection: inspection(before) };
    Difference::between(Some(&earlier), &version("1.0.1"), &inspection(after))
}

#[test]
fn steps_are_told_apart() {
    let step = |a, b| Step::between(&version(a), &version(b));
    assert_eq!(step("1.0.0", "1.0.1"), Step::Patch);
    assert_eq!(step("1.0.0-rc.1", "1.0.0"), Step::Patch);
    assert_eq!(step("0.1.0", "0.2.0"), Step::Minor);
    assert_eq!(step("1.9.9", "2.0.0"), Step::Major);
    assert_eq!(step("2.0.0", "1.0.1"), Step::Back);
    assert_eq!(step("1.0.0", "1.0.0"), Step::Back);
}

#[test]
fn the_first_version_has_nothing_before_it() {
    let first = Difference::between(None, &version("1.0.0"), &inspection(|one| one.files = vec![entry("a.py", "1")]));
    assert_eq!(first, Difference { same_rules: true, ..Difference::default() });
}

#[test]
fn the_same_package_differs_in_nothing() {
    let fill = |one: &mut Inspection| {
        one.files = vec![entry("a.py", "1")];
        one.capabilities = vec![uses(Capability::Network, "socket.socket", "a.py")];
        one.dependencies = vec![package("requests", ">=2")];
        one.findings = crate::fingerprint::settle(vec![Finding::of(&RULE, "found").in_file("a.py")]);
    };
    let difference = differs(fill, fill);
    let unchanged = FileChanges { unchanged: 1, ..FileChanges::default() };
    let expected = Difference {
        previous: Some(version("1.0.0")),
        step: Some(Step::Patch),
        same_rules: true,
        files: unchanged,
        ..Difference::default()
    };
    assert_eq!(difference, expected);
}

#[test]
fn files_are_compared_by_their_bytes() {
    let files = differs(
        |one| one.files = vec![entry("gone.py", "12"), entry("same.py", "1"), entry("other.py", "1")],
        |one| one.files = vec![entry("new.py", "123"), entry("same.py", "1"), entry("other.py", "22")],
    )
    .files;
    let sizes = |list: &Listed<FileChange>| -> Vec<(String, Option<u64>, Option<u64>)> {
        list.items.iter().map(|one| (one.path.clone(), one.size_before, one.size_after)).collect()
    };
    assert_eq!(sizes(&files.added), [("new.py".to_owned(), None, Some(3))]);
    assert_eq!(sizes(&files.removed), [("gone.py".to_owned(), Some(2), None)]);
    assert_eq!(sizes(&files.changed), [("other.py".to_owned(), Some(1), Some(2))]);
    assert_eq!(files.changed.items[0].sha256, Sha256::of(b"22"));
    assert_eq!(files.unchanged, 1);
}

#[test]
fn a_moved_line_is_no_new_use_and_a_new_file_is() {
    let changes = differs(
        |one| one.capabilities = vec![uses(Capability::Network, "socket.socket", "a.py")],
        |one| {
            let moved = CapabilityUse { line: 90, ..uses(Capability::Network, "socket.socket", "a.py") };
            let elsewhere = uses(Capability::Network, "socket.socket", "b.py");
            one.capabilities = vec![moved, elsewhere, uses(Capability::Subprocess, "os.system", "b.py")];
        },
    )
    .capabilities;
    assert_eq!(changes.gained, [Capability::Subprocess]);
    assert!(changes.lost.is_empty() && changes.gone.is_empty());
    let new: Vec<_> = changes.new.items.iter().map(|one| (one.what.as_str(), one.file.as_str())).collect();
    assert_eq!(new, [("socket.socket", "b.py"), ("os.system", "b.py")]);
}

#[test]
fn dependencies_are_compared_by_what_is_asked_for() {
    let changes = differs(
        |one| one.dependencies = vec![package("requests", ">=2"), package("old", "")],
        |one| {
            let moved = Requirement { line: Some(9), ..package("requests", ">=3") };
            one.dependencies = vec![moved, package("new", "==1.0")];
        },
    )
    .dependencies;
    assert_eq!(changes.added.items[0].after, ["==1.0 (runtime)"]);
    assert_eq!(changes.removed.items[0].before, ["any version (runtime)"]);
    assert_eq!(changes.changed.items[0].before, [">=2 (runtime)"]);
    assert_eq!(changes.changed.items[0].after, [">=3 (runtime)"]);
}

fn widened(before: &str, after: &str) -> Vec<(String, bool)> {
    let changes = differs(
        |one| one.manifest = Some(manifest("weather:Tool", before)),
        |one| one.manifest = Some(manifest("weather:Tool", after)),
    );
    let all = changes.permissions.map(|change| change.widened).unwrap_or_default();
    all.into_iter().map(|one| (one.what, one.grave)).collect()
}

#[test]
fn wider_permissions_are_named_and_narrower_ones_are_not() {
    let none = r#"{"network": [], "filesystem": "none", "subprocess": false, "environment": [], "native_code": false, "dynamic_code": false}"#;
    let all = r#"{"network": ["a.example"], "filesystem": "write", "subprocess": true, "environment": ["KEY"], "native_code": false, "dynamic_code": true}"#;
    let said = widened(none, all);
    let grave = |what: &str, grave| (what.to_owned(), grave);
    assert_eq!(
        said,
        [
            grave("network: a.example", true),
            grave("filesystem: write", true),
            grave("environment: KEY", false),
            grave("subprocess: true", true),
            grave("dynamic_code: true", true),
        ]
    );
    assert_eq!(widened(all, none), []);
    assert_eq!(widened(all, "null"), [grave("the permissions block is gone", true)]);
    assert_eq!(widened("null", all), []);
}

#[test]
fn findings_are_compared_by_fingerprint_and_those_about_the_step_are_not() {
    let step = RuleMeta { id: STEP_RULES[0], ..RULE };
    let settled = crate::fingerprint::settle;
    let findings = differs(
        |one| one.findings = settled(vec![Finding::of(&RULE, "old").in_file("a.py"), Finding::of(&step, "was new")]),
        |one| one.findings = settled(vec![Finding::of(&RULE, "new").in_file("a.py")]),
    )
    .findings;
    assert_eq!(findings.new.items.len(), 1);
    assert_eq!(findings.new.items[0].message, "new");
    assert_eq!(findings.gone.items.len(), 1);
    assert_eq!(findings.gone.items[0].message, "old");
}

#[test]
fn very_long_lists_are_cut_and_the_rest_is_counted() {
    let files = |count: usize| (0..count).map(|n| entry(&format!("f{n:04}.py"), "1")).collect();
    let added = differs(|_| {}, |one| one.files = files(MOST + 7)).files.added;
    assert_eq!((added.items.len(), added.more, added.total()), (MOST, 7, MOST as u64 + 7));
}

#[test]
fn another_entry_point_is_told() {
    let difference = differs(|_| {}, |one| one.manifest = Some(manifest("weather.main:Tool", "null")));
    let change = TextChange { before: "weather:Tool".into(), after: "weather.main:Tool".into() };
    assert_eq!(difference.entry_point, Some(change));
}
