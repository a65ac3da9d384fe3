//! The catalogue: what anyone may find. Lists and searches show the latest
//! listed version of each plugin.

use airlock_model::manifest::{Category, PluginType};
use airlock_model::{PluginName, PluginVersion, Timestamp, UserId};
use sqlx::FromRow;

use crate::database::{Store, Tx};
use crate::error::{StoreError, count, parsed};
use crate::versions::{CatalogueEntry, ENTRY, EntryRow, PluginDetail, Served, ServedRow, SummaryRow, VersionSummary};

/// What to search for. Every condition that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words, each of which must occur in name, title, description, tags or author; any case.
    pub text: String,
    /// The type.
    pub kind: Option<PluginType>,
    /// The category.
    pub category: Option<Category>,
    /// Tags, all of them, any case.
    pub tags: Vec<String>,
    /// The most to return.
    pub limit: u32,
    /// How many to pass over.
    pub offset: u32,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// One page of them, best first.
    pub entries: Vec<CatalogueEntry>,
    /// How many there are in all.
    pub total: u64,
}

#[derive(FromRow)]
struct TextsRow {
    readme: Option<String>,
    readme_format: String,
    changelog: Option<String>,
    changelog_format: String,
}

#[derive(FromRow)]
struct PluginRow {
    owner_id: String,
    owner_name: String,
    created_at: i64,
}

/// Words beyond this many are not looked at: each costs a pass over the text.
const MOST_WORDS: usize = 16;

impl Store {
    /// Searches the latest versions: an exact name first, then names that begin with the text, then by downloads.
    pub async fn search(&self, query: &SearchQuery) -> Result<Found, StoreError> {
        let text = query.text.replace('\0', " ").trim().to_lowercase();
        let mut conditions = vec!["v.is_latest = 1".to_owned()];
        // The first two parameters rank by name.
        let mut values = vec![text.clone(), format!("{}%", escaped(&text))];
        let mut require = |condition: &str, value: String| {
            values.push(value);
            conditions.push(condition.replace('?', &format!("${}", values.len())));
        };
        for word in text.split_whitespace().take(MOST_WORDS) {
            require("v.search_text LIKE ? ESCAPE '!'", format!("%{}%", escaped(word)));
        }
        for tag in query.tags.iter().take(MOST_WORDS) {
            require("v.tags LIKE ? ESCAPE '!'", format!("%\n{}\n%", escaped(&tag.trim().to_lowercase())));
        }
        if let Some(kind) = query.kind {
            require("v.kind = ?", kind.as_str().to_owned());
        }
        if let Some(category) = query.category {
            require("v.category = ?", category.as_str().to_owned());
        }
        let conditions = conditions.join(" AND ");
        let next = values.len() + 1;
        let page = format!(
            "SELECT {ENTRY} FROM versions v JOIN plugins p ON p.name = v.plugin WHERE {conditions} \
             ORDER BY CASE WHEN v.plugin = $1 THEN 0 WHEN v.plugin LIKE $2 ESCAPE '!' THEN 1 ELSE 2 END, \
                      p.downloads DESC, v.plugin LIMIT ${next} OFFSET ${}",
            next + 1
        );
        // Both parameters of the ranking are named, so that each statement uses every one it is given.
        let all = format!("SELECT COUNT(*) FROM versions v WHERE {conditions} AND ($1 = $1 OR $2 = $2)");
        let mut tx = self.read().await?;
        let mut rows = sqlx::query_as::<_, EntryRow>(sqlx::AssertSqlSafe(page));
        let mut total = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(all));
        for value in &values {
            rows = rows.bind(value.clone());
            total = total.bind(value.clone());
        }
        let rows = rows.bind(i64::from(query.limit)).bind(i64::from(query.offset)).fetch_all(tx.sql()).await?;
        let total = total.fetch_one(tx.sql()).await?;
        let entries = rows.into_iter().map(CatalogueEntry::try_from).collect::<Result<_, _>>()?;
        Ok(Found { entries, total: count("a count", total)? })
    }

    /// The latest version of every plugin, by name, and when the catalogue last changed.
    pub async fn all(&self) -> Result<(Vec<CatalogueEntry>, Option<Timestamp>), StoreError> {
        let mut tx = self.read().await?;
        let rows: Vec<EntryRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {ENTRY} FROM versions v JOIN plugins p ON p.name = v.plugin WHERE v.is_latest = 1 \
             ORDER BY v.plugin"
        )))
        .fetch_all(tx.sql())
        .await?;
        let changed: Option<i64> =
            sqlx::query_scalar("SELECT MAX(updated_at) FROM versions").fetch_one(tx.sql()).await?;
        let entries = rows.into_iter().map(CatalogueEntry::try_from).collect::<Result<_, _>>()?;
        Ok((entries, changed.map(Timestamp::from_micros)))
    }

    /// One plugin with its versions; `version` asks for that one instead of the latest. `None` when there is no
    /// such plugin or version, or none of it is served.
    pub async fn plugin(
        &self,
        name: &PluginName,
        version: Option<&PluginVersion>,
    ) -> Result<Option<PluginDetail>, StoreError> {
        let mut tx = self.read().await?;
        let versions = versions_of(&mut tx, name).await?;
        let listed = versions.iter().filter(|version| version.state.is_listed()).map(|version| &version.version);
        // A plugin of which every version is yanked still answers to those who ask for it by name.
        let Some(latest) = PluginVersion::latest(listed)
            .or_else(|| PluginVersion::latest(versions.iter().map(|version| &version.version)))
            .cloned()
        else {
            return Ok(None);
        };
        let wanted = version.unwrap_or(&latest);
        if !versions.iter().any(|version| version.version == *wanted) {
            return Ok(None);
        }
        let entry: EntryRow = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {ENTRY} FROM versions v JOIN plugins p ON p.name = v.plugin WHERE v.plugin = $1 AND v.version = $2"
        )))
        .bind(name.as_str())
        .bind(wanted.to_string())
        .fetch_one(tx.sql())
        .await?;
        let texts: TextsRow = sqlx::query_as(
            "SELECT readme, readme_format, changelog, changelog_format FROM versions \
             WHERE plugin = $1 AND version = $2",
        )
        .bind(name.as_str())
        .bind(wanted.to_string())
        .fetch_one(tx.sql())
        .await?;
        let plugin: PluginRow = sqlx::query_as(
            "SELECT p.owner_id, u.name AS owner_name, p.created_at FROM plugins p JOIN users u ON u.id = p.owner_id \
             WHERE p.name = $1",
        )
        .bind(name.as_str())
        .fetch_one(tx.sql())
        .await?;
        let owner: UserId = parsed("plugins.owner_id", &plugin.owner_id)?;
        Ok(Some(PluginDetail {
            entry: entry.try_into()?,
            readme: texts.readme,
            readme_format: parsed("versions.readme_format", &texts.readme_format)?,
            changelog: texts.changelog,
            changelog_format: parsed("versions.changelog_format", &texts.changelog_format)?,
            latest,
            versions,
            owner,
            owner_name: parsed("users.name", &plugin.owner_name)?,
            created_at: Timestamp::from_micros(plugin.created_at),
        }))
    }

    /// What to serve for this very version; `None` when there is none or it is not served.
    pub async fn version_for_download(
        &self,
        name: &PluginName,
        version: &PluginVersion,
    ) -> Result<Option<Served>, StoreError> {
        let row: Option<ServedRow> = sqlx::query_as(
            "SELECT plugin, version, state, canonical_sha256, canonical_size, submission_id, published_at \
             FROM versions WHERE plugin = $1 AND version = $2",
        )
        .bind(name.as_str())
        .bind(version.to_string())
        .fetch_optional(self.pool())
        .await?;
        let served = row.map(Served::try_from).transpose()?;
        Ok(served.filter(|served| served.state.is_served()))
    }

    /// How many plugins the catalogue lists.
    pub async fn plugins_count(&self) -> Result<u64, StoreError> {
        let number: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM versions WHERE is_latest = 1").fetch_one(self.pool()).await?;
        count("a count", number)
    }
}

/// The served versions, greatest first.
async fn versions_of(tx: &mut Tx, name: &PluginName) -> Result<Vec<VersionSummary>, StoreError> {
    let rows: Vec<SummaryRow> = sqlx::query_as(
        "SELECT version, state, canonical_sha256, canonical_size, upload_sha256, downloads, published_at, \
                submission_id, validation_id FROM versions WHERE plugin = $1",
    )
    .bind(name.as_str())
    .fetch_all(tx.sql())
    .await?;
    let mut versions = rows.into_iter().map(VersionSummary::try_from).collect::<Result<Vec<_>, _>>()?;
    versions.retain(|version| version.state.is_served());
    versions.sort_by(|a, b| b.version.cmp(&a.version));
    Ok(versions)
}

/// Makes a text stand for itself in LIKE.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_").replace('\0', "")
}
