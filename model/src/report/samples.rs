//! Reports for the tests of the renderings: one of everything, one hostile.

use super::Report;
use crate::advisory::AdvisoryCheck;
use crate::difference::{
    CapabilityChanges, Difference, FileChange, FindingChange, Listed, PermissionChange, RequirementChange, Step,
    TextChange, Widened,
};
use crate::digest::Sha256;
use crate::finding::{Capability, Confidence, Decision, Finding, Permission, PolicyAction, RuleMeta, Severity, Span};
use crate::fingerprint;
use crate::inspection::{CapabilityUse, FileEntry, FileKind};
use crate::inventory::{Requirement, RequirementKind, Scope};
use crate::observed::{During, Observed};
use crate::policy::Policy;
use crate::probe::{Attempt, ProbeEnding, ProbeReport};
use crate::run::{Collection, Outcome, Resources, RunReport, SeenBy, TestOutcome, TestResult};
use crate::verdict::{Waiver, judge};

/// A rule of the CODE group.
pub(crate) const SHELL: RuleMeta = RuleMeta {
    id: "AL-CODE-os-system",
    title: "A shell command built from input",
    severity: Severity::High,
    confidence: Confidence::High,
    cwe: Some(78),
    bandit: &["B605"],
    ruff: &["S605"],
    remedy: "Use `subprocess.run` with a list of arguments and no shell.",
    doc: "## What it finds\nShell commands built from input.\n",
};

const FLOW: RuleMeta = RuleMeta {
    id: "AL-FLOW-secret-to-network",
    title: "A secret flows to the network",
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    cwe: Some(200),
    remedy: "Do not send it.",
    bandit: &[],
    ruff: &[],
    doc: "",
};

const SOCKET: RuleMeta = RuleMeta {
    id: "AL-CAPABILITY-network",
    title: "Uses the network",
    severity: Severity::Medium,
    confidence: Confidence::High,
    cwe: None,
    remedy: "Declare it under `permissions`.",
    bandit: &[],
    ruff: &[],
    doc: "",
};

const README: RuleMeta = RuleMeta {
    id: "AL-FILES-no-readme",
    title: "No README",
    severity: Severity::Low,
    confidence: Confidence::High,
    cwe: None,
    remedy: "Add README.md.",
    bandit: &[],
    ruff: &[],
    doc: "",
};

const fn span(line: u32, column: u32, end_column: u32) -> Span {
    Span { line, column, end_line: line, end_column }
}

fn findings() -> Vec<Finding> {
    let mut network = Finding::of(&SOCKET, "`requests.get` reaches the network")
        .in_file("weather/web.py")
        .at(span(7, 9, 26))
        .snippet("requests.get(url)")
        .capability(Capability::Network);
    network.permission = Some(Permission::Declared);
    vec![
        Finding::of(&SHELL, "`os.system` runs a command that holds the parameter `place`")
            .in_file("weather/plugin.py")
            .at(span(12, 5, 38))
            .snippet("    os.system(f\"weather --at {place}\")\n    return None")
            .evidence(Some("weather/plugin.py"), Some(9), "`place` comes from outside"),
        Finding::of(&FLOW, "`OPENAI_API_KEY` reaches `requests.post`")
            .in_file("weather/web.py")
            .at(Span { line: 20, column: 6, end_line: 22, end_column: 2 })
            .snippet("\tx = requests.post(\n    url, data=key\n)")
            .evidence(Some("weather/web.py"), Some(18), "read from the environment")
            .evidence(Some("weather/web.py"), Some(20), "sent"),
        network,
        Finding::of(&README, "there is no README"),
    ]
}

fn run() -> RunReport {
    let test = |id: &str, outcome, message: Option<&str>| TestResult {
        id: format!("tests/test_weather.py::{id}"),
        outcome,
        duration_ms: 12,
        message: message.map(str::to_owned),
    };
    RunReport {
        tests: vec![
            test("test_now", TestOutcome::Passed, None),
            test("test_later", TestOutcome::Failed, Some("assert 'sun' == 'rain'\n  where 'sun' = now()")),
            test("test_never", TestOutcome::Skipped, None),
        ],
        resources: Resources {
            wall_ms: 812,
            cpu_ms: 640,
            peak_memory_bytes: 40 << 20,
            output_bytes: 210,
            ..Resources::default()
        },
        collection: Some(Collection {
            tests: 2,
            resources: Resources { wall_ms: 290, cpu_ms: 270, processes: 1, ..Resources::default() },
        }),
        observed: vec![Observed {
            capability: Capability::Network,
            during: During::Import,
            seen_by: SeenBy::Guest,
            attempts: 1,
            first: "socket.getaddrinfo weather.example".into(),
            permission: Permission::Declared,
            in_source: true,
        }],
        probe: Some(Box::new(ProbeReport {
            attempts: vec![attempt("socket.getaddrinfo", "weather.example")],
            ..ProbeReport::quiet("wasm")
        })),
        ..RunReport::of("wasm", Outcome::Failed { failed: 1 })
    }
}

fn attempt(what: &str, detail: &str) -> Attempt {
    let (what, detail) = (what.into(), detail.into());
    Attempt { what, detail, capability: Capability::Network, decoy: false, seen_by: SeenBy::Guest }
}

/// One of everything: decided, waived, with tests and capabilities.
pub(crate) fn full() -> Report {
    let findings = fingerprint::settle(findings());
    let waived = findings.iter().find(|finding| finding.rule == FLOW.id).expect("it is among them");
    let waivers = [Waiver { fingerprint: waived.fingerprint.clone(), because: "reviewed by kim on 2 May".into() }];
    let run = run();
    let judgement = judge(&Policy::default(), &findings, Some(&run), &waivers);
    let mut report = Report::new("airlock 0.1.0").judged(judgement);
    report.rule_set = Some("1".into());
    report.plugin = "weather".parse().ok();
    report.version = "1.2.0".parse().ok();
    report.tests = Some(run);
    report.capabilities = vec![CapabilityUse {
        capability: Capability::Network,
        what: "requests.get".into(),
        function: "fetch".into(),
        file: "weather/web.py".into(),
        line: 7,
        permission: Permission::Declared,
    }];
    let file = |path: &str, size, kind| FileEntry {
        path: path.into(),
        size,
        offset: 0,
        sha256: crate::Sha256::of(path.as_bytes()),
        kind,
    };
    report.files = vec![file("README.md", 420, FileKind::Text), file("weather/plugin.py", 7_300, FileKind::Python)];
    report
}

/// A report that shows what is asked for and what differs, all of it called so.
pub(crate) fn compared(name: &str) -> Report {
    let mut report = full();
    report.dependencies = vec![asked(name), asked("rich")];
    report.advisories =
        Some(AdvisoryCheck { checked: true, records: 12, updated_at: None, newest: None, vulnerabilities: Vec::new() });
    report.difference = Some(differs(name));
    report
}

fn asked(name: &str) -> Requirement {
    let asked = Requirement::of(RequirementKind::Package, name, Scope::Runtime, "requirements.txt");
    Requirement { specifier: ">=2".into(), line: Some(4), ..asked }
}

fn one<T>(items: Vec<T>) -> Listed<T> {
    Listed { items, more: 1 }
}

/// One of every change, all of them called so.
fn differs(name: &str) -> Difference {
    let file = |before, after| FileChange {
        path: format!("{name}.py"),
        size_before: before,
        size_after: after,
        sha256: Sha256::of(b""),
    };
    let change = RequirementChange {
        kind: RequirementKind::Package,
        name: name.into(),
        before: vec![format!("{name}>=1")],
        after: vec![format!("{name}>=2")],
    };
    let found = FindingChange {
        rule: SHELL.id.into(),
        severity: Severity::High,
        file: Some(name.into()),
        line: Some(3),
        message: format!("about {name}"),
        fingerprint: "f".into(),
    };
    let mut difference = Difference { step: Some(Step::Patch), ..Difference::default() };
    difference.previous = "1.1.9".parse().ok();
    difference.files.added = one(vec![file(None, Some(7))]);
    difference.files.removed = one(vec![file(Some(7), None)]);
    difference.files.changed = one(vec![file(Some(7), Some(8))]);
    difference.capabilities = CapabilityChanges {
        gained: vec![Capability::Network],
        lost: vec![Capability::Subprocess],
        ..CapabilityChanges::default()
    };
    difference.dependencies.added = one(vec![change.clone()]);
    difference.dependencies.removed = one(vec![change.clone()]);
    difference.dependencies.changed = one(vec![change]);
    difference.entry_point = Some(TextChange { before: format!("{name}:A"), after: format!("{name}:B") });
    let widened =
        vec![Widened { capability: Some(Capability::Network), what: format!("network: {name}"), grave: true }];
    difference.permissions = Some(PermissionChange { before: None, after: None, widened });
    difference.findings.new = one(vec![found.clone()]);
    difference.findings.gone = one(vec![found]);
    difference
}

/// Everything that a plugin can put into a report, made to hurt whoever shows it.
pub(crate) fn hostile() -> Report {
    const EVIL: &str = "\u{1b}[2J\u{202e}gnp.exe\r\nOK\u{7}\u{200b}\u{9b}31m";
    let mut finding = Finding::of(&SHELL, EVIL)
        .in_file(format!("a b/{EVIL}%2e.py"))
        .at(Span { line: 3, column: 900, end_line: 1, end_column: 0 })
        .snippet(format!("{EVIL}\n{}", "x".repeat(5000)))
        .remedy(EVIL)
        .evidence(Some(EVIL), Some(0), EVIL);
    finding.title = EVIL.into();
    finding.decision = Some(Decision { action: PolicyAction::Hold, because: format!("waived: {EVIL}") });
    let mut report = Report::new(format!("airlock {EVIL}")).with_findings(vec![finding]);
    report.reasons = vec![EVIL.into()];
    report.tests = Some(RunReport {
        tests: vec![TestResult {
            id: EVIL.into(),
            outcome: TestOutcome::Failed,
            duration_ms: u64::MAX,
            message: Some(EVIL.into()),
        }],
        output: EVIL.into(),
        output_truncated: true,
        observed: vec![Observed {
            capability: Capability::Network,
            during: During::Tests,
            seen_by: SeenBy::Guest,
            attempts: u64::MAX,
            first: EVIL.into(),
            permission: Permission::Beyond,
            in_source: false,
        }],
        probe: Some(Box::new(ProbeReport {
            engine: EVIL.into(),
            ending: ProbeEnding::Failed(EVIL.into()),
            attempts: vec![Attempt { decoy: true, ..attempt(EVIL, EVIL) }],
            resources: Resources::default(),
        })),
        ..RunReport::of(EVIL, Outcome::Crashed { how: EVIL.into() })
    });
    report.capabilities = vec![CapabilityUse {
        capability: Capability::Subprocess,
        what: EVIL.into(),
        function: EVIL.into(),
        file: EVIL.into(),
        line: 0,
        permission: Permission::Absent,
    }];
    report
}
