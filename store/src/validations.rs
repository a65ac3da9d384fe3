//! Validations: one examination of a submission, as its publisher sees it.

use airlock_model::event::Happening;
use airlock_model::finding::FindingsCount;
use airlock_model::{
    PluginName, PluginVersion, SubmissionId, Timestamp, UserId, ValidationId, ValidationState, Verdict, VersionState,
};
use sqlx::FromRow;

use crate::database::{Store, Tx};
use crate::error::{StoreError, count, from_json, parsed};
use crate::page::{Cursor, Page};
use crate::text::storable;
use crate::tokens::Caller;
use crate::users::UserName;
use crate::waiting::{self, StageView};
use crate::{events, leases};

/// A validation without its stages, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationSummary {
    /// The id.
    pub id: ValidationId,
    /// The upload it examines.
    pub submission: SubmissionId,
    /// The plugin.
    pub plugin: PluginName,
    /// The version.
    pub version: PluginVersion,
    /// Who uploaded.
    pub owner: UserId,
    /// The name of who uploaded.
    pub owner_name: UserName,
    /// Where it stands.
    pub state: ValidationState,
    /// What the policy, or a person after it, decided.
    pub verdict: Option<Verdict>,
    /// Why, worst first.
    pub reasons: Vec<String>,
    /// How many findings of each severity.
    pub findings: FindingsCount,
    /// What went wrong on our side, when it is errored; safe to show.
    pub error: Option<String>,
    /// The validation of a newer upload that took its place.
    pub superseded_by: Option<ValidationId>,
    /// The number of its last event.
    pub last_seq: i64,
    /// When the upload was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it settled.
    pub finished_at: Option<Timestamp>,
}

/// A validation with its stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationView {
    /// Everything but the stages.
    pub summary: ValidationSummary,
    /// The stages so far, in the order of the journey.
    pub stages: Vec<StageView>,
}

#[derive(FromRow)]
struct SummaryRow {
    id: String,
    submission_id: String,
    plugin: String,
    version: String,
    owner_id: String,
    owner_name: String,
    state: String,
    verdict: Option<String>,
    reasons: String,
    critical: i64,
    high: i64,
    medium: i64,
    low: i64,
    note: i64,
    error: Option<String>,
    superseded_by: Option<String>,
    last_seq: i64,
    created_at: i64,
    updated_at: i64,
    finished_at: Option<i64>,
}

impl TryFrom<SummaryRow> for ValidationSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        let verdict = row.verdict.as_deref().map(|text| from_json("validations.verdict", &format!("\"{text}\"")));
        let superseded_by = row.superseded_by.as_deref().map(|id| parsed("validations.superseded_by", id));
        Ok(Self {
            id: parsed("validations.id", &row.id)?,
            submission: parsed("validations.submission_id", &row.submission_id)?,
            plugin: parsed("validations.plugin", &row.plugin)?,
            version: parsed("validations.version", &row.version)?,
            owner: parsed("validations.owner_id", &row.owner_id)?,
            owner_name: parsed("users.name", &row.owner_name)?,
            state: parsed("validations.state", &row.state)?,
            verdict: verdict.transpose()?,
            reasons: from_json("validations.reasons", &row.reasons)?,
            findings: FindingsCount {
                critical: count("validations.critical", row.critical)?,
                high: count("validations.high", row.high)?,
                medium: count("validations.medium", row.medium)?,
                low: count("validations.low", row.low)?,
                note: count("validations.note", row.note)?,
            },
            error: row.error,
            superseded_by: superseded_by.transpose()?,
            last_seq: row.last_seq,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            finished_at: row.finished_at.map(Timestamp::from_micros),
        })
    }
}

const SUMMARY: &str = "SELECT v.id, v.submission_id, v.plugin, v.version, v.owner_id, u.name AS owner_name, \
    v.state, v.verdict, v.reasons, v.critical, v.high, v.medium, v.low, v.note, v.error, v.superseded_by, \
    v.last_seq, v.created_at, v.updated_at, v.finished_at \
    FROM validations v JOIN users u ON u.id = v.owner_id";

/// What a transaction that changes a validation needs of it.
#[derive(Debug, Clone)]
pub(crate) struct Locked {
    pub(crate) state: ValidationState,
    pub(crate) submission: SubmissionId,
    pub(crate) owner: UserId,
}

#[derive(FromRow)]
struct LockedRow {
    state: String,
    submission_id: String,
    owner_id: String,
}

/// Locks the validation's row until the transaction ends. Rows are always locked in the order
/// plugin, validation, stage, so that two transactions never wait for one another.
pub(crate) async fn lock(tx: &mut Tx, id: ValidationId) -> Result<Locked, StoreError> {
    let row: Option<LockedRow> = sqlx::query_as(
        "UPDATE validations SET last_seq = last_seq WHERE id = $1 RETURNING state, submission_id, owner_id",
    )
    .bind(id.to_string())
    .fetch_optional(tx.sql())
    .await?;
    let row = row.ok_or(StoreError::NotFound("validation"))?;
    Ok(Locked {
        state: parsed("validations.state", &row.state)?,
        submission: parsed("validations.submission_id", &row.submission_id)?,
        owner: parsed("validations.owner_id", &row.owner_id)?,
    })
}

/// Moves a locked validation to `state` and tells it. The error text is kept only for `errored`.
pub(crate) async fn enter(
    tx: &mut Tx,
    id: ValidationId,
    state: ValidationState,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let error = reason.filter(|_| state == ValidationState::Errored);
    let finished = state.is_settled().then_some(tx.now.micros());
    sqlx::query("UPDATE validations SET state = $1, updated_at = $2, finished_at = $3, error = $4 WHERE id = $5")
        .bind(state.as_str())
        .bind(tx.now.micros())
        .bind(finished)
        .bind(error.map(storable))
        .bind(id.to_string())
        .execute(tx.sql())
        .await?;
    events::append(tx, id, &[Happening::State { state, reason: reason.map(str::to_owned) }]).await
}

/// Ends a locked validation as withdrawn; whoever works on it loses the lease.
pub(crate) async fn end_withdrawn(tx: &mut Tx, id: ValidationId, reason: &str) -> Result<(), StoreError> {
    leases::cancel_stages(tx, id, reason).await?;
    enter(tx, id, ValidationState::Withdrawn, Some(reason)).await
}

/// Notes which validation took the place of `old`.
pub(crate) async fn mark_superseded(tx: &mut Tx, old: ValidationId, by: ValidationId) -> Result<(), StoreError> {
    sqlx::query("UPDATE validations SET superseded_by = $1 WHERE id = $2")
        .bind(by.to_string())
        .bind(old.to_string())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// What is not the caller's is not there.
pub(crate) fn own(caller: &Caller, owner: UserId) -> Result<(), StoreError> {
    if owner == caller.user || caller.is_admin() { Ok(()) } else { Err(StoreError::NotFound("validation")) }
}

impl Store {
    /// One validation with its stages. Not found unless it is the caller's or the caller is an admin.
    pub async fn validation(&self, caller: &Caller, id: ValidationId) -> Result<ValidationView, StoreError> {
        let mut tx = self.read().await?;
        let summary = summary(&mut tx, id).await?;
        own(caller, summary.owner)?;
        let stages = waiting::views(&mut tx, id).await?;
        Ok(ValidationView { summary, stages })
    }

    /// A validation by which a version came into the catalogue, for everyone who may read it there. Not found while
    /// the version is not served.
    pub async fn published_validation(&self, id: ValidationId) -> Result<ValidationView, StoreError> {
        let mut tx = self.read().await?;
        let served: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM versions WHERE validation_id = $1 AND state <> $2")
            .bind(id.to_string())
            .bind(VersionState::Quarantined.as_str())
            .fetch_one(tx.sql())
            .await?;
        if served == 0 {
            return Err(StoreError::NotFound("validation"));
        }
        let summary = summary(&mut tx, id).await?;
        let stages = waiting::views(&mut tx, id).await?;
        Ok(ValidationView { summary, stages })
    }

    /// The caller's own validations, newest first.
    pub async fn list_validations(
        &self,
        caller: &Caller,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ValidationSummary>, StoreError> {
        let rows: Vec<SummaryRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SUMMARY} WHERE v.owner_id = $1 AND v.id < $2 ORDER BY v.id DESC LIMIT $3"
        )))
        .bind(caller.user.to_string())
        .bind(Cursor::bound(cursor))
        .bind(i64::from(limit) + 1)
        .fetch_all(self.pool())
        .await?;
        page(rows, limit)
    }

    /// Validations that wait for a person, newest first. Who may read it is decided by the caller of this function.
    pub async fn list_held(&self, cursor: Option<Cursor>, limit: u32) -> Result<Page<ValidationSummary>, StoreError> {
        let rows: Vec<SummaryRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SUMMARY} WHERE v.state = $1 AND v.id < $2 ORDER BY v.id DESC LIMIT $3"
        )))
        .bind(ValidationState::Held.as_str())
        .bind(Cursor::bound(cursor))
        .bind(i64::from(limit) + 1)
        .fetch_all(self.pool())
        .await?;
        page(rows, limit)
    }

    /// How many validations stand in each state, for metrics.
    pub async fn count_validations(&self) -> Result<Vec<(ValidationState, u64)>, StoreError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT state, COUNT(*) FROM validations GROUP BY state ORDER BY state")
                .fetch_all(self.pool())
                .await?;
        rows.iter()
            .map(|(state, number)| Ok((parsed("validations.state", state)?, count("a count", *number)?)))
            .collect()
    }
}

async fn summary(tx: &mut Tx, id: ValidationId) -> Result<ValidationSummary, StoreError> {
    let row: Option<SummaryRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{SUMMARY} WHERE v.id = $1")))
        .bind(id.to_string())
        .fetch_optional(tx.sql())
        .await?;
    row.ok_or(StoreError::NotFound("validation"))?.try_into()
}

fn page(rows: Vec<SummaryRow>, limit: u32) -> Result<Page<ValidationSummary>, StoreError> {
    let items = rows.into_iter().map(ValidationSummary::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(items, limit, |item| item.id.uuid()))
}
