//! Who is asking, and whether they may. Each extractor below is asked before the
//! body is read, so that nobody without a right can make the server receive one.

use std::sync::Arc;

use airlock_model::role::Action;
use airlock_store::Caller;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::problem::{Kind, Problem};
use crate::state::ApiState;

/// Longer than any token; what is longer is not looked up.
const LONGEST_TOKEN: usize = 256;

/// Why a request is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No token where one is needed, or one that is not good. Which of these is not said.
    #[error("the token is missing or not good")]
    Unauthenticated,
    /// Role or scope does not allow it.
    #[error("the token may not {}", doing(*.0))]
    Forbidden(Action),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] airlock_store::StoreError),
}

const fn doing(action: Action) -> &'static str {
    match action {
        Action::Read => "read the catalogue",
        Action::Publish => "publish plugins or act on validations",
        Action::Review => "see and decide held plugins",
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Unauthenticated => Self::unauthenticated(),
            AuthError::Forbidden(action) => Self::new(
                Kind::Forbidden,
                format!(
                    "The role or the scopes of this token do not allow it to {}. Use a token that may, or ask the operator for the role.",
                    doing(action)
                ),
            ),
            AuthError::Store(error) => error.into(),
        }
    }
}

/// The token that a request shows, if it shows one of the form that is taken.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, more) = (values.next(), values.next());
    let Some(value) = value else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| more.is_none()).ok_or(AuthError::Unauthenticated)?;
    let (scheme, token) = text.split_once(' ').ok_or(AuthError::Unauthenticated)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > LONGEST_TOKEN {
        return Err(AuthError::Unauthenticated);
    }
    Ok(Some(token))
}

/// Who asks; nobody when no token is shown. A token that is shown must be good, everywhere.
async fn identify(parts: &Parts, state: &ApiState) -> Result<Option<Caller>, AuthError> {
    let Some(token) = bearer(&parts.headers)? else { return Ok(None) };
    let caller = state.store.authenticate(token).await?.ok_or(AuthError::Unauthenticated)?;
    tracing::Span::current().record("user.name", caller.name.as_str());
    Ok(Some(caller))
}

/// Who asks, when someone does.
#[derive(Debug, Clone)]
pub struct Anyone(pub Option<Caller>);

/// May read the catalogue: anyone where anonymous reading is allowed, else who has a token that may.
#[derive(Debug, Clone)]
pub struct Reader(pub Option<Caller>);

/// Has a good token. What this caller may see is asked of the store.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Caller);

/// May publish.
#[derive(Debug, Clone)]
pub struct Publisher(pub Caller);

/// May see and decide held plugins.
#[derive(Debug, Clone)]
pub struct Reviewer(pub Caller);

fn allowed(caller: Option<Caller>, action: Action) -> Result<Caller, AuthError> {
    let caller = caller.ok_or(AuthError::Unauthenticated)?;
    if caller.may(action) { Ok(caller) } else { Err(AuthError::Forbidden(action)) }
}

macro_rules! extractor {
    ($name:ident, |$caller:ident, $state:ident| $check:expr) => {
        impl<S> FromRequestParts<S> for $name
        where
            Arc<ApiState>: FromRef<S>,
            S: Send + Sync,
        {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
                let $state = Arc::<ApiState>::from_ref(state);
                let $caller = identify(parts, &$state).await?;
                let checked: Result<_, AuthError> = $check;
                Ok(Self(checked?))
            }
        }
    };
}

extractor!(Anyone, |caller, _state| Ok(caller));
extractor!(SignedIn, |caller, _state| caller.ok_or(AuthError::Unauthenticated));
extractor!(Publisher, |caller, _state| allowed(caller, Action::Publish));
extractor!(Reviewer, |caller, _state| allowed(caller, Action::Review));
extractor!(Reader, |caller, state| match caller {
    None if state.settings.anonymous_read => Ok(None),
    caller => allowed(caller, Action::Read).map(Some),
});

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).expect("a header"))).collect()
    }

    #[test]
    fn one_bearer_token_is_taken() {
        assert_eq!(bearer(&headers(&["Bearer abc"])).expect("taken"), Some("abc"));
        assert_eq!(bearer(&headers(&["bearer  abc "])).expect("taken"), Some("abc"));
        assert_eq!(bearer(&headers(&[])).expect("nobody"), None);
    }

    #[test]
    fn anything_else_is_refused_not_ignored() {
        let long = format!("Bearer {}", "a".repeat(1 << 20));
        for values in [&["Basic YTpi"][..], &["Bearer"], &["Bearer "], &["Bearer a", "Bearer b"], &[&long], &["é"]] {
            assert!(matches!(bearer(&headers(values)), Err(AuthError::Unauthenticated)), "{:.40?}", values[0]);
        }
    }
}
