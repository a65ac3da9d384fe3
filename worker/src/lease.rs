//! Keeping a lease: renewed in the background while a stage works, given up the
//! moment it can no longer be relied on.

use std::time::Duration;

use airlock_store::leases::LEASE;
use airlock_store::{Claim, Store, StoreError};
use tokio::time::Instant;

/// Renews the claim's lease every `every`, and at once when there is news of its validation, which may be that
/// nobody wants the work any more. Ends when the lease is lost: taken away in the database, or not renewed for as
/// long as it lasts, because by then another worker may hold it. Dropped when the work ends.
pub(crate) async fn keep(store: &Store, claim: &Claim, every: Duration) {
    let mut news = store.signal().follow(claim.validation);
    let mut ends = Instant::now() + LEASE;
    loop {
        news.wait(every).await;
        // Read before the call: the database counts from when it got it, never from before.
        let asked = Instant::now();
        match store.renew_lease(claim).await {
            Ok(_) => ends = asked + LEASE,
            Err(StoreError::LeaseLost) => return,
            Err(error) if Instant::now() < ends => {
                tracing::warn!(
                    validation.id = %claim.validation, stage.name = %claim.name, attempt = claim.attempt, %error,
                    "the lease could not be renewed and is tried again"
                );
            }
            Err(_) => return,
        }
    }
}
