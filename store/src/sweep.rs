//! The sweep: expired leases are crashes of workers. They are counted apart from
//! retries; at the third the stage is parked.

use airlock_model::{Engine, PluginName, StageName, ValidationId};
use sqlx::FromRow;

use crate::database::Store;
use crate::error::{StoreError, parsed};
use crate::stages::{Lease, attempt_of};
use crate::{leases, results, validations};

/// After how many crashes of a worker a stage is parked (DESIGN.md section 2).
pub const MOST_CRASHES: u32 = 3;

/// The most leases that one sweep returns, so that it never holds things up for long.
const BATCH: i64 = 100;

/// One stage whose worker was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requeued {
    /// The validation.
    pub validation: ValidationId,
    /// The plugin.
    pub plugin: PluginName,
    /// The stage.
    pub stage: StageName,
    /// The worker that held the lease.
    pub worker: String,
    /// How many workers were lost on it by now.
    pub crashes: u32,
}

/// What a sweep did, and what is to be done after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Stages that wait again.
    pub requeued: Vec<Requeued>,
    /// Stages that are parked now; the operator must be alerted.
    pub parked: Vec<Requeued>,
    /// Kinds of stage that have work waiting, with the engine that it waits for; wake a worker of each.
    pub wakes: Vec<(StageName, Option<Engine>)>,
    /// Workers that were not heard of for too long and are forgotten.
    pub gone: Vec<String>,
}

#[derive(FromRow)]
struct ExpiredRow {
    id: String,
    validation_id: String,
    name: String,
    token: i64,
    attempt: i64,
    lease_owner: Option<String>,
}

impl Store {
    /// Returns expired leases, counts the crashes, parks what crashed too often, forgets workers that are gone, and
    /// says what waits.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let now = self.now().await?;
        let expired: Vec<ExpiredRow> = sqlx::query_as(
            "SELECT id, validation_id, name, token, attempt, lease_owner FROM stages \
             WHERE state = 'running' AND lease_expires_at < $1 ORDER BY lease_expires_at LIMIT $2",
        )
        .bind(now.micros())
        .bind(BATCH)
        .fetch_all(self.pool())
        .await?;
        let mut swept = Swept::default();
        for row in expired {
            // One transaction each: a row that cannot be read must not keep the others waiting.
            if let Some(lost) = self.take_back(row).await? {
                if lost.crashes >= MOST_CRASHES {
                    swept.parked.push(lost);
                } else {
                    swept.requeued.push(lost);
                }
            }
        }
        swept.gone = self.forget_gone_workers().await?;
        let waiting: Vec<(String, Option<String>)> = sqlx::query_as(
            "SELECT DISTINCT name, needs FROM stages WHERE state = 'pending' AND not_before <= $1 ORDER BY name",
        )
        .bind(now.micros())
        .fetch_all(self.pool())
        .await?;
        for (name, needs) in waiting {
            let needs = needs.map(|engine| parsed("stages.needs", &engine)).transpose()?;
            swept.wakes.push((parsed("stages.name", &name)?, needs));
        }
        Ok(swept)
    }

    /// `None` when the worker was not lost after all: it renewed, finished, or another sweep was faster.
    async fn take_back(&self, row: ExpiredRow) -> Result<Option<Requeued>, StoreError> {
        let mut tx = self.write().await?;
        let validation: ValidationId = parsed("stages.validation_id", &row.validation_id)?;
        validations::lock(&mut tx, validation).await?;
        let crashes: Option<i64> = sqlx::query_scalar(
            "UPDATE stages SET crashes = crashes + 1, last_error = $1 \
             WHERE id = $2 AND token = $3 AND state = 'running' AND lease_expires_at < $4 RETURNING crashes",
        )
        .bind(format!("the lease of {} expired", row.lease_owner.as_deref().unwrap_or("a worker")))
        .bind(&row.id)
        .bind(row.token)
        .bind(tx.now.micros())
        .fetch_optional(tx.sql())
        .await?;
        let Some(crashes) = crashes else {
            return Ok(None);
        };
        let worker = row.lease_owner.unwrap_or_default();
        let lease = Lease {
            stage: parsed("stages.id", &row.id)?,
            name: parsed("stages.name", &row.name)?,
            token: row.token,
            attempt: attempt_of(row.attempt)?,
            worker,
            expires_at: tx.now,
        };
        let claim = lease.claim(&mut tx, validation).await?;
        let crashes = attempt_of(crashes)?;
        if crashes >= MOST_CRASHES {
            results::park(&mut tx, &claim, "lost its worker repeatedly").await?;
        } else {
            let reason = format!("its worker was lost ({crashes} of {MOST_CRASHES}); it is tried again");
            let now = tx.now;
            leases::wait_again(&mut tx, &claim, now, reason).await?;
        }
        tx.commit().await?;
        Ok(Some(Requeued { validation, plugin: claim.plugin, stage: claim.name, worker: claim.worker, crashes }))
    }
}
