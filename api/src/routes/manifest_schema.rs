//! `GET /api/v1/schema/plugin.json`: the JSON Schema of `plugin.yaml`, for editors. It is made of the tables that the
//! gate checks a manifest by.

use std::sync::Arc;

use airlock_model::manifest::schema::schema;
use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::links::Links;
use crate::state::ApiState;

/// Where it is.
const PATH: &str = "/api/v1/schema/plugin.json";

/// The JSON Schema of `plugin.yaml`, for editors that complete and check it. Open to everyone: an editor has no token.
#[utoipa::path(get, path = "/api/v1/schema/plugin.json", tag = "service", security(()),
    responses((status = 200, description = "A JSON Schema, draft 7.", content_type = "application/schema+json")))]
pub(super) async fn manifest_schema(State(state): State<Arc<ApiState>>) -> Response {
    let schema = schema(&Links::new(&state.settings).absolute(PATH));
    let headers = [
        (CONTENT_TYPE, "application/schema+json"),
        // It changes with the registry's version only; an editor asks again after an hour.
        (CACHE_CONTROL, "public, max-age=3600"),
        // Editors that run in a browser may read it from any page.
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, format!("{schema:#}\n")).into_response()
}
