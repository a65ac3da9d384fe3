//! One attempt at one claimed stage: carried out under its lease, and brought to
//! exactly one end.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use airlock_model::escape;
use airlock_store::{Claim, Failed, StoreError};
use futures::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use crate::crew::Crew;
use crate::error::StageError;
use crate::failpoint::Boundary;
use crate::insist::insist;
use crate::stages::{self, Recorded};
use crate::{lease, meters};

/// How an attempt ended.
enum Ending {
    /// Its result is recorded.
    Recorded(Recorded),
    /// Another worker holds the stage by now, or nobody wants it any more.
    LeaseLost,
    /// The worker is told to stop.
    Stopped,
    /// We failed.
    Failed(StageError),
}

/// Carries out the claimed stage. The slot is free again when this ends.
pub(crate) async fn make(crew: Crew, claim: Claim, slot: OwnedSemaphorePermit) {
    let span = tracing::info_span!(
        "stage",
        validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt,
        plugin.name = %claim.plugin, plugin.version = %claim.version, worker.name = claim.worker
    );
    bring_to_an_end(&crew, &claim).instrument(span).await;
    drop(slot);
}

async fn bring_to_an_end(crew: &Crew, claim: &Claim) {
    let began = Instant::now();
    let outcome = match under_lease(crew, claim).await {
        Ending::Recorded(recorded) => {
            if let Some(next) = recorded.next {
                crew.wake(next, recorded.needs).await;
            }
            recorded.outcome
        }
        Ending::LeaseLost => {
            tracing::warn!(
                validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt,
                "the lease is lost: what was found is thrown away and nothing is recorded"
            );
            "lease_lost"
        }
        Ending::Stopped => {
            give_back(crew, claim).await;
            "returned"
        }
        Ending::Failed(error) => fail(crew, claim, &error).await,
    };
    let took = began.elapsed();
    meters::stage_ended(claim.name, outcome, took);
    tracing::info!(
        validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt,
        plugin.name = %claim.plugin, plugin.version = %claim.version,
        stage.outcome = outcome, stage.took_ms = took.as_millis(), "a stage has ended"
    );
}

/// Works for as long as the lease holds. Whatever ends first drops the rest, and with it every child process.
async fn under_lease(crew: &Crew, claim: &Claim) -> Ending {
    let settings = crew.settings();
    let work = async {
        crew.pass(claim, Boundary::AfterClaim).await;
        stages::carry_out(crew, claim).await
    };
    tokio::select! {
        biased;
        done = AssertUnwindSafe(work).catch_unwind() => match done {
            Ok(Ok(recorded)) => Ending::Recorded(recorded),
            Ok(Err(error)) if error.is_lease_lost() => Ending::LeaseLost,
            Ok(Err(error)) => Ending::Failed(error),
            Err(panic) => Ending::Failed(StageError::Panicked(words(&*panic))),
        },
        () = lease::keep(&settings.store, claim, settings.intervals.renew) => Ending::LeaseLost,
        () = crew.ending().cancelled() => Ending::Stopped,
        () = sleep(settings.intervals.stage) => Ending::Failed(StageError::TookTooLong(settings.intervals.stage)),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    escape::line(text.unwrap_or("without a word"))
}

/// Records that we failed, and says so to the operator as loudly as it deserves.
async fn fail(crew: &Crew, claim: &Claim, error: &StageError) -> &'static str {
    meters::stage_failed(claim.name, error.kind());
    let text = escape::line(&error.to_string());
    let fault = error.fault(claim.attempt);
    match insist(|| crew.settings().store.fail_stage(claim, &text, fault)).await {
        Ok(Failed::Waits(until)) => {
            tracing::warn!(
                validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt,
                error = text, retry.after = %until, "a stage failed through our fault and is tried again"
            );
            "failed"
        }
        Ok(Failed::Parked) => {
            meters::alert("stage_parked");
            tracing::error!(
                validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt,
                error = text, "a stage is parked through our fault: mend the cause, then retry the validation"
            );
            "parked"
        }
        Ok(Failed::Held) => {
            meters::alert("stage_held");
            tracing::error!(
                validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt,
                error = text, "our own code fails on this upload again and again: it is held for a person"
            );
            "held_by_fault"
        }
        Err(StoreError::LeaseLost) => "lease_lost",
        Err(unrecorded) => {
            tracing::error!(
                validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt,
                error = text, record.error = %unrecorded,
                "a stage failed and that could not be recorded: it comes back when its lease runs out"
            );
            "failed"
        }
    }
}

async fn give_back(crew: &Crew, claim: &Claim) {
    match insist(|| crew.settings().store.return_claim(claim)).await {
        // Recorded in the very last moment: there is nothing to give back.
        Ok(()) | Err(StoreError::LeaseLost) => crew.wake(claim.name, claim.needs).await,
        Err(error) => tracing::warn!(
            validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt, %error,
            "the claim could not be returned: the stage comes back when its lease runs out"
        ),
    }
}
