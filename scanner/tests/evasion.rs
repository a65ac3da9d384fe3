//! Disguises: each file or folder of `fixtures/evasion` reaches a sink by another way and
//! says which in its first line. CPython proves that the disguise works; the scanner must
//! name that sink, or, where it truly cannot be known, call it dynamic dispatch.
//!
//! The lines at the top of a disguise:
//!
//! - `# reaches: NAME`: what the scanner must name.
//! - `# runs: NAME`: what is reached when it is run, where that is another thing.
//! - `# input: TEXT`: what standard input holds, if not code that names the marker.
//! - `# as: main`: run as a program, not imported.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read ends the test")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use airlock_model::{Finding, Severity, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};

/// The name that code on standard input holds; `prelude.py` looks for it.
const MARKER: &str = "airlock_marker";
/// Only guards against a disguise that hangs.
const HANGING: Duration = Duration::from_secs(120);
/// How many interpreters run side by side.
const INTERPRETERS: usize = 4;

/// One disguise.
struct Case {
    /// The file's or folder's name.
    name: String,
    /// Paths and contents, relative to the fixtures' folder.
    files: BTreeMap<String, Vec<u8>>,
    reaches: String,
    runs: String,
    input: String,
    as_main: bool,
}

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder)
}

fn collect(root: &Path, path: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(root, &entry.unwrap().path(), files);
        }
    } else {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        files.insert(name, std::fs::read(path).unwrap());
    }
}

fn cases() -> Vec<Case> {
    let root = fixtures("evasion");
    let mut cases: Vec<Case> =
        std::fs::read_dir(&root).unwrap().map(|entry| case(&root, &entry.unwrap().path())).collect();
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    cases
}

fn case(root: &Path, path: &Path) -> Case {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files = BTreeMap::new();
    collect(root, path, &mut files);
    let main = if path.is_dir() { format!("{name}/__init__.py") } else { name.clone() };
    let text = String::from_utf8(files[&main].clone()).unwrap();
    // Some disguises end their lines with a carriage return alone.
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split(['\n', '\r']).collect();
    let said = |key: &str| {
        let lines = lines.iter().take_while(|line| line.starts_with("# "));
        lines.filter_map(|line| line.strip_prefix("# ")?.strip_prefix(key)).next().map(|value| value.trim().to_owned())
    };
    let reaches = said("reaches: ").unwrap_or_else(|| panic!("{name} does not say what it reaches"));
    let runs = said("runs: ").unwrap_or_else(|| reaches.clone());
    let input = said("input: ").unwrap_or_else(|| MARKER.to_owned());
    Case { as_main: said("as: ").is_some(), name, files, reaches, runs, input }
}

fn findings(files: &BTreeMap<String, Vec<u8>>) -> Vec<Finding> {
    let mut tree = Tree::new();
    for (path, bytes) in files {
        tree.insert(TreePath::new(path.as_str()).unwrap(), bytes.as_slice());
    }
    scan(&tree, &Settings { jobs: 1, ..Settings::default() }).findings
}

fn is_caught(found: &[Finding], sink: &str) -> bool {
    found.iter().any(|finding| match sink {
        "dynamic dispatch" => finding.rule == "AL-CODE-dynamic-dispatch",
        sink => finding.severity >= Severity::Medium && finding.message.contains(sink),
    })
}

#[test]
fn disguised_sinks_are_named() {
    let cases = cases();
    assert!(cases.len() >= 180, "{} disguises", cases.len());
    let mut missed = Vec::new();
    for case in &cases {
        let found = findings(&case.files);
        if !is_caught(&found, &case.reaches) {
            let messages: Vec<String> = found.iter().map(|f| format!("{}: {}", f.rule, f.message)).collect();
            missed.push(format!("{}: {} not in {messages:?}", case.name, case.reaches));
        }
    }
    assert!(missed.is_empty(), "{} of {} missed\n{}", missed.len(), cases.len(), missed.join("\n"));
}

/// What `prelude.py` says when a sink of that name is reached.
fn marker(sink: &str) -> &'static str {
    /// Sinks by the beginning of their name; what is not among them runs code.
    const MARKERS: &[(&str, &str)] = &[
        ("os.system", "os.system"),
        ("os.popen", "subprocess.Popen"),
        ("os.posix_spawn", "os.posix_spawn"),
        ("os.exec", "os.exec"),
        // Python's own `spawn` functions fork first.
        ("os.spawn", "os.fork"),
        ("os.fork", "os.fork"),
        ("pty.spawn", "pty.spawn"),
        ("subprocess._fork_exec", "_posixsubprocess.fork_exec"),
        ("subprocess", "subprocess.Popen"),
        ("asyncio.create_subprocess", "subprocess.Popen"),
        ("_posixsubprocess", "_posixsubprocess.fork_exec"),
        ("ctypes", "ctypes"),
        ("pickle", "pickle"),
        ("shelve", "pickle"),
        ("marshal", "marshal"),
        ("types.", "function"),
        ("function.__code__", "function"),
        ("builtins.compile", "compile"),
        ("socket", "socket.connect"),
    ];
    MARKERS.iter().find(|(start, _)| sink.starts_with(start)).map_or("exec", |(_, marker)| marker)
}

/// Runs a disguise with the traps of `prelude.py` in place, and says what is wrong with it.
fn prove(case: &Case) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let (home, scratch) = (folder.path().join("case"), folder.path().join("scratch"));
    std::fs::create_dir(&scratch).unwrap();
    for (path, bytes) in &case.files {
        let path = home.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let prelude = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evasion/prelude.py");
    let (out, err) = (folder.path().join("out"), folder.path().join("err"));
    #[expect(clippy::disallowed_methods, reason = "python3 is found where the tests' own search finds it")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut child = Command::new("python3")
        .args(["-I", "-B", "-S"])
        .arg(prelude)
        .arg(&home)
        .arg(case.name.trim_end_matches(".py"))
        .arg(if case.as_main { "main" } else { "imported" })
        .arg(&case.runs)
        .env_clear()
        .env("PATH", path)
        .env("TMPDIR", &scratch)
        .current_dir(&scratch)
        .stdin(Stdio::piped())
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::fs::File::create(&err).unwrap())
        .spawn()
        .unwrap();
    // A disguise that never reads has closed the pipe by now.
    drop(child.stdin.take().unwrap().write_all(format!("{}\n", case.input).as_bytes()));
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > HANGING {
            child.kill().unwrap();
            child.wait().unwrap();
            return Some("it hangs".to_owned());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let said = String::from_utf8_lossy(&std::fs::read(out).unwrap()).into_owned();
    let wanted = format!("reached {}\n", marker(&case.runs));
    let errors = String::from_utf8_lossy(&std::fs::read(err).unwrap()).into_owned();
    (!said.contains(&wanted)).then(|| format!("{wanted:?} is not in {said:?}\n{errors}"))
}

#[test]
fn disguises_work_under_cpython() {
    let cases = cases();
    let next = AtomicUsize::new(0);
    let broken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..INTERPRETERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(fault) = prove(case) {
                        broken.lock().unwrap().push(format!("{}: {fault}", case.name));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{} of {} do not work\n{}", broken.len(), cases.len(), broken.join("\n"));
}

#[test]
fn ordinary_code_raises_no_alarm() {
    let mut files = BTreeMap::new();
    let root = fixtures("benign");
    collect(&root, &root, &mut files);
    assert!(files.len() >= 20, "{} files", files.len());
    for (name, bytes) in files {
        let alarms: Vec<String> = findings(&BTreeMap::from([(name.clone(), bytes)]))
            .into_iter()
            .filter(|finding| finding.severity >= Severity::Medium)
            .filter(|finding| !finding.rule.starts_with("AL-CAPABILITY-filesystem"))
            .map(|finding| format!("{}: {}", finding.rule, finding.message))
            .collect();
        assert!(alarms.is_empty(), "{name}: {alarms:#?}");
    }
}
