//! `GET /metrics`: figures for operators.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::metrics as figures;
use crate::state::ApiState;

/// Figures for operators, in Prometheus' text form.
#[utoipa::path(get, path = "/metrics", tag = "service", security(()),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(state): State<Arc<ApiState>>) -> impl IntoResponse {
    match state.store.count_validations().await {
        Ok(counts) => figures::validations(&counts),
        Err(error) => tracing::warn!(%error, "validations could not be counted for /metrics"),
    }
    match state.store.workers().await {
        Ok(workers) => figures::workers(&workers),
        Err(error) => tracing::warn!(%error, "workers could not be counted for /metrics"),
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], figures::recorder().render())
}
