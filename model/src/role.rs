//! Roles and what they may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The roles of the seed guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything: publish any name, decide held plugins, read every report.
    Admin,
    /// May publish, and read and act on what is their own.
    Publisher,
    /// May read the catalogue and download.
    User,
}

/// What a request wants to do; each route asks for exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read the catalogue and download from it.
    Read,
    /// Upload a version and act on one's own validations.
    Publish,
    /// See held plugins and decide them.
    Review,
}

/// No such role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no role is called {}; the roles are admin, publisher and user", crate::escape::quoted(.0))]
pub struct RoleError(pub String);

impl Role {
    /// The role's name, as the database and the command line write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Publisher => "publisher",
            Self::User => "user",
        }
    }

    /// Whether this role may do `action` at all; ownership is asked separately.
    #[must_use]
    pub const fn may(self, action: Action) -> bool {
        match (self, action) {
            (Self::Admin, _) | (_, Action::Read) | (Self::Publisher, Action::Publish) => true,
            (Self::Publisher, Action::Review) | (Self::User, Action::Publish | Action::Review) => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        match text {
            "admin" => Ok(Self::Admin),
            "publisher" => Ok(Self::Publisher),
            "user" => Ok(Self::User),
            other => Err(RoleError(other.to_owned())),
        }
    }
}
