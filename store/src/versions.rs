//! Versions: what the catalogue holds. Rows are made by promotion alone.

use airlock_model::inspection::{Blob, TextFormat};
use airlock_model::{
    Manifest, PluginName, PluginVersion, Sha256, SubmissionId, Timestamp, UserId, ValidationId, VersionState,
};
use sqlx::FromRow;

use crate::error::{StoreError, count, from_json, parsed};
use crate::users::UserName;

/// One version as lists and searches show it.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueEntry {
    /// The manifest, as it was validated.
    pub manifest: Manifest,
    /// Where the version stands.
    pub state: VersionState,
    /// The archive that is served.
    pub canonical: Blob,
    /// What was uploaded.
    pub upload_sha256: Sha256,
    /// Downloads of this version.
    pub version_downloads: u64,
    /// Downloads of all versions of the plugin.
    pub downloads: u64,
    /// When it was published.
    pub published_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What searches look into.
    pub search_text: String,
}

/// One version of a plugin, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSummary {
    /// The version.
    pub version: PluginVersion,
    /// Where it stands.
    pub state: VersionState,
    /// The archive that is served.
    pub canonical: Blob,
    /// What was uploaded.
    pub upload_sha256: Sha256,
    /// Downloads of this version.
    pub downloads: u64,
    /// When it was published.
    pub published_at: Timestamp,
    /// The submission it came from.
    pub submission: SubmissionId,
    /// The validation that it passed.
    pub validation: ValidationId,
}

/// Everything about one plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginDetail {
    /// The version that was asked for, the latest when none was.
    pub entry: CatalogueEntry,
    /// Its README.
    pub readme: Option<String>,
    /// How the README is written.
    pub readme_format: TextFormat,
    /// Its changelog.
    pub changelog: Option<String>,
    /// How the changelog is written.
    pub changelog_format: TextFormat,
    /// The version that a client without an opinion gets.
    pub latest: PluginVersion,
    /// Every version that is served, greatest first.
    pub versions: Vec<VersionSummary>,
    /// Who owns the name.
    pub owner: UserId,
    /// The owner's name.
    pub owner_name: UserName,
    /// When the name was claimed.
    pub created_at: Timestamp,
}

/// What a download needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The plugin.
    pub name: PluginName,
    /// The version.
    pub version: PluginVersion,
    /// Where it stands.
    pub state: VersionState,
    /// The archive, whose key in the catalogue bucket is [`crate::ObjectKey::catalogue`].
    pub canonical: Blob,
    /// The submission it came from, whose quarantine objects are kept.
    pub submission: SubmissionId,
    /// When it was published.
    pub published_at: Timestamp,
}

/// The columns of [`EntryRow`]; `v` is the version, `p` the plugin.
pub(crate) const ENTRY: &str = "v.manifest, v.state, v.canonical_sha256, v.canonical_size, v.upload_sha256, \
    v.downloads AS version_downloads, p.downloads, v.published_at, v.updated_at, v.search_text";

#[derive(FromRow)]
pub(crate) struct EntryRow {
    manifest: String,
    state: String,
    canonical_sha256: String,
    canonical_size: i64,
    upload_sha256: String,
    version_downloads: i64,
    downloads: i64,
    published_at: i64,
    updated_at: i64,
    search_text: String,
}

impl TryFrom<EntryRow> for CatalogueEntry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            manifest: from_json("versions.manifest", &row.manifest)?,
            state: parsed("versions.state", &row.state)?,
            canonical: blob(&row.canonical_sha256, row.canonical_size)?,
            upload_sha256: parsed("versions.upload_sha256", &row.upload_sha256)?,
            version_downloads: count("versions.downloads", row.version_downloads)?,
            downloads: count("plugins.downloads", row.downloads)?,
            published_at: Timestamp::from_micros(row.published_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            search_text: row.search_text,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct SummaryRow {
    version: String,
    state: String,
    canonical_sha256: String,
    canonical_size: i64,
    upload_sha256: String,
    downloads: i64,
    published_at: i64,
    submission_id: String,
    validation_id: String,
}

impl TryFrom<SummaryRow> for VersionSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        Ok(Self {
            version: parsed("versions.version", &row.version)?,
            state: parsed("versions.state", &row.state)?,
            canonical: blob(&row.canonical_sha256, row.canonical_size)?,
            upload_sha256: parsed("versions.upload_sha256", &row.upload_sha256)?,
            downloads: count("versions.downloads", row.downloads)?,
            published_at: Timestamp::from_micros(row.published_at),
            submission: parsed("versions.submission_id", &row.submission_id)?,
            validation: parsed("versions.validation_id", &row.validation_id)?,
        })
    }
}

#[derive(FromRow)]
pub(crate) struct ServedRow {
    plugin: String,
    version: String,
    state: String,
    canonical_sha256: String,
    canonical_size: i64,
    submission_id: String,
    published_at: i64,
}

impl TryFrom<ServedRow> for Served {
    type Error = StoreError;

    fn try_from(row: ServedRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: parsed("versions.plugin", &row.plugin)?,
            version: parsed("versions.version", &row.version)?,
            state: parsed("versions.state", &row.state)?,
            canonical: blob(&row.canonical_sha256, row.canonical_size)?,
            submission: parsed("versions.submission_id", &row.submission_id)?,
            published_at: Timestamp::from_micros(row.published_at),
        })
    }
}

fn blob(sha256: &str, size: i64) -> Result<Blob, StoreError> {
    Ok(Blob { sha256: parsed("versions.canonical_sha256", sha256)?, size: count("versions.canonical_size", size)? })
}
