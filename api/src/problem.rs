//! Problem details (RFC 9457): the one shape of every error that this crate answers.
//!
//! `detail` is the member that clients written against FastAPI read. Internal
//! detail is logged where the problem is made and never becomes part of it.

use airlock_model::escape;
use airlock_store::StoreError;
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $status:ident $slug:literal $title:literal;)+) => {
        /// The kinds of problem that this crate answers, each with its status and its title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind),+
        }

        impl Kind {
            /// The status it is answered with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status),+ }
            }

            /// The URI of the kind, which clients may compare.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$kind => concat!("urn:airlock:problem:", $slug)),+ }
            }

            /// The short title, the same for every problem of the kind.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title),+ }
            }
        }
    };
}

kinds! {
    /// Path, query, header or body cannot be read.
    BadRequest = BAD_REQUEST "bad-request" "The request cannot be read";
    /// The multipart body is not one that an upload route takes.
    BadUpload = BAD_REQUEST "bad-upload" "The upload cannot be read";
    /// The upload's `manifest` part lacks a valid name or version.
    BadManifest = BAD_REQUEST "bad-manifest" "The manifest part names no plugin and version";
    /// The package's first bytes are neither gzip nor zip.
    NotAnArchive = BAD_REQUEST "not-an-archive" "The package is not an archive";
    /// No token, or not a good one.
    Unauthenticated = UNAUTHORIZED "unauthenticated" "A valid token is needed";
    /// The token is good, but its role or scope does not allow this.
    Forbidden = FORBIDDEN "forbidden" "This token may not do that";
    /// The plugin's name belongs to another publisher.
    NotOwner = FORBIDDEN "not-owner" "The name belongs to another publisher";
    /// There is no such thing, or it is not the caller's to see.
    NotFound = NOT_FOUND "not-found" "There is no such thing here";
    /// The path exists with other methods.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method-not-allowed" "The method is not allowed here";
    /// The body came too slowly, or the answer took too long.
    Timeout = REQUEST_TIMEOUT "timeout" "The request took too long";
    /// The state of the thing does not allow it.
    Conflict = CONFLICT "conflict" "The state of things does not allow this";
    /// The name can be mistaken for another plugin's.
    NameConfusable = FORBIDDEN "name-confusable" "The name is too close to another plugin's";
    /// Other content of the version is promoting, held or published.
    VersionBusy = CONFLICT "version-busy" "Other content of this version stands already";
    /// The version has been taken out of the catalogue.
    Gone = GONE "gone" "This version is not served any more";
    /// The body is larger than allowed.
    TooLarge = PAYLOAD_TOO_LARGE "too-large" "The body is too large";
    /// The body's media type is not one that the route takes.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported-media-type" "The body's media type is not taken here";
    /// Too many requests from one token or address.
    TooManyRequests = TOO_MANY_REQUESTS "too-many-requests" "Too many requests";
    /// Our fault.
    Internal = INTERNAL_SERVER_ERROR "internal" "The registry failed";
    /// Our fault, and probably passing.
    Unavailable = SERVICE_UNAVAILABLE "unavailable" "The registry is not available just now";
}

/// One problem, ready to be answered.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    status: StatusCode,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Problem details as they stand on the wire.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// The kind of problem, a URI to compare.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The title of the kind.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened here, and what to do.
    pub detail: String,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The id under which the server's log tells of this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem of `kind`; `detail` says what happened, where, and what to do.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, status: kind.status(), detail: detail.into(), headers: Vec::new() }
    }

    /// The one answer to every request whose token is missing or not good, whatever is wrong with it.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            Kind::Unauthenticated,
            "Send a valid API token in the header 'Authorization: Bearer airlock_…'. \
             Tokens that are unknown, malformed, expired or revoked are all answered like this.",
        )
        .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"airlock\""))
    }

    /// Not found, and not said whether it exists for someone else.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("There is no such {what}, or it is not yours to see."))
    }

    /// A fault of ours. `error` goes to the log, not to the client.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %escape::line(&error.to_string()), "a request failed through a fault of ours");
        Self::new(
            Kind::Internal,
            "The registry failed to answer this request. It is not your fault; the operator's log has the reason under this request id.",
        )
    }

    /// A fault of ours that will probably pass. `error` goes to the log, not to the client.
    #[must_use]
    pub fn unavailable(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %escape::line(&error.to_string()), "a part of the registry does not answer");
        Self::new(Kind::Unavailable, "A part of the registry does not answer just now. Try again in a moment.")
            .header(RETRY_AFTER, HeaderValue::from_static("2"))
    }

    /// The problem that stands for a bare status, as routers and middleware of other crates answer them.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (kind, detail) = match status {
            StatusCode::UNAUTHORIZED => return Self::unauthenticated(),
            StatusCode::FORBIDDEN => (Kind::Forbidden, "This is not allowed."),
            StatusCode::NOT_FOUND => {
                (Kind::NotFound, "Nothing is served at this address. /openapi.json lists every route.")
            }
            StatusCode::METHOD_NOT_ALLOWED => (
                Kind::MethodNotAllowed,
                "This address does not take this method; the header 'Allow' lists those it takes.",
            ),
            StatusCode::REQUEST_TIMEOUT => (Kind::Timeout, "The request took too long. Try again."),
            StatusCode::CONFLICT => (Kind::Conflict, "The state of things does not allow this."),
            StatusCode::PAYLOAD_TOO_LARGE => (Kind::TooLarge, "The body is larger than this address takes."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                (Kind::UnsupportedMediaType, "This address does not take a body of this media type.")
            }
            StatusCode::TOO_MANY_REQUESTS => (Kind::TooManyRequests, "Too many requests. Wait, then try again."),
            StatusCode::SERVICE_UNAVAILABLE => {
                (Kind::Unavailable, "The registry is not available just now. Try again in a moment.")
            }
            other if other.is_server_error() => (Kind::Internal, "The registry failed to answer this request."),
            _ => (Kind::BadRequest, "The request cannot be read."),
        };
        Self { kind, status, detail: detail.to_owned(), headers: Vec::new() }
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The kind of problem.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened here.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The headers that an answer in another form must carry as well.
    #[must_use]
    pub(crate) fn into_headers(self) -> HeaderMap {
        self.headers.into_iter().collect()
    }

    /// The answer, which names the request it belongs to.
    #[must_use]
    pub fn render(self, instance: Option<String>, request_id: Option<String>) -> Response {
        let details = ProblemDetails {
            kind: self.kind.uri(),
            title: self.kind.title(),
            status: self.status.as_u16(),
            detail: self.detail,
            instance,
            request_id,
        };
        let body = serde_json::to_vec(&details).expect("problem details hold only text and a number");
        let mut response = (self.status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl IntoResponse for Problem {
    /// Answers without a body yet: [`crate::middleware::finish`] finds the problem among the
    /// response's extensions and renders it with the request's path and id.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.headers_mut().extend(self.headers.clone());
        response.extensions_mut().insert(self);
        response
    }
}

/// Headers of a bare answer that the problem in its place must keep.
pub(crate) fn kept_headers(bare: &HeaderMap) -> HeaderMap {
    [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE]
        .into_iter()
        .filter_map(|name| bare.get(&name).map(|value| (name, value.clone())))
        .collect()
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound(what) => Self::not_found(what),
            StoreError::WrongState { .. } | StoreError::Contradiction(_) | StoreError::Taken { .. } => {
                Self::new(Kind::Conflict, sentence(&error.to_string()))
            }
            StoreError::LeaseLost | StoreError::Unreadable { .. } | StoreError::Url | StoreError::Migration(_) => {
                Self::internal(&error)
            }
            StoreError::Database(_) if error.is_passing() => Self::unavailable(&error),
            StoreError::Database(_) => Self::internal(&error),
        }
    }
}

/// An error's text as a sentence of its own.
pub(crate) fn sentence(text: &str) -> String {
    let text = escape::line(text);
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let dot = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{dot}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_status_keeps_its_number() {
        for status in [400, 401, 403, 404, 405, 408, 409, 413, 415, 418, 422, 429, 431, 500, 502, 503] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(Problem::of_status(status).status, status);
        }
    }

    #[test]
    fn internal_detail_stays_inside() {
        let error = StoreError::Unreadable { what: "tokens.scopes", why: "secret text".into() };
        let problem = Problem::from(error);
        assert_eq!(problem.kind(), Kind::Internal);
        assert!(!problem.detail().contains("secret") && !problem.detail().contains("tokens"), "{}", problem.detail());
    }

    #[test]
    fn the_states_refusal_is_said() {
        let error = StoreError::WrongState { state: airlock_model::ValidationState::Published, wanted: "withdrawn" };
        let problem = Problem::from(error);
        assert_eq!(problem.detail(), "A validation that is published cannot be withdrawn.");
    }
}
