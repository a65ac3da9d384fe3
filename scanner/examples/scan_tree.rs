//! Scans folders of Python files with the Python room alone and says what it found and
//! how long that took; for looking at alarms over large trees, and for profiling.
//!
//! `cargo run --release -p airlock-scanner --example scan_tree -- [--select AL-…] [--list] [--json] FOLDER…`

#![expect(clippy::print_stdout, reason = "it is a command that prints what it found")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use airlock_model::{Severity, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};

/// The one that `airlock` uses, so that a profile tells the truth about it.
#[global_allocator]
static ALLOCATOR: airlock_region::Allocator = airlock_region::Allocator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings { jobs: 1, ..Settings::default() };
    let (mut list, mut json, mut folders) = (false, false, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--select" => settings.select.extend(arguments.next()),
            "--jobs" => settings.jobs = arguments.next().ok_or("--jobs takes a number")?.parse()?,
            "--list" => list = true,
            "--json" => json = true,
            folder => folders.push(PathBuf::from(folder)),
        }
    }
    for folder in folders {
        let mut tree = Tree::new();
        read(&folder, &folder, &mut tree)?;
        let start = Instant::now();
        let found = scan(&tree, &settings);
        let took = start.elapsed();
        if json {
            for finding in &found.findings {
                println!("{}", serde_json::to_string(finding)?);
            }
            for used in &found.capabilities {
                println!("{}", serde_json::to_string(used)?);
            }
            println!("{}", serde_json::to_string(&found.plan)?);
            continue;
        }
        let mut counts: BTreeMap<(&str, Severity), usize> = BTreeMap::new();
        for finding in &found.findings {
            *counts.entry((&finding.rule, finding.severity)).or_default() += 1;
            if list {
                let place = format!("{}:{}", finding.file.as_deref().unwrap_or("-"), finding.line.unwrap_or(0));
                println!("{place}: {} {}: {}", finding.severity.as_str(), finding.rule, finding.message);
                for step in &finding.evidence {
                    let file = step.file.as_deref().unwrap_or("-");
                    println!("    {file}:{}: {}", step.line.unwrap_or(0), step.message);
                }
            }
        }
        for ((rule, severity), count) in counts {
            println!("{count:6} {} {rule}", severity.as_str());
        }
        println!("{}: {} files, {} bytes, {took:?}", folder.display(), found.python_files, found.bytes);
    }
    Ok(())
}

fn read(top: &Path, folder: &Path, tree: &mut Tree) -> Result<(), Box<dyn std::error::Error>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            read(top, &path, tree)?;
        } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "py" || ending == "pyw") {
            let name = path.strip_prefix(top)?.to_str().ok_or("a name is not text")?;
            if let Ok(name) = TreePath::new(name) {
                tree.insert(name, std::fs::read(&path)?);
            }
        }
    }
    Ok(())
}
