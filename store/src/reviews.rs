//! Reviews: what a person decided about a held plugin, and why.

use airlock_model::event::Happening;
use airlock_model::{StageName, Timestamp, UserId, ValidationId, ValidationState, Verdict};
use sqlx::FromRow;
use uuid::Uuid;

use crate::audit::{Actor, AuditRecord};
use crate::database::{Store, Tx};
use crate::error::{StoreError, parsed, to_json};
use crate::text::storable;
use crate::tokens::Caller;
use crate::users::UserName;
use crate::{events, outbox, reports, stages, validations};

/// What a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewDecision {
    /// Into the catalogue.
    Approve,
    /// Refused.
    Reject,
}

impl ReviewDecision {
    /// The decision's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// A decision as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The id.
    pub id: Uuid,
    /// The validation.
    pub validation: ValidationId,
    /// What was decided.
    pub decision: ReviewDecision,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: UserId,
    /// The name of who decided.
    pub by_name: UserName,
    /// When.
    pub at: Timestamp,
}

#[derive(FromRow)]
struct ReviewRow {
    id: String,
    validation_id: String,
    decision: String,
    reason: String,
    decided_by: String,
    name: String,
    decided_at: i64,
}

impl TryFrom<ReviewRow> for Review {
    type Error = StoreError;

    fn try_from(row: ReviewRow) -> Result<Self, StoreError> {
        let decision = match row.decision.as_str() {
            "approve" => ReviewDecision::Approve,
            "reject" => ReviewDecision::Reject,
            other => return Err(StoreError::unreadable("reviews.decision", other)),
        };
        Ok(Self {
            id: parsed("reviews.id", &row.id)?,
            validation: parsed("reviews.validation_id", &row.validation_id)?,
            decision,
            reason: row.reason,
            by: parsed("reviews.decided_by", &row.decided_by)?,
            by_name: parsed("users.name", &row.name)?,
            at: Timestamp::from_micros(row.decided_at),
        })
    }
}

impl Store {
    /// Decides a held validation: approval adds the promote stage (wake a worker for it), rejection ends it.
    /// Refuses callers who may not review, an empty reason, a validation that is not held, and the approval of one
    /// of which there is nothing that could be published.
    pub async fn decide_review(
        &self,
        caller: &Caller,
        id: ValidationId,
        decision: ReviewDecision,
        reason: &str,
    ) -> Result<ValidationState, StoreError> {
        if !caller.is_admin() {
            return Err(StoreError::NotFound("validation"));
        }
        if reason.trim().is_empty() {
            return Err(StoreError::Contradiction("a decision needs a reason that its publisher can read".into()));
        }
        let mut tx = self.write().await?;
        let locked = validations::lock(&mut tx, id).await?;
        if locked.state != ValidationState::Held {
            let wanted = match decision {
                ReviewDecision::Approve => "approved",
                ReviewDecision::Reject => "rejected",
            };
            return Err(StoreError::WrongState { state: locked.state, wanted });
        }
        record(&mut tx, caller, id, decision, reason).await?;
        let told = format!("{}: {reason}", caller.name);
        let state = match decision {
            ReviewDecision::Approve => {
                publishable(&mut tx, id).await?;
                decide(&mut tx, id, Verdict::Approve, &told).await?;
                validations::enter(&mut tx, id, ValidationState::Promoting, Some(&told)).await?;
                stages::add(&mut tx, id, locked.owner, StageName::Promote).await?;
                ValidationState::Promoting
            }
            ReviewDecision::Reject => {
                decide(&mut tx, id, Verdict::Reject, &told).await?;
                validations::enter(&mut tx, id, ValidationState::Rejected, Some(&told)).await?;
                let body = serde_json::json!({"reason": reason});
                outbox::add(&mut tx, "validation.rejected", Some(id), &body).await?;
                ValidationState::Rejected
            }
        };
        tx.commit().await?;
        Ok(state)
    }

    /// The decisions on a validation, oldest first. Who may read them is decided by the caller of this function.
    pub async fn reviews_of(&self, id: ValidationId) -> Result<Vec<Review>, StoreError> {
        let rows: Vec<ReviewRow> = sqlx::query_as(
            "SELECT r.id, r.validation_id, r.decision, r.reason, r.decided_by, u.name, r.decided_at \
             FROM reviews r JOIN users u ON u.id = r.decided_by WHERE r.validation_id = $1 ORDER BY r.id",
        )
        .bind(id.to_string())
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(Review::try_from).collect()
    }
}

async fn record(
    tx: &mut Tx,
    caller: &Caller,
    id: ValidationId,
    decision: ReviewDecision,
    reason: &str,
) -> Result<(), StoreError> {
    let (review, now) = (tx.id(), tx.now.micros());
    sqlx::query(
        "INSERT INTO reviews (id, validation_id, decision, reason, decided_by, decided_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(review.to_string())
    .bind(id.to_string())
    .bind(decision.as_str())
    .bind(storable(reason))
    .bind(caller.user.to_string())
    .bind(now)
    .execute(tx.sql())
    .await?;
    let action = match decision {
        ReviewDecision::Approve => "review.approve",
        ReviewDecision::Reject => "review.reject",
    };
    AuditRecord::new(Actor::Caller(caller), action, "validation", &id.to_string())
        .detail(&serde_json::json!({"reason": reason}))
        .write(tx)
        .await
}

/// A stage that broke down before it read a manifest leaves nothing to publish.
async fn publishable(tx: &mut Tx, id: ValidationId) -> Result<(), StoreError> {
    let inspection = reports::bare_inspection(tx, id).await?;
    if inspection.is_some_and(|inspection| inspection.canonical.is_some() && inspection.manifest.is_some()) {
        return Ok(());
    }
    Err(StoreError::Contradiction(
        "this upload cannot be approved: it was never read completely, so there is no archive to publish; reject it, \
         or have it uploaded again"
            .into(),
    ))
}

/// A person's word stands above the policy's; the findings keep what the policy said of each.
async fn decide(tx: &mut Tx, id: ValidationId, verdict: Verdict, told: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE validations SET verdict = $1, reasons = $2 WHERE id = $3")
        .bind(verdict.as_str())
        .bind(to_json("reasons", &[told])?)
        .bind(id.to_string())
        .execute(tx.sql())
        .await?;
    let told = Happening::Verdict { verdict, reasons: vec![told.to_owned()] };
    events::append(tx, id, &[told]).await
}
