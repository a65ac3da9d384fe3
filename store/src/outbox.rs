//! The outbox: what is to be told outside, written in the transaction of the
//! change and delivered afterwards, at least once.

use airlock_model::{Timestamp, ValidationId};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::database::{Store, Tx};
use crate::error::{StoreError, from_json, parsed};

/// One message that waits to be delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxMessage {
    /// The id; receivers use it to drop repetitions.
    pub id: Uuid,
    /// What happened, for instance `version.published`.
    pub kind: String,
    /// The validation it is about.
    pub validation: Option<ValidationId>,
    /// What else there is to say.
    pub body: Value,
    /// When it happened.
    pub created_at: Timestamp,
}

#[derive(FromRow)]
struct MessageRow {
    id: String,
    kind: String,
    validation_id: Option<String>,
    body: String,
    created_at: i64,
}

impl TryFrom<MessageRow> for OutboxMessage {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let validation = row.validation_id.as_deref().map(|id| parsed("outbox.validation_id", id));
        Ok(Self {
            id: parsed("outbox.id", &row.id)?,
            kind: row.kind,
            validation: validation.transpose()?,
            body: from_json("outbox.body", &row.body)?,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

/// Appends a message in the transaction of what it tells of.
pub(crate) async fn add(
    tx: &mut Tx,
    kind: &'static str,
    validation: Option<ValidationId>,
    body: &Value,
) -> Result<(), StoreError> {
    let (id, now) = (tx.id(), tx.now.micros());
    sqlx::query("INSERT INTO outbox (id, kind, validation_id, body, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.to_string())
        .bind(kind)
        .bind(validation.map(|id| id.to_string()))
        .bind(body.to_string())
        .bind(now)
        .execute(tx.sql())
        .await?;
    Ok(())
}

impl Store {
    /// Messages that wait, oldest first.
    pub async fn waiting_messages(&self, limit: u32) -> Result<Vec<OutboxMessage>, StoreError> {
        let rows: Vec<MessageRow> = sqlx::query_as(
            "SELECT id, kind, validation_id, body, created_at FROM outbox WHERE delivered_at IS NULL \
             ORDER BY id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(OutboxMessage::try_from).collect()
    }

    /// Notes that a message was delivered.
    pub async fn message_delivered(&self, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let now = tx.now.micros();
        sqlx::query("UPDATE outbox SET delivered_at = $1 WHERE id = $2 AND delivered_at IS NULL")
            .bind(now)
            .bind(id.to_string())
            .execute(tx.sql())
            .await?;
        tx.commit().await
    }
}
