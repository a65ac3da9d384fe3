//! Plugins: who owns a name. A name is claimed by its first upload, together
//! with every name that could be mistaken for it.

use airlock_model::likeness::likeness;
use airlock_model::{PluginName, UserId};
use sqlx::FromRow;

use crate::database::{Store, Tx};
use crate::error::{StoreError, parsed};
use crate::submissions::SubmitError;
use crate::tokens::Caller;

/// How many near names are handed on.
const MOST_LOOKALIKES: usize = 20;

/// Two names whose lengths differ by more are not near: a word before a name has at most eight letters, and a hyphen.
const LONGEST_AFFIX: i64 = 9;

#[derive(FromRow)]
struct OwnerRow {
    name: String,
    owner_id: String,
}

/// Claims `name` for the caller or finds it theirs already, and locks its row until the
/// transaction ends. The folded name's uniqueness decides between two who come at once.
pub(crate) async fn claim_name(tx: &mut Tx, caller: &Caller, name: &PluginName) -> Result<(), SubmitError> {
    let folded = name.fold();
    let now = tx.now.micros();
    sqlx::query(
        "INSERT INTO plugins (name, folded_name, owner_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(name.as_str())
    .bind(folded.as_str())
    .bind(caller.user.to_string())
    .bind(now)
    .execute(tx.sql())
    .await
    .map_err(StoreError::from)?;
    let row: OwnerRow =
        sqlx::query_as("UPDATE plugins SET updated_at = updated_at WHERE folded_name = $1 RETURNING name, owner_id")
            .bind(folded.as_str())
            .fetch_one(tx.sql())
            .await
            .map_err(StoreError::from)?;
    allowed(&row, caller, name)
}

fn allowed(row: &OwnerRow, caller: &Caller, name: &PluginName) -> Result<(), SubmitError> {
    if row.name != name.as_str() {
        return Err(SubmitError::NameConfusable { existing: parsed("plugins.name", &row.name)? });
    }
    let owner: UserId = parsed("plugins.owner_id", &row.owner_id)?;
    if owner != caller.user && !caller.is_admin() {
        return Err(SubmitError::NotOwner);
    }
    Ok(())
}

impl Store {
    /// Whether the caller could upload under `name` now; asked before a body is read. Only
    /// [`Store::accept_submission`] decides.
    pub async fn may_publish(&self, caller: &Caller, name: &PluginName) -> Result<(), SubmitError> {
        let row: Option<OwnerRow> = sqlx::query_as("SELECT name, owner_id FROM plugins WHERE folded_name = $1")
            .bind(name.fold().as_str())
            .fetch_optional(self.pool())
            .await
            .map_err(StoreError::from)?;
        row.map_or(Ok(()), |row| allowed(&row, caller, name))
    }

    /// Listed plugins of other publishers whose names are near `name`, by name, at most twenty. None once
    /// the plugin itself is listed: its name has been judged, and those that came later are the ones to explain theirs.
    pub async fn lookalikes(&self, name: &PluginName) -> Result<Vec<PluginName>, StoreError> {
        let length = i64::try_from(name.as_str().len()).unwrap_or(i64::MAX);
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT p.name FROM plugins p WHERE p.name <> $1 AND LENGTH(p.name) BETWEEN $2 AND $3 \
             AND EXISTS (SELECT 1 FROM versions v WHERE v.plugin = p.name AND v.is_latest = 1) \
             AND p.owner_id <> COALESCE((SELECT o.owner_id FROM plugins o WHERE o.name = $1), '') \
             AND NOT EXISTS (SELECT 1 FROM versions w WHERE w.plugin = $1) ORDER BY p.name",
        )
        .bind(name.as_str())
        .bind(length.saturating_sub(LONGEST_AFFIX))
        .bind(length.saturating_add(LONGEST_AFFIX))
        .fetch_all(self.pool())
        .await?;
        let near = names.iter().filter(|other| likeness(name.as_str(), other).is_some()).take(MOST_LOOKALIKES);
        near.map(|other| parsed("plugins.name", other)).collect()
    }
}
