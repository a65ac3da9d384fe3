//! Our reader of plugin.yaml against the one that clients use: what we take, it takes, and as the same. It may well take
//! what we refuse.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use airlock_model::limits::ScanLimits;
use airlock_model::{Manifest, Tree, TreePath};
use airlock_scanner::manifest;
use serde_json::{Value, json};

/// A manifest with every kind of notation in it.
const FULL: &str = r#"name: weather-report
version: 1.2.3
type: tool
category: data
title: "Weather: now"
description: >
  Tells the weather
  of a place.
long_description: |
  # Weather

    indented
author: {name: Ada Lovelace, url: "https://example.org/ada"}
license: MIT
homepage: https://example.org/#top
entry_point: weather.plugin:Weather
requirements:
  python: ">=3.10"
  dependencies:
  - name: other-plugin
    version: ^1.2.3
tags: [weather, 'it''s', "a\u00e9b"]
permissions:
  network: ["api.example.org"]
x-more: &more
  a: 1
x-again: *more
"#;

/// Texts that stand where readers of YAML 1.1 and 1.2 part.
const ADDED: &[&str] = &[
    "# note\u{2028}entry_point: setup_tool:Other\n",
    "# note\u{2029}homepage: https://example.net\n",
    "# note\u{85}title: other\n",
    "# note\rtitle: other\n",
    "x-a:\tb\n",
    "x-a: b\t# comment\n",
    "x-a: b\t\n",
    "x-a: b\tc\n",
    "x-a: [a,\tb]\n",
    "x-a:\n-\tb\n",
    "x-a: |\t\n  text\n",
    "x-a: |\n  \ttext\n",
    "x-a: 'a\tb'\n",
    "x-a: \"a\t\n\t b\"\n",
    "# a\tcomment\n",
    "x-a: =\n",
    "=: a\n",
    "x-a: <<\n",
    "x-a: &a.b c\n",
    "x-a: &a:b c\n",
    "x-a: &aé c\n",
    "x-a: [a?b, ?x]\n",
    "x-a: [a ?b]\n",
    "x-a: [:b]\n",
    "x-a: {?b: 1}\n",
    "x-a: ?b\n",
    "x-a: :b\n",
    "x-a: {a:1}\n",
    "x-a: {\"a\":1}\n",
    "x-a: [a:b]\n",
    "x-a: [\"a\":b]\n",
    "x-a: [a: b]\n",
    "x-a: a#b\n",
    "x-a: [a#b]\n",
    "x-a: \"\\uD83D\\uDE00\"\n",
    "x-a: \"\\\\uD83D\"\n",
    "x-a: \"\\/\\N\\_\\L\\P\\e\\x41\"\n",
    "x-a: 0o17\n",
    "x-a: !!str 12\n",
    "x-a: \"line\n\n  line\"\n",
    "x-a: line\n  line\n",
    "x-a:\n  - - b\n    - c\n",
    "x-a: >-\n  a\n   b\n\n  c\n",
    "x-a: |2-\n    a\n",
    "x-a: >+\n  a\n\n\n",
    "? x-a\n: b\n",
    "x-a: [a, b,]\n",
    "x-a: {a: , b}\n",
    "\"x-a\": b\n",
    "\"x-a\"  : b\n",
    "x-a: 'b'c\n",
    "x-a: @b\n",
    "x-a: `b\n",
    "x-a: %b\n",
    "x-a: -\n",
    "x-a: - b\n",
    "x-a: b: c\n",
    "x-a: |\n\n\n    b\n   c\n",
    "x-\u{feff}a: b\n",
    "\u{feff}x-a: b\n",
    "x-a: \u{feff}b\n",
    "...\n",
    "...\nx-a: b\n",
    "x-a: b\n...\n# end\n",
];

/// Parts that mutations put in.
const PARTS: &[&str] = &[
    "\n", " ", "  ", ":", ": ", "- ", "\"", "'", "{", "}", "[", "]", "#", " #", "&a ", "*a", "!x ", "!!str ", "\t",
    "\r", "\r\n", "|\n", ">\n", "?", "? ", ",", "%", "\\", "\\n", "\\u2028", "\u{2028}", "\u{85}", "\u{feff}", "é",
    "\u{a0}", "---\n", "...\n", "<<", "=", "~", "no", "1_0", "0x1", "1:30",
];

/// Numbers that look drawn at random and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }
}

fn mutated(draw: &mut Draw) -> String {
    let mut text: Vec<char> = FULL.chars().collect();
    for _ in 0..=draw.below(3) {
        let at = draw.below(text.len());
        let until = (at + draw.below(4)).min(text.len());
        text.splice(at..until, PARTS[draw.below(PARTS.len())].chars());
    }
    text.into_iter().collect()
}

fn ours(text: &str) -> Option<Manifest> {
    let mut tree = Tree::new();
    let path = |text: &str| TreePath::new(text).expect("a plain path");
    tree.insert(path("plugin.yaml"), text.as_bytes().to_vec());
    tree.insert(path("weather/__init__.py"), Vec::new());
    tree.insert(path("weather/plugin.py"), b"class Weather:\n    async def arun(self): ...\n".to_vec());
    manifest::check(&tree, &ScanLimits::default()).manifest
}

fn theirs(texts: &[String]) -> Vec<Value> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/.cache/pyyaml-6.0.3");
    assert!(reader.is_dir(), "{} is not there; scripts/test fetches it", reader.display());
    let mut child = Command::new("python3")
        .arg(tests.join("manifest_readers.py"))
        .env("PYTHONPATH", reader)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    let lines: String = texts.iter().map(|text| format!("{}\n", json!(text))).collect();
    let mut input = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).expect("written"));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("it does not panic");
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), texts.len());
    answers
}

/// What a manifest says, as far as it stands in the text: defaults are left out.
fn differences(ours: &Manifest, theirs: &Value) -> Vec<String> {
    let ours = serde_json::to_value(ours).expect("plain values");
    let mut found = Vec::new();
    for (key, value) in ours.as_object().expect("a mapping") {
        if let Some(their) = theirs.get(key) {
            compare(key, value, their, &mut found);
        }
    }
    for (key, their) in theirs.as_object().into_iter().flatten() {
        if ours.get(key).is_none() && !their.is_null() {
            found.push(format!("{key}: not seen by us, {their} to clients"));
        }
    }
    found
}

fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in theirs {
                if let Some(our) = ours.get(key) {
                    compare(&format!("{path}.{key}"), our, value, found);
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            ours.iter().zip(theirs).for_each(|(our, their)| compare(&format!("{path}[]"), our, their, found));
        }
        _ if ours == theirs || theirs.is_null() => {}
        // Our numbers are 64 bits wide, and a word's spelling is normalised.
        (Value::Number(ours), Value::Number(theirs)) if ours.as_f64() == theirs.as_f64() => {}
        _ => found.push(format!("{path}: {ours} to us, {theirs} to clients")),
    }
}

/// Holds every text that we take against the other reader.
fn held(texts: &[String]) -> usize {
    let mut taken = 0;
    let mut wrong = String::new();
    for (text, their) in texts.iter().zip(theirs(texts)) {
        let Some(manifest) = ours(text) else { continue };
        taken += 1;
        if their.is_null() {
            wrong.push_str(&format!("clients refuse what we take:\n{text:?}\n\n"));
        } else {
            let differences = differences(&manifest, &their);
            if !differences.is_empty() {
                wrong.push_str(&format!("{}\n{text:?}\n\n", differences.join("\n")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    taken
}

#[test]
fn what_stands_between_two_versions_of_yaml_is_refused_or_read_alike() {
    let texts: Vec<String> = ADDED
        .iter()
        .flat_map(|added| {
            let inside = FULL.replacen("title:", &format!("{}title:", added.replace("x-a", "x-b")), 1);
            [format!("{FULL}{added}"), inside]
        })
        .chain([FULL.to_owned(), FULL.replace('\n', "\r\n"), FULL.replace('\n', "\r"), format!("\u{feff}{FULL}")])
        .collect();
    assert!(held(&texts) >= 40, "too few of the texts are taken for this to show anything");
}

#[test]
fn mutations_that_we_take_are_read_alike() {
    let mut draw = Draw(7);
    let texts: Vec<String> = (0..2_000).map(|_| mutated(&mut draw)).collect();
    assert!(held(&texts) >= 200, "too few of the mutations are taken for this to show anything");
}
