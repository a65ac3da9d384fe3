//! What a publisher may do about a validation: take it back, or have us try
//! again where we failed.

use airlock_model::event::Happening;
use airlock_model::{Engine, StageName, StageState, ValidationId, ValidationState};

use crate::audit::{Actor, AuditRecord};
use crate::blobs::ObjectKey;
use crate::database::Store;
use crate::error::{StoreError, parsed};
use crate::tokens::Caller;
use crate::validations::{end_withdrawn, enter, lock, own};
use crate::{events, leases};

/// What a withdrawal leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// Objects in quarantine that nothing refers to any more; delete them.
    pub obsolete_objects: Vec<ObjectKey>,
}

/// What a retry began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retried {
    /// The stage that waits again; wake a worker of its kind.
    pub stage: StageName,
    /// The engine that it was passed on to before.
    pub needs: Option<Engine>,
    /// Its attempt, from 1.
    pub attempt: u32,
}

impl Store {
    /// Ends the caller's validation as withdrawn, and whatever waits or runs for it. Refuses one that has ended,
    /// or that is on its way into the catalogue.
    pub async fn withdraw(&self, caller: &Caller, id: ValidationId) -> Result<Withdrawn, StoreError> {
        let mut tx = self.write().await?;
        let locked = lock(&mut tx, id).await?;
        own(caller, locked.owner)?;
        if locked.state.is_terminal() || locked.state == ValidationState::Promoting {
            return Err(StoreError::WrongState { state: locked.state, wanted: "withdrawn" });
        }
        end_withdrawn(&mut tx, id, "withdrawn by its publisher").await?;
        AuditRecord::new(Actor::Caller(caller), "validation.withdraw", "validation", &id.to_string())
            .write(&mut tx)
            .await?;
        let key: String = sqlx::query_scalar("SELECT object_key FROM submissions WHERE id = $1")
            .bind(locked.submission.to_string())
            .fetch_one(tx.sql())
            .await?;
        tx.commit().await?;
        let upload = parsed("submissions.object_key", &key)?;
        let submission = locked.submission;
        Ok(Withdrawn { obsolete_objects: vec![upload, ObjectKey::canonical(submission), ObjectKey::views(submission)] })
    }

    /// Lets the stage that we failed at begin again, as a new attempt. Refuses a validation that is not errored.
    pub async fn retry(&self, caller: &Caller, id: ValidationId) -> Result<Retried, StoreError> {
        let mut tx = self.write().await?;
        let locked = lock(&mut tx, id).await?;
        own(caller, locked.owner)?;
        if locked.state != ValidationState::Errored {
            return Err(StoreError::WrongState { state: locked.state, wanted: "retried" });
        }
        let retried = leases::begin_again(&mut tx, id).await?;
        let state = match retried.stage {
            StageName::Inspect => ValidationState::Queued,
            StageName::Test => ValidationState::Testing,
            StageName::Promote => ValidationState::Promoting,
        };
        enter(&mut tx, id, state, Some("retried")).await?;
        let waiting = Happening::Stage {
            stage: retried.stage,
            state: StageState::Pending,
            attempt: retried.attempt,
            reason: Some("retried".to_owned()),
        };
        events::append(&mut tx, id, &[waiting]).await?;
        AuditRecord::new(Actor::Caller(caller), "validation.retry", "validation", &id.to_string())
            .detail(&serde_json::json!({"stage": retried.stage, "attempt": retried.attempt}))
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(retried)
    }
}
