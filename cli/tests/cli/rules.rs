//! `rules`: the list that other tools read, and the pages.

use serde_json::Value;

use crate::Place;

#[test]
fn json_lists_every_rule_in_the_shape_that_tools_read() {
    let list = Place::new().run(&["rules", "--format", "json"]).json();
    let list = list.as_array().expect("a list");
    let ids: Vec<&str> = list.iter().map(|rule| rule["id"].as_str().expect("an id")).collect();
    assert!(ids.is_sorted() && ids.len() > 40, "{ids:?}");
    for group in ["ARCHIVE", "MANIFEST", "FILES", "CODE", "FLOW", "MALWARE", "CAPABILITY", "TESTS"] {
        assert!(ids.iter().any(|id| id.starts_with(&format!("AL-{group}-"))), "no rule of {group}");
    }
    for rule in list {
        let keys: Vec<&String> = rule.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["confidence", "cwe", "equivalents", "id", "severity", "title"]);
        assert!(rule["cwe"].is_null() || rule["cwe"].as_str().is_some_and(|cwe| cwe.starts_with("CWE-")));
        assert!(["bandit", "ruff"].iter().all(|tool| rule["equivalents"][tool].as_array().is_some()), "{rule}");
    }
}

#[test]
fn a_rule_has_a_page() {
    let place = Place::new();
    let list = place.run(&["rules", "--format", "json"]).json();
    let first = list[0]["id"].as_str().expect("an id").to_owned();
    let page = place.run(&["rules", &first]);
    assert_eq!(page.code(), 0);
    assert!(page.stdout().contains("## What it finds") && page.stdout().contains("## Remedy"));
    assert!(matches!(place.run(&["rules", &first, "--format", "json"]).json(), Value::Array(one) if one.len() == 1));
}

#[test]
fn an_unknown_rule_names_the_nearest() {
    insta::assert_snapshot!(Place::new().run(&["rules", "al-archive-not-an-archiv"]).whole());
}
