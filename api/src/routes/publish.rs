//! `POST /api/v1/plugins/publish`: the existing client's upload.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::auth::Publisher;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::upload;
use crate::wire::submission::AcceptedAnswer;

/// Uploads a version: `multipart/form-data` with the parts `package` and `manifest`.
#[utoipa::path(post, path = "/api/v1/plugins/publish", tag = "upload", security(("token" = ["publish"])),
    request_body(content = Vec<u8>, content_type = "multipart/form-data"),
    responses((status = 202, body = AcceptedAnswer, description = "In quarantine; follow the validation.")))]
pub(super) async fn publish(
    State(state): State<Arc<ApiState>>,
    Publisher(caller): Publisher,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    upload::form(state, caller, headers, body).await
}
