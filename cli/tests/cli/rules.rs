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
    assert!(page.stdout().contains("\nWhat it finds\n") && page.stdout().contains("\nRemedy: "), "{}", page.stdout());
    let markdown = place.run(&["rules", &first, "--format", "markdown"]).stdout();
    let published = std::fs::read_to_string(format!("{}/../docs/rules/{first}.md", env!("CARGO_MANIFEST_DIR")));
    assert_eq!(markdown, published.expect("the page is there"), "the page that is published");
    assert_eq!(place.run(&["rules", &first.to_ascii_lowercase()]).stdout(), page.stdout());
    assert!(matches!(place.run(&["rules", &first, "--format", "json"]).json(), Value::Array(one) if one.len() == 1));
}

#[test]
fn an_unknown_rule_names_the_nearest() {
    insta::assert_snapshot!(Place::new().run(&["rules", "al-archive-not-an-archiv"]).whole());
}

#[test]
fn a_rule_that_is_like_none_is_told_without_a_guess() {
    let run = Place::new().run(&["rules", "nothing"]);
    assert!(
        !run.stderr().contains("nearest") && run.stderr().contains("`airlock rules` lists them all"),
        "{}",
        run.stderr()
    );
}

#[test]
fn a_page_reads_well() {
    insta::assert_snapshot!(Place::new().run(&["rules", "AL-CODE-yaml-load"]).whole());
}

#[test]
fn the_list_can_be_a_table() {
    let table = Place::new().run(&["rules", "--format", "markdown"]).stdout();
    assert!(table.starts_with("| rule | finds |") && table.lines().count() > 40, "{table}");
}
