//! The JSON Schema and the checker agree: what one refuses the other refuses, for every
//! fault that a schema can express.

use std::str::FromStr as _;

use airlock_model::finding::Span;
use airlock_model::manifest::schema::schema;
use serde_json::Value;

use super::bad::ONE_FAULT;
use super::good::FULL;
use super::{check_bytes, told, with};
use crate::manifest::faults::Faults;
use crate::manifest::fields::{Lines, hidden};
use crate::manifest::{json, yaml};

/// Faults that no schema can express, or that are faults of YAML before there is a value to check: what is written, and
/// why the schema lets it pass.
const BEYOND_A_SCHEMA: &[(&str, &str, &str)] = &[
    ("title", "\"Weather\\U000E0041\"", "not every reader of patterns names characters beyond 16 bits alike"),
    ("entry_point", "weather.class:Weather", "the words that Python keeps for itself would be a list of their own"),
    ("requirements", "{dependencies: [{name: weather, optional: true}]}", "one field is held against another"),
    ("config", "[{name: a, description: b, type: float, default_value: .nan}]", "JSON has no such number"),
    ("x-limit", "99999999999999999999", "JSON readers differ in the numbers they hold"),
    ("x-limit", "[.inf]", "JSON has no such number"),
];

/// Good manifests, one line changed or added.
const GOOD: &[(&str, &str)] = &[
    ("version", "1.0.0-beta.1"),
    ("version", "10.20.30-rc-1.x.7"),
    ("name", "a1"),
    ("name", "web-search-2"),
    ("category", "~"),
    ("title", "\"Wetter ☀\\uFE0F für क्\\u200Dष\""),
    ("description", "\"Two\\n\\tlines.\""),
    ("requirements", "{python: \">=3.10, !=3.11.*,<4.0.0\", agenticraft: \"==0.2.0A0.post1.dev2\"}"),
    ("license", "BSD-3-Clause"),
    ("description", "\"Two\\nlines.\""),
    ("long_description", "\"\""),
    ("homepage", "HTTP://example.org:8080/a?b#c"),
    ("documentation", "https://[::1]:80/"),
    ("repository", "https://bücher.example/straße"),
    ("author", "{name: Ada, email: ~, url: https://example.org, github: ada, phone: 1}"),
    ("requirements", "{python: \">=3.10,<4\", agenticraft: \"~=0.2.0a0\", system: {ffmpeg: \">=4\"}}"),
    ("requirements", "{dependencies: [{name: web-search}, {name: a-b, version: \"1.*\", optional: true}]}"),
    (
        "requirements",
        "{dependencies: [{name: web-search, version: \"^0.2.1\"}, {name: a-b, version: \"=1.2.3-beta.1\"}]}",
    ),
    ("config", "[{name: a, description: b, type: int, default_value: [1, {b: ~}], required: true, env_var: A}]"),
    ("tags", "[]"),
    ("tags", "~"),
    ("capabilities", "[a, b]"),
    (
        "endpoints",
        "[{path: /a, description: b, input_schema: {type: object}}, {path: /c, method: GET, description: d}]",
    ),
    ("examples", "[{a: 1}, {}]"),
    ("permissions", "{network: [\"*\"], filesystem: ~, environment: [A_B, \"*\"], native_code: false}"),
    ("permissions", "{network: [api.example.org, \"*.example.net\", 127.0.0.1, \"::1\"], filesystem: write}"),
    ("x-team", "{size: 3}"),
    ("downloads", "17"),
];

/// The manifest as the client reads it, as JSON.
fn value(text: &str) -> Value {
    let mut faults = Faults::new(text);
    match yaml::read(text, &mut faults) {
        yaml::Document::Read(root) => json::json(&root, "", &mut faults),
        yaml::Document::Empty | yaml::Document::Unreadable => panic!("not a document: {text}"),
    }
}

fn validator() -> jsonschema::Validator {
    let schema = schema("https://plugins.example.org/api/v1/schema/plugin.json");
    assert!(jsonschema::draft7::meta::is_valid(&schema), "the schema is one");
    jsonschema::draft7::new(&schema).expect("the schema is one")
}

#[test]
fn both_take_what_is_good() {
    let validator = validator();
    let mut texts = vec![FULL.to_owned(), with(&[])];
    texts.extend(GOOD.iter().map(|line| with(&[*line])));
    for text in texts {
        let check = check_bytes(text.as_bytes());
        assert!(check.manifest.is_some(), "{text}\n{}", told(&check));
        let faults: Vec<String> = validator.iter_errors(&value(&text)).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{text}\n{faults:?}");
    }
}

#[test]
fn both_refuse_what_is_bad() {
    let validator = validator();
    for (key, written, rule) in ONE_FAULT {
        let text = with(&[(key, written)]);
        assert_eq!(check_bytes(text.as_bytes()).manifest, None, "{key}: {written}");
        let beyond = BEYOND_A_SCHEMA.iter().find(|(other, value, _)| other == key && value == written);
        let passes = validator.is_valid(&value(&text));
        assert_eq!(passes, beyond.is_some(), "{key}: {written} ({rule})");
    }
    for (key, written, why) in BEYOND_A_SCHEMA {
        assert!(ONE_FAULT.iter().any(|(other, value, _)| other == key && value == written), "{key}: {written}: {why}");
    }
}

#[test]
fn both_miss_each_required_field() {
    let validator = validator();
    for (missing, _) in super::SMALLEST {
        let text: String =
            with(&[]).lines().filter(|line| !line.starts_with(&format!("{missing}:"))).collect::<Vec<_>>().join("\n");
        assert_eq!(check_bytes(text.as_bytes()).manifest, None, "{missing}");
        assert!(!validator.is_valid(&value(&text)), "{missing}");
    }
}

#[test]
fn every_field_is_described_and_every_known_key_is_there() {
    let schema = schema("x");
    let properties = schema["properties"].as_object().expect("fields");
    let keys: Vec<&str> = properties.keys().map(String::as_str).collect();
    for key in crate::manifest::root::KNOWN {
        assert!(keys.contains(key), "{key}");
        assert!(properties[*key]["description"].as_str().is_some_and(|text| !text.is_empty()), "{key}");
    }
    assert_eq!(properties["type"]["enum"].as_array().map(Vec::len), Some(6));
    assert_eq!(properties["downloads"]["readOnly"], true);
}

/// One specifier after another, held against both readers.
#[test]
fn both_read_the_same_specifiers() {
    let schema = schema("x");
    let python = &schema["properties"]["requirements"]["properties"]["python"];
    let validator = jsonschema::draft7::new(python).expect("a schema of one field");
    let operators = ["", "==", "!=", ">=", "<=", ">", "<", "~=", "===", "=", "^", "=>", "~"];
    let versions = [
        "3",
        "3.10",
        "v3.10",
        "3.10.*",
        "3.*",
        "3.10.*.1",
        "*",
        "3.10a1",
        "3.10.RC1",
        "3.10-alpha.2",
        "3.10a.*",
        "3.10.post1",
        "3.10-1",
        "3.10.dev0",
        "3.10.dev",
        "3.10a1.post2.dev3",
        "1!3.10",
        "3.10+local.1",
        "3.10+",
        "3..10",
        "3.10.",
        "3.x",
        " 3.10 ",
        "",
        "three",
        "3.10,",
        "3.10,<4",
        "3.10,,<4",
        ",3.10",
        "3.10 <4",
        "3.10;",
    ];
    for operator in operators {
        for version in versions {
            let text = format!("{operator}{version}");
            let read = !text.trim().is_empty() && pep440_rs::VersionSpecifiers::from_str(&text).is_ok();
            assert_eq!(validator.is_valid(&Value::from(text.as_str())), read, "{text:?}");
        }
    }
}

/// Every character of 16 bits, in a text of one line and of several.
#[test]
fn both_bar_the_same_characters() {
    let schema = schema("x");
    let of = |field: &str| jsonschema::draft7::new(&schema["properties"][field]).expect("a schema of one field");
    let (line, lines) = (of("title"), of("description"));
    for c in (0..=0xffff).filter_map(char::from_u32) {
        let text = format!("a{c}b");
        for (validator, many) in [(&line, Lines::One), (&lines, Lines::Many)] {
            let mut faults = Faults::new("");
            let place = Span { line: 1, column: 1, end_line: 1, end_column: 2 };
            hidden(&text, "title", place, many, &mut faults);
            assert_eq!(validator.is_valid(&Value::from(text.as_str())), !faults.barred(), "U+{:04X}", u32::from(c));
        }
    }
}
