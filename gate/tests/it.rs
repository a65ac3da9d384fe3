//! The inspect stage with a real confined child: this test binary is its own child.

use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use airlock_gate::{Gate, GateError, GateSettings, JailSettings};
use airlock_model::limits::{Limits, RunLimits};
use airlock_model::probe::ProbeReport;
use airlock_model::{Engine, Outcome, Policy, RunReport, Severity, Sha256};
use airlock_sandbox::{ProbeRequest, RunRequest, Sandbox, SandboxError};
use async_trait::async_trait;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == "__jail") {
        return airlock_gate::jailed_main(&args[2], &args[3..]);
    }
    let trials = vec![
        Trial::test("garbage_is_a_finding", garbage_is_a_finding),
        Trial::test("a_child_that_runs_out_of_memory_is_a_finding", out_of_memory),
        Trial::test("a_child_that_is_given_no_time_is_our_fault", out_of_time),
        Trial::test("a_program_that_is_not_there_is_our_fault", no_program),
        Trial::test("a_program_that_speaks_otherwise_is_our_fault", other_program),
        Trial::test("yara_rules_are_held_against_every_file_inside_the_jail", yara_rules),
        Trial::test("comments_in_the_source_set_nothing_aside", suppressions),
        Trial::test("a_run_is_given_the_limits_of_its_plugins_type", limits_by_type),
        Trial::test("yara_rules_that_cost_too_much_are_not_the_plugins_fault", yara_out_of_memory),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn gate(change: impl FnOnce(&mut GateSettings)) -> Gate {
    let mut settings = GateSettings {
        limits: Limits::default(),
        policy: Policy::default(),
        jail: JailSettings { program: std::env::current_exe().expect("this test has a path"), allow_weaker: false },
        sandbox: None,
        jobs: 1,
        advisories: airlock_gate::advisories::Advisories::default(),
    };
    change(&mut settings);
    Gate::new(settings)
}

fn upload(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    file
}

fn inspect(gate: &Gate, bytes: &[u8]) -> Result<airlock_gate::Inspected, GateError> {
    let file = upload(bytes);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(gate.inspect(file.path(), None))
}

fn garbage_is_a_finding() -> Result<(), Failed> {
    let inspected = inspect(&gate(|_| {}), b"<html>not an archive</html>")?;
    assert_eq!(inspected.inspection.upload.sha256, Sha256::of(b"<html>not an archive</html>"));
    assert!(inspected.canonical.is_none());
    assert!(inspected.inspection.findings.iter().any(|finding| finding.rule.starts_with("AL-ARCHIVE-")));
    assert!(gate(|_| {}).condemned(&inspected.inspection, &[]));
    Ok(())
}

fn limit_finding(inspected: &airlock_gate::Inspected) -> &str {
    let findings = &inspected.inspection.findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].rule, "AL-ARCHIVE-examination-limit");
    &findings[0].message
}

fn out_of_memory() -> Result<(), Failed> {
    let gate = gate(|settings| settings.limits.scan.memory_bytes = 64 << 10);
    let inspected = inspect(&gate, &vec![0; 4 << 20])?;
    assert!(limit_finding(&inspected).contains("memory"));
    Ok(())
}

fn out_of_time() -> Result<(), Failed> {
    // A fast machine gives a real child time enough within none.
    let sleeper = upload(b"#!/bin/sh\nexec sleep 60\n").into_temp_path();
    std::fs::set_permissions(&sleeper, std::fs::Permissions::from_mode(0o700))?;
    let gate = gate(|settings| {
        settings.jail.program = sleeper.to_path_buf();
        settings.limits.scan.wall_seconds = 0;
    });
    let error = inspect(&gate, b"x").expect_err("no time to do anything in");
    assert!(matches!(error, GateError::Starved), "{error}");
    assert!(!error.is_ours_on_this_input());
    Ok(())
}

fn no_program() -> Result<(), Failed> {
    let gate = gate(|settings| settings.jail.program = "/nonexistent/airlock".into());
    let error = inspect(&gate, b"x").expect_err("no child without a program");
    assert!(matches!(error, GateError::Jail(_)), "{error}");
    Ok(())
}

fn other_program() -> Result<(), Failed> {
    let gate = gate(|settings| settings.jail.program = "/bin/true".into());
    let error = inspect(&gate, b"x").expect_err("no frames");
    assert!(error.is_ours_on_this_input(), "{error}");
    Ok(())
}

const MANIFEST: &str = "name: sample\nversion: 1.0.0\n";

/// An archive with these files below one folder.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tree = airlock_model::Tree::new();
    for (path, bytes) in files {
        tree.insert(airlock_model::TreePath::new(*path).expect("plain"), *bytes);
    }
    airlock_scanner::archive::pack("sample", &tree).expect("packs")
}

fn yara(text: &str) -> airlock_gate::YaraSettings {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("own.yar"), text).expect("written");
    // The folder is gone before anything is examined: the rules were read once.
    airlock_gate::YaraSettings::read(folder.path(), Severity::High).expect("valid rules")
}

fn yara_rules() -> Result<(), Failed> {
    let rules = "rule marker { meta: severity = \"critical\" strings: $a = { de ad be ef } condition: $a }";
    let gate = gate(|_| {}).with_yara(yara(rules));
    let upload = packed(&[("plugin.yaml", MANIFEST.as_bytes()), ("data/table.bin", b"\0\xde\xad\xbe\xef\0")]);
    let inspected = inspect(&gate, &upload)?;
    let matched: Vec<_> = inspected.inspection.findings.iter().filter(|one| one.rule == "AL-MALWARE-yara").collect();
    assert_eq!(matched.len(), 1, "{:#?}", inspected.inspection.findings);
    assert_eq!((matched[0].file.as_deref(), matched[0].severity), (Some("data/table.bin"), Severity::High));
    let without = inspect(&self::gate(|_| {}), &upload)?;
    assert!(without.inspection.findings.iter().all(|one| !one.rule.starts_with("AL-MALWARE-yara")));
    Ok(())
}

fn suppressions() -> Result<(), Failed> {
    let with = |comment: &str| {
        let source = format!("import os\n\ndef run(name):\n    os.system('ls ' + name){comment}\n");
        packed(&[("plugin.yaml", MANIFEST.as_bytes()), ("sample/a.py", source.as_bytes())])
    };
    let rules = |upload: &[u8]| -> Result<Vec<String>, GateError> {
        let inspected = inspect(&gate(|_| {}), upload)?;
        Ok(inspected.inspection.findings.into_iter().map(|one| one.rule).collect())
    };
    let plain = rules(&with(""))?;
    assert!(plain.iter().any(|rule| rule == "AL-CODE-shell-injection"), "{plain:?}");
    for comment in ["  # nosec", "  # nosec B605", "  # noqa", "  # noqa: S605"] {
        assert_eq!(rules(&with(comment))?, plain, "{comment}");
    }
    Ok(())
}

/// Lets everything through to the sandbox.
const LENIENT: &str = "[[finding]]\naction='note'\nbecause='x'\n[[run]]\naction='note'\nbecause='x'\n";

/// A sandbox that only notes what runs may use.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<RunLimits>>>);

#[async_trait]
impl Sandbox for Notes {
    fn engine(&self) -> Engine {
        Engine::Wasm
    }

    async fn run(&self, request: RunRequest) -> Result<RunReport, SandboxError> {
        self.0.lock().expect("whole").push(request.limits);
        Ok(RunReport::of(Engine::Wasm, Outcome::Passed))
    }

    async fn probe(&self, request: ProbeRequest) -> Result<ProbeReport, SandboxError> {
        self.0.lock().expect("whole").push(request.limits);
        Ok(ProbeReport::quiet(Engine::Wasm))
    }
}

fn limits_by_type() -> Result<(), Failed> {
    let overrides = "[run]\nmemory_bytes = 1000\n[types.agent]\nmemory_bytes = 2000\nwall_ms = 7\n";
    for (kind, memory, wall) in [("agent", 2000, 7), ("tool", 1000, RunLimits::default().wall_ms)] {
        let notes = Notes::default();
        let gate = gate(|settings| {
            settings.limits = toml::from_str(overrides).expect("limits");
            settings.policy = Policy::parse("lenient", LENIENT).expect("a policy");
            settings.sandbox = Some(Arc::new(notes.clone()));
        });
        let manifest = format!(
            "name: sample\nversion: 1.0.0\ntype: {kind}\ncategory: utility\ntitle: A\ndescription: A.\nauthor:\n  \
             name: A\nlicense: MIT\nentry_point: sample.a:A\nrequirements:\n  python: \">=3.10\"\n"
        );
        let test: &[u8] = b"def test_a(): pass\n";
        let files =
            [("plugin.yaml", manifest.as_bytes()), ("sample/a.py", b"class A: pass\n"), ("tests/test_a.py", test)];
        let inspected = inspect(&gate, &packed(&files))?;
        let canonical = inspected.canonical.as_ref().expect("packed");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(gate.test(canonical, &inspected.inspection, &[]))?;
        let noted = notes.0.lock().expect("whole").clone();
        let found: Vec<_> = noted.iter().map(|limits| (limits.memory_bytes, limits.wall_ms)).collect();
        assert_eq!(found, [(memory, wall), (memory, wall.min(30_000))], "{kind}: the tests and the import");
    }
    Ok(())
}

fn yara_out_of_memory() -> Result<(), Failed> {
    let many: String =
        (0..2_000).map(|n| format!("rule r{n} {{ strings: $a = \"text{n}\" condition: $a }}\n")).collect();
    let gate = gate(|settings| settings.limits.scan.memory_bytes = 1 << 20).with_yara(yara(&many));
    let error = inspect(&gate, &packed(&[("plugin.yaml", MANIFEST.as_bytes())])).expect_err("no memory for the rules");
    assert!(matches!(error, GateError::Rules(_)), "{error}");
    assert!(!error.is_ours_on_this_input());
    Ok(())
}
