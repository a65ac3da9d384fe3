//! Our reader of requirements against the one that pip carries: what one takes, the
//! other takes, and as the same.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use airlock_model::limits::ScanLimits;
use airlock_model::{Requirement, Tree, TreePath};
use airlock_scanner::dependencies;
use serde_json::{Value, json};

const CASES: &[&str] = &[
    "requests",
    "Requests",
    "zope.interface",
    "a_b-c.d",
    "requests>=2.31",
    "requests >= 2.31 , < 3",
    "requests (>=2.31)",
    "requests(>=2.31,<3)",
    "requests[socks]",
    "requests[socks,security]>=2",
    "requests[ socks , security ] >= 2",
    "requests[]",
    "requests==2.*",
    "requests~=2.31",
    "requests!=2.30",
    "requests===2.31",
    "requests==2.31+local",
    "requests==1!2.31",
    "requests>=2.31.dev1",
    "requests; python_version < '3.11'",
    "requests>=2 ; python_version < '3.11' and (os_name == 'nt' or sys_platform == 'linux')",
    "requests ; extra == 'fast'",
    "requests ; 'linux' in sys_platform",
    "requests ; sys_platform not in 'win32 cygwin'",
    "requests @ https://files.example/requests.whl",
    "requests@https://files.example/requests.whl",
    "requests[socks] @ git+https://git.example/requests.git@main ; os_name == 'posix'",
    "requests @ file:///opt/requests.whl",
    "",
    " ",
    "-requests",
    "requests-",
    "requests=2",
    "requests=>2",
    "requests 2",
    "requests ^2",
    "requests>=2 <3",
    "requests~=2",
    "requests[socks",
    "requests[so cks]",
    "requests[-a]",
    "requests(>=2",
    "requests;",
    "requests ; ",
    "requests ; python",
    "requests ; python_version",
    "requests ; python_version < ",
    "requests ; python_version = '3'",
    "requests ; nonsense == '3'",
    "requests ; python_version < '3' and",
    "requests ; (python_version < '3'",
    "requests @",
    "réquests",
    "requests\u{a0}>=2",
];

fn pip(cases: &[&str]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requirements.py");
    let mut child = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 with pip: scripts/test installs it");
    let lines: String = cases.iter().map(|case| format!("{}\n", json!(case))).collect();
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "pip's parser could not be asked");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Through `pyproject.toml`, whose lists hold bare requirements.
fn ours(case: &str) -> Value {
    let mut tree = Tree::new();
    let text = format!("[project]\ndependencies = [{}]\n", json!(case));
    tree.insert(TreePath::new("pyproject.toml").expect("a path"), text.into_bytes());
    let asked = dependencies::check(&tree, None, &ScanLimits::default(), &|_| None);
    let refused = asked.findings.iter().any(|finding| finding.rule == "AL-DEPS-unparseable");
    match asked.requirements.as_slice() {
        [] if refused => Value::Null,
        [one] if !refused => seen(one),
        other => panic!("{case:?}: {other:?} {:?}", asked.findings),
    }
}

fn seen(one: &Requirement) -> Value {
    json!({
        "name": one.name,
        "extras": one.extras,
        "url": one.source.is_some(),
        "marker": one.marker.is_some(),
        "any": one.specifier.is_empty(),
    })
}

#[test]
fn packaging_and_we_agree() {
    let theirs = pip(CASES);
    assert_eq!(theirs.len(), CASES.len());
    let wrong: Vec<String> = CASES
        .iter()
        .zip(theirs)
        .filter_map(|(case, theirs)| {
            let ours = ours(case);
            (ours != theirs).then(|| format!("{case:?}: ours {ours}, theirs {theirs}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
