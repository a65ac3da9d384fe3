//! Events: what followers of a validation are told, numbered without gaps and
//! written in the transaction of the change they tell of.

use airlock_model::event::{Happening, ValidationEvent};
use airlock_model::{Timestamp, ValidationId};
use sqlx::FromRow;

use crate::database::{Store, Tx};
use crate::error::{StoreError, from_json, to_json};

#[derive(FromRow)]
struct EventRow {
    seq: i64,
    at: i64,
    body: String,
}

impl TryFrom<EventRow> for ValidationEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self { seq: row.seq, at: Timestamp::from_micros(row.at), what: from_json("events.body", &row.body)? })
    }
}

/// Appends events. The update of `last_seq` locks the validation's row, so that numbers have no gaps.
pub(crate) async fn append(tx: &mut Tx, validation: ValidationId, events: &[Happening]) -> Result<(), StoreError> {
    for event in events {
        let seq: i64 =
            sqlx::query_scalar("UPDATE validations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq")
                .bind(validation.to_string())
                .fetch_one(tx.sql())
                .await?;
        let at = tx.now.micros();
        sqlx::query("INSERT INTO events (validation_id, seq, at, body) VALUES ($1, $2, $3, $4)")
            .bind(validation.to_string())
            .bind(seq)
            .bind(at)
            .bind(to_json("an event", event)?)
            .execute(tx.sql())
            .await?;
    }
    tx.has_news(validation);
    Ok(())
}

impl Store {
    /// The events of a validation after number `seq`, oldest first. Whose the validation is must be asked
    /// before, with [`Store::validation`].
    pub async fn events_after(
        &self,
        validation: ValidationId,
        seq: i64,
        limit: u32,
    ) -> Result<Vec<ValidationEvent>, StoreError> {
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT seq, at, body FROM events WHERE validation_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(validation.to_string())
        .bind(seq)
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(ValidationEvent::try_from).collect()
    }
}
