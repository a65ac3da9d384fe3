//! `scan`: any tree, three formats, thresholds, baselines, suppressions, odd trees.

use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;

use crate::Place;

const SHELL: &str = "import os\n\n\ndef run(name):\n    os.system('ls ' + name)\n";

fn place() -> Place {
    let place = Place::new();
    place.write("src/tool.py", SHELL);
    place.write("src/deep/sound.py", "VALUE = 1\n");
    place.write("src/notes.txt", "not source\n");
    place
}

/// The files of a report's findings, each once.
fn files(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("a list");
    let mut files: Vec<&str> = findings.iter().map(|finding| finding["file"].as_str().expect("a file")).collect();
    files.sort_unstable();
    files.dedup();
    files
}

#[test]
fn text_is_grouped_by_file_and_shows_source_evidence_and_remedy() {
    let place = place();
    place.write("src/payload.py", "import base64\nexec(base64.b64decode('aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQo='))\n");
    insta::assert_snapshot!(place.run(&["scan", "src"]).whole());
}

#[test]
fn escapes_and_bidi_in_source_are_shown_escaped() {
    let place = Place::new();
    place.write("evil.py", "import os\nos.system('\u{1b}[2J\u{202e}' + os.environ['X'])\n");
    let run = place.run(&["scan", "."]);
    assert!(!run.stdout().contains(['\u{1b}', '\u{202e}']), "{}", run.stdout());
    assert!(run.stdout().contains("\\u{1b}[2J"), "{}", run.stdout());
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
fn sarif_holds_the_same_findings_and_the_rules_pages() {
    let run = place().run(&["scan", "src", "--format", "sarif", "--set", "public_url=https://plugins.example.org/r/"]);
    let sarif = run.json();
    assert_eq!(run.code(), 1);
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/tool.py");
    assert_eq!(place["region"]["startLine"], 5);
    assert!(results.iter().all(|result| result["partialFingerprints"]["airlock/v1"].is_string()));
    for rule in sarif["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules") {
        let id = rule["id"].as_str().expect("an id");
        assert!(rule["help"]["markdown"].as_str().is_some_and(|page| page.contains("## What it finds")), "{rule}");
        assert_eq!(rule["helpUri"], format!("https://plugins.example.org/r/rules/{id}"));
        assert!(rule["properties"]["security-severity"].is_string());
    }
    let run = &sarif["runs"][0];
    assert_eq!(
        (&run["columnKind"], &run["invocations"][0]["executionSuccessful"]),
        (&"unicodeCodePoints".into(), &true.into())
    );
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
    assert_eq!(code(&["--fail-on", "critical"]), 0, "shown, and no reason to fail");
    assert_eq!(code(&["--fail-on", "high"]), 1);
    assert!(place.run(&["scan", "src", "--fail-on", "critical"]).stdout().contains("AL-CODE-shell-injection"));
    insta::assert_snapshot!(place.run(&["scan", "src", "--select", "AL-CODE-shell-injektion"]).whole());
    assert_eq!(code(&["--ignore", ""]), 64);
}

#[test]
fn what_cannot_be_parsed_is_found_and_not_passed_over() {
    let place = Place::new();
    place.write("broken.py", "def f(:\n");
    let run = place.run(&["scan", ".", "--format", "json"]);
    assert_eq!(run.code(), 1);
    assert_eq!(run.json()["findings"][0]["file"], "broken.py");
}

#[test]
fn a_baseline_leaves_out_what_was_there_before() {
    let place = place();
    let wrote = place.run(&["scan", "src", "--write-baseline", "known.json", "--format", "sarif"]);
    assert_eq!(wrote.code(), 0, "{}", wrote.stderr());
    place.write("known.sarif", &wrote.stdout());
    for baseline in ["known.json", "known.sarif"] {
        let run = place.run(&["scan", "src", "--baseline", baseline]);
        assert_eq!(run.code(), 0, "{baseline}: {}", run.stdout());
        assert!(run.stdout().contains("that the baseline has"), "{}", run.stdout());
    }
    place.write("src/tool.py", &format!("# moved\n{SHELL}\n\ndef other(name):\n    os.system('rm ' + name)\n"));
    let run = place.run(&["scan", "src", "--baseline", "known.json"]);
    assert_eq!(run.code(), 1);
    insta::assert_snapshot!("what_is_new_beside_a_baseline", run.whole());
    let sarif = place.run(&["scan", "src", "--baseline", "known.json", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["baselineState"] == "new"));
}

#[test]
fn a_baseline_that_is_none_is_a_mistake() {
    let place = place();
    place.write("page.json", "{\"a\": 1}");
    place.write("text.json", "not json");
    for file in ["page.json", "text.json", "nowhere.json", "src"] {
        let run = place.run(&["scan", "src", "--baseline", file]);
        assert_eq!(run.code(), 64, "{file}");
        assert!(run.stderr().contains("the baseline") && run.stderr().contains(file), "{}", run.stderr());
    }
}

#[test]
fn comments_set_findings_aside_only_where_they_are_trusted() {
    for comment in ["# nosec", "# nosec B605", "# noqa", "# noqa: S605"] {
        let place = Place::new();
        place.write("tool.py", &SHELL.replace("+ name)", &format!("+ name)  {comment}")));
        let distrusted = place.run(&["scan", "."]);
        assert_eq!(distrusted.code(), 1, "{comment}");
        let trusted = place.run(&["scan", ".", "--trust-suppressions", "--select", "AL-CODE-shell-injection"]);
        assert_eq!(trusted.code(), 0, "{comment}: {}", trusted.stdout());
        assert!(trusted.stdout().contains("set aside: 1 by nosec and noqa comments"), "{}", trusted.stdout());
        let sarif = place.run(&["scan", ".", "--trust-suppressions", "--format", "sarif"]).json();
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        let shell = results.iter().find(|one| one["ruleId"] == "AL-CODE-shell-injection").expect("shown");
        assert_eq!(shell["suppressions"][0]["kind"], "inSource");
        assert_eq!(shell["suppressions"][0]["justification"], comment);
    }
    let place = Place::new();
    place.write("tool.py", &SHELL.replace("+ name)", "+ name)  # nosec B101"));
    assert_eq!(place.run(&["scan", ".", "--trust-suppressions"]).code(), 1, "another finding's id covers nothing");
}

#[test]
fn a_file_that_is_reached_twice_is_scanned_once() {
    let place = place();
    let once = place.run(&["scan", "src", "--format", "json"]).json();
    let again = place.run(&["scan", "src", "src/tool.py", "./src", "src/deep/..", "--format", "json"]).json();
    assert_eq!(once["findings"], again["findings"]);
    let file = place.run(&["scan", "src/tool.py", "--format", "json"]).json();
    assert_eq!(once["findings"], file["findings"]);
}

#[test]
fn links_are_not_followed_unless_named() {
    let place = place();
    std::os::unix::fs::symlink("..", place.path().join("src/loop")).expect("linked");
    std::os::unix::fs::symlink("src", place.path().join("alias")).expect("linked");
    std::os::unix::fs::symlink("self", place.path().join("self")).expect("linked");
    assert_eq!(files(&place.run(&["scan", "src", "--format", "json"]).json()), ["src/tool.py"]);
    assert_eq!(files(&place.run(&["scan", "alias", "--format", "json"]).json()), ["alias/tool.py"]);
    assert_eq!(place.run(&["scan", "self"]).code(), 64, "a link that leads to itself");
}

#[test]
fn scripts_without_an_ending_are_python_if_they_say_so() {
    let place = Place::new();
    place.write("bin/tool", &format!("#!/usr/bin/env python3\n{SHELL}"));
    place.write("bin/shell", "#!/bin/sh\nos.system('ls ' + name)\n");
    place.write("bin/data", SHELL);
    place.write("node_modules/x.py", SHELL);
    place.write("bin/__pycache__/x.py", SHELL);
    let run = place.run(&["scan", ".", "--format", "json"]);
    assert_eq!(files(&run.json()), ["bin/tool"]);
    assert_eq!(files(&place.run(&["scan", "node_modules", "--format", "json"]).json()), ["node_modules/x.py"]);
}

#[test]
fn names_that_are_no_text_are_scanned_and_shown() {
    let place = Place::new();
    for name in [&b"a\xff.py"[..], b"b\\c.py", b"d\x1b[2J.py"] {
        std::fs::write(place.path().join(std::ffi::OsStr::from_bytes(name)), SHELL).expect("written");
    }
    let run = place.run(&["scan", ".", "--format", "json"]);
    assert_eq!(files(&run.json()), ["a%FF.py", "b%5Cc.py", "d\u{1b}[2J.py"]);
    assert!(!place.run(&["scan", "."]).stdout().contains('\u{1b}'));
}

#[test]
fn what_cannot_be_read_is_told_and_is_no_clean_result() {
    let place = place();
    place.folder_too_deep_to_open("src/locked");
    let run = place.run(&["scan", "src/locked", "--format", "json"]);
    assert_eq!(run.code(), 3, "{}{}", run.stdout(), run.stderr());
    assert!(run.stderr().contains("not looked at:"), "{}", run.stderr());
    assert_eq!(run.json()["unread"].as_array().map(Vec::len), Some(1));
    assert_eq!(place.run(&["scan", "src"]).code(), 1, "a finding is a finding, whatever else could not be read");
    let sarif = place.run(&["scan", "src/locked", "--format", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn a_pipe_is_neither_folder_nor_file() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo").arg(place.path().join("pipe.py")).status().expect("mkfifo runs");
    assert!(made.success());
    assert_eq!(place.run(&["scan", "pipe.py"]).code(), 64);
    assert_eq!(place.run(&["scan", "."]).code(), 0, "inside a folder it is passed over");
}

#[test]
fn a_tree_larger_than_one_part_is_scanned_whole() {
    let place = Place::new();
    let filler = format!("TEXT = '''\n{}'''\n", "filler line of text\n".repeat(200_000));
    for folder in 0..15 {
        place.write(&format!("t/d{folder:02}/big.py"), &filler);
        place.write(&format!("t/d{folder:02}/tool.py"), SHELL);
    }
    let run = place.run(&["scan", "t", "--format", "json"]);
    let report = run.json();
    assert_eq!(files(&report).len(), 15, "{}", run.stderr());
    let once = place.run(&["scan", "t/d07", "--format", "json"]).json();
    let of = |report: &Value| {
        let findings = report["findings"].as_array().expect("a list").clone();
        findings.into_iter().filter(|one| one["file"] == "t/d07/tool.py").collect::<Vec<_>>()
    };
    assert_eq!(of(&report), of(&once), "a part is no other scan");
}

#[test]
fn yara_rules_are_held_against_every_file() {
    let place = place();
    place.write(
        "rules/own.yar",
        "rule marker : lab { meta: description = \"a marker\" strings: $a = { 00 ff 4d 41 52 4b } condition: $a }",
    );
    std::fs::create_dir_all(place.path().join("tree")).expect("made");
    std::fs::write(place.path().join("tree/blob.bin"), b"..\0\xffMARK").expect("written");
    let run = place.run(&["scan", "tree", "--yara", "rules"]);
    assert_eq!(run.code(), 1);
    insta::assert_snapshot!("a_yara_match", run.whole());
    assert_eq!(place.run(&["scan", "tree", "--set", "scan.yara_dir=rules"]).code(), 1);
    assert_eq!(place.run(&["scan", "tree"]).code(), 0);
}

#[test]
fn broken_yara_rules_are_a_mistake_of_whoever_runs_this() {
    let place = place();
    place.write("rules/own.yar", "rule broken {\n  condition:\n    $nothing\n}\n");
    let scan = place.run(&["scan", "src", "--yara", "rules"]);
    insta::assert_snapshot!("broken_yara_rules", scan.whole());
    assert_eq!(scan.code(), 64);
    let config = place.run(&["config", "--set", "scan.yara_dir=rules"]);
    assert_eq!(config.code(), 64);
    assert!(config.stderr().contains("rules/own.yar:3"), "{}", config.stderr());
    let check = place.check(&[&crate::plugin("no-tests"), "--yara", "rules"]);
    assert_eq!((check.code(), check.stdout().as_str()), (64, ""), "never a verdict");
    let serve = place.run(&["serve", "--set", "scan.yara_dir=rules", "--set", "sandbox.engine=none", "--data", "d"]);
    assert_eq!(serve.code(), 64, "{}", serve.stderr());
    assert_eq!(place.run(&["scan", "src", "--yara", "nowhere"]).code(), 64);
    place.write("empty/readme.txt", "none");
    assert!(place.run(&["scan", "src", "--yara", "empty"]).stderr().contains("holds no .yar"));
}
