//! Each request's id, its span, its one log line, and its time in the metrics.

use airlock_model::escape;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::metrics;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest path that is written to the log, in characters.
const LONGEST_PATH: usize = 300;

/// The id under which the log tells of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request an id, logs its end as one record, and measures it.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let id = incoming_id(request.headers()).unwrap_or_else(|| Uuid::new_v4().to_string());
    let method = request.method().clone();
    let path: String = escape::line(request.uri().path()).chars().take(LONGEST_PATH).collect();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!(
        "request",
        request.id = %id,
        http.method = %method,
        http.route = %route,
        http.path = %path,
        user.name = tracing::field::Empty,
    );
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status(), began.elapsed());
    metrics::answered(&method, &route, status, took);
    span.in_scope(|| {
        tracing::info!(http.status = status.as_u16(), http.took_ms = took.as_secs_f64() * 1e3, "answered");
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID.clone(), id);
    }
    response
}

/// The id that a proxy in front gave, if it is plain.
fn incoming_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let plain = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    plain.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_id_is_taken_over() {
        let of = |text: &'static str| {
            incoming_id(&HeaderMap::from_iter([(REQUEST_ID.clone(), HeaderValue::from_static(text))]))
        };
        assert_eq!(of("abc-123"), Some("abc-123".to_owned()));
        assert_eq!(of("a b"), None);
        assert_eq!(of("a\" level=error"), None);
        assert_eq!(of(""), None);
    }
}
