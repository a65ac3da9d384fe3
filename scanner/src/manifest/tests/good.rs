//! Manifests that are read, with what they become.

use super::{check_bytes, rules_of, told, with};

pub(super) const FULL: &str = r#"# Everything that a manifest can say.
name: weather
version: 1.2.0-beta.1
type: tool
category: utility
title: Weather
description: Tells the weather of a place.
long_description: |
  # Weather

  Now, and for the next days.
author:
  name: Ada Lovelace
  email: ada@example.org
  url: https://example.org/ada
  github: ada-l
license: Apache-2.0
homepage: https://example.org/weather
repository: https://example.org/weather.git
documentation: https://example.org/weather/docs
entry_point: weather.plugin:Weather
requirements:
  python: ">=3.10,<4"
  agenticraft: ">=0.2.0a0"
  dependencies:
    - {name: web-search, version: "^1.0.0", optional: true}
  system: {ffmpeg: ">=4"}
config:
  - name: api_key
    description: Key of the service
    type: str
    required: true
    env_var: WEATHER_API_KEY
  - {name: days, description: How far ahead, type: int, default_value: 3}
  - {name: country, description: Where, type: str, default_value: "no"}
tags: [weather, forecast]
capabilities: [forecast]
endpoints:
  - path: /forecast
    description: Tells the weather
    input_schema: {type: object, properties: {place: {type: string, maxLength: 80}}}
examples:
  - {title: Berlin, input: {place: Berlin, days: 2}, celsius: true, at: 52.5}
permissions:
  network: [api.example.org, "*.example.net"]
  filesystem: none
  subprocess: false
  environment: [WEATHER_API_KEY]
"#;

#[test]
fn a_full_manifest_is_read_field_by_field() {
    let check = check_bytes(FULL.as_bytes());
    assert_eq!(rules_of(&check), Vec::<&str>::new(), "{}", told(&check));
    insta::assert_json_snapshot!(check.manifest);
}

#[test]
fn the_smallest_manifest_gets_the_defaults_and_is_told_of_the_prerelease() {
    let check = check_bytes(with(&[]).as_bytes());
    insta::assert_json_snapshot!(check.manifest);
    insta::assert_snapshot!(told(&check));
}

#[test]
fn a_range_without_a_python_is_warned_of() {
    let requirements =
        |python: &str| check_bytes(with(&[("requirements", &format!("{{python: \"{python}\"}}"))]).as_bytes());
    for python in [">=4,<3", ">3.12,<3.12", ">=4", "<2", "==3.10,==3.11", "~=4.0", "===3.10"] {
        let check = requirements(python);
        assert_eq!(rules_of(&check), ["AL-MANIFEST-no-python"], "{python}");
        assert!(check.manifest.is_some(), "{python}");
    }
    for python in [">=3.10", ">=3.8,<4", "==3.12.*", "~=3.10", "!=3.11", "<3", ">3.12,<3.13", "==3.9.18"] {
        assert_eq!(rules_of(&requirements(python)), Vec::<&str>::new(), "{python}");
    }
}

#[test]
fn carriage_returns_flow_style_and_aliases_are_honest() {
    let crlf = with(&[]).replace('\n', "\r\n");
    assert!(check_bytes(crlf.as_bytes()).manifest.is_some());
    let flow = "{name: weather, version: 1.0.0, type: tool, title: Weather, description: Tells it., \
                author: {name: Ada}, entry_point: 'weather.plugin:Weather'}";
    assert!(check_bytes(flow.as_bytes()).manifest.is_some());
    let alias = with(&[("tags", "&words [weather, forecast]"), ("capabilities", "*words")]);
    let check = check_bytes(alias.as_bytes());
    assert_eq!(check.manifest.expect("read").capabilities, ["weather", "forecast"]);
}

#[test]
fn text_that_only_newer_readers_take_for_a_number_is_kept_and_told() {
    let text = with(&[("title", "1e3"), ("tags", "[0o17, 089, \"yes\", y]"), ("country", "no"), ("mode", "012")]);
    let check = check_bytes(text.as_bytes());
    let manifest = check.manifest.as_ref().expect("read");
    assert_eq!(manifest.title, "1e3");
    assert_eq!(manifest.tags, ["0o17", "089", "yes", "y"]);
    insta::assert_snapshot!(told(&check));
}

#[test]
fn text_that_clients_take_for_something_else_is_refused() {
    for (field, value) in [
        ("name", "no"),
        ("title", "yes"),
        ("title", "12"),
        ("title", "2026-01-02"),
        ("description", "1:30"),
        ("author", "{name: 3.10}"),
        ("tags", "[on]"),
        ("config", "[{name: true, description: b, type: int}]"),
    ] {
        let check = check_bytes(with(&[(field, value)]).as_bytes());
        assert_eq!(rules_of(&check), ["AL-MANIFEST-wrong-type"], "{field}: {value}\n{}", told(&check));
        let remedy = &check.findings[0].remedy;
        assert!(remedy.contains('"'), "{remedy}");
    }
}

#[test]
fn what_the_registry_owns_is_dropped_and_unknown_keys_are_kept() {
    let text = with(&[
        ("downloads", "1000000"),
        ("verified", "true"),
        ("rating", "5"),
        ("published_at", "2026-01-02"),
        ("updated_at", "2026-01-02"),
        ("homepgae", "https://example.org"),
        ("x-team", "{size: 3, names: [a, b]}"),
    ]);
    let check = check_bytes(text.as_bytes());
    let manifest = check.manifest.as_ref().expect("read");
    assert_eq!(manifest.extra.keys().collect::<Vec<_>>(), ["homepgae", "x-team"]);
    assert_eq!(manifest.extra["x-team"], serde_json::json!({"size": 3, "names": ["a", "b"]}));
    insta::assert_snapshot!(told(&check));
}

#[test]
fn warnings_and_notes_do_not_bar() {
    let long = "x".repeat(201);
    let text = with(&[
        ("description", &long),
        ("author", "{name: Ada, email: nobody, github: https://github.com/ada, phone: 1}"),
        ("homepage", "https://ada:secret@example.org"),
        ("tags", ""),
        ("license", "~"),
        ("requirements", "{dependencies: [{name: a-b, version: \">=1.0.0\"}, {name: a-b, optional: true}]}"),
        ("config", "[{name: a, description: b, type: int, default: 3}]"),
    ]);
    let check = check_bytes(text.as_bytes());
    assert!(check.manifest.is_some(), "{}", told(&check));
    insta::assert_snapshot!(told(&check));
}

#[test]
fn a_description_of_exactly_200_characters_is_fine() {
    let check = check_bytes(with(&[("description", &"é".repeat(200))]).as_bytes());
    assert_eq!(rules_of(&check), Vec::<&str>::new());
}

#[test]
fn the_manifest_survives_a_round_trip_with_null_defaults() {
    let manifest = check_bytes(FULL.as_bytes()).manifest.expect("read");
    let json = serde_json::to_value(&manifest).expect("a manifest is JSON");
    assert!(json["config"][0].as_object().expect("an object").contains_key("default_value"));
    assert_eq!(serde_json::from_value::<airlock_model::Manifest>(json).expect("reads back"), manifest);
}
