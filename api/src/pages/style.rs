//! `GET /static/airlock.css`: the one style sheet.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};

/// The one style sheet.
#[utoipa::path(get, path = "/static/airlock.css", tag = "pages", security(()),
    responses((status = 200, body = String, content_type = "text/css")))]
pub(super) async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../../assets/airlock.css"))
}
