//! The path prefix of the public address: requests are served with it and
//! without it, whether or not a proxy in front takes it off.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use tower::Service;

/// A router that takes a prefix off the path before it routes.
#[derive(Debug, Clone)]
pub struct Prefixed {
    prefix: Arc<str>,
    router: Router,
}

impl Prefixed {
    /// Serves `router` with `prefix` too, which begins with a slash and does not end with one.
    #[must_use]
    pub fn new(prefix: &str, router: Router) -> Self {
        Self { prefix: prefix.into(), router }
    }
}

impl Service<Request> for Prefixed {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if let Some(uri) = without(&self.prefix, request.uri()) {
            *request.uri_mut() = uri;
        }
        self.router.call(request)
    }
}

fn without(prefix: &str, uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix(prefix)?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let path = if rest.is_empty() { "/" } else { rest };
    let path = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(path: &str) -> Option<String> {
        without("/registry", &path.parse().expect("a URI")).map(|uri| uri.to_string())
    }

    #[test]
    fn only_whole_parts_are_taken_off() {
        assert_eq!(taken("/registry/api/v1/search?q=%20a"), Some("/api/v1/search?q=%20a".into()));
        assert_eq!(taken("/registry"), Some("/".into()));
        assert_eq!(taken("http://host/registry/ui"), Some("http://host/ui".into()));
        assert_eq!(taken("/registryx/ui"), None);
        assert_eq!(taken("/ui"), None);
    }
}
