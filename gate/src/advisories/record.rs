//! One record in the Open Source Vulnerability format, checked and cut down to what
//! is needed.

use std::str::FromStr as _;

use airlock_model::inventory::normalised;
use airlock_model::{Severity, Timestamp, escape};
use serde::Deserialize;

use super::severity::{self, Scored};
use super::{Advisory, Affected, Event, affected};

/// The longest id.
const MOST_ID: usize = 128;
/// The longest summary that is kept, in characters.
const MOST_SUMMARY: usize = 300;

/// Where a package is from, of the ecosystems that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Python packages, ordered by PEP 440.
    PyPi,
    /// Plugins of a registry like this one, ordered by semver.
    Airlock,
}

impl Ecosystem {
    /// Its name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PyPi => "PyPI",
            Self::Airlock => "Airlock",
        }
    }

    /// Whether a text is a version as this ecosystem orders them.
    #[must_use]
    pub fn is_version(self, text: &str) -> bool {
        affected::is_version(self, text)
    }

    fn of(name: &str) -> Option<Self> {
        // What follows a colon names a part of the ecosystem.
        let name = name.split(':').next().unwrap_or_default();
        [Self::PyPi, Self::Airlock].into_iter().find(|one| one.as_str() == name)
    }
}

/// Why a text is no record that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not JSON, or not of the format.
    #[error("it is no record of the format: {0}")]
    Form(String),
    /// The id cannot be a file's name.
    #[error(
        "its id {} is none: an id has letters, digits, '-', '.', '_' and ':', and at most {} characters",
        escape::quoted(.0),
        MOST_ID
    )]
    Id(String),
    /// A version that cannot be ordered.
    #[error("{field} {} is no version of {}", escape::quoted(.version), .ecosystem.as_str())]
    Version {
        /// Where it stands.
        field: String,
        /// The version.
        version: String,
        /// The ecosystem whose versions are ordered.
        ecosystem: Ecosystem,
    },
    /// Nothing in it says which versions are vulnerable.
    #[error("{0} names neither ranges nor versions")]
    NoVersions(String),
    /// It speaks of other ecosystems only.
    #[error("it speaks of other ecosystems only")]
    Elsewhere,
}

#[derive(Deserialize)]
struct Raw {
    id: String,
    modified: Timestamp,
    withdrawn: Option<Timestamp>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    severity: Vec<Scored>,
    #[serde(default)]
    affected: Vec<RawAffected>,
    #[serde(default)]
    database_specific: serde_json::Value,
}

#[derive(Deserialize)]
struct RawAffected {
    package: Option<RawPackage>,
    #[serde(default)]
    ranges: Vec<RawRange>,
    #[serde(default)]
    versions: Vec<String>,
    #[serde(default)]
    severity: Vec<Scored>,
}

#[derive(Deserialize)]
struct RawPackage {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct RawRange {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<RawEvent>,
}

#[derive(Deserialize)]
struct RawEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
}

/// Reads and checks one record.
pub fn parse(json: &[u8]) -> Result<Advisory, RecordError> {
    let raw: Raw = serde_json::from_slice(json).map_err(|error| RecordError::Form(escape::line(&error.to_string())))?;
    if !is_id(&raw.id) {
        return Err(RecordError::Id(raw.id));
    }
    let mut affected = Vec::new();
    let mut scores = raw.severity;
    for (index, one) in raw.affected.into_iter().enumerate() {
        if let Some((one, own)) = affected_of(index, one)? {
            affected.push(one);
            scores.extend(own);
        }
    }
    if affected.is_empty() {
        return Err(RecordError::Elsewhere);
    }
    let word = raw.database_specific.get("severity").and_then(serde_json::Value::as_str);
    let (severity, vector) = severity::of(&scores, word).unwrap_or((Severity::Medium, None));
    let summary = if raw.summary.is_empty() { raw.details } else { raw.summary };
    let mut aliases: Vec<String> = raw.aliases.into_iter().filter(|alias| is_id(alias) && *alias != raw.id).collect();
    aliases.sort();
    aliases.dedup();
    Ok(Advisory {
        id: raw.id,
        aliases,
        summary: summary.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST_SUMMARY).collect(),
        modified: raw.modified,
        withdrawn: raw.withdrawn.is_some(),
        severity,
        vector,
        affected,
    })
}

fn affected_of(index: usize, raw: RawAffected) -> Result<Option<(Affected, Vec<Scored>)>, RecordError> {
    let Some((package, ecosystem)) =
        raw.package.and_then(|one| Ecosystem::of(&one.ecosystem).map(|known| (one, known)))
    else {
        return Ok(None);
    };
    let field = format!("affected[{index}]");
    let name = normalised(package.name.trim());
    // Ranges of commits say nothing about versions; those of versions are ordered as their ecosystem orders them.
    let by_version = |kind: &str| matches!(kind, "ECOSYSTEM" | "SEMVER");
    let mut ranges = Vec::new();
    for range in raw.ranges.into_iter().filter(|range| by_version(&range.kind)) {
        let events: Vec<Event> = range.events.into_iter().filter_map(event).collect();
        if !events.iter().any(|event| matches!(event, Event::Introduced(_))) {
            return Err(RecordError::Form(format!("a range of {field} has no event `introduced`")));
        }
        for event in &events {
            let (Event::Introduced(version) | Event::Fixed(version) | Event::LastAffected(version)) = event;
            if version != "0" && !affected::is_version(ecosystem, version) {
                return Err(RecordError::Version { field, version: version.clone(), ecosystem });
            }
        }
        ranges.push(events);
    }
    if ranges.is_empty() && raw.versions.is_empty() {
        return Err(RecordError::NoVersions(field));
    }
    // Lists hold relics from before PEP 440, which no requirement can name.
    let versions = raw.versions.into_iter().filter(|version| affected::is_version(ecosystem, version)).collect();
    Ok(Some((Affected { ecosystem, name, ranges, versions }, raw.severity)))
}

fn event(raw: RawEvent) -> Option<Event> {
    let RawEvent { introduced, fixed, last_affected } = raw;
    introduced
        .map(Event::Introduced)
        .or_else(|| fixed.map(Event::Fixed))
        .or_else(|| last_affected.map(Event::LastAffected))
}

/// Whether a text can be an id and, but for `:`, a file's name.
fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    (1..=MOST_ID).contains(&text.len()) && text.as_bytes()[0].is_ascii_alphanumeric() && text.bytes().all(plain)
}

/// A version as PEP 440 has it, with numbers that can be counted on from.
pub(super) fn pep440(text: &str) -> Option<pep440_rs::Version> {
    airlock_scanner::dependencies::parse_specifier(&format!("=={text}")).ok()?;
    pep440_rs::Version::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(change: impl FnOnce(&mut serde_json::Value)) -> Result<Advisory, RecordError> {
        let mut json = serde_json::json!({
            "id": "PYSEC-2026-1", "modified": "2026-05-01T00:00:00Z", "aliases": ["CVE-2026-1"], "summary": "It\nleaks",
            "affected": [{"package": {"ecosystem": "PyPI", "name": "Friendly_Bard"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]}],
        });
        change(&mut json);
        parse(&serde_json::to_vec(&json).expect("JSON"))
    }

    #[test]
    fn a_record_is_cut_down_to_what_is_needed() {
        let advisory = record(|_| {}).expect("a record");
        assert_eq!(advisory.affected[0].name, "friendly-bard");
        assert_eq!(advisory.summary, "It leaks");
        assert_eq!((advisory.severity, advisory.vector), (Severity::Medium, None));
        assert!(!advisory.withdrawn);
    }

    #[test]
    fn broken_records_say_what_is_wrong() {
        let said = |change: fn(&mut serde_json::Value)| record(change).expect_err("refused").to_string();
        assert!(said(|json| json["id"] = "../x".into()).starts_with("its id '../x' is none"));
        assert!(said(|json| json["id"] = ".hidden".into()).starts_with("its id"));
        assert!(said(|json| json["modified"] = "yesterday".into()).starts_with("it is no record"));
        assert_eq!(
            said(|json| json["affected"][0]["ranges"][0]["events"][1]["fixed"] = "one".into()),
            "affected[0] 'one' is no version of PyPI"
        );
        assert_eq!(
            said(|json| json["affected"][0]["ranges"] = serde_json::json!([])),
            "affected[0] names neither ranges nor versions"
        );
        assert_eq!(
            said(|json| json["affected"][0]["package"]["ecosystem"] = "npm".into()),
            RecordError::Elsewhere.to_string()
        );
        assert!(parse(b"[]").is_err());
        assert!(parse(b"\xff").is_err());
    }
}
