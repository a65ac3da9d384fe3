//! The audit table: who did what to what, appended and never changed (the
//! database itself refuses updates and deletions).

use airlock_model::{Timestamp, UserId};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::database::{Store, Tx};
use crate::error::StoreError;
use crate::page::{Cursor, Page};
use crate::tokens::Caller;

/// Who acted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actor<'a> {
    /// A user over the API.
    Caller(&'a Caller),
    /// The operator's command line.
    Operator,
    /// A worker, by its name.
    Worker(&'a str),
}

/// One entry to be written.
pub(crate) struct AuditRecord<'a> {
    actor: Actor<'a>,
    action: &'static str,
    kind: &'static str,
    subject: &'a str,
    detail: String,
}

impl<'a> AuditRecord<'a> {
    pub(crate) fn new(actor: Actor<'a>, action: &'static str, kind: &'static str, subject: &'a str) -> Self {
        Self { actor, action, kind, subject, detail: "{}".to_owned() }
    }

    pub(crate) fn detail(mut self, detail: &Value) -> Self {
        self.detail = detail.to_string();
        self
    }

    /// Appends the entry in the transaction of what it tells of.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let (user, name) = match self.actor {
            Actor::Caller(caller) => (Some(caller.user.to_string()), caller.name.as_str()),
            Actor::Operator => (None, "operator"),
            Actor::Worker(name) => (None, name),
        };
        let (id, at) = (tx.id(), tx.now);
        sqlx::query(
            "INSERT INTO audit (id, at, actor_id, actor, action, subject_kind, subject, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.to_string())
        .bind(at.micros())
        .bind(user)
        .bind(name)
        .bind(self.action)
        .bind(self.kind)
        .bind(self.subject)
        .bind(self.detail)
        .execute(tx.sql())
        .await?;
        Ok(())
    }
}

/// One entry of the audit table.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// The id, which counts upwards with time.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// The user who acted; absent for the operator's command line and for workers.
    pub actor_id: Option<UserId>,
    /// The name of who acted.
    pub actor: String,
    /// What was done, for instance `review.approve`.
    pub action: String,
    /// What kind of thing it was done to.
    pub subject_kind: String,
    /// Its id or name.
    pub subject: String,
    /// What else there is to say.
    pub detail: Value,
}

#[derive(FromRow)]
struct AuditRow {
    id: String,
    at: i64,
    actor_id: Option<String>,
    actor: String,
    action: String,
    subject_kind: String,
    subject: String,
    detail: String,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let actor_id = row.actor_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: row.id.parse().map_err(|error| StoreError::unreadable("audit.id", error))?,
            at: Timestamp::from_micros(row.at),
            actor_id: actor_id.map_err(|error| StoreError::unreadable("audit.actor_id", error))?,
            actor: row.actor,
            action: row.action,
            subject_kind: row.subject_kind,
            subject: row.subject,
            detail: serde_json::from_str(&row.detail).map_err(|error| StoreError::unreadable("audit.detail", error))?,
        })
    }
}

impl Store {
    /// The audit table, newest first. Who may read it is decided by the caller of this function.
    pub async fn list_audit(&self, cursor: Option<Cursor>, limit: u32) -> Result<Page<AuditEntry>, StoreError> {
        let rows: Vec<AuditRow> = sqlx::query_as(
            "SELECT id, at, actor_id, actor, action, subject_kind, subject, detail FROM audit \
             WHERE id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(Cursor::bound(cursor))
        .bind(i64::from(limit) + 1)
        .fetch_all(self.pool())
        .await?;
        let entries = rows.into_iter().map(AuditEntry::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(entries, limit, |entry| entry.id))
    }
}
