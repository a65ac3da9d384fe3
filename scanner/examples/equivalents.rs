//! Every finding in a folder with what other tools call it, uncapped, as JSON; `scripts/parity`
//! reads it: `cargo run -p airlock-scanner --example equivalents -- FOLDER`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use airlock_model::{Tree, TreePath};
use airlock_scanner::python::{Settings, scan};
use serde_json::json;

#[expect(clippy::print_stderr, reason = "a command's own output")]
fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: equivalents FOLDER");
        return ExitCode::from(64);
    };
    let mut tree = Tree::new();
    if let Err(error) = collect(Path::new(&folder), "", &mut tree) {
        eprintln!("{folder}: {error}");
        return ExitCode::FAILURE;
    }
    let findings: Vec<_> = scan(&tree, &Settings::default())
        .findings
        .into_iter()
        .map(|finding| {
            let equivalents: Vec<String> =
                finding.equivalents.bandit.into_iter().chain(finding.equivalents.ruff).collect();
            json!({
                "rule": finding.rule,
                "severity": finding.severity,
                "file": finding.file,
                "line": finding.line,
                "equivalents": equivalents,
            })
        })
        .collect();
    match writeln!(std::io::stdout(), "{}", json!({ "findings": findings })) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Puts the Python files of a folder into the tree.
fn collect(folder: &Path, prefix: &str, tree: &mut Tree) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), tree)?;
        } else if name.ends_with(".py")
            && let Ok(path) = TreePath::new(name)
        {
            tree.insert(path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}
