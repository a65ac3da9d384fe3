use airlock_model::Sha256;
use airlock_model::inspection::{Blob, CapabilityUse};
use airlock_model::run::{Resources, RunEvent};

use super::*;

fn inspection() -> Inspection {
    Inspection::empty(Blob { sha256: Sha256::of(b""), size: 0 }, "1")
}

fn showing(capability: Capability) -> Inspection {
    let one = CapabilityUse {
        capability,
        what: "socket.socket".into(),
        function: "<module>".into(),
        file: "a.py".into(),
        line: 1,
        permission: Permission::Absent,
    };
    Inspection { capabilities: vec![one], ..inspection() }
}

fn attempt(what: &str, detail: &str, decoy: bool) -> Attempt {
    let capability = Attempt::capability_of(what).expect("an event that counts");
    Attempt { what: what.into(), detail: detail.into(), capability, decoy, seen_by: SeenBy::Guest }
}

fn probe(ending: ProbeEnding, attempts: &[(&str, &str, bool)]) -> ProbeReport {
    let attempts = attempts.iter().map(|(what, detail, decoy)| attempt(what, detail, *decoy)).collect();
    ProbeReport { engine: "wasm".into(), ending, attempts, resources: Resources::default() }
}

fn shown(findings: &[Finding]) -> Vec<(&str, Severity)> {
    findings.iter().map(|finding| (finding.rule.as_str(), finding.severity)).collect()
}

#[test]
fn a_quiet_import_is_no_finding() {
    assert!(findings(&probe(ProbeEnding::Imported, &[]), &inspection()).is_empty());
}

#[test]
fn decoys_capabilities_and_endings_each_have_their_finding() {
    let seen = [
        ("open", "/tmp/home/.netrc", true),
        ("socket.send", "a decoy's secret", true),
        ("socket.connect", "('203.0.113.9', 443)", false),
        ("environ", "LANG", false),
    ];
    let probe = probe(ProbeEnding::Failed("ValueError: x".into()), &seen);
    let found = findings(&probe, &inspection());
    let wanted = [
        ("AL-MALWARE-decoy-opened", Severity::High),
        ("AL-MALWARE-decoy-sent", Severity::Critical),
        ("AL-TESTS-import-fails", Severity::Low),
        ("AL-MALWARE-not-in-source", Severity::High),
        ("AL-CAPABILITY-at-import", Severity::Low),
    ];
    assert_eq!(shown(&found), wanted);
    assert!(found[0].evidence[0].message.contains("/tmp/home/.netrc (seen in the sandbox)"));
    let found = findings(&probe, &showing(Capability::Network));
    assert_eq!(shown(&found)[3], ("AL-CAPABILITY-at-import", Severity::Medium));
}

#[test]
fn what_the_sandbox_lacks_is_no_finding_and_what_it_stopped_is() {
    use airlock_model::run::Inconclusive;
    let lacks = ProbeEnding::Lacks(Inconclusive::MissingPackage { package: "numpy".into(), because: None });
    assert!(findings(&probe(lacks, &[]), &inspection()).is_empty());
    let stopped = |outcome| shown(&findings(&probe(ProbeEnding::Stopped(outcome), &[]), &inspection()))[0].1;
    assert_eq!(stopped(Outcome::CpuExceeded), Severity::Medium);
    assert_eq!(stopped(Outcome::TamperedReport { why: "forged".into() }), Severity::High);
}

#[test]
fn a_waiver_covers_what_was_looked_at() {
    let fingerprint = |address: &str| {
        let seen = probe(ProbeEnding::Imported, &[("socket.connect", address, false)]);
        airlock_model::fingerprint::settle(findings(&seen, &inspection())).remove(0).fingerprint
    };
    assert_eq!(fingerprint("('203.0.113.9', 443)"), fingerprint("('203.0.113.9', 443)"));
    assert_ne!(fingerprint("('203.0.113.9', 443)"), fingerprint("('203.0.113.8', 443)"));
}

#[test]
fn what_is_declared_is_a_note_and_what_is_not_is_beyond() {
    let permissions = Permissions { network: vec!["api.example".into()], ..Permissions::default() };
    let allowed = |what, detail| allows(&permissions, &attempt(what, detail, false));
    assert!(allowed("socket.getaddrinfo", "api.example"));
    assert!(allowed("urllib.Request", "https://api.example/x"));
    assert!(!allowed("socket.getaddrinfo", "api.example.evil.example"));
    assert!(!allowed("socket.getaddrinfo", "my-api.example"));
    assert!(!allowed("os.system", "id") && !allowed("open", "/etc/passwd"));
}

#[test]
fn everything_seen_is_summed_up_beside_what_is_known_otherwise() {
    let event = |kind: &str, seen_by| RunEvent { kind: kind.into(), detail: "x".into(), seen_by };
    let report = RunReport {
        events: vec![event("open", SeenBy::Host), event("os.system", SeenBy::Guest), event("os.exec", SeenBy::Guest)],
        probe: Some(Box::new(probe(ProbeEnding::Imported, &[("socket.connect", "('203.0.113.9', 1)", false)]))),
        ..RunReport::of("wasm", Outcome::Passed)
    };
    let summary = summary(&report, &showing(Capability::Network));
    assert_eq!(summary.len(), 2, "{summary:#?}");
    let (network, programs) = (&summary[0], &summary[1]);
    assert_eq!((network.during, network.attempts, network.in_source), (During::Import, 1, true));
    assert_eq!(network.first, "socket.connect ('203.0.113.9', 1)");
    assert_eq!((programs.capability, programs.during), (Capability::Subprocess, During::Tests));
    assert_eq!((programs.attempts, programs.in_source), (2, false));
    assert_eq!(programs.comparison(), "not in the source; the manifest has no permissions block");
}
