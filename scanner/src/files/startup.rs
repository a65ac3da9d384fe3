//! Files that Python runs or prefers by their name alone.

use airlock_model::escape::quoted;
use airlock_model::finding::{Confidence, Finding, Severity};
use airlock_model::stdlib::is_standard_module;
use airlock_model::tree::TreePath;

use super::{encodings, rules};

/// Modules that run whenever an interpreter starts.
const HOOKS: &[&str] = &["sitecustomize", "usercustomize"];
/// What a test run is made of: shadowing it forges results.
const RUNNER: &[&str] = &["pytest", "_pytest", "pluggy", "iniconfig", "py"];

/// Checks one file.
pub(crate) fn check(path: &TreePath, bytes: &[u8], findings: &mut Vec<Finding>) {
    if path.extension() == Some("pth") {
        findings.push(path_file(path, bytes));
    }
    let Some(module) = top_module(path) else { return };
    if HOOKS.contains(&module) {
        let message = format!("{} is run by every interpreter that finds it.", quoted(path.as_str()));
        findings.push(Finding::of(&rules::SITE_HOOK, message).in_file(path.as_str()));
    } else if RUNNER.contains(&module) {
        findings.push(shadow(path, module, "the test runner's").confidence(Confidence::High));
    } else if is_standard_module(module) {
        findings.push(shadow(path, module, "the standard library's"));
    }
}

/// Lines as `str.splitlines` of Python cuts them, which knows more ends than editors show. A byte that is not UTF-8 is
/// one of them in some locale.
fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{fffd}'
        )
    };
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(is_end) else { return rest.take() };
        let after = &text[at..];
        let end = if after.starts_with("\r\n") { 2 } else { after.chars().next().map_or(1, char::len_utf8) };
        rest = Some(&after[end..]);
        Some(&text[..at])
    })
}

fn shadow(path: &TreePath, module: &str, whose: &str) -> Finding {
    let message = format!("{} is imported in the place of {whose} {}.", quoted(path.as_str()), quoted(module));
    Finding::of(&rules::SHADOWS_MODULE, message).in_file(path.as_str())
}

/// The top-level module that a file is at an import root, the archive's root or `src/`.
fn top_module(path: &TreePath) -> Option<&str> {
    let below = path.as_str().strip_prefix("src/").unwrap_or(path.as_str());
    match below.split_once('/') {
        None => module_of(below),
        Some((package, file)) => (module_of(file) == Some("__init__")).then_some(package),
    }
}

/// The module's name in `name.py`, `name.pyc` or `name.cpython-312-x86_64-linux-gnu.so`.
fn module_of(file: &str) -> Option<&str> {
    let (stem, ending) = file.split_once('.')?;
    let last = ending.rsplit('.').next().unwrap_or(ending);
    matches!(last, "py" | "pyc" | "pyd" | "so" | "pyw").then_some(stem)
}

/// Lines that begin with `import` are run at every start (documentation of `site`). Where a line ends, whether a byte
/// order mark goes, and what stands for bytes that are not UTF-8 differs from version to version of Python, so every
/// reading counts.
fn path_file(path: &TreePath, bytes: &[u8]) -> Finding {
    let readable = encodings::readable(bytes);
    let text = String::from_utf8_lossy(&readable);
    let runs = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        line.starts_with("import ") || line.starts_with("import\t")
    };
    match split_lines(&text).zip(1_u32..).find(|(line, _)| runs(line)) {
        Some((_, number)) => {
            let message = format!("{} runs code whenever an interpreter starts.", quoted(path.as_str()));
            let mut finding = Finding::of(&rules::PATH_FILE, message).in_file(path.as_str());
            finding.line = Some(number);
            finding
        }
        None => {
            let message = format!("{} adds folders to every interpreter's path.", quoted(path.as_str()));
            Finding::of(&rules::PATH_FILE, message).in_file(path.as_str()).severity(Severity::Low)
        }
    }
}
