//! What the worst packages and the worst manifests cost that were found: wall time, CPU time and peak memory of
//! `airlock check`, its confined child included, as the kernel counted them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use airlock_tests::package::{self, Files};
use airlock_tests::server::binary;
use anyhow::{Context as _, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

/// Runs a command and prints what the kernel says it used: `wait4` counts the command and the children it waited for.
const MEASURE: &str = r#"
import json, os, sys, time
began = time.monotonic()
actions = [(os.POSIX_SPAWN_OPEN, 1, sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=actions)
_, status, used = os.wait4(child, 0)
print(json.dumps({"wall": time.monotonic() - began, "cpu": used.ru_utime + used.ru_stime,
                  "memory": used.ru_maxrss * 1024, "exit": os.waitstatus_to_exitcode(status)}))
"#;

#[derive(Deserialize)]
struct Used {
    /// Seconds.
    wall: f64,
    /// Seconds, of the command and of its child.
    cpu: f64,
    /// Bytes, of the larger of the two.
    memory: u64,
    exit: i32,
}

fn main() -> Result<()> {
    table("package", inputs())?;
    say("");
    table("manifest", manifests())
}

fn table(head: &str, inputs: Vec<(&'static str, Vec<u8>)>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    say(&format!("| {head} | upload | verdict, first of its rules | wall | CPU | peak memory |"));
    say("|---|---|---|---|---|---|");
    for (what, bytes) in inputs {
        let path = folder.path().join("package");
        std::fs::write(&path, &bytes)?;
        let (used, verdict) = checked(folder.path(), &path).context(what)?;
        let (wall, cpu) = (used.wall * 1000.0, used.cpu * 1000.0);
        let (size, memory) = (bytes.len() as f64 / 1e6, used.memory >> 20);
        say(&format!("| {what} | {size:.1} MB | {verdict} | {wall:.0} ms | {cpu:.0} ms | {memory} MB |"));
    }
    Ok(())
}

/// Runs the gate on one package, without its tests.
fn checked(folder: &Path, package: &Path) -> Result<(Used, String)> {
    let report = folder.join("report.json");
    let output = Command::new("python3")
        .args(["-c", MEASURE])
        .arg(&report)
        .arg(binary())
        .arg("check")
        .arg(package)
        .args(["--format", "json"])
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let used: Used = serde_json::from_slice(&output.stdout)?;
    ensure!((0..=2).contains(&used.exit), "no verdict: exit code {}", used.exit);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&report)?)?;
    let rule = report["findings"][0]["rule"].as_str().unwrap_or("nothing found");
    Ok((used, format!("{}, {rule}", report["verdict"].as_str().unwrap_or("none"))))
}

/// The ten worst that were found, each in another part of the examination.
fn inputs() -> Vec<(&'static str, Vec<u8>)> {
    let good = package::plugin("no-tests");
    let beside = |path: &str, content: &[u8]| packed(&package::with(&good, path, content));
    vec![
        ("200 MB of zeros in ten files", packed(&many(&good, 10, |_| vec![0; 20 << 20]))),
        ("a million empty members", million()),
        ("195 MB of text that looks like keys", packed(&many(&good, 10, |n| tokens(n, 39 << 19)))),
        ("9,600 files below 31 folders each", packed(&deep(&good))),
        ("5 MB of nested brackets", beside("deep.py", "([".repeat(5 << 19).as_bytes())),
        ("5 MB of calls", beside("calls.py", calls(5_200_000).as_bytes())),
        ("300 KB of nested f-strings", beside("strings.py", f_strings(300_000).as_bytes())),
        ("1,800 files with 40 findings each", packed(&many_findings(&good))),
        ("a README of 19 MB", beside("README.md", "[a](b) *c* `d` ".repeat((19 << 20) / 15).as_bytes())),
        ("a notebook of 19 MB", beside("tour.ipynb", notebook(19 << 20).as_bytes())),
    ]
}

/// Manifests as large as one may be, each the worst that was found for one part of YAML, beside an honest one.
fn manifests() -> Vec<(&'static str, Vec<u8>)> {
    const SIZE: usize = 250_000;
    let good = package::plugin("no-tests");
    let manifest = |text: &str| packed(&package::with(&good, "plugin.yaml", text.as_bytes()));
    let lines = |line: fn(usize) -> String| (0..SIZE / 12).map(line).collect::<String>();
    vec![
        ("an honest one", packed(&good)),
        ("aliases of aliases", manifest(&aliases(SIZE))),
        (
            "aliases of one long text",
            manifest(&format!("a: &a {}\nb: [{}]\n", "x".repeat(SIZE / 2), "*a,".repeat(900))),
        ),
        ("short values", manifest(&format!("a: [{}]\n", "1,".repeat(SIZE / 2 - 4)))),
        ("short keys", manifest(&lines(|n| format!("{n:x}: 1\n")))),
        ("nested lists", manifest(&"[".repeat(SIZE))),
        ("anchors", manifest(&lines(|n| format!("- &a{n} x\n")))),
        ("an open quote", manifest(&format!("a: \"{}", "x".repeat(SIZE)))),
        ("a fault in each line", manifest(&lines(|n| format!("k{n:x}: .nan\n")))),
    ]
}

fn packed(files: &Files) -> Vec<u8> {
    package::as_the_client_packs("no-tests", files)
}

fn many(good: &Files, count: usize, content: impl Fn(usize) -> Vec<u8>) -> Files {
    let mut files = good.clone();
    files.extend((0..count).map(|n| (format!("data/{n}.txt"), content(n))));
    files
}

/// One empty file's header, repeated: tar repeats well.
fn million() -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("no-tests/x").expect("a short name");
    header.set_size(0);
    header.set_mode(0o644);
    header.set_cksum();
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    let block = header.as_bytes().repeat(1000);
    for _ in 0..1000 {
        std::io::Write::write_all(&mut out, &block).expect("writing to memory");
    }
    out.finish().expect("writing to memory")
}

/// Lines that begin as tokens of every known form do.
fn tokens(seed: usize, length: usize) -> Vec<u8> {
    const STARTS: [&str; 12] =
        ["ghp_", "glpat-", "xoxb-", "sk-", "AKIA", "hf_", "npm_", "SG.", "token = ", "secret: ", ":AA", "8Q~"];
    let mut text = Vec::with_capacity(length + 100);
    let mut state = seed as u64 + 1;
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.extend(STARTS[(state >> 60) as usize % STARTS.len()].as_bytes());
        text.extend(format!("{:08x}-{:06x}\n", state >> 32, state & 0xff_ffff).repeat(4).as_bytes());
    }
    text.truncate(length);
    text
}

fn deep(good: &Files) -> Files {
    let mut files = good.clone();
    files.extend((0..9_600).map(|n| (format!("{}f{n}.py", format!("d{}/", n % 10).repeat(31)), b"x = 1\n".to_vec())));
    files
}

fn calls(length: usize) -> String {
    let mut text = String::from("import os\n\n\ndef f(x):\n");
    let mut n = 0;
    while text.len() < length {
        n += 1;
        writeln!(text, "    x{n} = os.path.join(x, str({n}), x{})", n / 2).expect("writing to a string");
    }
    text.truncate(length - length % 7);
    text.truncate(text.rfind('\n').unwrap_or(0) + 1);
    text
}

fn f_strings(length: usize) -> String {
    let depth = length / 5;
    format!("x = {}1{}\n", "f'{".repeat(depth), "}'".repeat(depth))
}

fn many_findings(good: &Files) -> Files {
    let line = "os.system(input())\neval(input())\n".repeat(20);
    let mut files = good.clone();
    files.extend((0..1_800).map(|n| (format!("m/f{n}.py"), format!("import os\n{line}").into_bytes())));
    files
}

fn aliases(size: usize) -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    let mut level = 1;
    while text.len() < size {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{inner}]").expect("writing to a string");
        level += 1;
    }
    text
}

fn notebook(length: usize) -> String {
    let cell = r#"{"cell_type": "code", "source": ["import os\n", "os.system(input())\n"], "outputs": [{"data": [1, 2, 3, 4, [5, [6]]]}]}"#;
    let cells = vec![cell; length / (cell.len() + 2)].join(", ");
    format!("{{\"cells\": [{cells}]}}")
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn say(line: &str) {
    println!("{line}");
}
