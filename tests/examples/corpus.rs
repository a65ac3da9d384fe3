//! Real packages through a running registry: fetches source distributions with
//! pip, writes a manifest for each, packs them with `airlock pack`, publishes them
//! to a server of its own and prints the table of docs/corpus.md.

use std::path::{Path, PathBuf};
use std::process::Command;

use airlock_tests::client::{Client, accepted};
use airlock_tests::server::{Server, run};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

struct Package {
    name: &'static str,
    version: &'static str,
    entry_point: &'static str,
    /// The licence whose text the source distribution carries.
    license: &'static str,
}

const fn package(
    name: &'static str,
    version: &'static str,
    entry_point: &'static str,
    license: &'static str,
) -> Package {
    Package { name, version, entry_point, license }
}

const PACKAGES: &[Package] = &[
    package("iniconfig", "2.0.0", "iniconfig:IniConfig", "MIT"),
    package("pluggy", "1.5.0", "pluggy:PluginManager", "MIT"),
    package("itsdangerous", "2.2.0", "itsdangerous:Signer", "BSD-3-Clause"),
    package("click", "8.1.7", "click:Command", "BSD-3-Clause"),
    package("tabulate", "0.9.0", "tabulate:tabulate", "MIT"),
    package("python-slugify", "8.0.4", "slugify:slugify", "MIT"),
    package("sortedcontainers", "2.4.0", "sortedcontainers:SortedDict", "Apache-2.0"),
    package("toolz", "0.12.1", "toolz:curry", "BSD-3-Clause"),
    package("tomli", "2.0.1", "tomli:loads", "MIT"),
    package("attrs", "23.2.0", "attr:Factory", "MIT"),
    package("markupsafe", "2.1.5", "markupsafe:Markup", "BSD-3-Clause"),
    package("jmespath", "1.0.1", "jmespath:compile", "MIT"),
    package("inflection", "0.5.1", "inflection:pluralize", "MIT"),
    package("humanize", "4.9.0", "humanize:naturalsize", "MIT"),
];

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start().await;
    let client = server.client("corpus", "publisher");
    let mut rows = Vec::new();
    for package in PACKAGES {
        let Package { name, version, .. } = package;
        progress(&format!("{name} {version}"));
        let archive = prepare(folder.path(), package).with_context(|| format!("preparing {name} {version}"))?;
        let id = accepted(client.put(name, version, std::fs::read(archive)?).await).await;
        rows.push(row(&client, name, version, &id).await);
    }
    print(&rows);
    Ok(())
}

/// Fetches, unpacks, adds the manifest, packs.
fn prepare(folder: &Path, package: &Package) -> Result<PathBuf> {
    let Package { name, version, entry_point, license } = package;
    let wanted = format!("{name}=={version}");
    let fetched = folder.join(format!("{name}-sdist"));
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"];
    let status = Command::new("python3").args(pip).arg(&fetched).arg(&wanted).status()?;
    ensure!(status.success(), "pip could not fetch {wanted}");
    let Some(sdist) = std::fs::read_dir(&fetched)?.flatten().next() else { bail!("pip fetched nothing") };
    let unpacked = folder.join(name);
    std::fs::create_dir(&unpacked)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(sdist.path()).args(["--strip-components=1", "-C"]).arg(&unpacked);
    ensure!(tar.status()?.success(), "the source distribution could not be unpacked");
    std::fs::write(
        unpacked.join("plugin.yaml"),
        format!(
            "name: {name}\nversion: {version}\ntype: tool\ncategory: development\ntitle: {name}\n\
             description: A real package, wrapped as a plugin.\nauthor:\n  name: Its authors\nlicense: {license}\n\
             entry_point: {entry_point}\nrequirements:\n  agenticraft: '>=0.2.0a0'\n"
        ),
    )?;
    let archive = folder.join(format!("{name}.tar.gz"));
    run(&["pack", text(&unpacked)?, "-o", text(&archive)?], &[]);
    Ok(archive)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8")
}

async fn row(client: &Client, name: &str, version: &str, id: &str) -> Vec<String> {
    let validation = client.settled(id).await;
    let report = client.report(id).await;
    let count = &report["findings_count"];
    let severities = ["critical", "high", "medium", "low", "note"].map(|severity| count[severity].to_string());
    let run = &report["tests"];
    let outcome = match (run["outcome"].as_str(), run["detail"].as_object()) {
        (Some(outcome), Some(detail)) => format!("{outcome}: {}", words(detail)),
        (Some(outcome), None) => outcome.to_owned(),
        (None, _) => "not run".to_owned(),
    };
    let passed = run["tests"].as_array().map_or(0, |tests| tests.iter().filter(|t| t["outcome"] == "passed").count());
    let mut row = vec![format!("{name} {version}"), validation["state"].as_str().unwrap_or("?").to_owned()];
    row.push(severities.join("/"));
    row.push(format!("{outcome} ({passed} passed)"));
    row.push(["inspect", "test", "promote"].map(|stage| milliseconds(&validation, stage)).join(" / "));
    row
}

fn words(detail: &serde_json::Map<String, Value>) -> String {
    detail.values().map(word).collect::<Vec<_>>().join(" ").chars().take(80).collect()
}

/// A text as it is, a place as `file:line`, of a list each.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(word).collect::<Vec<_>>().join(" "),
        Value::Object(place) if place.contains_key("file") => {
            format!("{}:{}", place["file"].as_str().unwrap_or("?"), place["line"])
        }
        other => other.to_string(),
    }
}

/// A stage's wall time from its two time stamps.
fn milliseconds(validation: &Value, stage: &str) -> String {
    let stages = validation["stages"].as_array().into_iter().flatten();
    let time = |stage: &Value, key: &str| {
        let text = stage[key].clone();
        serde_json::from_value::<airlock_model::Timestamp>(text).ok()
    };
    stages
        .filter(|row| row["name"] == stage)
        .find_map(|row| Some(time(row, "finished_at")?.since(time(row, "started_at")?).as_millis().to_string()))
        .unwrap_or_else(|| "-".to_owned())
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn print(rows: &[Vec<String>]) {
    println!("| package | state | findings (critical/high/medium/low/note) | tests | ms: inspect / test / promote |");
    println!("|---|---|---|---|---|");
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

#[expect(clippy::print_stderr, reason = "long work shows progress")]
fn progress(what: &str) {
    eprintln!("{what}");
}
