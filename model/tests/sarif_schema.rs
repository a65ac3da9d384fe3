//! SARIF against the published schema, which the test script fetches into `tests/.cache`.

use std::path::Path;

use airlock_model::finding::{Capability, Confidence, Finding, Permission, RuleMeta, Severity, Span};
use airlock_model::report::{Suppressed, Unread, sarif};
use airlock_model::run::{Outcome, RunReport};
use airlock_model::verdict::{Waiver, judge};
use airlock_model::{Policy, Report, ValidationId, ValidationState, fingerprint};

const RULE: RuleMeta = RuleMeta {
    id: "AL-FLOW-secret-to-network",
    title: "A secret flows to the network",
    severity: Severity::Critical,
    confidence: Confidence::High,
    cwe: Some(200),
    bandit: &["B501"],
    ruff: &[],
    remedy: "Do not send it.",
    doc: "## What it finds\nSecrets.\n",
};

fn schema() -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/.cache/sarif-schema-2.1.0.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("the SARIF schema is not at {}: {error}; scripts/test fetches it before the tests run", path.display())
    });
    serde_json::from_str(&text).expect("the schema is JSON")
}

fn finding(file: Option<&str>, span: Option<Span>, snippet: Option<&str>) -> Finding {
    let mut finding = Finding::of(&RULE, "a secret \u{1b}[31m reaches\nthe network");
    finding.file = file.map(str::to_owned);
    finding.snippet = snippet.map(str::to_owned);
    if let Some(span) = span {
        finding = finding.at(span);
    }
    finding.url = format!("https://plugins.example.org{}", finding.url);
    finding
        .capability(Capability::Network)
        .evidence(Some("a b/ü.py"), Some(0), "from here")
        .evidence(None, Some(3), "through there")
        .evidence(Some("c.py"), Some(7), "to here")
}

/// Reports that use every part of the rendering, honest and odd.
fn reports() -> Vec<Report> {
    let zero = Span { line: 0, column: 0, end_line: 0, end_column: 0 };
    let back = Span { line: 9, column: 8, end_line: 3, end_column: 1 };
    let good = Span { line: 2, column: 3, end_line: 2, end_column: 9 };
    let mut findings = vec![
        finding(None, None, None),
        finding(Some("plugin.yaml"), None, Some("x")),
        finding(Some("weather/ü#?%.py"), Some(good), Some("secret")),
        finding(Some("weather/b.py"), Some(good), Some("a = secret()")),
        finding(Some("weather/c.py"), Some(back), Some("")),
        finding(Some("weather/d.py"), Some(zero), None),
    ];
    for (finding, permission) in findings.iter_mut().zip([Permission::Absent, Permission::Declared, Permission::Beyond])
    {
        finding.permission = Some(permission);
    }
    let findings = fingerprint::settle(findings);
    let waivers = [Waiver { fingerprint: findings[0].fingerprint.clone(), because: "reviewed".into() }];
    let run = RunReport::of("wasm", Outcome::Crashed { how: "signal 11".into() });
    let mut full = Report::new("airlock 0.1.0").judged(judge(&Policy::default(), &findings, Some(&run), &waivers));
    full.tests = Some(run);
    full.state = Some(ValidationState::Rejected);
    full.validation = "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f".parse::<ValidationId>().ok();
    full.plugin = "weather".parse().ok();
    full.version = "1.0.0-beta.1".parse().ok();
    let mut errored = Report::new("airlock unknown");
    errored.state = Some(ValidationState::Errored);
    errored.tests_not_run = Some("the package is condemned already".into());
    let mut compared = Report::new("airlock 0.1.0").with_findings(findings.clone());
    let aside = compared.findings.remove(0);
    compared.suppressed = vec![Suppressed { finding: aside, comment: "# nosec B501".into() }];
    compared.known = Some(2);
    compared.unread = vec![Unread { path: "locked.py".into(), why: "permission denied".into() }];
    vec![full, errored, compared, Report::new("airlock 0.1.0").with_findings(findings)]
}

#[test]
fn what_we_render_is_valid_against_the_published_schema() {
    let schema = jsonschema::options().should_validate_formats(true).build(&schema()).expect("the schema is a schema");
    for report in reports() {
        for log in [sarif::render(&report), sarif::render_with(&report, &|_| Some(&RULE))] {
            let faults: Vec<String> =
                schema.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(faults.is_empty(), "{}\n{log:#}", faults.join("\n"));
        }
    }
}

#[test]
fn the_schema_refuses_what_is_no_sarif() {
    let schema = jsonschema::validator_for(&schema()).expect("the schema is a schema");
    assert!(!schema.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{ "results": [] }] })));
}
