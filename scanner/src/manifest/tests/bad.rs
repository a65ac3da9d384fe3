//! Manifests that are not read, each with the findings that say why.

use airlock_model::limits::ScanLimits;
use airlock_model::{Tree, TreePath};

use super::{check, check_bytes, rules_of, told, with};

/// One fault each: what is written, and the rule that must say so, alone.
pub(super) const ONE_FAULT: &[(&str, &str, &str)] = &[
    ("name", "Weather", "AL-MANIFEST-name"),
    ("name", "we--ather", "AL-MANIFEST-name"),
    ("name", "json", "AL-MANIFEST-name"),
    ("name", "search", "AL-MANIFEST-name"),
    ("name", "\"..\"", "AL-MANIFEST-name"),
    ("name", "we%61ther", "AL-MANIFEST-name"),
    ("name", "ｗｅａｔｈｅｒ", "AL-MANIFEST-name"),
    ("name", "wеather", "AL-MANIFEST-name"),
    ("name", "\"\\u202ewea\"", "AL-MANIFEST-name"),
    ("name", "🌦weather", "AL-MANIFEST-name"),
    ("name", "CON", "AL-MANIFEST-name"),
    ("name", "con", "AL-MANIFEST-name"),
    ("name", "lpt9", "AL-MANIFEST-name"),
    ("name", "no", "AL-MANIFEST-wrong-type"),
    ("name", "[weather]", "AL-MANIFEST-wrong-type"),
    ("version", "1.0", "AL-MANIFEST-version"),
    ("version", "01.0.0", "AL-MANIFEST-version"),
    ("version", "1.0.0+linux", "AL-MANIFEST-version"),
    ("version", "1.0.٣", "AL-MANIFEST-version"),
    ("version", "\"1.0.0\\n\"", "AL-MANIFEST-version"),
    ("type", "plugin", "AL-MANIFEST-unknown-word"),
    ("type", "Tool", "AL-MANIFEST-unknown-word"),
    ("category", "utilities", "AL-MANIFEST-unknown-word"),
    ("license", "Apache 2.0", "AL-MANIFEST-unknown-word"),
    ("license", "MPL-2.0", "AL-MANIFEST-unknown-word"),
    ("title", "\"\"", "AL-MANIFEST-required"),
    ("title", "", "AL-MANIFEST-required"),
    ("title", "{en: Weather}", "AL-MANIFEST-wrong-type"),
    ("title", "12", "AL-MANIFEST-wrong-type"),
    ("title", "yes", "AL-MANIFEST-wrong-type"),
    ("title", "\"two\\nlines\"", "AL-MANIFEST-wrong-type"),
    ("title", "\"Weather\\u202e\"", "AL-MANIFEST-hidden-characters"),
    ("title", "\"\\e[31mWeather\"", "AL-MANIFEST-hidden-characters"),
    ("title", "\"Wea\\u200bther\"", "AL-MANIFEST-hidden-characters"),
    ("title", "\"\\u2028Weather\"", "AL-MANIFEST-hidden-characters"),
    ("title", "\"Weather\\U000E0041\"", "AL-MANIFEST-hidden-characters"),
    ("description", "\"Tells\\u202e it.\"", "AL-MANIFEST-hidden-characters"),
    ("long_description", "\"Tells\\u0007 it.\"", "AL-MANIFEST-hidden-characters"),
    ("tags", "[\"a\\u2066b\"]", "AL-MANIFEST-hidden-characters"),
    ("author", "Ada Lovelace <ada@example.org>", "AL-MANIFEST-wrong-type"),
    ("author", "{email: ada@example.org}", "AL-MANIFEST-required"),
    ("author", "{name: Ada, url: \"javascript:alert(1)\"}", "AL-MANIFEST-url"),
    ("homepage", "example.org", "AL-MANIFEST-url"),
    ("repository", "git@example.org:ada/weather.git", "AL-MANIFEST-url"),
    ("documentation", "http//x", "AL-MANIFEST-url"),
    ("documentation", "[https://example.org]", "AL-MANIFEST-wrong-type"),
    ("entry_point", "weather/plugin.py:Weather", "AL-MANIFEST-entry-point"),
    ("entry_point", "weather.plugin.Weather", "AL-MANIFEST-entry-point"),
    ("entry_point", "weather.class:Weather", "AL-MANIFEST-entry-point"),
    ("requirements", "[python]", "AL-MANIFEST-wrong-type"),
    ("requirements", "{python: 3.10}", "AL-MANIFEST-specifier"),
    ("requirements", "{python: \"^3.10\"}", "AL-MANIFEST-specifier"),
    ("requirements", "{python: \">=3.10,\"}", "AL-MANIFEST-specifier"),
    ("requirements", "{python: \">=3.10.*\"}", "AL-MANIFEST-specifier"),
    ("requirements", "{python: \"~=3\"}", "AL-MANIFEST-specifier"),
    ("requirements", "{agenticraft: \"0.2.x\"}", "AL-MANIFEST-specifier"),
    ("requirements", "{dependencies: {web-search: \"*\"}}", "AL-MANIFEST-wrong-type"),
    ("requirements", "{dependencies: [\"web-search>=1.0\"]}", "AL-MANIFEST-wrong-type"),
    ("requirements", "{dependencies: [{version: \"*\"}]}", "AL-MANIFEST-required"),
    (
        "requirements",
        "{dependencies: [{name: web-search, version: \"==1.0\", optional: true}]}",
        "AL-MANIFEST-dependency",
    ),
    ("requirements", "{dependencies: [{name: Web_Search, optional: true}]}", "AL-MANIFEST-dependency"),
    ("requirements", "{dependencies: [{name: weather, optional: true}]}", "AL-MANIFEST-dependency"),
    ("requirements", "{dependencies: [{name: web-search, optional: maybe}]}", "AL-MANIFEST-wrong-type"),
    ("requirements", "{system: [ffmpeg]}", "AL-MANIFEST-wrong-type"),
    ("config", "{name: api_key}", "AL-MANIFEST-wrong-type"),
    ("config", "[{description: b, type: str}]", "AL-MANIFEST-required"),
    ("config", "[{name: a, description: b, type: float, default_value: .nan}]", "AL-MANIFEST-not-json"),
    ("tags", "weather, forecast", "AL-MANIFEST-wrong-type"),
    ("tags", "[weather, ~]", "AL-MANIFEST-wrong-type"),
    ("tags", "[weather, [forecast]]", "AL-MANIFEST-wrong-type"),
    ("endpoints", "[{description: b}]", "AL-MANIFEST-required"),
    ("endpoints", "[{path: /a, description: b, input_schema: str}]", "AL-MANIFEST-wrong-type"),
    ("examples", "[hello]", "AL-MANIFEST-wrong-type"),
    ("permissions", "all", "AL-MANIFEST-wrong-type"),
    ("permissions", "{networks: [a.org]}", "AL-MANIFEST-permissions"),
    ("permissions", "{network: [\"https://api.example.org/v1\"]}", "AL-MANIFEST-permissions"),
    ("permissions", "{network: true}", "AL-MANIFEST-wrong-type"),
    ("permissions", "{filesystem: rw}", "AL-MANIFEST-unknown-word"),
    ("permissions", "{filesystem: all}", "AL-MANIFEST-unknown-word"),
    ("permissions", "{subprocess: \"true\"}", "AL-MANIFEST-wrong-type"),
    ("permissions", "{environment: [\"A=B\"]}", "AL-MANIFEST-permissions"),
    ("x-limit", "99999999999999999999", "AL-MANIFEST-not-json"),
    ("x-limit", "[.inf]", "AL-MANIFEST-not-json"),
];

#[test]
fn each_fault_is_one_finding_with_its_place_and_remedy() {
    let mut all = String::new();
    for (key, value, rule) in ONE_FAULT {
        let check = check_bytes(with(&[(key, value)]).as_bytes());
        assert_eq!(rules_of(&check), [*rule], "{key}: {value}\n{}", told(&check));
        assert_eq!(check.manifest, None, "{key}: {value}");
        let finding = check.findings.iter().find(|finding| finding.rule == *rule).expect("found above");
        assert!(finding.line.is_some() && finding.column.is_some(), "{key}: {value}");
        all.push_str(&format!(
            "{key}: {value}\n  {}:{} {}\n  > {}\n",
            finding.line.unwrap_or(0),
            finding.column.unwrap_or(0),
            finding.message,
            finding.remedy
        ));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_remedy_for_no_specifier_is_one() {
    for (written, remedy) in [
        ("{python: \"\"}", "Write `python: \">=3.10\"`."),
        ("{python: \" \"}", "Write `python: \">=3.10\"`."),
        ("{agenticraft: \"\"}", "Write `agenticraft: \">=0.2.0a0\"`."),
    ] {
        let check = check_bytes(with(&[("requirements", written)]).as_bytes());
        let found = check.findings.iter().find(|finding| finding.rule == "AL-MANIFEST-specifier");
        assert_eq!(found.map(|finding| finding.remedy.as_str()), Some(remedy), "{written}\n{}", told(&check));
        assert_eq!(check.manifest, None, "{written}");
    }
}

#[test]
fn a_list_or_mapping_of_any_size_is_told_in_one_line() {
    let long = format!("[{}]", "{a: [b, \"\\u202e\"]}, ".repeat(2000));
    let check = check_bytes(with(&[("title", &long)]).as_bytes());
    let found = check.findings.iter().find(|finding| finding.rule == "AL-MANIFEST-wrong-type").expect("no text");
    assert!(
        found.message.starts_with("`title` must be text, but it is a list '[{a: [b, \\u{202e}]}, {a: [b, "),
        "{found:?}"
    );
    assert!(found.message.ends_with("…'") && found.message.chars().count() < 250, "{}", found.message);
}

#[test]
fn every_required_field_that_is_missing_is_named_at_once() {
    insta::assert_snapshot!(told(&check_bytes(b"license: MIT\n")));
}

#[test]
fn all_faults_are_told_in_one_pass() {
    let text = "name: Weather Tool\nversion: 1.0\ntype: tools\ndesciption: Tells it.\nlicense: mit\nlicense: MIT\n\
                author: Ada\nhomepage: example.org\nentry_point: weather\ntags: weather\n\
                requirements:\n  python: ^3.10\n  dependencies:\n    - name: web-search\n      version: 1.0\n\
                permissions:\n  subproces: true\n1: one\n";
    insta::assert_snapshot!(told(&check_bytes(text.as_bytes())));
}

#[test]
fn a_manifest_that_is_no_mapping_is_one_finding() {
    for text in ["- name: weather\n- version: 1.0.0\n", "weather\n", "", "# nothing\n", "~\n", "---\n...\n"] {
        assert_eq!(rules_of(&check_bytes(text.as_bytes())), ["AL-MANIFEST-not-a-mapping"], "{text:?}");
    }
    insta::assert_snapshot!(told(&check_bytes(b"- name: weather\n- version: 1.0.0\n")));
}

#[test]
fn a_missing_manifest_names_what_was_likely_meant() {
    let mut tree = Tree::new();
    let none = check(&tree, &ScanLimits::default());
    tree.insert(TreePath::new("src/plugin.yml").expect("a plain path"), b"name: weather".to_vec());
    let near = check(&tree, &ScanLimits::default());
    insta::assert_snapshot!(format!("{}{}", told(&none), told(&near)));
}

#[test]
fn an_entry_point_that_is_not_there_names_what_is() {
    let mut all = String::new();
    for entry_point in ["weather.plugins:Weather", "sun.moon:Weather", "weather.plugin:Wether", "weather.plugin:Tool"] {
        let check = check_bytes(with(&[("entry_point", entry_point)]).as_bytes());
        assert_eq!(rules_of(&check), ["AL-MANIFEST-entry-point-missing"], "{entry_point}");
        assert_eq!(check.manifest, None);
        all.push_str(&format!("# {entry_point}\n{}", told(&check)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_older_dialect_is_exactly_one_finding_that_rewrites_it() {
    let text = r#"name: weather
version: 1.0.0
description: Tells the weather of a place.
author: Ada Lovelace <ada@example.org>
python_requires: ">=3.10"
metadata:
  category: utility
  tags: [weather, forecast]
  homepage: https://example.org
  icon: sun.png
tools:
  - name: forecast
    class: Forecast
  - now
dependencies:
  requests: ">=2.28"
  web_search: 1.x
configuration:
  api_key:
    type: str
    required: true
    description: Key of the service
  days: {type: int, default: 3}
  units: metric
"#;
    let check = check_bytes(text.as_bytes());
    assert_eq!(check.findings.len(), 1, "{}", told(&check));
    insta::assert_snapshot!(told(&check));
}

#[test]
fn keys_of_the_older_dialect_in_a_manifest_of_ours_are_only_unknown() {
    let check = check_bytes(with(&[("tools", "[forecast]"), ("metadata", "{icon: sun}")]).as_bytes());
    assert!(check.manifest.is_some(), "{}", told(&check));
    assert_eq!(rules_of(&check), Vec::<&str>::new());
}
