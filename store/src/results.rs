//! Results: how a stage's outcome is recorded, once, and what comes next.

use std::time::Duration;

use airlock_model::event::Happening;
use airlock_model::finding::FindingsCount;
use airlock_model::{
    Inspection, Judgement, RunReport, StageName, StageState, Timestamp, ValidationId, ValidationState, Verdict,
};

use crate::audit::{Actor, AuditRecord};
use crate::database::{Store, Tx};
use crate::error::{StoreError, to_json, whole};
use crate::stages::Claim;
use crate::text::storable;
use crate::{events, findings, leases, outbox, reports, stages, validations};

/// After how many failures of ours a stage is parked.
pub const MOST_FAILURES: u32 = 5;

/// What follows a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The test stage.
    Test,
    /// The promote stage.
    Promote,
    /// A person decides.
    Hold,
    /// Nothing: refused.
    Reject,
}

/// What became of the plugin's own tests.
#[derive(Debug, Clone, Copy)]
pub enum Tests<'a> {
    /// They were run.
    Ran(&'a RunReport),
    /// They were not, for this reason.
    NotRun(&'a str),
}

/// What to do about a failure of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Try again after a back-off; after [`MOST_FAILURES`] the stage is parked.
    Retry,
    /// Park at once, for this reason, which its publisher is told: trying again cannot help.
    Park(&'static str),
    /// A panic of ours that repeats: a person looks at the plugin.
    Hold,
}

/// What became of a stage that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It waits again, until then.
    Waits(Timestamp),
    /// It is parked; the validation is errored and the operator must be alerted.
    Parked,
    /// The validation is held for a person; the operator must be alerted.
    Held,
}

impl Store {
    /// Records what the inspect stage found, and adds what comes next, in one transaction. `tests_not_run` says why
    /// there will be no test stage, when `next` is another. Refuses a claim that no longer holds.
    pub async fn record_inspection(
        &self,
        claim: &Claim,
        inspection: &Inspection,
        judgement: &Judgement,
        next: Next,
        tests_not_run: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let locked = leases::hold(&mut tx, claim).await?;
        reports::keep_inspection(&mut tx, claim.validation, inspection).await?;
        if let Some(why) = tests_not_run {
            reports::keep_tests(&mut tx, claim.validation, Tests::NotRun(why), None).await?;
        }
        let count = keep_findings(&mut tx, claim.validation, judgement).await?;
        leases::finish(&mut tx, claim, StageState::Done, None).await?;
        events::append(&mut tx, claim.validation, &[Happening::Findings { count }]).await?;
        proceed(&mut tx, claim, locked.owner, judgement, next).await?;
        tx.commit().await
    }

    /// Records what became of the tests, and adds what comes next, in one transaction. Refuses a claim that no
    /// longer holds.
    pub async fn record_test(
        &self,
        claim: &Claim,
        tests: Tests<'_>,
        judgement: &Judgement,
        next: Next,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let locked = leases::hold(&mut tx, claim).await?;
        reports::keep_tests(&mut tx, claim.validation, tests, judgement.run.as_ref()).await?;
        keep_findings(&mut tx, claim.validation, judgement).await?;
        leases::finish(&mut tx, claim, StageState::Done, None).await?;
        let told = match tests {
            Tests::Ran(report) => {
                Happening::Tests { outcome: report.outcome.as_str().to_owned(), sentence: report.outcome.sentence() }
            }
            Tests::NotRun(why) => Happening::Tests { outcome: "not_run".to_owned(), sentence: why.to_owned() },
        };
        events::append(&mut tx, claim.validation, &[told]).await?;
        proceed(&mut tx, claim, locked.owner, judgement, next).await?;
        tx.commit().await
    }

    /// Records that we failed at a stage. `error` is for operators; the publisher is told that it was our fault and
    /// what happens next. Refuses a claim that no longer holds.
    pub async fn fail_stage(&self, claim: &Claim, error: &str, fault: Fault) -> Result<Failed, StoreError> {
        let mut tx = self.write().await?;
        leases::hold(&mut tx, claim).await?;
        let failures: i64 = sqlx::query_scalar(
            "UPDATE stages SET failures = failures + 1, last_error = $1 WHERE id = $2 AND token = $3 \
             RETURNING failures",
        )
        .bind(storable(error))
        .bind(claim.stage.to_string())
        .bind(claim.token)
        .fetch_one(tx.sql())
        .await?;
        let failures = stages::attempt_of(failures)?;
        let failed = match fault {
            Fault::Retry if failures < MOST_FAILURES => {
                let until = tx.now.plus(back_off(failures));
                let reason = format!("a fault of ours, not of the plugin; it is tried again after {until}");
                leases::wait_again(&mut tx, claim, until, reason).await?;
                Failed::Waits(until)
            }
            Fault::Retry => {
                park(&mut tx, claim, "failed repeatedly").await?;
                Failed::Parked
            }
            Fault::Park(because) => {
                park(&mut tx, claim, &format!("cannot go on, {because}")).await?;
                Failed::Parked
            }
            Fault::Hold => {
                let reason =
                    format!("a fault of ours in the {} stage repeats on this upload; a person looks at it", claim.name);
                leases::finish(&mut tx, claim, StageState::Errored, Some(&reason)).await?;
                validations::enter(&mut tx, claim.validation, ValidationState::Held, Some(&reason)).await?;
                outbox::add(&mut tx, "validation.held", Some(claim.validation), &serde_json::json!({"reason": reason}))
                    .await?;
                Failed::Held
            }
        };
        tx.commit().await?;
        Ok(failed)
    }
}

/// 5 s, 15 s, 45 s, … at most ten minutes.
fn back_off(failures: u32) -> Duration {
    Duration::from_secs(5 * 3_u64.saturating_pow(failures.saturating_sub(1))).min(Duration::from_secs(600))
}

/// Ends a stage and its validation as errored, and tells publisher and operator.
pub(crate) async fn park(tx: &mut Tx, claim: &Claim, how: &str) -> Result<(), StoreError> {
    let reason = format!(
        "the {} stage {how}: a fault of ours, not of the plugin; the operator is told, and it can be retried",
        claim.name
    );
    leases::finish(tx, claim, StageState::Errored, Some(&reason)).await?;
    validations::enter(tx, claim.validation, ValidationState::Errored, Some(&reason)).await?;
    AuditRecord::new(Actor::Worker(&claim.worker), "stage.park", "stage", &claim.stage.to_string())
        .detail(&serde_json::json!({"validation": claim.validation, "stage": claim.name, "attempt": claim.attempt}))
        .write(tx)
        .await?;
    outbox::add(tx, "stage.parked", Some(claim.validation), &serde_json::json!({"stage": claim.name})).await
}

async fn keep_findings(
    tx: &mut Tx,
    validation: ValidationId,
    judgement: &Judgement,
) -> Result<FindingsCount, StoreError> {
    findings::replace(tx, validation, &judgement.findings).await?;
    let count = FindingsCount::of(&judgement.findings);
    sqlx::query("UPDATE validations SET critical = $1, high = $2, medium = $3, low = $4, note = $5 WHERE id = $6")
        .bind(whole(count.critical))
        .bind(whole(count.high))
        .bind(whole(count.medium))
        .bind(whole(count.low))
        .bind(whole(count.note))
        .bind(validation.to_string())
        .execute(tx.sql())
        .await?;
    Ok(count)
}

/// Moves the validation on. A verdict is recorded as soon as no stage can change it any more.
async fn proceed(
    tx: &mut Tx,
    claim: &Claim,
    owner: airlock_model::UserId,
    judgement: &Judgement,
    next: Next,
) -> Result<(), StoreError> {
    let (verdict, state, stage) = match next {
        Next::Test => (None, ValidationState::Testing, Some(StageName::Test)),
        Next::Promote => (Some(Verdict::Approve), ValidationState::Promoting, Some(StageName::Promote)),
        Next::Hold => (Some(Verdict::Hold), ValidationState::Held, None),
        Next::Reject => (Some(Verdict::Reject), ValidationState::Rejected, None),
    };
    if let Some(verdict) = verdict {
        if verdict != judgement.verdict {
            return Err(StoreError::Contradiction(format!(
                "the judgement says {} and what follows says {}",
                judgement.verdict.as_str(),
                verdict.as_str()
            )));
        }
        sqlx::query("UPDATE validations SET verdict = $1, reasons = $2 WHERE id = $3")
            .bind(verdict.as_str())
            .bind(to_json("reasons", &judgement.reasons)?)
            .bind(claim.validation.to_string())
            .execute(tx.sql())
            .await?;
        let told = Happening::Verdict { verdict, reasons: judgement.reasons.clone() };
        events::append(tx, claim.validation, &[told]).await?;
        AuditRecord::new(
            Actor::Worker(&claim.worker),
            "validation.verdict",
            "validation",
            &claim.validation.to_string(),
        )
        .detail(&serde_json::json!({"verdict": verdict, "plugin": claim.plugin, "version": claim.version}))
        .write(tx)
        .await?;
    }
    validations::enter(tx, claim.validation, state, None).await?;
    if let Some(stage) = stage {
        stages::add(tx, claim.validation, owner, stage).await?;
    }
    if state.is_settled() {
        let kind = if state == ValidationState::Held { "validation.held" } else { "validation.rejected" };
        let body = serde_json::json!({"plugin": claim.plugin, "version": claim.version});
        outbox::add(tx, kind, Some(claim.validation), &body).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_and_is_capped() {
        let seconds: Vec<u64> = (1..=7).map(|failures| back_off(failures).as_secs()).collect();
        assert_eq!(seconds, [5, 15, 45, 135, 405, 600, 600]);
    }
}
