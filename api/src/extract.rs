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
            Err(rejection) => Err(unreadable_query(&rejection)),
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

fn unreadable_query(rejection: &QueryRejection) -> Problem {
    match rejection {
        QueryRejection::FailedToDeserializeQueryString(error) => {
            Problem::new(Kind::BadRequest, format!("The query cannot be read: {}.", said(error)))
        }
        other => Problem::of_status(other.status()),
    }
}

fn unreadable(error: &dyn std::error::Error) -> Problem {
    Problem::new(Kind::BadRequest, format!("The JSON body cannot be read: {}.", said(error)))
}

/// The innermost reason, on one line and not longer than a message should be.
fn said(error: &dyn std::error::Error) -> String {
    let (mut innermost, mut around) = (error, None);
    while let Some(source) = innermost.source() {
        around = Some(innermost.to_string());
        innermost = source;
    }
    let text = innermost.to_string();
    let Some((before, reason)) = in_our_words(&text) else {
        let text: String = text.chars().take(200).collect();
        return escape::line(text.trim_end_matches('.'));
    };
    // The parser of queries names the parameter before its reason.
    let around = around.as_deref().and_then(|around| around.strip_suffix(&text)).unwrap_or_default();
    let named =
        |before: &str| before.strip_suffix(": ").and_then(|before| before.rsplit(": ").next()).map(str::to_owned);
    let name = named(before).or_else(|| named(around));
    match name.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')) {
        Some(name) => format!("{name} {reason}"),
        None => format!("a value {reason}"),
    }
}

/// What the standard library's parsers say, as a sentence about the value, behind what stands before it.
fn in_our_words(text: &str) -> Option<(&str, &'static str)> {
    const WORDS: [(&str, &str); 5] = [
        ("invalid digit found in string", "is no whole number from 0 up"),
        ("cannot parse integer from empty string", "is empty and must be a number"),
        ("number too large to fit in target type", "is too large a number"),
        ("number too small to fit in target type", "is too small a number"),
        ("provided string was not `true` or `false`", "is neither true nor false"),
    ];
    WORDS.iter().find_map(|(theirs, ours)| Some((text.strip_suffix(theirs)?, *ours)))
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
        let (error, shown) = (error.to_string(), escape::quoted(text));
        let detail = match in_our_words(&error) {
            Some((_, reason)) => format!("{part} {shown} {reason}."),
            None => format!("{part} {shown} is not valid: {error}."),
        };
        Problem::new(Kind::BadRequest, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Params {
        #[expect(dead_code, reason = "only its reading is looked at")]
        limit: Option<u32>,
        #[expect(dead_code, reason = "only its reading is looked at")]
        deep: Option<bool>,
    }

    #[test]
    fn no_parser_speaks_in_a_problem() {
        for (query, detail) in [
            ("limit=many", "The query cannot be read: limit is no whole number from 0 up."),
            ("limit=-1", "The query cannot be read: limit is no whole number from 0 up."),
            ("limit=", "The query cannot be read: limit is empty and must be a number."),
            ("limit=99999999999", "The query cannot be read: limit is too large a number."),
            ("deep=perhaps", "The query cannot be read: deep is neither true nor false."),
        ] {
            let uri = format!("http://localhost/?{query}").parse().expect("an address");
            let rejection = Query::<Params>::try_from_uri(&uri).expect_err("not of the type");
            assert_eq!(unreadable_query(&rejection).detail(), detail);
        }
        for (text, detail) in [
            ("many", "The limit 'many' is no whole number from 0 up."),
            ("", "The limit '' is empty and must be a number."),
            ("99999999999", "The limit '99999999999' is too large a number."),
        ] {
            assert_eq!(written::<u32>("The limit", text).expect_err("no number").detail(), detail);
        }
    }
}
