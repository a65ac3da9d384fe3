//! Workers: which there are, what they can do, and how a run is passed on from one
//! that lacks something to one that has it.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use airlock_model::event::Happening;
use airlock_model::{Engine, RunReport, StageName, StageState, Timestamp};
use sqlx::FromRow;

use crate::audit::{Actor, AuditRecord};
use crate::database::{Store, Tx};
use crate::error::{StoreError, parsed};
use crate::events;
use crate::leases::{self, LEASE};
use crate::stages::Claim;

/// How long a worker may be silent before it counts as gone.
pub const GONE_AFTER: Duration = LEASE.saturating_mul(3);

/// One worker, as its last heartbeat told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Unique for each start of a process; leases are held under it.
    pub name: String,
    /// The stages it carries out.
    pub stages: Vec<StageName>,
    /// The engines that answered there.
    pub engines: Vec<Engine>,
    /// When it told of itself first.
    pub started_at: Timestamp,
    /// When it counts as gone unless it is heard of again.
    pub expires_at: Timestamp,
}

#[derive(FromRow)]
struct WorkerRow {
    name: String,
    stages: String,
    engines: String,
    started_at: i64,
    expires_at: i64,
}

impl TryFrom<WorkerRow> for Worker {
    type Error = StoreError;

    fn try_from(row: WorkerRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: row.name,
            stages: split("workers.stages", &row.stages)?,
            engines: split("workers.engines", &row.engines)?,
            started_at: Timestamp::from_micros(row.started_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        })
    }
}

fn joined<T: Display>(names: &[T]) -> String {
    names.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

fn split<T: FromStr<Err: Display>>(what: &'static str, text: &str) -> Result<Vec<T>, StoreError> {
    text.split(',').filter(|name| !name.is_empty()).map(|name| parsed(what, name)).collect()
}

impl Store {
    /// A worker's heartbeat: it is there, carries out `stages`, and `engines` answer there.
    pub async fn heartbeat(&self, name: &str, stages: &[StageName], engines: &[Engine]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let (now, end) = (tx.now, tx.now.plus(GONE_AFTER));
        sqlx::query(
            "INSERT INTO workers (name, stages, engines, started_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (name) DO UPDATE SET stages = excluded.stages, engines = excluded.engines, \
                    expires_at = excluded.expires_at",
        )
        .bind(name)
        .bind(joined(stages))
        .bind(joined(engines))
        .bind(now.micros())
        .bind(end.micros())
        .execute(tx.sql())
        .await?;
        tx.commit().await
    }

    /// A worker's farewell: nothing is passed on to it any more.
    pub async fn farewell(&self, name: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM workers WHERE name = $1").bind(name).execute(tx.sql()).await?;
        tx.commit().await
    }

    /// The workers that are there, by name.
    pub async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        let now = self.now().await?;
        let rows: Vec<WorkerRow> = sqlx::query_as(
            "SELECT name, stages, engines, started_at, expires_at FROM workers WHERE expires_at >= $1 ORDER BY name",
        )
        .bind(now.micros())
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Worker::try_from).collect()
    }

    /// Deletes the workers that are gone and gives their names.
    pub(crate) async fn forget_gone_workers(&self) -> Result<Vec<String>, StoreError> {
        let mut tx = self.write().await?;
        let now = tx.now.micros();
        let gone = sqlx::query_scalar("DELETE FROM workers WHERE expires_at < $1 RETURNING name")
            .bind(now)
            .fetch_all(tx.sql())
            .await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Instead of recording a run: lets its stage wait again, for a worker with the engine that the run wants. Nothing
    /// is counted against it. `None`, and nothing done, unless there is such a worker and the stage was never passed
    /// on before; then the run is to be recorded as it is. Tells the engine. Refuses a claim that no longer holds.
    pub async fn pass_on(&self, claim: &Claim, report: &RunReport) -> Result<Option<Engine>, StoreError> {
        let wanted = report.wants().zip(report.lacks_feature()).filter(|_| claim.needs.is_none());
        let Some((engine, lacks)) = wanted else {
            return Ok(None);
        };
        let mut tx = self.write().await?;
        leases::hold(&mut tx, claim).await?;
        if !is_there(&mut tx, claim.name, engine).await? {
            return Ok(None);
        }
        sqlx::query(
            "UPDATE stages SET state = $1, token = token + 1, needs = $2, started_at = NULL, lease_owner = NULL, \
                    lease_expires_at = NULL WHERE id = $3 AND token = $4",
        )
        .bind(StageState::Pending.as_str())
        .bind(engine.as_str())
        .bind(claim.stage.to_string())
        .bind(claim.token)
        .execute(tx.sql())
        .await?;
        let waiting = Happening::Stage {
            stage: claim.name,
            state: StageState::Pending,
            attempt: claim.attempt,
            reason: Some(format!("{lacks}; passed on from {} to a worker that has {engine}", report.engine)),
        };
        events::append(&mut tx, claim.validation, &[waiting]).await?;
        AuditRecord::new(Actor::Worker(&claim.worker), "stage.pass_on", "stage", &claim.stage.to_string())
            .detail(&serde_json::json!({
                "validation": claim.validation, "from": report.engine, "to": engine, "outcome": report.outcome,
            }))
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(Some(engine))
    }
}

/// Whether a worker is there that carries out `stage` in `engine`.
async fn is_there(tx: &mut Tx, stage: StageName, engine: Engine) -> Result<bool, StoreError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM workers WHERE expires_at >= $1 AND stages LIKE $2 AND engines LIKE $3",
    )
    .bind(tx.now.micros())
    .bind(format!("%{stage}%"))
    .bind(format!("%{engine}%"))
    .fetch_one(tx.sql())
    .await?;
    Ok(count > 0)
}
