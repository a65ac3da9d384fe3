//! The catalogue's shapes. One entry that the existing client cannot read makes
//! it drop a whole answer silently, so `rating` is always there, `downloads` is
//! always a number, and `author` is text in a result and an object in a manifest.

use std::collections::BTreeMap;

use airlock_model::manifest::{Category, License, PluginType};
use airlock_model::{Manifest, PluginName, PluginVersion, Sha256, Timestamp, VersionState};
use airlock_store::{CatalogueEntry, PluginDetail, VersionSummary};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::links::Links;

/// One plugin as searches show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResult {
    /// The name.
    #[schema(value_type = String, example = "weather-tool")]
    pub name: PluginName,
    /// The latest version.
    #[schema(value_type = String, example = "1.0.0")]
    pub version: PluginVersion,
    /// What kind of plugin it is.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "tool")]
    pub kind: PluginType,
    /// Where the catalogue files it.
    #[schema(value_type = String, example = "utility")]
    pub category: Category,
    /// The name shown to people.
    pub title: String,
    /// One or two sentences.
    pub description: String,
    /// The author's name.
    pub author: String,
    /// Downloads of all versions.
    pub downloads: u64,
    /// Always there and null: the registry collects no ratings.
    pub rating: Option<f64>,
    /// Whether the registry vouches for the publisher's identity.
    pub verified: bool,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The licence.
    #[schema(value_type = String, example = "MIT")]
    pub license: License,
    /// Where the version stands.
    #[schema(value_type = String, example = "published")]
    pub state: VersionState,
    /// SHA-256 of the archive that is served.
    #[schema(value_type = String)]
    pub sha256: Sha256,
    /// When this version was published.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Timestamp,
}

impl From<&CatalogueEntry> for SearchResult {
    fn from(entry: &CatalogueEntry) -> Self {
        let manifest = &entry.manifest;
        Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            kind: manifest.kind,
            category: manifest.category,
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            author: manifest.author.name.clone(),
            downloads: entry.downloads,
            rating: None,
            verified: false,
            tags: manifest.tags.clone(),
            license: manifest.license,
            state: entry.state,
            sha256: entry.canonical.sha256,
            published_at: entry.published_at,
        }
    }
}

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// One page of them, best first.
    pub results: Vec<SearchResult>,
    /// How many there are in all.
    pub total: u64,
}

/// One plugin with the text that searches look into, for the client's cache.
#[derive(Debug, Serialize, ToSchema)]
pub struct CachedResult {
    /// The plugin.
    #[serde(flatten)]
    pub result: SearchResult,
    /// What searches look into, in lower case.
    pub search_text: String,
}

/// The whole catalogue, for the client's cache.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueAnswer {
    /// The latest version of every plugin, by name.
    pub plugins: Vec<CachedResult>,
    /// When the catalogue last changed; null while it is empty.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
}

/// One plugin as the guide's list shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedPlugin {
    /// The plugin.
    #[serde(flatten)]
    pub result: SearchResult,
    /// The manifest of the latest version.
    #[schema(value_type = Object)]
    pub manifest: Value,
    /// The latest version.
    #[schema(value_type = String, example = "1.0.0")]
    pub latest_version: PluginVersion,
    /// Downloads of all versions.
    pub total_downloads: u64,
}

impl From<&CatalogueEntry> for ListedPlugin {
    fn from(entry: &CatalogueEntry) -> Self {
        Self {
            result: entry.into(),
            manifest: manifest(entry),
            latest_version: entry.manifest.version.clone(),
            total_downloads: entry.downloads,
        }
    }
}

/// One version, in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionAnswer {
    /// The version.
    #[schema(value_type = String, example = "1.0.0")]
    pub version: PluginVersion,
    /// Where it stands.
    #[schema(value_type = String, example = "published")]
    pub state: VersionState,
    /// SHA-256 of the archive that is served.
    #[schema(value_type = String)]
    pub sha256: Sha256,
    /// SHA-256 of what its publisher uploaded.
    #[schema(value_type = String)]
    pub upload_sha256: Sha256,
    /// The archive's size in bytes.
    pub size: u64,
    /// Downloads of this version.
    pub downloads: u64,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Timestamp,
    /// Where the archive is.
    pub download_url: String,
}

impl VersionAnswer {
    fn of(name: &PluginName, version: &VersionSummary, links: Links<'_>) -> Self {
        Self {
            version: version.version.clone(),
            state: version.state,
            sha256: version.canonical.sha256,
            upload_sha256: version.upload_sha256,
            size: version.canonical.size,
            downloads: version.downloads,
            published_at: version.published_at,
            download_url: links.archive(name, &version.version),
        }
    }
}

/// Everything about one plugin.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginAnswer {
    /// The manifest of the version that was asked for, with what the registry knows of it.
    #[schema(value_type = Object)]
    pub manifest: Value,
    /// The listed versions, greatest first.
    #[schema(value_type = Vec<String>)]
    pub versions: Vec<PluginVersion>,
    /// The version that a client without an opinion gets.
    #[schema(value_type = String, example = "1.0.0")]
    pub latest_version: PluginVersion,
    /// Downloads of all versions.
    pub total_downloads: u64,
    /// The plugins that this plugin needs, by its name.
    #[schema(value_type = Object)]
    pub dependencies_graph: BTreeMap<PluginName, Vec<String>>,
    /// The README, as its publisher wrote it: untrusted text.
    pub readme: Option<String>,
    /// How the README is written: `markdown`, `rst` or `plain`.
    pub readme_format: &'static str,
    /// The changelog, as its publisher wrote it: untrusted text.
    pub changelog: Option<String>,
    /// How the changelog is written: `markdown`, `rst` or `plain`.
    pub changelog_format: &'static str,
    /// Who publishes it.
    pub owner: String,
    /// Every version that is served, with hashes; yanked ones too.
    pub version_details: Vec<VersionAnswer>,
}

impl PluginAnswer {
    /// Tells what `detail` holds.
    #[must_use]
    pub fn of(detail: PluginDetail, links: Links<'_>) -> Self {
        let name = &detail.entry.manifest.name;
        let listed = detail.versions.iter().filter(|version| version.state.is_listed());
        let mut versions: Vec<PluginVersion> = listed.map(|version| version.version.clone()).collect();
        if versions.is_empty() {
            versions.push(detail.latest.clone());
        }
        let dependencies = &detail.entry.manifest.requirements.dependencies;
        let needed = dependencies.iter().map(|dependency| dependency.name.clone()).collect();
        Self {
            manifest: manifest(&detail.entry),
            versions,
            latest_version: detail.latest,
            total_downloads: detail.entry.downloads,
            dependencies_graph: BTreeMap::from([(name.clone(), needed)]),
            version_details: detail.versions.iter().map(|version| VersionAnswer::of(name, version, links)).collect(),
            readme: detail.readme,
            readme_format: detail.readme_format.as_str(),
            changelog: detail.changelog,
            changelog_format: detail.changelog_format.as_str(),
            owner: detail.owner_name.to_string(),
        }
    }
}

/// The manifest with the keys that the registry owns, whatever its publisher wrote there.
fn manifest(entry: &CatalogueEntry) -> Value {
    let manifest: &Manifest = &entry.manifest;
    let mut value = serde_json::to_value(manifest).expect("a manifest holds only text, numbers and maps of them");
    if let Some(keys) = value.as_object_mut() {
        keys.insert("published_at".into(), Value::String(entry.published_at.to_string()));
        keys.insert("updated_at".into(), Value::String(entry.updated_at.to_string()));
        keys.insert("downloads".into(), entry.downloads.into());
        keys.insert("rating".into(), Value::Null);
        keys.insert("verified".into(), false.into());
    }
    value
}
