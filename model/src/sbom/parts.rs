//! The parts of the document.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Asked;
use crate::advisory::Vulnerability;
use crate::inspection::{Blob, FileEntry};
use crate::inventory::{Requirement, RequirementKind, Scope};
use crate::manifest::{License, Manifest};

/// The plugin itself.
pub(super) fn root(manifest: &Manifest, archive: Blob, reference: &str, supplier: Option<&str>) -> Value {
    let mut author = json!({"name": manifest.author.name});
    if let Some(email) = &manifest.author.email {
        author["email"] = json!(email);
    }
    let mut component = json!({
        "type": "library",
        "bom-ref": reference,
        "name": manifest.name,
        "version": manifest.version,
        "description": manifest.description,
        "authors": [author],
        "licenses": [{"license": license(manifest.license)}],
        "hashes": [{"alg": "SHA-256", "content": archive.sha256}],
        "purl": reference,
        "properties": [
            {"name": "airlock:type", "value": manifest.kind.as_str()},
            {"name": "airlock:entry_point", "value": manifest.entry_point},
            {"name": "airlock:archive_bytes", "value": archive.size.to_string()},
        ],
    });
    if let Some(supplier) = supplier {
        component["supplier"] = json!({"name": supplier});
    }
    let links =
        [("website", &manifest.homepage), ("vcs", &manifest.repository), ("documentation", &manifest.documentation)];
    let links: Vec<Value> = links
        .into_iter()
        .filter_map(|(kind, url)| Some(json!({"type": kind, "url": url.as_ref().filter(|url| is_reference(url))?})))
        .collect();
    if !links.is_empty() {
        component["externalReferences"] = json!(links);
    }
    component
}

/// The licences with a name of their own in SPDX carry it; the others only their word.
fn license(license: License) -> Value {
    match license {
        License::Proprietary | License::Other => json!({"name": license.as_str()}),
        License::Gpl3 => json!({"id": "GPL-3.0-only"}),
        other => json!({"id": other.as_str()}),
    }
}

/// One file of the plugin.
pub(super) fn file(entry: &FileEntry) -> Value {
    json!({
        "type": "file",
        "bom-ref": format!("file:{}", entry.path),
        "name": entry.path,
        "hashes": [{"alg": "SHA-256", "content": entry.sha256}],
        "properties": [{"name": "airlock:bytes", "value": entry.size.to_string()}],
    })
}

/// The reference of one thing that some lines ask for; with its version where all of them ask for the same.
pub(super) fn reference(lines: &[&Requirement]) -> String {
    let first = lines[0];
    let name = encoded(&first.name);
    let base = match first.kind {
        RequirementKind::Package => format!("pkg:pypi/{name}"),
        RequirementKind::Plugin => format!("pkg:generic/{name}"),
        RequirementKind::Interpreter => format!("pkg:generic/interpreter/{name}"),
        RequirementKind::System => format!("pkg:generic/system/{name}"),
    };
    match version(lines) {
        Some(version) => format!("{base}@{}", encoded(version)),
        None => base,
    }
}

/// The version that every line pins.
fn version<'a>(lines: &[&'a Requirement]) -> Option<&'a str> {
    let first = lines.first()?.pinned.as_deref()?;
    lines.iter().all(|line| line.pinned.as_deref() == Some(first)).then_some(first)
}

/// One thing that is asked for.
pub(super) fn asked(reference: &str, lines: &[&Requirement]) -> Value {
    let first = lines[0];
    let kind = if first.kind == RequirementKind::Interpreter { "platform" } else { "library" };
    let scope = lines.iter().map(|line| line.scope).min().unwrap_or(Scope::Runtime);
    let mut component = json!({
        "type": kind,
        "bom-ref": reference,
        "name": first.name,
        "purl": reference,
        "scope": match scope {
            Scope::Plugin | Scope::Runtime => "required",
            Scope::Optional => "optional",
            Scope::Build | Scope::Dev => "excluded",
        },
        "properties": properties(lines),
        "evidence": {"occurrences": lines.iter().map(|line| occurrence(line)).collect::<Vec<_>>()},
    });
    if let Some(version) = version(lines) {
        component["version"] = json!(version);
    }
    let sources = lines.iter().filter_map(|line| line.source.as_deref()).filter(|source| is_reference(source));
    let sources: Vec<Value> = sources.map(|source| json!({"type": "distribution", "url": source})).collect();
    if !sources.is_empty() {
        component["externalReferences"] = json!(sources);
    }
    component
}

fn occurrence(line: &Requirement) -> Value {
    let mut occurrence = json!({"location": line.file});
    if let Some(number) = line.line {
        occurrence["line"] = json!(number);
    }
    occurrence
}

fn properties(lines: &[&Requirement]) -> Vec<Value> {
    let mut all: Vec<(&str, String)> = vec![("airlock:kind", lines[0].kind.as_str().to_owned())];
    for line in lines {
        all.push(("airlock:scope", line.scope.as_str().to_owned()));
        let specifier = if line.specifier.is_empty() { "*" } else { &line.specifier };
        all.push(("airlock:specifier", specifier.to_owned()));
        let source = line.source.iter().map(|source| ("airlock:source", source.clone()));
        let marker = line.marker.iter().map(|marker| ("airlock:marker", marker.clone()));
        let group = line.group.iter().map(|group| ("airlock:group", group.clone()));
        let extras = line.extras.iter().map(|extra| ("airlock:extra", extra.clone()));
        all.extend(source.chain(marker).chain(group).chain(extras));
    }
    all.sort();
    all.dedup();
    all.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// The known vulnerabilities, one entry for each advisory.
pub(super) fn vulnerabilities(all: &[Vulnerability], asked: &Asked<'_>, root: &str) -> Value {
    let mut ids: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().filter_map(|id| vulnerability(id, all, asked, root)).collect()
}

fn vulnerability(id: &str, all: &[Vulnerability], asked: &Asked<'_>, root: &str) -> Option<Value> {
    let same: Vec<&Vulnerability> = all.iter().filter(|one| one.id == id).collect();
    let first = *same.first()?;
    let mut rating = json!({"severity": match first.severity {
        crate::Severity::Note => "info",
        other => other.as_str(),
    }});
    if let Some(vector) = &first.vector {
        rating["vector"] = json!(vector);
        rating["method"] = json!(method(vector));
    }
    let affects: Vec<Value> = affected(&same, asked, root).into_iter().map(|one| json!({"ref": one})).collect();
    let mut entry = json!({
        "bom-ref": format!("vulnerability:{id}"),
        "id": id,
        "source": {"name": "OSV"},
        "references": first.aliases.iter().map(|alias| json!({"id": alias, "source": {"name": "OSV"}})).collect::<Vec<_>>(),
        "ratings": [rating],
        "description": first.summary,
        "updated": first.modified,
        "affects": affects,
    });
    if let Some(fixed) = &first.fixed {
        entry["recommendation"] = json!(format!("Use {} {fixed} or later.", first.name));
    }
    Some(entry)
}

fn affected<'a>(same: &[&Vulnerability], asked: &'a Asked<'_>, root: &'a str) -> Vec<&'a str> {
    let hit = |lines: &[&Requirement]| {
        same.iter().any(|one| lines.iter().any(|line| line.kind == one.kind && line.name == one.name))
    };
    let found: Vec<&str> = asked.iter().filter(|(_, lines)| hit(lines)).map(|(key, _)| key.as_str()).collect();
    // What no line asks for is the plugin itself.
    if found.is_empty() { vec![root] } else { found }
}

fn method(vector: &str) -> &'static str {
    match vector.split('/').next() {
        Some("CVSS:4.0") => "CVSSv4",
        Some("CVSS:3.1") => "CVSSv31",
        Some("CVSS:3.0") => "CVSSv3",
        _ => "other",
    }
}

/// Percent-encodes what a package URL does not hold plainly.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

/// Whether a text can stand where the format wants an address.
fn is_reference(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("http://"))
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}[]".contains(&byte))
        && !text.contains("%%")
}
