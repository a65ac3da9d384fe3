//! `advisories`, and what `check` does with them.

use serde_json::json;

use crate::{Place, plugin};

fn place_with_records() -> Place {
    let place = Place::new();
    let record = json!({
        "id": "PYSEC-2026-1", "modified": "2026-05-01T00:00:00Z", "aliases": ["CVE-2026-1"],
        "summary": "It leaks\u{1b}[31m", "database_specific": {"severity": "HIGH"},
        "affected": [{"package": {"ecosystem": "PyPI", "name": "Leaky"}, "versions": ["0.1"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]}],
    });
    place.write("records/one.json", &record.to_string());
    place.write("records/broken.json", "{\"id\": 1}");
    place
}

#[test]
fn records_are_brought_in_and_looked_up() {
    let place = place_with_records();
    let run = place.run(&["advisories", "import", "records"]);
    assert_eq!(run.code(), 1, "one is refused: {}", run.whole());
    assert!(run.stderr().contains("refused: broken.json: it is no record of the format"), "{}", run.stderr());
    let told = "1 advisories brought in (PyPI 1), the newest of 2026-05-01T00:00:00.000000Z; 1 refused";
    assert!(run.stdout().starts_with(told), "{}", run.stdout());
    let says = |args: &[&str], part: &str| {
        let run = place.run(args);
        assert!(run.stdout().contains(part) && !run.stdout().contains('\u{1b}'), "no {part:?}: {}", run.whole());
        run.code()
    };
    assert_eq!(says(&["advisories", "list"], "PYSEC-2026-1 high  leaky: It leaks\\u{1b}[31m"), 0);
    assert_eq!(says(&["advisories", "show", "CVE-2026-1"], "from 0 below 1.2; 1 versions by name"), 0);
    let known = "PYSEC-2026-1 (CVE-2026-1) high: It leaks\\u{1b}[31m; mended in 1.2";
    assert_eq!(says(&["advisories", "check", "leaky==1.1"], known), 1);
    assert_eq!(place.run(&["advisories", "check", "leaky==1.2"]).code(), 0);
    assert_eq!(place.run(&["advisories", "check", "leaky>=1.2"]).code(), 64);
    assert_eq!(place.run(&["advisories", "show", "CVE-0"]).code(), 1);
    let listed = place.run(&["advisories", "list", "--name", "LEAKY", "--format", "json"]).json();
    assert_eq!(listed[0]["id"], "PYSEC-2026-1");
}

#[test]
fn without_a_folder_that_is_said() {
    let run = Place::new().run(&["advisories", "list"]);
    assert_eq!(run.code(), 1, "{}", run.whole());
    assert!(run.stderr().contains("airlock advisories import"), "{}", run.stderr());
}

/// A sound plugin of this place, at a version, with one more file.
fn sound(place: &Place, folder: &str, version: &str, path: &str, text: &str) {
    let from = plugin("no-tests");
    for entry in std::fs::read_dir(&from).expect("the sample") {
        let entry = entry.expect("an entry");
        let content = std::fs::read_to_string(entry.path()).expect("text");
        let content = content.replace("version: 1.0.0", &format!("version: {version}"));
        place.write(&format!("{folder}/{}", entry.file_name().to_string_lossy()), &content);
    }
    place.write(&format!("{folder}/{path}"), text);
}

#[test]
fn check_holds_a_plugin_against_what_was_brought_in() {
    let place = place_with_records();
    sound(&place, "plugin", "1.0.0", "requirements.txt", "leaky==1.1\n");
    assert_eq!(place.check(&["plugin"]).code(), 0);
    assert_eq!(place.run(&["advisories", "import", "records/one.json"]).code(), 0);
    let run = place.check(&["plugin"]);
    assert_eq!(run.code(), 1, "{}", run.whole());
    assert!(run.stdout().contains("leaky 1.1 is vulnerable by PYSEC-2026-1"), "{}", run.stdout());
}

#[test]
fn check_compares_and_writes_a_bill_of_materials() {
    let place = Place::new();
    sound(&place, "old", "1.0.0", "notes.py", "x = 1\n");
    sound(&place, "new", "1.0.1", "fetches.py", "import socket\n\n\ndef go():\n    return socket.socket()\n");
    let run = place.check(&["new", "--against", "old", "--sbom", "new.cdx.json", "--format", "json"]);
    assert_eq!(run.code(), 2, "{}", run.whole());
    let report = run.json();
    assert_eq!(report["difference"]["previous"], "1.0.0");
    assert_eq!(report["difference"]["capabilities"]["gained"], json!(["network"]));
    let bill = std::fs::read_to_string(place.path().join("new.cdx.json")).expect("written");
    let bill: serde_json::Value = serde_json::from_str(&bill).expect("JSON");
    assert_eq!(bill["metadata"]["component"]["version"], "1.0.1");
    assert!(bill["metadata"].get("timestamp").is_none(), "at home nothing is published");
    let text = place.check(&["new", "--against", "old"]);
    assert!(text.stdout().contains("new capability:") && text.stdout().contains("files removed:"), "{}", text.stdout());
    assert_eq!(place.check(&["new", "--against", "nowhere"]).code(), 64);
}
