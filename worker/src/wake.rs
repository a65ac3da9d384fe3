//! Listening for wake-ups. This is the only file of the worker that knows the
//! queue (and, behind it, apalis): it runs a handler for each wake-up, with
//! concurrency and an orderly stop. Without it the worker still finds its work.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::StageName;
use airlock_store::{Lane, Serve, WakeHandler};
use futures::FutureExt as _;
use tokio::time::sleep;

use crate::crew::Crew;

/// How long a queue that failed is left alone.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// Listens until the worker stops. A queue that fails is listened to again; until then the worker looks by itself.
pub(crate) async fn listen(crew: &Crew) {
    let settings = crew.settings();
    let handler = handler(crew.clone());
    loop {
        let serve = Serve {
            name: settings.worker_name.clone(),
            lanes: lanes(crew).into_iter().map(|lane| (lane, settings.concurrency)).collect(),
            grace: settings.intervals.grace,
        };
        let serving = settings.queue.serve(serve, handler.clone(), crew.stopping().clone());
        let ended = AssertUnwindSafe(serving).catch_unwind().await;
        if crew.stopping().is_cancelled() {
            return;
        }
        let error = match ended {
            Ok(Ok(())) => "it ended by itself".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it panicked".to_owned(),
        };
        tracing::warn!(worker.name = settings.worker_name, error, "no wake-ups arrive; the worker looks by itself");
        tokio::select! {
            () = crew.stopping().cancelled() => return,
            () = sleep(LISTEN_AGAIN) => {}
        }
    }
}

/// What this worker listens for: its stages, and of tests also those that wait for an engine that it has, whether that
/// answers at this moment or not.
fn lanes(crew: &Crew) -> Vec<Lane> {
    let settings = crew.settings();
    let engines = settings.gate.made_of();
    let waiting = |&stage: &StageName| stage == StageName::Test;
    let special = settings
        .stages
        .iter()
        .copied()
        .filter(waiting)
        .flat_map(|stage| engines.iter().map(move |&engine| Lane { stage, engine: Some(engine) }));
    settings.stages.iter().map(|&stage| stage.into()).chain(special).collect()
}

fn handler(crew: Crew) -> WakeHandler {
    Arc::new(move |stage| {
        let crew = crew.clone();
        async move {
            // A queue shared by several kinds of worker may carry what is not for this one.
            if !crew.settings().stages.contains(&stage) {
                return;
            }
            if let Err(error) = crew.clear_backlog(&[stage]).await {
                tracing::warn!(stage.name = %stage, %error, "the backlog cannot be read; it is looked at again soon");
            }
        }
        .boxed()
    })
}
