//! `GET /health`: the process is alive.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// The process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HealthAnswer {
    /// Always `healthy`: a process that is not does not answer.
    status: &'static str,
}

/// The process is alive; whether it can do its work is asked at `/ready`.
#[utoipa::path(get, path = "/health", tag = "service", security(()), responses((status = 200, body = HealthAnswer)))]
pub(super) async fn health() -> Json<HealthAnswer> {
    Json(HealthAnswer { status: "healthy" })
}
