//! `scan`: any tree, three formats, thresholds.

use crate::Place;

const SHELL: &str = "import os\n\n\ndef run(name):\n    os.system('ls ' + name)\n";

fn place() -> Place {
    let place = Place::new();
    place.write("src/tool.py", SHELL);
    place.write("src/deep/sound.py", "VALUE = 1\n");
    place.write("src/notes.txt", "not source\n");
    place
}

#[test]
fn text_names_the_place_as_it_was_given() {
    insta::assert_snapshot!(place().run(&["scan", "src"]).whole());
}

#[test]
fn json_is_a_report() {
    let run = place().run(&["scan", "src", "--format", "json", "--jobs", "2"]);
    let report = run.json();
    assert_eq!(run.code(), 1);
    let findings = report["findings"].as_array().expect("a list");
    assert!(!findings.is_empty());
    assert!(findings.iter().all(|finding| finding["file"] == "src/tool.py" && finding["line"] == 5));
    assert!(report["verdict"].is_null());
}

#[test]
fn sarif_holds_the_same_findings() {
    let run = place().run(&["scan", "src", "--format", "sarif"]);
    let sarif = run.json();
    assert_eq!(run.code(), 1);
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/tool.py");
    assert_eq!(place["region"]["startLine"], 5);
}

#[test]
fn a_sound_tree_exits_with_0() {
    insta::assert_snapshot!(place().run(&["scan", "src/deep", "src/deep/sound.py"]).whole());
}

#[test]
fn rules_and_severities_can_be_chosen() {
    let place = place();
    let code = |args: &[&str]| place.run(&[&["scan", "src"], args].concat()).code();
    assert_eq!(code(&["--ignore", "AL-"]), 0);
    assert_eq!(code(&["--select", "AL-CAPABILITY,AL-CODE"]), 1);
    assert_eq!(code(&["--min-severity", "critical"]), 0);
    insta::assert_snapshot!(place.run(&["scan", "src", "--select", "AL-NOTHING"]).whole());
}

#[test]
fn what_cannot_be_parsed_is_found_and_not_passed_over() {
    let place = Place::new();
    place.write("broken.py", "def f(:\n");
    let run = place.run(&["scan", ".", "--format", "json"]);
    assert_eq!(run.code(), 1);
    assert_eq!(run.json()["findings"][0]["file"], "broken.py");
}
