//! Writes that are worth repeating: what a stage took minutes to find out is not
//! thrown away because the database was restarted at the wrong moment.

use std::future::Future;
use std::time::Duration;

use airlock_store::StoreError;
use tokio::time::sleep;

/// The pause after the first failure; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause; about 13 s have passed after it.
const LAST_PAUSE: Duration = Duration::from_millis(6400);

/// Makes the call, and makes it again for some seconds while it fails for a passing reason. Every call made here
/// carries a fencing token, so that one that succeeded unnoticed is refused the second time and not done twice.
pub(crate) async fn insist<T, F>(mut call: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        match call().await {
            Err(error) if error.is_passing() && pause <= LAST_PAUSE => {
                tracing::warn!(%error, pause_ms = pause.as_millis(), "the database did not take a write; once more");
                sleep(pause).await;
                pause *= 2;
            }
            settled => return settled,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn only_a_passing_failure_is_repeated() {
        let calls = Cell::new(0);
        let lost: Result<(), _> = insist(|| {
            calls.set(calls.get() + 1);
            async { Err(StoreError::LeaseLost) }
        })
        .await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)));
        assert_eq!(calls.get(), 1);
    }
}
