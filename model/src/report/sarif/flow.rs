//! The way of data through the code, as a code flow: editors step through it.

use serde_json::{Value, json};

use super::{location, text};
use crate::finding::{Evidence, Finding};

/// The code flow of a finding whose evidence is a way; absent for other findings.
pub(super) fn of(finding: &Finding) -> Option<Value> {
    if !is_way(finding) {
        return None;
    }
    let last = finding.evidence.len() - 1;
    let steps: Vec<Value> = finding
        .evidence
        .iter()
        .enumerate()
        .map(|(index, step)| {
            // What a viewer shows when it shows little: where it comes from and where it goes.
            let importance = if index == 0 || index == last { "essential" } else { "important" };
            json!({ "location": location(step, None), "executionOrder": index + 1, "importance": importance })
        })
        .collect();
    let mut flow = json!({ "threadFlows": [{ "locations": steps }] });
    if let [first, .., last] = finding.evidence.as_slice() {
        flow["message"] = text(&format!("{}; {}", first.message, last.message));
    }
    Some(flow)
}

/// Whether the evidence is a way: that of a flow rule, or more than one place in files.
fn is_way(finding: &Finding) -> bool {
    let has_place = |step: &Evidence| step.file.is_some() && step.line.is_some_and(|line| line > 0);
    let is_flow = finding.rule.starts_with("AL-FLOW-") && !finding.evidence.is_empty();
    is_flow || (finding.evidence.len() > 1 && finding.evidence.iter().all(has_place))
}
