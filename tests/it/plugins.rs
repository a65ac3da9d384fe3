//! Every package of `tests/plugins/` through `airlock check`, one test each: the
//! whole gate at home, with the verdict and the exit code that stand beside it.

use std::process::ExitCode;

use airlock_tests::expected::Expected;
use airlock_tests::{package, server};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut names: Vec<String> = std::fs::read_dir(package::plugins_dir())
        .expect("tests/plugins")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| !package::is_suite_alone(name))
        .collect();
    names.sort();
    let trials = names.into_iter().map(|name| Trial::test(format!("check::{name}"), move || check(&name))).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn check(name: &str) -> Result<(), Failed> {
    let folder = package::plugins_dir().join(name).join("plugin");
    let output = server::airlock()
        .env("AIRLOCK_LIMITS__RUN__WALL_MS", "20000")
        .env("AIRLOCK_LIMITS__RUN__CPU_MS", "5000")
        .args(["check", "--format", "json"])
        .arg(folder)
        .output()?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}\n{stderr}", String::from_utf8_lossy(&output.stdout)))?;
    let mut wrong = Expected::of(name).differences(&report);
    let code = match report["verdict"].as_str() {
        Some("approve") => 0,
        Some("reject") => 1,
        Some("hold") => 2,
        _ => 3,
    };
    if output.status.code() != Some(code) {
        wrong.push(format!("exit code {:?}, expected {code}", output.status.code()));
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{}\n{stderr}", wrong.join("\n")).into()) }
}
