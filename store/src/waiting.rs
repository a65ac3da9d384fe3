//! Waiting: what a publisher is told of each stage, its place in the queue and
//! when it will probably be done.

use airlock_model::{StageName, StageState, Timestamp, ValidationId};
use sqlx::FromRow;

use crate::database::Tx;
use crate::error::{StoreError, count, parsed};
use crate::stages::attempt_of;

/// How many finished stages the estimate of a waiting one rests on.
const DURATIONS: i64 = 21;

/// One stage as its publisher sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// Which stage.
    pub name: StageName,
    /// Where it stands.
    pub state: StageState,
    /// The attempt, from 1.
    pub attempt: u32,
    /// When this attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When it may begin, while a back-off runs.
    pub not_before: Option<Timestamp>,
    /// How many wait before it, itself included, while it is pending.
    pub queue_position: Option<u64>,
    /// When it will probably be done, from what recent ones took; absent when there are none.
    pub eta_seconds: Option<u64>,
    /// What went wrong last, for operators; may hold internal detail.
    pub last_error: Option<String>,
}

#[derive(FromRow)]
struct StageRow {
    name: String,
    state: String,
    attempt: i64,
    priority: i64,
    created_at: i64,
    not_before: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    last_error: Option<String>,
}

/// The stages of a validation as its publisher sees them.
pub(crate) async fn views(tx: &mut Tx, validation: ValidationId) -> Result<Vec<StageView>, StoreError> {
    let rows: Vec<StageRow> = sqlx::query_as(
        "SELECT name, state, attempt, priority, created_at, not_before, started_at, finished_at, last_error \
         FROM stages WHERE validation_id = $1 ORDER BY created_at, id",
    )
    .bind(validation.to_string())
    .fetch_all(tx.sql())
    .await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let name: StageName = parsed("stages.name", &row.name)?;
        let state: StageState = parsed("stages.state", &row.state)?;
        let pending = state == StageState::Pending;
        let mut view = StageView {
            name,
            state,
            attempt: attempt_of(row.attempt)?,
            started_at: row.started_at.map(Timestamp::from_micros),
            finished_at: row.finished_at.map(Timestamp::from_micros),
            not_before: (pending && row.not_before > tx.now.micros()).then(|| Timestamp::from_micros(row.not_before)),
            queue_position: None,
            eta_seconds: None,
            last_error: row.last_error.clone(),
        };
        if pending {
            let (position, workers) = place(tx, name, &row).await?;
            view.queue_position = Some(position);
            view.eta_seconds =
                median_seconds(tx, name).await?.map(|median| median.saturating_mul(position.div_ceil(workers.max(1))));
        } else if state == StageState::Running {
            let ran = view.started_at.map_or(0, |started| tx.now.since(started).as_secs());
            view.eta_seconds = median_seconds(tx, name).await?.map(|median| median.saturating_sub(ran));
        }
        views.push(view);
    }
    Ok(views)
}

/// The place in the queue, and how many workers are at it now.
async fn place(tx: &mut Tx, name: StageName, row: &StageRow) -> Result<(u64, u64), StoreError> {
    let before: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM stages WHERE state = 'pending' AND name = $1 \
         AND (priority > $2 OR (priority = $2 AND created_at < $3))",
    )
    .bind(name.as_str())
    .bind(row.priority)
    .bind(row.created_at)
    .fetch_one(tx.sql())
    .await?;
    let running: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM stages WHERE state = 'running' AND name = $1")
        .bind(name.as_str())
        .fetch_one(tx.sql())
        .await?;
    Ok((count("a count", before)? + 1, count("a count", running)?))
}

/// What recent stages of this kind took, in whole seconds rounded up.
async fn median_seconds(tx: &mut Tx, name: StageName) -> Result<Option<u64>, StoreError> {
    const MICROS: i64 = 1_000_000;
    let mut durations: Vec<i64> = sqlx::query_scalar(
        "SELECT finished_at - started_at FROM stages WHERE state = 'done' AND name = $1 \
         ORDER BY finished_at DESC LIMIT $2",
    )
    .bind(name.as_str())
    .bind(DURATIONS)
    .fetch_all(tx.sql())
    .await?;
    durations.sort_unstable();
    let median = durations.get(durations.len() / 2);
    Ok(median.and_then(|micros| u64::try_from((micros + MICROS - 1) / MICROS).ok()))
}
