//! The last hand on every answer: errors become problem details, and headers
//! tell browsers to do nothing clever.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::RequestId;
use crate::problem::{PROBLEM_JSON, Problem, kept_headers};

/// Styles from here, and nothing else: no script, no frame, no image from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// Renders problems, also in the place of bare errors of routers and middleware, and sets security headers.
pub async fn finish(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone());
    let mut response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            response = problem.render(Some(path), id);
        } else if !has_own_body(response.headers()) {
            let kept = kept_headers(response.headers());
            response = Problem::of_status(status).render(Some(path), id);
            response.headers_mut().extend(kept);
        }
    }
    secure(response.headers_mut());
    response
}

/// An error that a handler answered with a body of its own: a page, or readiness by name.
fn has_own_body(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with(PROBLEM_JSON) || kind.starts_with("application/json") || kind.starts_with("text/html")
}

fn secure(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &'static str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // After a yank or a quarantine no cached copy may be served in our place.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
}
