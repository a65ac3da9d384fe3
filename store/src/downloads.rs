//! Downloads: counted in memory, written together once a second and at a clean stop.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use airlock_model::{PluginName, PluginVersion};

use crate::database::Store;
use crate::error::{StoreError, whole};

/// How long a download may wait to be written.
const WRITE_EVERY: Duration = Duration::from_secs(1);

const MICROS_A_DAY: i64 = 86_400_000_000;

/// What is counted and not yet written.
#[derive(Debug, Default)]
pub(crate) struct Downloads(Mutex<HashMap<(PluginName, PluginVersion), u64>>);

impl Downloads {
    /// Adds to the count; `true` when nothing was waiting to be written before.
    fn add(&self, name: &PluginName, version: &PluginVersion, number: u64) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = waiting.is_empty();
        *waiting.entry((name.clone(), version.clone())).or_default() += number;
        first
    }

    fn take(&self) -> HashMap<(PluginName, PluginVersion), u64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Counts one download. Must be called within a Tokio runtime, which writes it within a second.
    pub fn count_download(&self, name: &PluginName, version: &PluginVersion) {
        if self.downloads().add(name, version, 1) {
            let store = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(WRITE_EVERY).await;
                if let Err(error) = store.flush_downloads().await {
                    tracing::warn!(%error, "downloads could not be counted yet; they stay in memory");
                }
            });
        }
    }

    /// Writes the downloads that wait. What cannot be written goes on waiting.
    pub async fn flush_downloads(&self) -> Result<(), StoreError> {
        let waiting = self.downloads().take();
        if waiting.is_empty() {
            return Ok(());
        }
        let written = self.write_downloads(&waiting).await;
        if written.is_err() {
            for ((name, version), number) in &waiting {
                self.downloads().add(name, version, *number);
            }
        }
        written
    }

    async fn write_downloads(&self, waiting: &HashMap<(PluginName, PluginVersion), u64>) -> Result<(), StoreError> {
        // Always in the same order, so that two processes never wait for one another.
        let mut sorted: Vec<_> = waiting.iter().collect();
        sorted.sort();
        let mut tx = self.write().await?;
        let day = tx.now.micros().div_euclid(MICROS_A_DAY);
        for ((name, version), number) in sorted {
            let (version, number) = (version.to_string(), whole(*number));
            sqlx::query("UPDATE plugins SET downloads = downloads + $1 WHERE name = $2")
                .bind(number)
                .bind(name.as_str())
                .execute(tx.sql())
                .await?;
            sqlx::query("UPDATE versions SET downloads = downloads + $1 WHERE plugin = $2 AND version = $3")
                .bind(number)
                .bind(name.as_str())
                .bind(&version)
                .execute(tx.sql())
                .await?;
            sqlx::query(
                "INSERT INTO download_counts (plugin, version, day, downloads) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (plugin, version, day) \
                 DO UPDATE SET downloads = download_counts.downloads + excluded.downloads",
            )
            .bind(name.as_str())
            .bind(&version)
            .bind(day)
            .bind(number)
            .execute(tx.sql())
            .await?;
        }
        tx.commit().await
    }

    /// Downloads of a plugin by day, oldest first, for the last `days` days.
    pub async fn downloads_by_day(&self, name: &PluginName, days: u32) -> Result<Vec<(i64, u64)>, StoreError> {
        let today = self.now().await?.micros().div_euclid(MICROS_A_DAY);
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT day, CAST(SUM(downloads) AS BIGINT) FROM download_counts \
             WHERE plugin = $1 AND day > $2 GROUP BY day ORDER BY day",
        )
        .bind(name.as_str())
        .bind(today - i64::from(days))
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(|(day, number)| Ok((day, crate::error::count("a count", number)?))).collect()
    }
}
