//! `airlock scan`: the rules for Python code over any tree.

use std::path::{Path, PathBuf};

use airlock_model::finding::{Finding, FindingsCount};
use airlock_model::fingerprint::settle;
use airlock_model::inspection::CapabilityUse;
use airlock_model::{Report, Severity, Tree, TreePath, escape};
use airlock_scanner::python::{self, Settings};
use airlock_scanner::{RULE_SET, files, rules};
use clap::{Args, ValueEnum};

use crate::command_line::{Format, Shared};
use crate::commands::check::rendered;
use crate::exit::{Doing as _, Exit, Failure};
use crate::home;
use crate::rooms::TOOL;
use crate::terminal::{self, BOLD};

/// Folders that hold no source of the tree's own.
const PASSED_OVER: &[&str] = &[".git", ".hg", ".svn", ".jj", ".tox", ".nox", ".venv", "__pycache__", "node_modules"];

/// Scan Python source, any folder or file.
///
/// Folders are searched for .py files; links are not followed, and version control, caches and
/// virtual environments are passed over unless named. Exits with 0 when nothing was found at the
/// threshold, 1 when something was.
#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Folders and files.
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    /// How to write the findings.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Files analysed at once; 0 for as many as there are processors.
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,

    /// Report only these rules, by id or its beginning, such as AL-CODE; separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,

    /// Do not report these rules, by id or its beginning; separated by commas.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,

    /// Leave out findings that are milder than this.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = Threshold::Low)]
    min_severity: Threshold,
}

/// The severities, as the command line writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Threshold {
    Note,
    Low,
    Medium,
    High,
    Critical,
}

impl From<Threshold> for Severity {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Note => Self::Note,
            Threshold::Low => Self::Low,
            Threshold::Medium => Self::Medium,
            Threshold::High => Self::High,
            Threshold::Critical => Self::Critical,
        }
    }
}

/// What all paths together gave.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    capabilities: Vec<CapabilityUse>,
    files: u64,
}

impl Scan {
    pub(crate) fn run(&self, shared: &Shared) -> Result<Exit, Failure> {
        let limits = shared.layers(&[])?.config()?.limits.scan;
        self.select.iter().chain(&self.ignore).try_for_each(|prefix| known(prefix))?;
        let settings = Settings {
            permissions: None,
            limits,
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            jobs: self.jobs,
        };
        let mut found = Found::default();
        for path in &self.paths {
            home::must_exist(path)?;
            found.add(path, &settings)?;
        }
        let threshold = Severity::from(self.min_severity);
        let mut findings = settle(found.findings);
        findings.retain(|finding| finding.severity >= threshold);
        let exit = if findings.is_empty() { Exit::Fine } else { Exit::No };
        let mut report = Report::new(TOOL).with_findings(findings);
        report.rule_set = Some(RULE_SET.to_owned());
        report.capabilities = found.capabilities;
        terminal::print(&match self.format {
            Format::Text => text(&report, found.files),
            other => rendered(&report, other),
        })?;
        Ok(exit)
    }
}

fn known(prefix: &str) -> Result<(), Failure> {
    if rules::all().iter().any(|rule| rule.id.starts_with(prefix)) {
        return Ok(());
    }
    Err(Failure::usage(format!("no rule's id begins with {}", escape::quoted(prefix)))
        .remedy("`airlock rules` lists them all"))
}

fn text(report: &Report, files: u64) -> String {
    let style = terminal::report_style();
    let mut out: String =
        report.findings.iter().map(|finding| airlock_model::report::text::finding(finding, style)).collect();
    let FindingsCount { critical, high, medium, low, note } = report.findings_count;
    let counts = [(critical, "critical"), (high, "high"), (medium, "medium"), (low, "low"), (note, "note")];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    let counts = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
    let files = if files == 1 { "1 Python file".to_owned() } else { format!("{files} Python files") };
    out.push_str(&format!("{BOLD}{counts}{BOLD:#} in {files}\n"));
    out
}

impl Found {
    /// Scans what is at `path`; places are named as the command line named them.
    fn add(&mut self, path: &Path, settings: &Settings) -> Result<(), Failure> {
        let (root, tree) = if path.is_dir() {
            let mut tree = Tree::new();
            collect(path, "", &mut tree)?;
            (path, tree)
        } else {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let mut tree = Tree::new();
            take(path, name.to_owned(), &mut tree)?;
            (path.parent().unwrap_or(Path::new("")), tree)
        };
        let prefix = prefix(root);
        let mut scan = python::scan(&tree, settings);
        files::clear_of_secrets(&tree, &mut scan.findings);
        self.files += scan.python_files;
        self.findings.extend(scan.findings.into_iter().map(|mut finding| {
            finding.file = finding.file.map(|file| format!("{prefix}{file}"));
            for evidence in &mut finding.evidence {
                evidence.file = evidence.file.take().map(|file| format!("{prefix}{file}"));
            }
            finding
        }));
        self.capabilities.extend(scan.capabilities.into_iter().map(|mut used| {
            used.file = format!("{prefix}{}", used.file);
            used
        }));
        Ok(())
    }
}

/// What stands before a path of the tree when it is shown.
fn prefix(root: &Path) -> String {
    let text = root.to_string_lossy();
    let text = text.trim_start_matches("./").trim_end_matches('/');
    match text {
        "" if root.has_root() => "/".to_owned(),
        "" | "." => String::new(),
        other => format!("{other}/"),
    }
}

fn collect(dir: &Path, below: &str, tree: &mut Tree) -> Result<(), Failure> {
    let reading = || format!("reading {}", dir.display());
    for entry in std::fs::read_dir(dir).doing(reading())? {
        let entry = entry.doing(reading())?;
        let kind = entry.file_type().doing(reading())?;
        let name = entry.file_name();
        // A name that is not text cannot be imported, and a report could not name it.
        let Some(name) = name.to_str() else { continue };
        let path = format!("{below}{name}");
        if kind.is_dir() && !PASSED_OVER.contains(&name) {
            collect(&entry.path(), &format!("{path}/"), tree)?;
        } else if kind.is_file() && (name.ends_with(".py") || name.ends_with(".pyw")) {
            take(&entry.path(), path, tree)?;
        }
    }
    Ok(())
}

fn take(file: &Path, path: String, tree: &mut Tree) -> Result<(), Failure> {
    let path = TreePath::new(path).map_err(Failure::usage)?;
    let bytes = std::fs::read(file).doing(format_args!("reading {}", file.display()))?;
    tree.insert(path, bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_as_the_command_line_named_them() {
        for (root, shown) in
            [("", ""), (".", ""), ("./", ""), ("./src/", "src/"), ("src", "src/"), ("/", "/"), ("/srv/x/", "/srv/x/")]
        {
            assert_eq!(prefix(Path::new(root)), shown, "{root}");
        }
    }

    #[test]
    fn only_source_is_collected_and_links_are_not_followed() {
        let root = tempfile::tempdir().expect("a folder");
        for dir in ["a/b", ".git", "__pycache__"] {
            std::fs::create_dir_all(root.path().join(dir)).expect("made");
        }
        for file in ["a/b/x.py", "a/y.txt", ".git/z.py", "__pycache__/w.py"] {
            std::fs::write(root.path().join(file), "pass\n").expect("written");
        }
        std::os::unix::fs::symlink(root.path().join("a/b/x.py"), root.path().join("link.py")).expect("linked");
        let mut tree = Tree::new();
        collect(root.path(), "", &mut tree).expect("read");
        assert_eq!(tree.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["a/b/x.py"]);
    }
}
