//! `GET /ready`: which parts answer, by name.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::escape;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::ApiState;

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which parts answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyAnswer {
    /// `ready`; `degraded` while only the queue is down, when workers look for work by themselves; else `unavailable`.
    status: &'static str,
    /// Each part by name.
    checks: Checks,
}

/// Each part by name.
#[derive(Debug, Serialize, ToSchema)]
struct Checks {
    /// The database.
    database: bool,
    /// Both places for objects.
    storage: bool,
    /// What wakes workers.
    queue: bool,
}

/// Which parts answer.
#[utoipa::path(get, path = "/ready", tag = "service", security(()), responses(
    (status = 200, body = ReadyAnswer, description = "Requests can be served."),
    (status = 503, body = ReadyAnswer, description = "Database or storage do not answer.")))]
pub(super) async fn ready(State(state): State<Arc<ApiState>>) -> (StatusCode, Json<ReadyAnswer>) {
    let (database, quarantine, catalogue, queue) = tokio::join!(
        answers("database", state.store.ping()),
        answers("quarantine", state.quarantine.ping()),
        answers("catalogue", state.catalogue.ping()),
        answers("queue", state.queue.ping()),
    );
    let checks = Checks { database, storage: quarantine && catalogue, queue };
    let (code, status) = match (checks.database && checks.storage, checks.queue) {
        (true, true) => (StatusCode::OK, "ready"),
        (true, false) => (StatusCode::OK, "degraded"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    (code, Json(ReadyAnswer { status, checks }))
}

async fn answers<E: std::fmt::Display>(part: &'static str, ping: impl Future<Output = Result<(), E>>) -> bool {
    match tokio::time::timeout(PATIENCE, ping).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(part.name = part, error = %escape::line(&error.to_string()), "a part does not answer as it should");
            false
        }
        Err(_) => {
            tracing::warn!(part.name = part, "a part does not answer in time");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_fails_or_hangs_does_not_answer() {
        assert!(!answers("x", std::future::pending::<Result<(), String>>()).await);
        assert!(!answers("x", async { Err("broken") }).await);
        assert!(answers("x", async { Ok::<_, String>(()) }).await);
    }
}
