//! Users: who may publish, review, read.

use std::fmt;
use std::str::FromStr;

use airlock_model::{Role, Timestamp, UserId};
use sqlx::FromRow;

use crate::audit::{Actor, AuditRecord};
use crate::database::Store;
use crate::error::{StoreError, is_unique};
use crate::text::storable;

/// A valid user name: 2 to 64 of `a-z`, `0-9`, `-`, `_` and `.`, beginning and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(String);

/// The text is not a user name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user name has 2 to 64 of the characters a-z, 0-9, '-', '_' and '.', and begins and ends with a letter or a digit; {} is not one",
    airlock_model::escape::quoted(.0)
)]
pub struct UserNameError(String);

impl UserName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let valid = (2..=64).contains(&text.len())
            && text.chars().all(|c| plain(c) || matches!(c, '-' | '_' | '.'))
            && text.starts_with(plain)
            && text.ends_with(plain);
        if valid { Ok(Self(text.to_owned())) } else { Err(UserNameError(text.to_owned())) }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name.
    pub name: UserName,
    /// What the user may do.
    pub role: Role,
    /// An address, if known.
    pub email: Option<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The name.
    pub name: UserName,
    /// What the user may do.
    pub role: Role,
    /// An address, if known.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(FromRow)]
struct UserRow {
    id: String,
    name: String,
    role: String,
    email: Option<String>,
    created_at: i64,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(|error| StoreError::unreadable("users.id", error))?,
            name: row.name.parse().map_err(|error| StoreError::unreadable("users.name", error))?,
            role: row.role.parse().map_err(|error| StoreError::unreadable("users.role", error))?,
            email: row.email,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

const COLUMNS: &str = "SELECT id, name, role, email, created_at FROM users";

impl Store {
    /// Makes a user. Refuses a name that is taken.
    pub async fn create_user(&self, new: &NewUser) -> Result<User, StoreError> {
        let mut tx = self.write().await?;
        let id = UserId::new(tx.id());
        let now = tx.now;
        sqlx::query("INSERT INTO users (id, name, role, email, created_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.to_string())
            .bind(new.name.as_str())
            .bind(new.role.as_str())
            .bind(new.email.as_deref().map(storable))
            .bind(now.micros())
            .execute(tx.sql())
            .await
            .map_err(|error| match is_unique(&error) {
                true => StoreError::Taken { what: "user name", name: new.name.to_string() },
                false => error.into(),
            })?;
        AuditRecord::new(Actor::Operator, "user.create", "user", &id.to_string())
            .detail(&serde_json::json!({"name": new.name.as_str(), "role": new.role}))
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(User { id, name: new.name.clone(), role: new.role, email: new.email.clone(), created_at: now })
    }

    /// The user called `name`.
    pub async fn user_by_name(&self, name: &UserName) -> Result<Option<User>, StoreError> {
        let sql = format!("{COLUMNS} WHERE name = $1");
        let row: Option<UserRow> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(name.as_str()).fetch_optional(self.pool()).await?;
        row.map(User::try_from).transpose()
    }

    /// Every user, by name.
    pub async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        let sql = format!("{COLUMNS} ORDER BY name");
        let rows: Vec<UserRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(self.pool()).await?;
        rows.into_iter().map(User::try_from).collect()
    }
}
