//! The version that a new one is compared with, and the bill of materials of one
//! that is served: both are made of inspections that were recorded.

use airlock_model::difference::Earlier;
use airlock_model::{Inspection, PluginName, PluginVersion, Timestamp, ValidationId, VersionState};

use crate::database::Store;
use crate::error::{StoreError, parsed};
use crate::users::UserName;
use crate::{findings, reports};

/// Everything that a published version's bill of materials is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Materials {
    /// The inspection that it passed.
    pub inspection: Inspection,
    /// Who published it.
    pub supplier: UserName,
    /// When.
    pub published_at: Timestamp,
}

/// What is asked of each version: its text, state, validation and time of publication.
type Row = (String, String, String, i64);

impl Store {
    /// The version that `version` is compared with: the highest listed one below it, or, when there is none below,
    /// the one that was published last; nothing when no other version is listed. Its findings are among it.
    pub async fn earlier(&self, plugin: &PluginName, version: &PluginVersion) -> Result<Option<Earlier>, StoreError> {
        let mut tx = self.read().await?;
        let rows: Vec<Row> =
            sqlx::query_as("SELECT version, state, validation_id, published_at FROM versions WHERE plugin = $1")
                .bind(plugin.as_str())
                .fetch_all(tx.sql())
                .await?;
        let mut listed: Vec<(PluginVersion, ValidationId, i64)> = Vec::with_capacity(rows.len());
        for (text, state, validation, at) in rows {
            let state: VersionState = parsed("versions.state", &state)?;
            if state.is_listed() {
                let other = parsed("versions.version", &text)?;
                listed.push((other, parsed("versions.validation_id", &validation)?, at));
            }
        }
        let Some((earlier, validation)) = chosen(listed, version) else { return Ok(None) };
        let Some(mut inspection) = reports::bare_inspection(&mut tx, validation).await? else { return Ok(None) };
        inspection.findings = findings::of(&mut tx, validation).await?;
        Ok(Some(Earlier { version: earlier, inspection }))
    }

    /// What a served version is made of; `None` when there is none or it is not served.
    pub async fn materials(
        &self,
        plugin: &PluginName,
        version: &PluginVersion,
    ) -> Result<Option<Materials>, StoreError> {
        let mut tx = self.read().await?;
        let row: Option<(String, String, String, i64)> = sqlx::query_as(
            "SELECT v.state, v.validation_id, u.name, v.published_at FROM versions v \
             JOIN users u ON u.id = v.published_by WHERE v.plugin = $1 AND v.version = $2",
        )
        .bind(plugin.as_str())
        .bind(version.to_string())
        .fetch_optional(tx.sql())
        .await?;
        let Some((state, validation, supplier, at)) = row else { return Ok(None) };
        let state: VersionState = parsed("versions.state", &state)?;
        if !state.is_served() {
            return Ok(None);
        }
        let validation: ValidationId = parsed("versions.validation_id", &validation)?;
        let inspection = reports::bare_inspection(&mut tx, validation).await?;
        let inspection = inspection.ok_or(StoreError::NotFound("inspection"))?;
        let supplier = parsed("users.name", &supplier)?;
        Ok(Some(Materials { inspection, supplier, published_at: Timestamp::from_micros(at) }))
    }
}

fn chosen(
    listed: Vec<(PluginVersion, ValidationId, i64)>,
    version: &PluginVersion,
) -> Option<(PluginVersion, ValidationId)> {
    let below = listed.iter().filter(|(other, ..)| other < version).max_by(|a, b| a.0.cmp(&b.0));
    let newest = || listed.iter().filter(|(other, ..)| other != version).max_by_key(|(.., at)| *at);
    below.or_else(newest).map(|(other, validation, _)| (other.clone(), *validation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(listed: &[&str], version: &str) -> Option<String> {
        let validation: ValidationId = "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f".parse().expect("an id");
        let of = |text: &str| text.parse::<PluginVersion>().expect("a version");
        // In the order in which they were published.
        let listed = listed.iter().zip(1..).map(|(text, at)| (of(text), validation, at)).collect();
        chosen(listed, &of(version)).map(|(version, _)| version.to_string())
    }

    #[test]
    fn the_highest_below_is_chosen_and_else_the_newest() {
        assert_eq!(choice(&[], "1.0.0"), None);
        assert_eq!(choice(&["1.0.0"], "1.0.0"), None);
        assert_eq!(choice(&["1.0.0", "2.0.0", "1.1.0", "1.1.1-rc.1"], "1.1.1").as_deref(), Some("1.1.1-rc.1"));
        assert_eq!(choice(&["1.0.0", "1.2.0", "1.10.0"], "1.11.0").as_deref(), Some("1.10.0"));
        assert_eq!(choice(&["3.0.0", "2.0.0"], "1.0.0").as_deref(), Some("2.0.0"));
    }
}
