//! What differs between SQLite and PostgreSQL. Everything else is one SQL.

use sqlx::migrate::Migrator;

use crate::error::StoreError;

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// Which database is behind the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite in WAL mode, in a file beside the process.
    Sqlite,
    /// PostgreSQL over the network.
    Postgres,
}

impl Dialect {
    /// Reads the dialect from the database's URL.
    pub fn of_url(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            Err(StoreError::Url)
        }
    }

    /// The dialect's name, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Selects the database's clock in microseconds since the Unix epoch. SQLite counts milliseconds.
    pub(crate) const fn clock(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER) * 1000",
            Self::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        }
    }

    /// Begins a transaction that will write. On SQLite the write lock is taken at
    /// once: raising a read lock later fails without waiting.
    pub(crate) const fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Begins a transaction that reads one state of the database throughout.
    pub(crate) const fn begin_read(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Settings of each new connection. SQLite: an accepted upload survives a loss of power.
    pub(crate) const fn connection_settings(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
            }
            Self::Postgres => "SET TIME ZONE 'UTC'",
        }
    }

    /// Questions whose answers say how durable a commit is.
    pub(crate) const fn durability(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys"],
            Self::Postgres => &["SHOW synchronous_commit"],
        }
    }

    pub(crate) fn migrations(self) -> &'static Migrator {
        match self {
            Self::Sqlite => &SQLITE,
            Self::Postgres => &POSTGRES,
        }
    }
}
