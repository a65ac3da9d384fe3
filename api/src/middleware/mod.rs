//! What happens around every request, from the outside inwards: the public path
//! prefix, the request's id with its log line and metrics, headers and problem
//! details, the rate limit, panics.

mod finish;
mod observe;
mod prefix;
mod rate;

pub use finish::finish;
pub use observe::{RequestId, observe};
pub use prefix::Prefixed;
pub use rate::{RateLimit, rate_limit};

use std::any::Any;

use airlock_model::escape;
use axum::response::{IntoResponse as _, Response};

use crate::problem::Problem;

/// A handler panicked: its request fails, the server goes on.
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::internal(&format!("a handler panicked: {}", escape::line(&said))).into_response()
}
