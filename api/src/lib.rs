//! The HTTP face of Airlock.
//!
//! A request is parsed into validated types at the edge, one function of the
//! store is called, and its answer is put into the shape that clients read. This
//! crate must **not** open an upload, and links neither scanner nor sandbox nor
//! gate: what a plugin is, it knows only from what workers recorded.

pub mod auth;
mod extract;
mod links;
mod metrics;
pub mod middleware;
mod pages;
pub mod problem;
mod query;
mod routes;
mod serve;
mod state;
pub mod upload;
pub mod wire;

use std::sync::Arc;

use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;

use middleware::{Prefixed, RateLimit};
use routes::Document;

pub use routes::document;
pub use serve::serve;
pub use state::{ApiSettings, ApiState};

/// The whole interface, ready to be served, with [`serve`] or anything else that tells it the peers'
/// addresses, by which the rate limit counts requests without a token.
pub fn router(state: ApiState) -> Router {
    metrics::recorder();
    let prefix = state.settings.prefix().to_owned();
    let limit = state.settings.requests_per_minute.map(RateLimit::new);
    let state = Arc::new(state);
    let (router, document) = routes::all(&state.settings).split_for_parts();
    let mut router = router
        .layer(Extension(Document(Arc::new(routes::completed(document)))))
        .with_state(state)
        .layer(CatchPanicLayer::custom(middleware::panicked));
    if let Some(limit) = limit {
        router = router.layer(axum::middleware::from_fn_with_state(limit, middleware::rate_limit));
    }
    let router = router
        .layer(axum::middleware::from_fn(middleware::finish))
        .layer(axum::middleware::from_fn(middleware::observe));
    if prefix.is_empty() { router } else { Router::new().fallback_service(Prefixed::new(&prefix, router)) }
}
