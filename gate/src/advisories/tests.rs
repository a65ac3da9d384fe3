//! A folder of records, an inventory, and what is said of it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use airlock_model::advisory::Exposure;
use airlock_model::finding::{Confidence, Finding};
use airlock_model::inspection::{Blob, Inspection};
use airlock_model::inventory::{Requirement, RequirementKind, Scope};
use airlock_model::{Severity, Sha256};
use serde_json::{Value, json};

use super::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A record of one package whose versions below `fixed` are vulnerable.
fn record(id: &str, package: &str, fixed: &str) -> Value {
    json!({
        "id": id, "modified": "2026-05-01T00:00:00Z", "summary": format!("{package} leaks"),
        "affected": [{"package": {"ecosystem": "PyPI", "name": package},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]}],
        "database_specific": {"severity": "HIGH"},
    })
}

fn put(dir: &Path, name: &str, record: &Value) {
    fs::write(dir.join(name), record.to_string()).expect("written");
}

/// A folder with these records in it.
fn folder(records: &[Value]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (number, record) in records.iter().enumerate() {
        put(dir.path(), &format!("{number}.json"), record);
    }
    dir
}

fn package(name: &str, specifier: &str) -> Requirement {
    let mut asked = Requirement::of(RequirementKind::Package, name, Scope::Runtime, "requirements.txt");
    asked.pinned = specifier.strip_prefix("==").map(str::to_owned);
    asked.specifier = specifier.into();
    asked.line = Some(3);
    asked
}

fn inspection(dependencies: Vec<Requirement>) -> Inspection {
    let mut inspection = Inspection::empty(Blob { sha256: Sha256::of(b""), size: 0 }, "1");
    inspection.dependencies = dependencies;
    inspection
}

/// What is said of an inventory a while after the folder was written.
fn advised_after(age: Duration, dir: &Path, dependencies: Vec<Requirement>) -> Inspection {
    let mut inspection = inspection(dependencies);
    let written = fs::metadata(dir).and_then(|dir| dir.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    Advisories::in_folder(dir, 14 * DAY).advise(&mut inspection, written + age);
    inspection
}

fn advised(records: &[Value], dependencies: Vec<Requirement>) -> Inspection {
    advised_after(Duration::ZERO, folder(records).path(), dependencies)
}

fn only(inspection: &Inspection) -> &Finding {
    assert_eq!(inspection.findings.len(), 1, "{:?}", inspection.findings);
    &inspection.findings[0]
}

#[test]
fn a_vulnerable_pin_is_found_with_its_fix() {
    let mut record = record("PYSEC-2026-1", "Friendly_Bard", "1.2");
    record["aliases"] = json!(["CVE-2026-1"]);
    let inspection = advised(&[record], vec![package("friendly-bard", "==1.1"), package("other", "==1")]);
    let finding = only(&inspection);
    assert_eq!((finding.rule.as_str(), finding.severity), ("AL-DEPS-known-vulnerable", Severity::High));
    assert_eq!(finding.message, "friendly-bard 1.1 is vulnerable by PYSEC-2026-1 (CVE-2026-1): Friendly_Bard leaks");
    assert_eq!(finding.remedy, "Ask for friendly-bard 1.2 or later.");
    assert_eq!((finding.file.as_deref(), finding.line), (Some("requirements.txt"), Some(3)));
    assert!(!finding.fingerprint.is_empty(), "it is settled as all others are");
    let check = inspection.advisories.expect("asked");
    assert!(check.checked && check.records == 1);
    assert_eq!(check.vulnerabilities[0].exposure, Exposure::Every);
}

#[test]
fn what_is_mended_withdrawn_or_of_another_ecosystem_is_not_found() {
    let mut withdrawn = record("PYSEC-2026-2", "a", "9");
    withdrawn["withdrawn"] = json!("2026-06-01T00:00:00Z");
    let mut other = record("GHSA-1", "a", "9");
    other["affected"][0]["package"]["ecosystem"] = json!("npm");
    let records = [withdrawn, other, record("PYSEC-2026-3", "a", "1.0"), record("PYSEC-2026-4", "b", "9")];
    let inspection = advised(&records, vec![package("a", "==1.0")]);
    assert_eq!(inspection.findings, []);
    assert_eq!(inspection.advisories.expect("asked").vulnerabilities, []);
}

#[test]
fn ranges_are_told_by_how_much_of_them_is_vulnerable() {
    let records = [record("PYSEC-2026-1", "a", "2.0"), record("PYSEC-2026-2", "a", "1.5")];
    let severity = |specifier: &str| {
        let inspection = advised(&records, vec![package("a", specifier)]);
        inspection.findings.iter().map(|one| (one.rule.clone(), one.severity)).collect::<Vec<_>>()
    };
    let allows = |severity| vec![("AL-DEPS-allows-vulnerable".to_owned(), severity)];
    assert_eq!(severity(">=2"), []);
    assert_eq!(severity(">=1.6"), allows(Severity::Low));
    assert_eq!(severity(""), allows(Severity::Note));
    let every = advised(&records, vec![package("a", ">=1.6,<2")]);
    assert_eq!(only(&every).rule, "AL-DEPS-known-vulnerable");
    assert_eq!(only(&every).confidence, Confidence::Medium, "a version that nobody knows of may exist");
    let both = advised(&records, vec![package("a", ">=1")]);
    assert!(only(&both).message.contains("2 advisories: PYSEC-2026-1, PYSEC-2026-2"), "{}", only(&both).message);
}

#[test]
fn records_of_one_vulnerability_are_one_finding() {
    let mut ghsa = record("GHSA-aaaa", "a", "1.3");
    ghsa["aliases"] = json!(["CVE-2026-1"]);
    ghsa["severity"] = json!([{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]);
    let mut pysec = record("PYSEC-2026-1", "a", "1.2");
    pysec["aliases"] = json!(["CVE-2026-1", "GHSA-aaaa"]);
    let inspection = advised(&[pysec, ghsa, record("PYSEC-2026-9", "a", "1.9")], vec![package("a", "==1.0")]);
    let check = inspection.advisories.expect("asked");
    let known: Vec<_> = check.vulnerabilities.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(known, ["GHSA-aaaa", "PYSEC-2026-9"]);
    let first = &check.vulnerabilities[0];
    assert_eq!(first.aliases, ["CVE-2026-1", "PYSEC-2026-1"]);
    assert_eq!(first.severity, Severity::Critical);
    assert_eq!(first.fixed.as_deref(), Some("1.3"), "both records must be mended");
}

#[test]
fn development_alone_is_never_grave() {
    let mut dev = package("a", "==1");
    dev.scope = Scope::Dev;
    assert_eq!(only(&advised(&[record("PYSEC-2026-1", "a", "2")], vec![dev])).severity, Severity::Low);
}

#[test]
fn plugins_have_advisories_too() {
    let mut record = record("AIRLOCK-2026-1", "maps", "1.4.2");
    record["affected"][0]["package"]["ecosystem"] = json!("Airlock");
    let mut plugin = package("maps", "=1.4.1");
    (plugin.kind, plugin.pinned) = (RequirementKind::Plugin, Some("1.4.1".into()));
    let same_name = package("maps", "==1.4.1");
    let inspection = advised(&[record], vec![plugin, same_name]);
    assert!(only(&inspection).message.starts_with("maps 1.4.1 is vulnerable by AIRLOCK-2026-1"));
}

#[test]
fn silence_is_never_mistaken_for_nothing_found() {
    let asked = || vec![package("a", "==1")];
    let missing = advised_after(Duration::ZERO, Path::new("/nonexistent/advisories"), asked());
    assert_eq!(only(&missing).rule, "AL-DEPS-advisories-absent");
    assert!(!missing.advisories.expect("asked").checked);
    assert!(!only(&advised(&[], asked())).message.contains('/'), "where the folder is, is nobody's business");
    let mut none = inspection(asked());
    Advisories::default().advise(&mut none, SystemTime::UNIX_EPOCH);
    assert_eq!(only(&none).rule, "AL-DEPS-advisories-absent");

    let dir = folder(&[record("PYSEC-2026-1", "b", "2")]);
    fs::write(dir.path().join("broken.json"), "{").expect("written");
    let incomplete = advised_after(Duration::ZERO, dir.path(), asked());
    assert_eq!(
        only(&incomplete).message,
        "1 advisories cannot be read and were left out, the first of them 'broken.json'"
    );
    assert!(incomplete.advisories.expect("asked").checked);
}

#[test]
fn old_advisories_are_told() {
    let dir = folder(&[record("PYSEC-2026-1", "b", "2")]);
    let asked = || vec![package("a", "==1")];
    assert_eq!(advised_after(13 * DAY, dir.path(), asked()).findings, []);
    let old = advised_after(30 * DAY, dir.path(), asked());
    assert_eq!(only(&old).rule, "AL-DEPS-advisories-stale");
    assert!(only(&old).message.contains(" 30 days ago") || only(&old).message.contains(" 29 days ago"));
}

#[test]
fn a_folder_that_changes_is_read_anew() {
    let dir = folder(&[]);
    let advisories = Advisories::in_folder(dir.path(), DAY);
    let said = |advisories: &Advisories| {
        let mut inspection = inspection(vec![package("a", "==1")]);
        advisories.clone().advise(&mut inspection, SystemTime::UNIX_EPOCH);
        only(&inspection).rule.clone()
    };
    assert_eq!(said(&advisories), "AL-DEPS-advisories-absent");
    let record_file = dir.path().join("outside");
    fs::write(&record_file, record("PYSEC-2026-1", "a", "2").to_string()).expect("written");
    import(&record_file, dir.path()).expect("imported");
    assert_eq!(said(&advisories), "AL-DEPS-known-vulnerable");
}

#[test]
fn files_folders_and_archives_are_brought_in_and_broken_records_named() {
    let from = tempfile::tempdir().expect("a folder");
    fs::create_dir(from.path().join("deeper")).expect("made");
    put(from.path(), "one.json", &record("PYSEC-2026-1", "a", "2"));
    put(&from.path().join("deeper"), "two.json", &record("PYSEC-2026-2", "b", "2"));
    put(from.path(), "evil.json", &record("../../evil", "c", "2"));
    put(from.path(), "other.json", &json!({"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": []}));
    fs::write(from.path().join("broken.json"), "{\"id\": 3}").expect("written");
    fs::write(from.path().join("notes.txt"), "not a record").expect("written");
    let to = tempfile::tempdir().expect("a folder");
    let into = to.path().join("advisories");
    let imported = import(from.path(), &into).expect("imported");
    assert_eq!((imported.records, imported.elsewhere, imported.by_ecosystem["PyPI"]), (2, 1, 2));
    assert_eq!(imported.newest.map(|at| at.to_string()).as_deref(), Some("2026-05-01T00:00:00.000000Z"));
    let refused: Vec<&str> = imported.refused.iter().map(|one| one.file.as_str()).collect();
    assert_eq!(refused, ["broken.json", "evil.json"]);
    let mut there: Vec<_> =
        fs::read_dir(&into).expect("there").map(|entry| entry.expect("an entry").file_name()).collect();
    there.sort();
    assert_eq!(there, ["PYSEC-2026-1.json", "PYSEC-2026-2.json"], "and nothing half written");

    let archive = to.path().join("all.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&archive).expect("made"));
    zip.start_file("../../outside.json", zip::write::SimpleFileOptions::default()).expect("a member");
    zip.write_all(record("PYSEC-2026-3", "a", "3").to_string().as_bytes()).expect("written");
    zip.finish().expect("written");
    assert_eq!(import(&archive, &into).expect("imported").records, 1);
    assert_eq!(import(&from.path().join("one.json"), &into).expect("imported").records, 1);
    let folder = Folder::open(&into).expect("readable");
    assert_eq!(folder.records.len(), 3);
    let known = matches_version(&folder, Ecosystem::PyPi, "A", "1.0");
    assert_eq!(known.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["PYSEC-2026-1", "PYSEC-2026-3"]);
    assert!(matches_version(&folder, Ecosystem::PyPi, "a", "3").is_empty());

    fs::write(to.path().join("no.zip"), b"PK\x03\x04nonsense").expect("written");
    assert!(matches!(import(&to.path().join("no.zip"), &into), Err(ImportError::Zip { .. })));
    assert!(matches!(import(&to.path().join("nowhere"), &into), Err(ImportError::Read { .. })));
}

#[test]
fn very_many_requirements_end() {
    let records: Vec<Value> = (0..50).map(|n| record(&format!("PYSEC-2026-{n}"), "a", "9")).collect();
    let asked: Vec<Requirement> = (0..2_000).map(|n| package("a", &format!(">={n}.1,<{}", n + 1))).collect();
    let inspection = advised(&records, asked);
    assert!(inspection.findings.len() <= 200);
    assert!(inspection.advisories.expect("asked").vulnerabilities.len() <= 500);
}
