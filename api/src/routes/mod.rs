//! Every route: one file each, with its documentation, its handler and its errors.
//!
//! Handlers parse, call one function of the store, and answer. The routes of the
//! existing client and those of the seed guide have handlers of their own over
//! the same functions.

mod all;
mod download;
mod download_link;
mod health;
mod info;
mod list;
mod manifest_schema;
mod metrics;
mod openapi;
mod publish;
mod put;
mod ready;
mod review_decide;
mod review_show;
mod reviews;
mod root;
mod sbom;
mod search;
mod submit;
mod validation;
mod validation_events;
mod validation_file;
mod validation_files;
mod validation_report;
mod validation_retry;
mod validation_sarif;
mod validation_withdraw;
mod validations;

pub use openapi::document;
pub(crate) use openapi::{Document, completed};
pub(crate) use validation_report::report;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::pages;
use crate::state::{ApiSettings, ApiState};

/// The largest JSON body, in bytes. Uploads have limits of their own.
const MOST_JSON: usize = 64 * 1024;

/// Every route with its documentation.
pub(crate) fn all(settings: &ApiSettings) -> OpenApiRouter<Arc<ApiState>> {
    let quick = OpenApiRouter::new()
        .merge(service())
        .merge(catalogue())
        .merge(validations())
        .merge(reviews())
        .merge(pages::routes())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, settings.request_timeout));
    OpenApiRouter::with_openapi(openapi::head(settings))
        .merge(quick)
        .merge(uploads())
        .layer(DefaultBodyLimit::max(MOST_JSON))
}

fn service() -> OpenApiRouter<Arc<ApiState>> {
    OpenApiRouter::new()
        .routes(routes!(root::root))
        .routes(routes!(health::health))
        .routes(routes!(ready::ready))
        .routes(routes!(metrics::metrics))
        .routes(routes!(openapi::openapi))
        .routes(routes!(manifest_schema::manifest_schema))
}

fn catalogue() -> OpenApiRouter<Arc<ApiState>> {
    OpenApiRouter::new()
        .routes(routes!(search::search))
        .routes(routes!(list::list))
        .routes(routes!(all::all))
        .routes(routes!(info::info))
        .routes(routes!(download::download))
        .routes(routes!(download_link::download_link))
        .routes(routes!(sbom::sbom))
}

fn uploads() -> OpenApiRouter<Arc<ApiState>> {
    OpenApiRouter::new().routes(routes!(publish::publish)).routes(routes!(submit::submit)).routes(routes!(put::put))
}

fn validations() -> OpenApiRouter<Arc<ApiState>> {
    OpenApiRouter::new()
        .routes(routes!(validations::validations))
        .routes(routes!(validation::validation))
        .routes(routes!(validation_report::validation_report))
        .routes(routes!(validation_sarif::validation_sarif))
        .routes(routes!(validation_events::validation_events))
        .routes(routes!(validation_files::validation_files))
        .routes(routes!(validation_file::validation_file))
        .routes(routes!(validation_retry::validation_retry))
        .routes(routes!(validation_withdraw::validation_withdraw))
}

fn reviews() -> OpenApiRouter<Arc<ApiState>> {
    OpenApiRouter::new()
        .routes(routes!(reviews::reviews))
        .routes(routes!(review_show::review_show))
        .routes(routes!(review_decide::review_decide))
}
