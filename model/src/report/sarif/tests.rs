use serde_json::{Value, json};

use super::rules::camel;
use super::{address, render, render_with};
use crate::escape;
use crate::finding::Evidence;
use crate::report::samples::{SHELL, full, hostile};
use crate::report::{Report, Suppressed, Unread};

#[test]
fn a_full_report_becomes_one_run() {
    insta::assert_json_snapshot!(render(&full()));
}

#[test]
fn every_result_points_to_its_rule() {
    let log = render(&full());
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 4);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
}

#[test]
fn only_the_waived_finding_is_suppressed() {
    let log = render(&full());
    let suppressed: Vec<&Value> = log["runs"][0]["results"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|result| result["suppressions"] != json!([]))
        .collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["ruleId"], "AL-FLOW-secret-to-network");
    assert_eq!(suppressed[0]["suppressions"][0]["justification"], "reviewed by kim on 2 May");
    assert_eq!(suppressed[0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_way_of_a_flow_is_stepped_through_in_its_order() {
    let mut report = full();
    let finding = &mut report.findings[0];
    finding.rule = "AL-FLOW-x-to-y".into();
    finding.evidence.clear();
    for (line, message) in [(3, "comes in"), (5, "goes on"), (9, "goes out")] {
        finding.evidence.push(Evidence { file: Some("a.py".into()), line: Some(line), message: message.into() });
    }
    let flow = &render(&report)["runs"][0]["results"][0]["codeFlows"][0];
    assert_eq!(flow["message"]["text"], "comes in; goes out");
    let steps = flow["threadFlows"][0]["locations"].as_array().expect("a list");
    let shown: Vec<(&Value, &Value, &Value)> = steps
        .iter()
        .map(|step| {
            let place = &step["location"]["physicalLocation"]["region"]["startLine"];
            (place, &step["executionOrder"], &step["importance"])
        })
        .collect();
    let [one, two, three] = [1, 2, 3].map(Value::from);
    let lines = [3, 5, 9].map(Value::from);
    let (essential, important) = (json!("essential"), json!("important"));
    assert_eq!(shown, [(&lines[0], &one, &essential), (&lines[1], &two, &important), (&lines[2], &three, &essential)]);
}

#[test]
fn other_evidence_is_a_way_only_when_it_leads_from_place_to_place() {
    let mut report = full();
    report.findings.truncate(1);
    let with = |steps: &[Option<u32>]| {
        let mut report = report.clone();
        report.findings[0].rule = "AL-CODE-x".into();
        let step = |line| Evidence { file: Some("a.py".into()), line, message: "x".into() };
        report.findings[0].evidence = steps.iter().copied().map(step).collect();
        render(&report)["runs"][0]["results"][0].get("codeFlows").is_some()
    };
    assert!(with(&[Some(1), Some(2)]));
    assert!(!with(&[Some(1)]) && !with(&[Some(1), None]) && !with(&[]));
}

#[test]
fn a_rules_page_becomes_its_help() {
    let log = render_with(&full(), &|id| (id == SHELL.id).then_some(&SHELL));
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("a list");
    let shell = rules.iter().find(|rule| rule["id"] == SHELL.id).expect("it is there");
    assert_eq!(shell["help"]["markdown"], SHELL.doc);
    assert_eq!(shell["properties"]["tags"], json!(["security", "external/cwe/cwe-078"]));
    assert_eq!(shell["properties"]["security-severity"], "8.0");
}

#[test]
fn only_whole_addresses_become_help_addresses() {
    let mut report = full();
    assert_eq!(render(&report)["runs"][0]["tool"]["driver"]["rules"][0].get("helpUri"), None);
    for finding in &mut report.findings {
        finding.url = format!("https://plugins.example.org{}", finding.url);
    }
    let uri = &render(&report)["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"];
    assert_eq!(uri, "https://plugins.example.org/rules/AL-CAPABILITY-network");
}

#[test]
fn nothing_of_a_hostile_plugin_gets_through() {
    let log = render(&hostile());
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], region.get("endLine")), (&json!(3), None));
    fn texts(value: &Value, out: &mut Vec<String>) {
        match value {
            Value::String(text) => out.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| texts(value, out)),
            Value::Object(map) => map.values().for_each(|value| texts(value, out)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut all = Vec::new();
    texts(&log, &mut all);
    for text in all {
        assert!(text.chars().all(|c| matches!(c, '\n' | '\t') || escape::is_plain(c)), "{text:?}");
    }
}

#[test]
fn an_empty_report_is_a_log_as_well() {
    let log = render(&Report::new("airlock 0.1.0"));
    assert_eq!(log["runs"][0]["results"], json!([]));
    assert_eq!(log["runs"][0]["tool"]["driver"]["semanticVersion"], "0.1.0");
}

#[test]
fn paths_and_names_are_written_as_sarif_wants_them() {
    assert_eq!(address("a b/ü%2e#?.py"), "a%20b/%C3%BC%252e%23%3F.py");
    assert_eq!(camel("AL-CODE-os-system"), "CodeOsSystem");
    assert_eq!(camel("x"), "");
}

#[test]
fn what_comments_set_aside_is_shown_and_suppressed() {
    let mut report = full();
    let finding = report.findings.remove(0);
    report.suppressed = vec![Suppressed { finding, comment: "# nosec \u{1b}[2J".into() }];
    report.known = Some(3);
    report.unread = vec![Unread { path: "a\u{202e}".into(), why: "Permission denied".into() }];
    let log = render(&report);
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("a list");
    assert_eq!(results.len(), 4);
    let last = results.last().expect("one");
    assert_eq!(last["suppressions"][0]["kind"], "inSource");
    assert_eq!(last["suppressions"][0]["justification"], "# nosec \\u{1b}[2J");
    assert!(results.iter().all(|result| result["baselineState"] == "new"));
    assert_eq!(run["properties"]["knownCount"], 3);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let told = run["invocations"][0]["toolExecutionNotifications"].as_array().expect("a list");
    assert_eq!(told.last().expect("one")["message"]["text"], "a\\u{202e} was not looked at: Permission denied");
}
