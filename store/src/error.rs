//! Why the store could not do what it was asked. Always our trouble or the
//! caller's, never a verdict on a plugin.

use airlock_model::ValidationState;

/// The store's error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing, or it is not the caller's to see.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Another worker holds the stage by now, or nobody wants it any more; the result must be thrown away.
    #[error("the lease on this stage is lost: its fencing token is no longer the current one")]
    LeaseLost,
    /// The validation's state does not allow it.
    #[error("a validation that is {state} cannot be {wanted}")]
    WrongState {
        /// Where the validation stands.
        state: ValidationState,
        /// What was wanted, as a participle: `withdrawn`, `retried`, `approved`.
        wanted: &'static str,
    },
    /// A unique name is taken.
    #[error("the {what} {} is taken", airlock_model::escape::quoted(.name))]
    Taken {
        /// What kind of name.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The request contradicts what is recorded; the text says how.
    #[error("{0}")]
    Contradiction(String),
    /// A row holds what it must not hold.
    #[error("the database holds an unreadable {what}: {why}")]
    Unreadable {
        /// Which column or document.
        what: &'static str,
        /// What the reader said.
        why: String,
    },
    /// The database URL names neither SQLite nor PostgreSQL.
    #[error(
        "the database URL must begin with sqlite: or postgres:, for instance sqlite:///var/lib/airlock/airlock.db or postgres://airlock@db/airlock?sslmode=verify-full"
    )]
    Url,
    /// The database refused or could not be reached.
    #[error("the database does not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database schema could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    /// Whether the same call may succeed when it is made again shortly.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => is_passing(error),
            _ => false,
        }
    }

    pub(crate) fn unreadable(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Unreadable { what, why: why.to_string() }
    }
}

/// Lock conflicts, deadlocks broken by the database, and lost connections.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        // SQLITE_BUSY and its extended codes; PostgreSQL's serialization failure,
        // deadlock, and the classes 08 (connection) and 57P (shutdown).
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            matches!(&*code, "5" | "261" | "517" | "6" | "40001" | "40P01")
                || code.starts_with("08")
                || code.starts_with("57P")
        }),
        _ => false,
    }
}

/// Whether the database refused because a unique value is there already.
pub(crate) fn is_unique(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if database.is_unique_violation())
}

/// Reads a column that holds a type of ours as text.
pub(crate) fn parsed<T>(what: &'static str, text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| StoreError::unreadable(what, error))
}

/// Reads a column that holds JSON.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::unreadable(what, error))
}

/// Writes a value of ours as JSON.
pub(crate) fn to_json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable(what, error))
}

/// Reads a number that cannot be negative.
pub(crate) fn count(what: &'static str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|error| StoreError::unreadable(what, error))
}

/// Writes a number that is always far below the largest the database holds.
pub(crate) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
