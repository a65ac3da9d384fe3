//! `sandbox`: suites in containers, and what the doctor says of this machine.

use serde_json::Value;

use crate::{Place, runtime_dir};

/// The engine that `./scripts/test` started; without one these tests fail.
fn engine() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/.cache/services.json");
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{path}: {error}; start the services with ./scripts/test services"));
    let services: Value = serde_json::from_str(&text).expect("JSON");
    format!("sandbox.docker.host={}", services["docker"]["socket"].as_str().expect("a socket"))
}

fn suite(name: &str) -> String {
    format!("{}/../tests/plugins/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_suite_runs_in_a_container() {
    let (place, engine) = (Place::new(), engine());
    let words = ["sandbox", "run", "--engine", "docker", "--format", "json", "--set", &engine];
    let run = place.run(&[&words[..], &[&suite("benign/threads-and-processes")]].concat());
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let report = run.json();
    assert_eq!((&report["outcome"], &report["engine"]), (&"passed".into(), &"docker".into()), "{report:#}");
    assert_eq!(report["tests"].as_array().map(Vec::len), Some(2));
    assert!(report["resources"]["cpu_ms"].as_u64().is_some_and(|used| used > 0), "{report:#}");
    let run = place.run(&[&words[..], &[&suite("hostile/mounts")]].concat());
    assert_eq!((run.code(), &run.json()["outcome"]), (1, &"violation".into()));
}

#[test]
fn a_suite_runs_in_wasm() {
    let place = Place::new();
    let cache = format!("sandbox.runtime_dir={}", runtime_dir());
    let words = ["sandbox", "run", "--engine", "wasm", "--format", "json", "--set", &cache];
    let run = place.run(&[&words[..], &[&suite("benign/tmp-path")]].concat());
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let report = run.json();
    assert_eq!((&report["outcome"], &report["engine"]), (&"passed".into(), &"wasm".into()), "{report:#}");
    for used in ["wall_ms", "cpu_ms", "peak_memory_bytes", "disk_bytes", "processes"] {
        assert!(report["resources"][used].as_u64().is_some_and(|used| used > 0), "{used}: {report:#}");
    }
    let text = place.run(&["sandbox", "run", "--set", &cache, &suite("benign/tmp-path")]).stdout();
    for told in ["reported by the plugin's own tests:", "open /plugin (seen by the host)"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let run = place.run(&[&words[..], &[&suite("hostile/leaves-early")]].concat());
    assert_eq!((run.code(), &run.json()["outcome"]), (1, &"tampered_report".into()));
}

#[test]
fn an_engine_that_does_not_answer_is_ours_to_mend() {
    let place = Place::new();
    let nowhere = "sandbox.docker.host=unix:///nowhere/docker.sock";
    let run = place.run(&["sandbox", "run", "--engine", "docker", "--set", nowhere, &suite("benign/tmp-path")]);
    assert_eq!(run.code(), 3, "{}", run.stderr());
    assert!(run.stderr().contains("/nowhere/docker.sock") && run.stderr().contains("DOCKER_HOST"), "{}", run.stderr());
}

#[test]
fn the_doctor_tells_what_it_tried() {
    let (place, engine) = (Place::new(), engine());
    let cache = format!("sandbox.runtime_dir={}", runtime_dir());
    let run = place.run(&["sandbox", "doctor", "--format", "json", "--set", &engine, "--set", &cache]);
    let found = run.json();
    assert_eq!(run.code(), 0, "{found:#}{}", run.stderr());
    let engines = found["engines"].as_array().expect("engines");
    for (engine, checks) in engines.iter().zip([9, 14]) {
        assert_eq!(engine["fit"], true, "{engine:#}");
        assert_eq!(engine["checks"].as_array().map(Vec::len), Some(checks), "{engine:#}");
    }
    let broken = "sandbox.docker.host=unix:///nowhere/docker.sock";
    let run = place.run(&["sandbox", "doctor", "--set", broken, "--set", &cache]);
    assert_eq!(run.code(), 0, "wasm alone is enough: {}", run.stderr());
    assert!(run.stdout().contains("docker does not work here") && run.stdout().contains("/nowhere/docker.sock"));
}
