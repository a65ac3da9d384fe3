//! Leases: a worker holds a stage for a minute at a time, and every write of a
//! result carries the fencing token of its claim.

use std::time::Duration;

use airlock_model::event::Happening;
use airlock_model::{StageName, StageState, Timestamp, ValidationId};

use crate::database::{Store, Tx};
use crate::error::{StoreError, parsed};
use crate::events;
use crate::requests::Retried;
use crate::stages::{Claim, attempt_of};
use crate::validations::{self, Locked};

/// How long a lease lasts (DESIGN.md section 2).
pub const LEASE: Duration = Duration::from_secs(60);

/// How often a worker renews it.
pub const RENEW_EVERY: Duration = Duration::from_secs(15);

/// Locks the claim's validation and asks whether the claim still holds.
pub(crate) async fn hold(tx: &mut Tx, claim: &Claim) -> Result<Locked, StoreError> {
    let locked = validations::lock(tx, claim.validation).await?;
    let held: Option<i64> = sqlx::query_scalar("SELECT token FROM stages WHERE id = $1 AND token = $2 AND state = $3")
        .bind(claim.stage.to_string())
        .bind(claim.token)
        .bind(StageState::Running.as_str())
        .fetch_optional(tx.sql())
        .await?;
    if held.is_some() { Ok(locked) } else { Err(StoreError::LeaseLost) }
}

/// Ends the claim's stage and tells it. Refuses a claim that no longer holds.
pub(crate) async fn finish(
    tx: &mut Tx,
    claim: &Claim,
    state: StageState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let changed = sqlx::query(
        "UPDATE stages SET state = $1, finished_at = $2, lease_owner = NULL, lease_expires_at = NULL \
         WHERE id = $3 AND token = $4 AND state = $5",
    )
    .bind(state.as_str())
    .bind(tx.now.micros())
    .bind(claim.stage.to_string())
    .bind(claim.token)
    .bind(StageState::Running.as_str())
    .execute(tx.sql())
    .await?;
    if changed.rows_affected() != 1 {
        return Err(StoreError::LeaseLost);
    }
    let ended =
        Happening::Stage { stage: claim.name, state, attempt: claim.attempt, reason: reason.map(str::to_owned) };
    events::append(tx, claim.validation, &[ended]).await
}

/// Puts the claim's stage back among those that wait, not before `until`, and tells why. Raising the
/// token takes the lease from whoever still has it.
pub(crate) async fn wait_again(tx: &mut Tx, claim: &Claim, until: Timestamp, reason: String) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE stages SET state = $1, attempt = attempt + 1, token = token + 1, not_before = $2, \
                started_at = NULL, lease_owner = NULL, lease_expires_at = NULL WHERE id = $3 AND token = $4",
    )
    .bind(StageState::Pending.as_str())
    .bind(until.micros())
    .bind(claim.stage.to_string())
    .bind(claim.token)
    .execute(tx.sql())
    .await?;
    let waiting = Happening::Stage {
        stage: claim.name,
        state: StageState::Pending,
        attempt: claim.attempt + 1,
        reason: Some(reason),
    };
    events::append(tx, claim.validation, &[waiting]).await
}

/// Cancels what waits or runs for a validation; raising the token takes the lease from whoever has it.
pub(crate) async fn cancel_stages(tx: &mut Tx, validation: ValidationId, reason: &str) -> Result<(), StoreError> {
    let cancelled: Vec<(String, i64)> = sqlx::query_as(
        "UPDATE stages SET state = $1, token = token + 1, finished_at = $2, lease_owner = NULL, \
                lease_expires_at = NULL \
         WHERE validation_id = $3 AND state IN ('pending', 'running', 'errored') RETURNING name, attempt",
    )
    .bind(StageState::Cancelled.as_str())
    .bind(tx.now.micros())
    .bind(validation.to_string())
    .fetch_all(tx.sql())
    .await?;
    for (name, attempt) in cancelled {
        let event = Happening::Stage {
            stage: parsed("stages.name", &name)?,
            state: StageState::Cancelled,
            attempt: attempt_of(attempt)?,
            reason: Some(reason.to_owned()),
        };
        events::append(tx, validation, &[event]).await?;
    }
    Ok(())
}

/// Makes the errored stage of a validation wait again, as a new attempt with a clean record.
pub(crate) async fn begin_again(tx: &mut Tx, validation: ValidationId) -> Result<Retried, StoreError> {
    let row: Option<(String, i64, Option<String>)> = sqlx::query_as(
        "UPDATE stages SET state = $1, attempt = attempt + 1, failures = 0, crashes = 0, not_before = $2, \
                started_at = NULL, finished_at = NULL \
         WHERE validation_id = $3 AND state = $4 RETURNING name, attempt, needs",
    )
    .bind(StageState::Pending.as_str())
    .bind(tx.now.micros())
    .bind(validation.to_string())
    .bind(StageState::Errored.as_str())
    .fetch_optional(tx.sql())
    .await?;
    let (name, attempt, needs) = row.ok_or(StoreError::NotFound("errored stage"))?;
    let stage: StageName = parsed("stages.name", &name)?;
    let needs = needs.map(|engine| parsed("stages.needs", &engine)).transpose()?;
    Ok(Retried { stage, needs, attempt: attempt_of(attempt)? })
}

impl Store {
    /// Renews the lease and gives its new end. Refuses a claim that no longer holds: stop working then.
    pub async fn renew_lease(&self, claim: &Claim) -> Result<Timestamp, StoreError> {
        let mut tx = self.write().await?;
        let end = tx.now.plus(LEASE);
        let changed =
            sqlx::query("UPDATE stages SET lease_expires_at = $1 WHERE id = $2 AND token = $3 AND state = $4")
                .bind(end.micros())
                .bind(claim.stage.to_string())
                .bind(claim.token)
                .bind(StageState::Running.as_str())
                .execute(tx.sql())
                .await?;
        if changed.rows_affected() != 1 {
            return Err(StoreError::LeaseLost);
        }
        tx.commit().await?;
        Ok(end)
    }

    /// Gives a claim back unfinished, at shutdown: the stage waits again, with nothing counted against it.
    pub async fn return_claim(&self, claim: &Claim) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        validations::lock(&mut tx, claim.validation).await?;
        let changed = sqlx::query(
            "UPDATE stages SET state = $1, token = token + 1, started_at = NULL, lease_owner = NULL, \
                    lease_expires_at = NULL \
             WHERE id = $2 AND token = $3 AND state = $4",
        )
        .bind(StageState::Pending.as_str())
        .bind(claim.stage.to_string())
        .bind(claim.token)
        .bind(StageState::Running.as_str())
        .execute(tx.sql())
        .await?;
        if changed.rows_affected() != 1 {
            return Err(StoreError::LeaseLost);
        }
        let waiting = Happening::Stage {
            stage: claim.name,
            state: StageState::Pending,
            attempt: claim.attempt,
            reason: Some("the worker was stopped before it was done".to_owned()),
        };
        events::append(&mut tx, claim.validation, &[waiting]).await?;
        tx.commit().await
    }

    /// Ends the leases of workers whose names begin with `prefix`, for a process that knows they are dead because
    /// it has just taken their place, and forgets those workers. The next [`Store::sweep`] counts each lease as a crash
    /// and lets its stage wait again.
    pub async fn expire_leases(&self, prefix: &str) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let length = crate::error::whole(prefix.chars().count() as u64);
        let changed = sqlx::query(
            "UPDATE stages SET lease_expires_at = 0 WHERE state = $1 AND substr(lease_owner, 1, CAST($2 AS INTEGER)) = $3",
        )
        .bind(StageState::Running.as_str())
        .bind(length)
        .bind(prefix)
        .execute(tx.sql())
        .await?;
        sqlx::query("DELETE FROM workers WHERE substr(name, 1, CAST($1 AS INTEGER)) = $2")
            .bind(length)
            .bind(prefix)
            .execute(tx.sql())
            .await?;
        tx.commit().await?;
        Ok(changed.rows_affected())
    }
}
