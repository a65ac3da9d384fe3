//! Counts what the Python rules find below a folder, rule by rule, and lists what is of
//! medium severity and above: run it before and after a change to the engine.
//!
//!     cargo run -p airlock-scanner --example alarms -- FOLDER

#![expect(clippy::print_stdout, reason = "a command-line example")]

use std::collections::BTreeMap;
use std::path::Path;

use airlock_model::{Severity, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};

fn collect(root: &Path, folder: &Path, tree: &mut Tree) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, tree)?;
        } else if path.extension().is_some_and(|ending| ending == "py")
            && let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str)
            && let Ok(name) = TreePath::new(name)
        {
            tree.insert(name, std::fs::read(&path)?);
        }
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut tree = Tree::new();
    collect(Path::new(&root), Path::new(&root), &mut tree)?;
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for finding in scan(&tree, &Settings::default()).findings {
        *counts.entry((finding.rule.clone(), finding.severity.as_str())).or_default() += 1;
        if finding.severity >= Severity::Medium {
            let (file, line) = (finding.file.as_deref().unwrap_or_default(), finding.line.unwrap_or(0));
            println!("{} {} {file}:{line} {}", finding.severity.as_str(), finding.rule, finding.message);
        }
    }
    for ((rule, severity), count) in counts {
        println!("= {rule} {severity} {count}");
    }
    Ok(())
}
