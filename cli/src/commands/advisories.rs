//! `airlock advisories`: the operator's folder of known vulnerabilities.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use airlock_gate::advisories::{
    Advisory, Affected, Ecosystem, Event, Folder, FolderError, ImportError, Imported, import, matches_version,
};
use airlock_model::{Vulnerability, escape};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::command_line::{Data, PlainFormat, Shared};
use crate::exit::{Exit, Failure};
use crate::terminal::{self, BOLD, FAINT};

/// Bring in known vulnerabilities, and look them up.
///
/// Advisories are records in the Open Source Vulnerability format, of the ecosystems PyPI (Python packages) and
/// Airlock (plugins). They lie in a folder; nothing is fetched from anywhere.
#[derive(Debug, Args)]
pub(crate) struct Advisories {
    #[command(subcommand)]
    what: What,

    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check records and put them into the folder: one file, a folder, or a ZIP archive.
    Import {
        /// The record, folder or archive.
        path: PathBuf,
    },
    /// List the records in the folder.
    List {
        /// Only those on this package.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,

        /// How to write it.
        #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
        format: PlainFormat,
    },
    /// Show one record, by its id or an alias.
    Show {
        /// The id, for instance PYSEC-2024-1.
        id: String,
    },
    /// Say what is known of one version. Exits with 1 when it is vulnerable.
    Check {
        /// The package and its version.
        #[arg(value_name = "NAME==VERSION")]
        requirement: String,

        /// Whether it is a plugin, and not a Python package.
        #[arg(long)]
        plugin: bool,

        /// How to write it.
        #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
        format: PlainFormat,
    },
}

impl Advisories {
    pub(crate) fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        self.data.apply(&mut layers)?;
        let dir = layers.config()?.advisories_dir();
        match self.what {
            What::Import { path } => bring_in(&path, &dir),
            What::List { name, format } => list(&open(&dir)?, name.as_deref(), format),
            What::Show { id } => show(&open(&dir)?, &id),
            What::Check { requirement, plugin, format } => check(&open(&dir)?, &requirement, plugin, format),
        }
    }
}

fn open(dir: &Path) -> Result<Folder, Failure> {
    let folder = Folder::open(dir)?;
    for broken in &folder.unreadable {
        terminal::tell(&format!("left out: {}: {}", broken.file, broken.why));
    }
    Ok(folder)
}

fn bring_in(path: &Path, dir: &Path) -> Result<Exit, Failure> {
    let imported = import(path, dir)?;
    for broken in &imported.refused {
        terminal::tell(&format!("refused: {}: {}", broken.file, broken.why));
    }
    terminal::print(&told(&imported, dir))?;
    Ok(if imported.refused.is_empty() { Exit::Fine } else { Exit::No })
}

fn told(imported: &Imported, dir: &Path) -> String {
    let ecosystems: Vec<String> =
        imported.by_ecosystem.iter().map(|(ecosystem, count)| format!("{ecosystem} {count}")).collect();
    let mut out = format!("{} advisories brought in", imported.records);
    if !ecosystems.is_empty() {
        let _ = write!(out, " ({})", ecosystems.join(", "));
    }
    if imported.withdrawn > 0 {
        let _ = write!(out, ", {} of them withdrawn", imported.withdrawn);
    }
    if let Some(newest) = imported.newest {
        let _ = write!(out, ", the newest of {newest}");
    }
    if imported.elsewhere > 0 {
        let _ = write!(out, "; {} of other ecosystems left out", imported.elsewhere);
    }
    if !imported.refused.is_empty() {
        let _ = write!(out, "; {} refused", imported.refused.len());
    }
    let _ = writeln!(out, "\n{FAINT}{}{FAINT:#}", escape::line(&dir.to_string_lossy()));
    out
}

fn list(folder: &Folder, name: Option<&str>, format: PlainFormat) -> Result<Exit, Failure> {
    let name = name.map(airlock_model::inventory::normalised);
    let about =
        |advisory: &&Advisory| name.as_ref().is_none_or(|name| advisory.affected.iter().any(|one| one.name == *name));
    let found: Vec<&Advisory> = folder.records.values().filter(about).collect();
    let text = match format {
        PlainFormat::Json => format!("{:#}\n", found.into_iter().map(summary).collect::<Value>()),
        PlainFormat::Text => {
            let mut out = String::new();
            for advisory in &found {
                let names: Vec<&str> = advisory.affected.iter().map(|one| one.name.as_str()).collect();
                let withdrawn = if advisory.withdrawn { ", withdrawn" } else { "" };
                let (id, severity) = (&advisory.id, advisory.severity.as_str());
                let summary = escape::line(&advisory.summary);
                let _ = writeln!(
                    out,
                    "{BOLD}{id}{BOLD:#} {severity}{withdrawn}  {}: {summary}",
                    escape::line(&names.join(", "))
                );
            }
            let _ = writeln!(out, "{} advisories", found.len());
            out
        }
    };
    terminal::print(&text)?;
    Ok(Exit::Fine)
}

fn summary(advisory: &Advisory) -> Value {
    json!({
        "id": advisory.id,
        "aliases": advisory.aliases,
        "summary": advisory.summary,
        "severity": advisory.severity,
        "modified": advisory.modified,
        "withdrawn": advisory.withdrawn,
        "packages": advisory.affected.iter().map(|one| json!({"ecosystem": one.ecosystem.as_str(), "name": one.name})).collect::<Vec<_>>(),
    })
}

fn show(folder: &Folder, id: &str) -> Result<Exit, Failure> {
    let known = |advisory: &&Advisory| advisory.id == id || advisory.aliases.iter().any(|alias| alias == id);
    let found: Vec<&Advisory> = folder.records.values().filter(known).collect();
    if found.is_empty() {
        return Err(Failure::refused(format!("there is no advisory {}", escape::quoted(id)))
            .remedy("`airlock advisories list` lists them all"));
    }
    let text: String = found.into_iter().map(page).collect();
    terminal::print(&text)?;
    Ok(Exit::Fine)
}

fn page(advisory: &Advisory) -> String {
    let mut out = format!("{BOLD}{}{BOLD:#} {}\n", advisory.id, escape::line(&advisory.summary));
    let vector = advisory.vector.as_ref().map(|vector| format!(" ({})", escape::line(vector))).unwrap_or_default();
    let _ = writeln!(out, "  severity  {}{vector}", advisory.severity.as_str());
    let _ = writeln!(out, "  modified  {}{}", advisory.modified, if advisory.withdrawn { ", withdrawn" } else { "" });
    if !advisory.aliases.is_empty() {
        let _ = writeln!(out, "  aliases   {}", advisory.aliases.join(", "));
    }
    for one in &advisory.affected {
        let _ = writeln!(out, "  {} {}: {}", one.ecosystem.as_str(), escape::line(&one.name), versions(one));
    }
    out
}

fn versions(affected: &Affected) -> String {
    let ranges = affected.ranges.iter().map(|events| {
        let events = events.iter().map(|event| match event {
            Event::Introduced(version) => format!("from {version}"),
            Event::Fixed(version) => format!("below {version}"),
            Event::LastAffected(version) => format!("up to {version}"),
        });
        events.collect::<Vec<_>>().join(" ")
    });
    let mut parts: Vec<String> = ranges.collect();
    if !affected.versions.is_empty() {
        parts.push(format!("{} versions by name", affected.versions.len()));
    }
    escape::line(&parts.join("; "))
}

fn check(folder: &Folder, requirement: &str, plugin: bool, format: PlainFormat) -> Result<Exit, Failure> {
    let form = || {
        Failure::usage(format!("{} is not NAME==VERSION", escape::quoted(requirement)))
            .remedy("write a name and one version, for instance requests==2.31.0")
    };
    let (name, version) = requirement.split_once("==").ok_or_else(form)?;
    let (name, version) = (name.trim(), version.trim());
    let ecosystem = if plugin { Ecosystem::Airlock } else { Ecosystem::PyPi };
    if name.is_empty() || !ecosystem.is_version(version) {
        return Err(form());
    }
    let found = matches_version(folder, ecosystem, name, version);
    terminal::print(&match format {
        PlainFormat::Json => format!("{:#}\n", json!(found)),
        PlainFormat::Text if found.is_empty() => {
            format!(
                "{} {}: nothing is known, by {} advisories\n",
                escape::line(name),
                escape::line(version),
                folder.records.len()
            )
        }
        PlainFormat::Text => found.iter().map(line).collect(),
    })?;
    Ok(if found.is_empty() { Exit::Fine } else { Exit::No })
}

fn line(found: &Vulnerability) -> String {
    let also = if found.aliases.is_empty() { String::new() } else { format!(" ({})", found.aliases.join(", ")) };
    let fixed = found.fixed.as_ref().map(|fixed| format!("; mended in {}", escape::line(fixed))).unwrap_or_default();
    let (id, severity) = (&found.id, found.severity.as_str());
    format!("{BOLD}{id}{BOLD:#}{also} {severity}: {}{fixed}\n", escape::line(&found.summary))
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        Self::refused(error).remedy("`airlock advisories import` fills the folder; `advisories.dir` says where it is")
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Write { .. } => Self::ours(error).remedy("see that the folder can be written"),
            ImportError::Read { .. } | ImportError::Zip { .. } => {
                Self::usage(error).remedy("name a record, a folder of records, or a ZIP archive of records")
            }
        }
    }
}
