//! What both queues share: a handler that cannot bring its worker down, and a
//! monitor that stops in good order.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use apalis::prelude::{BoxDynError, Monitor};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{QueueError, Wake, WakeHandler};

/// A name that no other process, and no earlier start of this one, has used.
pub(super) fn unique(name: &str, stage: airlock_model::StageName) -> String {
    format!("{name}-{stage}-{}", Uuid::new_v4().simple())
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

/// Runs the monitor until `shutdown`, and waits at most `grace` for running handlers.
pub(super) async fn run(monitor: Monitor, grace: Duration, shutdown: CancellationToken) -> Result<(), QueueError> {
    let signal = async move {
        shutdown.cancelled().await;
        Ok(())
    };
    monitor.shutdown_timeout(grace).run_with_signal(signal).await.map_err(|error| QueueError(error.to_string()))
}
