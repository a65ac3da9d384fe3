//! `GET /`: what this registry is, as the seed guide answers it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Reader;
use crate::links::Links;
use crate::problem::Problem;
use crate::state::ApiState;

/// What this registry is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RootAnswer {
    /// The registry's name.
    name: String,
    /// The registry's version.
    version: String,
    /// How many plugins the catalogue lists.
    plugins_count: u64,
    /// Where the interface is described.
    openapi: String,
}

/// What this registry is. A browser is shown the catalogue instead.
#[utoipa::path(get, path = "/", tag = "service", security((), ("token" = ["read"])),
    responses((status = 200, body = RootAnswer), (status = 303, description = "The catalogue, for a browser.")))]
pub(super) async fn root(
    State(state): State<Arc<ApiState>>,
    _: Reader,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let links = Links::new(&state.settings);
    if headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html")) {
        return Ok(Redirect::to(&links.absolute("/ui")).into_response());
    }
    let answer = RootAnswer {
        name: state.settings.registry_name.clone(),
        version: state.settings.registry_version.clone(),
        plugins_count: state.store.plugins_count().await?,
        openapi: links.absolute("/openapi.json"),
    };
    Ok(Json(answer).into_response())
}
