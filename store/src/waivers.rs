//! Waivers: findings that a security team has accepted for one plugin.

use airlock_model::PluginName;
use airlock_model::verdict::Waiver;
use sqlx::FromRow;

use crate::audit::{Actor, AuditRecord};
use crate::database::Store;
use crate::error::{StoreError, is_unique};
use crate::text::storable;
use crate::tokens::Caller;

#[derive(FromRow)]
struct WaiverRow {
    fingerprint: String,
    because: String,
    name: String,
}

impl From<WaiverRow> for Waiver {
    fn from(row: WaiverRow) -> Self {
        Self { fingerprint: row.fingerprint, because: format!("{}: {}", row.name, row.because) }
    }
}

impl Store {
    /// The waivers that stand for a plugin.
    pub async fn waivers(&self, plugin: &PluginName) -> Result<Vec<Waiver>, StoreError> {
        let rows: Vec<WaiverRow> = sqlx::query_as(
            "SELECT w.fingerprint, w.because, u.name FROM waivers w JOIN users u ON u.id = w.created_by \
             WHERE w.plugin = $1 AND w.revoked_at IS NULL ORDER BY w.id",
        )
        .bind(plugin.as_str())
        .fetch_all(self.pool())
        .await?;
        Ok(rows.into_iter().map(Waiver::from).collect())
    }

    /// Accepts a finding for one plugin. Refuses callers who may not review, an unknown plugin, and a finding that
    /// is waived already.
    pub async fn add_waiver(
        &self,
        caller: &Caller,
        plugin: &PluginName,
        fingerprint: &str,
        because: &str,
    ) -> Result<(), StoreError> {
        if !caller.is_admin() {
            return Err(StoreError::NotFound("plugin"));
        }
        let mut tx = self.write().await?;
        let known: Option<String> = sqlx::query_scalar("SELECT name FROM plugins WHERE name = $1")
            .bind(plugin.as_str())
            .fetch_optional(tx.sql())
            .await?;
        known.ok_or(StoreError::NotFound("plugin"))?;
        let (id, now) = (tx.id(), tx.now.micros());
        sqlx::query(
            "INSERT INTO waivers (id, plugin, fingerprint, because, created_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(id.to_string())
        .bind(plugin.as_str())
        .bind(storable(fingerprint))
        .bind(storable(because))
        .bind(caller.user.to_string())
        .bind(now)
        .execute(tx.sql())
        .await
        .map_err(|error| match is_unique(&error) {
            true => StoreError::Taken { what: "waiver of", name: fingerprint.to_owned() },
            false => error.into(),
        })?;
        AuditRecord::new(Actor::Caller(caller), "waiver.add", "plugin", plugin.as_str())
            .detail(&serde_json::json!({"fingerprint": fingerprint, "because": because}))
            .write(&mut tx)
            .await?;
        tx.commit().await
    }
}
