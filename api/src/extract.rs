//! Path, query and JSON body, parsed once at the edge; what cannot be parsed is
//! answered as a problem that names the part.

use std::str::FromStr;

use airlock_model::escape;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};

/// The query string as a typed value.
#[derive(Debug, Clone)]
pub(crate) struct QueryOf<T>(pub T);

/// The JSON body as a typed value.
#[derive(Debug, Clone)]
pub(crate) struct BodyOf<T>(pub T);

/// The path's variable parts as a typed value.
#[derive(Debug, Clone)]
pub(crate) struct PathOf<T>(pub T);

impl<T, S> FromRequestParts<S> for QueryOf<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                Err(Problem::new(Kind::BadRequest, format!("The query cannot be read: {}.", said(&error))))
            }
            Err(other) => Err(Problem::of_status(other.status())),
        }
    }
}

impl<T, S> FromRequestParts<S> for PathOf<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                Err(Problem::new(Kind::BadRequest, format!("The address cannot be read: {}.", said(&error))))
            }
            Err(other) => Err(Problem::internal(&other)),
        }
    }
}

impl<T, S> FromRequest<S> for BodyOf<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::new(
                Kind::UnsupportedMediaType,
                "This address takes a JSON body with 'Content-Type: application/json'.",
            )),
            Err(JsonRejection::JsonDataError(error)) => Err(unreadable(&error)),
            Err(JsonRejection::JsonSyntaxError(error)) => Err(unreadable(&error)),
            Err(other) if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE))
            }
            Err(_) => Err(Problem::new(Kind::BadRequest, "The body ended early or cannot be read.")),
        }
    }
}

fn unreadable(error: &dyn std::error::Error) -> Problem {
    Problem::new(Kind::BadRequest, format!("The JSON body cannot be read: {}.", said(error)))
}

/// The innermost reason, on one line and not longer than a message should be.
fn said(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text: String = innermost.to_string().chars().take(200).collect();
    escape::line(text.trim_end_matches('.'))
}

/// Parses a part of the address into a type of ours; what is not of its form does not exist.
pub(crate) fn named<T: FromStr>(what: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found(what))
}

/// Parses a part of the request into a type of ours; the parser's own words say what is wrong.
pub(crate) fn written<T>(part: &str, text: &str) -> Result<T, Problem>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| {
        Problem::new(Kind::BadRequest, format!("{part} {} is not valid: {error}.", escape::quoted(text)))
    })
}
