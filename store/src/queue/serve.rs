//! What both queues share: a handler that cannot bring its worker down, and a
//! monitor that stops in good order.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use apalis::prelude::{BoxDynError, Monitor};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Lane, QueueError, Wake, WakeHandler};

/// How long a worker whose backend went away waits before it begins again.
const BEGIN_AGAIN: Duration = Duration::from_secs(2);

/// A name that no other process, and no earlier start of this one, has used.
pub(super) fn unique(name: &str, lane: Lane) -> String {
    format!("{name}-{lane}-{}", Uuid::new_v4().simple())
}

/// Turns our handler into one of apalis, and catches panics before apalis can see them.
pub(super) fn guarded(
    handler: WakeHandler,
) -> impl Fn(Wake) -> BoxFuture<'static, Result<(), BoxDynError>> + Clone + Send + Sync + 'static {
    move |Wake::V1 { stage }| {
        let work = handler(stage);
        async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                tracing::error!(stage.name = %stage, "a wake-up's handler panicked");
            }
            Ok(())
        }
        .boxed()
    }
}

/// Runs one stage's worker until `shutdown`, then waits at most `grace` for running handlers. A worker that ends before,
/// because its backend went away, begins again under a new name.
pub(super) async fn keep_running(
    make: impl Fn() -> Monitor,
    grace: Duration,
    shutdown: &CancellationToken,
) -> Result<(), QueueError> {
    loop {
        let monitor = make().shutdown_timeout(grace);
        let context = monitor.context();
        let mut runner = pin!(monitor.run());
        let ended = tokio::select! {
            ended = &mut runner => ended,
            () = shutdown.cancelled() => {
                context.shutdown().map_err(|error| QueueError(error.to_string()))?;
                return runner.await.map_err(|error| QueueError(error.to_string()));
            }
        };
        tracing::warn!(error = ended.err().map(|error| error.to_string()), "a queue's worker ended and begins again");
        tokio::select! {
            () = tokio::time::sleep(BEGIN_AGAIN) => {}
            () = shutdown.cancelled() => return Ok(()),
        }
    }
}
