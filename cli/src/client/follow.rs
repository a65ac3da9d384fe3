//! Following a validation until nothing more will happen by itself.

use std::time::Duration;

use airlock_model::event::Happening;
use airlock_model::{ValidationId, ValidationState};
use futures::StreamExt as _;

use super::{Client, Validation};
use crate::exit::Failure;

/// How long to wait before asking again, when there is no event stream.
const PAUSE: Duration = Duration::from_secs(1);
/// Streams that may break before asking takes their place.
const MOST_STREAMS: u32 = 3;
/// Questions in a row that may fail before it is given up.
const MOST_FAILURES: u32 = 30;

impl Client {
    /// Tells everything that happens until the validation is settled, by its event
    /// stream or, where that breaks, by asking again and again.
    pub(crate) async fn follow(
        &self,
        id: ValidationId,
        mut told: impl FnMut(&Happening),
    ) -> Result<Validation, Failure> {
        let mut last = 0;
        for _ in 0..MOST_STREAMS {
            match self.listen(id, &mut last, &mut told).await {
                Ok(Some(validation)) => return Ok(validation),
                Ok(None) => {}
                Err(failure) if failure.may_pass() => {}
                Err(failure) => return Err(failure),
            }
        }
        self.poll(id, &mut told).await
    }

    /// Listens until the validation is settled, or the stream ends.
    async fn listen(
        &self,
        id: ValidationId,
        last: &mut i64,
        told: &mut impl FnMut(&Happening),
    ) -> Result<Option<Validation>, Failure> {
        let mut events = Box::pin(self.events(id, *last).await?);
        while let Some(event) = events.next().await {
            let event = event?;
            *last = event.seq;
            told(&event.what);
            // An older event may say "held" of what has been decided since.
            if matches!(event.what, Happening::State { state, .. } if state.is_settled()) {
                let validation = self.validation(id).await?;
                if validation.listed.state.is_settled() {
                    return Ok(Some(validation));
                }
            }
        }
        Ok(None)
    }

    async fn poll(&self, id: ValidationId, told: &mut impl FnMut(&Happening)) -> Result<Validation, Failure> {
        let mut seen: Option<ValidationState> = None;
        let mut failures = 0;
        loop {
            match self.validation(id).await {
                Ok(validation) => {
                    failures = 0;
                    let state = validation.listed.state;
                    if seen.replace(state) != Some(state) {
                        told(&Happening::State { state, reason: None });
                    }
                    if state.is_settled() {
                        return Ok(validation);
                    }
                }
                Err(failure) if failure.may_pass() && failures < MOST_FAILURES => failures += 1,
                Err(failure) => return Err(failure),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
