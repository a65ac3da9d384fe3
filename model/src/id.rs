//! Identifiers: UUIDv7 text in a newtype for each kind of thing.
//!
//! Made by whoever creates the row (the random source is a parameter there);
//! this module only parses and prints them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text was not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be a UUID such as 0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f")]
pub struct IdError {
    /// The kind of identifier that was expected, for the message.
    pub what: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID made by the caller's random source.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError { what: $what })
            }
        }
    };
}

id!(
    /// One upload: the bytes a publisher sent for one version of one plugin.
    SubmissionId,
    "a submission id"
);
id!(
    /// One examination of a submission; a rescan is a new validation.
    ValidationId,
    "a validation id"
);
id!(
    /// One stage row of a validation.
    StageId,
    "a stage id"
);
id!(
    /// A user.
    UserId,
    "a user id"
);
id!(
    /// The public half of an API token.
    TokenId,
    "a token id"
);
