//! The report as SARIF 2.1.0.

use serde_json::{Value, json};

use super::Report;

/// Renders a report as one SARIF log with one run.
#[must_use]
pub fn render(report: &Report) -> Value {
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| json!({"ruleId": finding.rule, "message": {"text": finding.message}}))
        .collect();
    json!({
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "Airlock"}}, "results": results}],
    })
}
