//! Promotion: the one transaction that makes a version visible.

use airlock_model::inspection::Blob;
use airlock_model::{
    Inspection, Manifest, PluginName, PluginVersion, StageState, Timestamp, ValidationState, VersionState,
};

use crate::audit::{Actor, AuditRecord};
use crate::database::{Store, Tx};
use crate::error::{StoreError, is_unique, parsed, to_json, whole};
use crate::stages::Claim;
use crate::text::storable;
use crate::{leases, outbox, reports, validations};

/// What was promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promoted {
    /// The plugin.
    pub plugin: PluginName,
    /// The version.
    pub version: PluginVersion,
    /// The version that a client without an opinion gets from now on.
    pub latest: PluginVersion,
    /// When it became visible.
    pub published_at: Timestamp,
}

impl Store {
    /// Makes the claim's version visible in one transaction: version row, latest version, stage, validation, events,
    /// audit and outbox. `stored` is what the worker put into the catalogue bucket; it must be what `inspect`
    /// recorded. Refuses a claim that no longer holds, and a version that is in the catalogue already.
    pub async fn record_promotion(&self, claim: &Claim, stored: Blob) -> Result<Promoted, StoreError> {
        let mut tx = self.write().await?;
        // The plugin's row is locked first, as every transaction does that needs both.
        sqlx::query("UPDATE plugins SET updated_at = $1 WHERE name = $2")
            .bind(tx.now.micros())
            .bind(claim.plugin.as_str())
            .execute(tx.sql())
            .await?;
        leases::hold(&mut tx, claim).await?;
        let inspection =
            reports::bare_inspection(&mut tx, claim.validation).await?.ok_or(StoreError::NotFound("inspection"))?;
        let manifest = agreed(claim, &inspection, stored)?;
        insert(&mut tx, claim, &inspection, manifest, stored).await?;
        let latest = settle_latest(&mut tx, &claim.plugin).await?.unwrap_or_else(|| claim.version.clone());
        leases::finish(&mut tx, claim, StageState::Done, None).await?;
        validations::enter(&mut tx, claim.validation, ValidationState::Published, None).await?;
        let published_at = tx.now;
        let body = serde_json::json!({
            "plugin": claim.plugin, "version": claim.version, "sha256": stored.sha256, "validation": claim.validation,
        });
        AuditRecord::new(Actor::Worker(&claim.worker), "version.publish", "plugin", claim.plugin.as_str())
            .detail(&body)
            .write(&mut tx)
            .await?;
        outbox::add(&mut tx, "version.published", Some(claim.validation), &body).await?;
        tx.commit().await?;
        Ok(Promoted { plugin: claim.plugin.clone(), version: claim.version.clone(), latest, published_at })
    }
}

/// What was stored, what was recorded and what was uploaded must be one and the same.
fn agreed<'a>(claim: &Claim, inspection: &'a Inspection, stored: Blob) -> Result<&'a Manifest, StoreError> {
    let contradiction = |text: String| Err(StoreError::Contradiction(text));
    let Some(manifest) = &inspection.manifest else {
        return contradiction(format!("{} {} has no manifest to publish", claim.plugin, claim.version));
    };
    if manifest.name != claim.plugin || manifest.version != claim.version {
        return contradiction(format!(
            "the manifest says {} {} and the upload was made for {} {}",
            manifest.name, manifest.version, claim.plugin, claim.version
        ));
    }
    if inspection.canonical != Some(stored) {
        return contradiction(format!(
            "the archive in the catalogue bucket (sha256 {}) is not the one that was examined",
            stored.sha256
        ));
    }
    Ok(manifest)
}

async fn insert(
    tx: &mut Tx,
    claim: &Claim,
    inspection: &Inspection,
    manifest: &Manifest,
    stored: Blob,
) -> Result<(), StoreError> {
    let now = tx.now.micros();
    sqlx::query(
        "INSERT INTO versions (plugin, version, submission_id, validation_id, state, canonical_sha256, \
           canonical_size, upload_sha256, kind, category, title, manifest, readme, readme_format, changelog, \
           changelog_format, search_text, tags, published_at, published_by, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $19)",
    )
    .bind(claim.plugin.as_str())
    .bind(claim.version.to_string())
    .bind(claim.submission.to_string())
    .bind(claim.validation.to_string())
    .bind(VersionState::Published.as_str())
    .bind(stored.sha256.to_string())
    .bind(whole(stored.size))
    .bind(claim.upload.sha256.to_string())
    .bind(manifest.kind.as_str())
    .bind(manifest.category.as_str())
    .bind(storable(&manifest.title))
    .bind(to_json("a manifest", manifest)?)
    .bind(inspection.readme.as_deref().map(storable))
    .bind(inspection.readme_format.as_str())
    .bind(inspection.changelog.as_deref().map(storable))
    .bind(inspection.changelog_format.as_str())
    .bind(search_text(manifest))
    .bind(tags(manifest))
    .bind(now)
    .bind(claim.publisher.to_string())
    .execute(tx.sql())
    .await
    .map_err(|error| match is_unique(&error) {
        true => StoreError::Taken { what: "version", name: format!("{} {}", claim.plugin, claim.version) },
        false => error.into(),
    })?;
    Ok(())
}

/// Marks the plugin's latest listed version, for lists and searches.
pub(crate) async fn settle_latest(tx: &mut Tx, plugin: &PluginName) -> Result<Option<PluginVersion>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT version, state FROM versions WHERE plugin = $1")
        .bind(plugin.as_str())
        .fetch_all(tx.sql())
        .await?;
    let mut listed: Vec<PluginVersion> = Vec::with_capacity(rows.len());
    for (version, state) in &rows {
        let state: VersionState = parsed("versions.state", state)?;
        if state.is_listed() {
            listed.push(parsed("versions.version", version)?);
        }
    }
    let latest = PluginVersion::latest(&listed).cloned();
    let text = latest.as_ref().map(ToString::to_string);
    sqlx::query("UPDATE versions SET is_latest = CASE WHEN version = $1 THEN 1 ELSE 0 END WHERE plugin = $2")
        .bind(text.clone().unwrap_or_default())
        .bind(plugin.as_str())
        .execute(tx.sql())
        .await?;
    sqlx::query("UPDATE plugins SET latest_version = $1 WHERE name = $2")
        .bind(text)
        .bind(plugin.as_str())
        .execute(tx.sql())
        .await?;
    Ok(latest)
}

/// What searches look into, in lower case.
fn search_text(manifest: &Manifest) -> String {
    let mut parts = vec![
        manifest.name.as_str(),
        &manifest.title,
        &manifest.description,
        &manifest.author.name,
        manifest.kind.as_str(),
        manifest.category.as_str(),
    ];
    parts.extend(manifest.tags.iter().map(String::as_str));
    parts.extend(manifest.capabilities.iter().map(String::as_str));
    parts.join(" ").to_lowercase().replace('\0', "\u{fffd}")
}

/// Each tag between line feeds, in lower case, so that one LIKE finds a whole tag.
fn tags(manifest: &Manifest) -> String {
    let tags = manifest.tags.iter().map(|tag| tag.trim().to_lowercase().replace(['\n', '\0'], " "));
    tags.fold("\n".to_owned(), |all, tag| all + &tag + "\n")
}
