//! Stages: the backlog, and how a worker claims from it.

use airlock_model::event::Happening;
use airlock_model::inspection::Blob;
use airlock_model::{
    Engine, PluginName, PluginVersion, StageId, StageName, StageState, SubmissionId, Timestamp, UserId, ValidationId,
    ValidationState,
};
use sqlx::FromRow;

use crate::blobs::ObjectKey;
use crate::database::{Store, Tx};
use crate::error::{StoreError, count, parsed};
use crate::leases::LEASE;
use crate::{events, validations};

/// How often a claim begins again after another worker was faster.
const CLAIM_ROUNDS: u32 = 64;

/// One stage that this worker holds the lease of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The stage's id.
    pub stage: StageId,
    /// Which stage.
    pub name: StageName,
    /// The fencing token; each write of a result carries it.
    pub token: i64,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Who claimed it.
    pub worker: String,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// When the lease ends unless renewed.
    pub lease_expires_at: Timestamp,
    /// The validation it belongs to.
    pub validation: ValidationId,
    /// The upload that is examined.
    pub submission: SubmissionId,
    /// The plugin.
    pub plugin: PluginName,
    /// The version.
    pub version: PluginVersion,
    /// Who uploaded.
    pub publisher: UserId,
    /// The upload as it was received.
    pub upload: Blob,
    /// Where the upload is in quarantine.
    pub upload_key: ObjectKey,
    /// The engine that it was passed on to; a worker without it may hold the claim once no worker has it any more.
    pub needs: Option<Engine>,
}

#[derive(FromRow)]
struct CandidateRow {
    id: String,
    validation_id: String,
    token: i64,
}

#[derive(FromRow)]
struct ClaimRow {
    submission_id: String,
    plugin: String,
    version: String,
    owner_id: String,
    upload_sha256: String,
    upload_size: i64,
    object_key: String,
    needs: Option<String>,
}

/// Adds a stage that waits for a worker.
pub(crate) async fn add(
    tx: &mut Tx,
    validation: ValidationId,
    publisher: UserId,
    name: StageName,
) -> Result<(), StoreError> {
    let (id, now) = (StageId::new(tx.id()), tx.now.micros());
    sqlx::query(
        "INSERT INTO stages (id, validation_id, name, state, publisher, not_before, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(id.to_string())
    .bind(validation.to_string())
    .bind(name.as_str())
    .bind(StageState::Pending.as_str())
    .bind(publisher.to_string())
    .bind(now)
    .execute(tx.sql())
    .await?;
    let waiting = Happening::Stage { stage: name, state: StageState::Pending, attempt: 1, reason: None };
    events::append(tx, validation, &[waiting]).await
}

impl Store {
    /// Claims the best pending stage among `names` for `worker`: by priority, then the publisher whose last turn is
    /// longest ago, then age. What was passed on to an engine is left to workers that have it, while there are any.
    /// Raises the fencing token and sets the lease. `None` when nothing waits.
    pub async fn claim_stage(&self, names: &[StageName], worker: &str) -> Result<Option<Claim>, StoreError> {
        if names.is_empty() {
            return Ok(None);
        }
        for _ in 0..CLAIM_ROUNDS {
            // Asked outside a transaction first, so that an idle worker never takes the write lock.
            let now = self.now().await?;
            if candidate(&mut *self.pool().acquire().await?, now, names, worker).await?.is_none() {
                return Ok(None);
            }
            match self.try_claim(names, worker).await {
                Ok(Some(claim)) => return Ok(Some(claim)),
                Ok(None) => {}
                Err(error) if error.is_passing() => tracing::debug!(%error, "a claim begins again"),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// One round: `None` when another worker was faster.
    async fn try_claim(&self, names: &[StageName], worker: &str) -> Result<Option<Claim>, StoreError> {
        let mut tx = self.write().await?;
        let now = tx.now;
        let Some(best) = candidate(tx.sql(), now, names, worker).await? else {
            return Ok(None);
        };
        let validation: ValidationId = parsed("stages.validation_id", &best.validation_id)?;
        let locked = validations::lock(&mut tx, validation).await?;
        let expires_at = now.plus(LEASE);
        let won: Option<(String, i64, i64)> = sqlx::query_as(
            "UPDATE stages SET state = $1, token = token + 1, lease_owner = $2, lease_expires_at = $3, \
                    started_at = $4, finished_at = NULL \
             WHERE id = $5 AND state = $6 AND token = $7 RETURNING name, token, attempt",
        )
        .bind(StageState::Running.as_str())
        .bind(worker)
        .bind(expires_at.micros())
        .bind(now.micros())
        .bind(&best.id)
        .bind(StageState::Pending.as_str())
        .bind(best.token)
        .fetch_optional(tx.sql())
        .await?;
        let Some((name, token, attempt)) = won else {
            return Ok(None);
        };
        let name: StageName = parsed("stages.name", &name)?;
        let attempt = attempt_of(attempt)?;
        if locked.state == ValidationState::Queued {
            validations::enter(&mut tx, validation, ValidationState::Inspecting, None).await?;
        }
        let running = Happening::Stage { stage: name, state: StageState::Running, attempt, reason: None };
        events::append(&mut tx, validation, &[running]).await?;
        let lease = Lease {
            stage: parsed("stages.id", &best.id)?,
            name,
            token,
            attempt,
            worker: worker.to_owned(),
            expires_at,
        };
        let claim = lease.claim(&mut tx, validation).await?;
        take_turn(&mut tx, locked.owner).await?;
        tx.commit().await?;
        Ok(Some(claim))
    }

    /// How many stages of each kind wait and run, for metrics: name, pending, running.
    pub async fn backlog(&self) -> Result<Vec<(StageName, u64, u64)>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT name, COUNT(CASE WHEN state = 'pending' THEN 1 END), COUNT(CASE WHEN state = 'running' THEN 1 END) \
             FROM stages WHERE state IN ('pending', 'running') GROUP BY name ORDER BY name",
        )
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|(name, pending, running)| {
                Ok((parsed("stages.name", name)?, count("a count", *pending)?, count("a count", *running)?))
            })
            .collect()
    }
}

/// Whether the worker $2 may take the stage `s` at the time $1: what needs an engine is for those that have it, and for
/// anybody as soon as they are all gone.
const MAY_TAKE: &str = "(s.needs IS NULL \
    OR EXISTS (SELECT 1 FROM workers w WHERE w.name = $2 AND w.engines LIKE '%' || s.needs || '%') \
    OR NOT EXISTS (SELECT 1 FROM workers w WHERE w.expires_at >= $1 \
                   AND w.stages LIKE '%' || s.name || '%' AND w.engines LIKE '%' || s.needs || '%'))";

async fn candidate(
    sql: &mut sqlx::AnyConnection,
    now: Timestamp,
    names: &[StageName],
    worker: &str,
) -> Result<Option<CandidateRow>, StoreError> {
    let names: Vec<String> = names.iter().map(|name| format!("'{}'", name.as_str())).collect();
    let query = format!(
        "SELECT s.id, s.validation_id, s.token FROM stages s LEFT JOIN turns t ON t.publisher = s.publisher \
         WHERE s.state = 'pending' AND s.name IN ({}) AND s.not_before <= $1 AND {MAY_TAKE} \
         ORDER BY s.priority DESC, COALESCE(t.last_at, 0), s.created_at, s.id LIMIT 1",
        names.join(", ")
    );
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(now.micros()).bind(worker).fetch_optional(sql).await?)
}

/// The lease's own half of a claim.
pub(crate) struct Lease {
    pub(crate) stage: StageId,
    pub(crate) name: StageName,
    pub(crate) token: i64,
    pub(crate) attempt: u32,
    pub(crate) worker: String,
    pub(crate) expires_at: Timestamp,
}

impl Lease {
    /// Reads the other half: what is to be worked on.
    pub(crate) async fn claim(self, tx: &mut Tx, validation: ValidationId) -> Result<Claim, StoreError> {
        let row: ClaimRow = sqlx::query_as(
            "SELECT v.submission_id, v.plugin, v.version, v.owner_id, s.upload_sha256, s.upload_size, s.object_key, \
                    t.needs \
             FROM validations v JOIN submissions s ON s.id = v.submission_id JOIN stages t ON t.validation_id = v.id \
             WHERE v.id = $1 AND t.id = $2",
        )
        .bind(validation.to_string())
        .bind(self.stage.to_string())
        .fetch_one(tx.sql())
        .await?;
        Ok(Claim {
            stage: self.stage,
            name: self.name,
            token: self.token,
            attempt: self.attempt,
            worker: self.worker,
            claimed_at: tx.now,
            lease_expires_at: self.expires_at,
            validation,
            submission: parsed("validations.submission_id", &row.submission_id)?,
            plugin: parsed("validations.plugin", &row.plugin)?,
            version: parsed("validations.version", &row.version)?,
            publisher: parsed("validations.owner_id", &row.owner_id)?,
            upload: Blob {
                sha256: parsed("submissions.upload_sha256", &row.upload_sha256)?,
                size: count("submissions.upload_size", row.upload_size)?,
            },
            upload_key: parsed("submissions.object_key", &row.object_key)?,
            needs: row.needs.map(|engine| parsed("stages.needs", &engine)).transpose()?,
        })
    }
}

/// Puts the publisher behind the others who wait.
async fn take_turn(tx: &mut Tx, publisher: UserId) -> Result<(), StoreError> {
    let now = tx.now.micros();
    sqlx::query(
        "INSERT INTO turns (publisher, last_at) VALUES ($1, $2) \
         ON CONFLICT (publisher) DO UPDATE SET last_at = excluded.last_at",
    )
    .bind(publisher.to_string())
    .bind(now)
    .execute(tx.sql())
    .await?;
    Ok(())
}

pub(crate) fn attempt_of(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| StoreError::unreadable("stages.attempt", error))
}
