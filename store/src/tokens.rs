//! API tokens: `airlock_<id>_<secret>`, of which only the id and the SHA-256 of
//! the secret are kept.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use airlock_model::role::Action;
use airlock_model::{Role, Sha256, Timestamp, TokenId, UserId};
use rand::TryRng as _;
use sqlx::FromRow;
use subtle::ConstantTimeEq as _;

use crate::audit::{Actor, AuditRecord};
use crate::database::Store;
use crate::error::StoreError;
use crate::text::storable;
use crate::users::UserName;

/// How stale `last_used_at` may be; a write for each request would make reading a writer.
const USE_RECORDED_EVERY: Duration = Duration::from_secs(60);

/// Who is asking: a user, known by a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The user's name.
    pub name: UserName,
    /// What the user may do.
    pub role: Role,
    /// The token that was shown; absent when the operator's own command line asks.
    pub token: Option<TokenId>,
    /// What the token is limited to; empty for everything the role allows.
    pub scopes: Vec<String>,
}

impl Caller {
    /// Whether the caller may do `action` at all, by role and by the token's scopes.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        let scope = match action {
            Action::Read => "read",
            Action::Publish => "publish",
            Action::Review => "review",
        };
        self.role.may(action) && (self.scopes.is_empty() || self.scopes.iter().any(|held| held == scope))
    }

    /// Whether the caller sees and decides everything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.may(Action::Review)
    }
}

/// The text of a token, shown once. Neither printed by `Debug` nor written to any log.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenText {
    id: TokenId,
    secret: [u8; 32],
}

/// The text is not of a token's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token is written airlock_<id>_<secret>")]
pub struct TokenTextError;

impl TokenText {
    /// The public half.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        self.id
    }

    /// The whole text, for the one time that it is shown.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("airlock_{}_{}", self.id.uuid().simple(), hex::encode(self.secret))
    }

    fn secret_sha256(&self) -> Sha256 {
        Sha256::of(&self.secret)
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenText(airlock_{}_…)", self.id.uuid().simple())
    }
}

impl FromStr for TokenText {
    type Err = TokenTextError;

    fn from_str(text: &str) -> Result<Self, TokenTextError> {
        // Only the form that was given out is a token: lower-case, no hyphens.
        let lower_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let (id, secret) = text.strip_prefix("airlock_").and_then(|rest| rest.split_once('_')).ok_or(TokenTextError)?;
        if id.len() != 32 || secret.len() != 64 || !lower_hex(id) || !lower_hex(secret) {
            return Err(TokenTextError);
        }
        let id = id.parse().map_err(|_| TokenTextError)?;
        let mut bytes = [0_u8; 32];
        hex::decode_to_slice(secret, &mut bytes).map_err(|_| TokenTextError)?;
        Ok(Self { id, secret: bytes })
    }
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose.
    pub user: UserId,
    /// What it is for, in its owner's words.
    pub label: String,
    /// What it is limited to: `read`, `publish`, `review`; empty for everything the role allows.
    pub scopes: Vec<String>,
    /// How long it is good for; for ever when absent.
    pub lifetime: Option<Duration>,
}

/// A token just made, with the only copy of its text.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// The text to show once.
    pub text: TokenText,
    /// What is kept of it.
    pub view: TokenView,
}

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenView {
    /// The id.
    pub id: TokenId,
    /// What it is for.
    pub label: String,
    /// What it is limited to.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct TokenRow {
    id: String,
    label: String,
    scopes: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl TryFrom<TokenRow> for TokenView {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.parse().map_err(|error| StoreError::unreadable("tokens.id", error))?,
            label: row.label,
            scopes: scopes(&row.scopes)?,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
        })
    }
}

#[derive(FromRow)]
struct HolderRow {
    secret_sha256: String,
    scopes: String,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
    user_id: String,
    name: String,
    role: String,
    disabled_at: Option<i64>,
}

fn scopes(json: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::unreadable("tokens.scopes", error))
}

impl Store {
    /// Makes a token for a user. Refuses a user who does not exist.
    pub async fn create_token(&self, new: &NewToken) -> Result<IssuedToken, StoreError> {
        let mut secret = [0_u8; 32];
        rand::rngs::SysRng.try_fill_bytes(&mut secret).map_err(|error| {
            StoreError::Contradiction(format!("the system's random source does not answer: {error}"))
        })?;
        let mut tx = self.write().await?;
        let known: Option<String> = sqlx::query_scalar("SELECT id FROM users WHERE id = $1")
            .bind(new.user.to_string())
            .fetch_optional(tx.sql())
            .await?;
        if known.is_none() {
            return Err(StoreError::NotFound("user"));
        }
        let text = TokenText { id: TokenId::new(tx.id()), secret };
        let view = TokenView {
            id: text.id,
            label: new.label.clone(),
            scopes: new.scopes.clone(),
            created_at: tx.now,
            expires_at: new.lifetime.map(|lifetime| tx.now.plus(lifetime)),
            revoked_at: None,
            last_used_at: None,
        };
        sqlx::query(
            "INSERT INTO tokens (id, user_id, secret_sha256, label, scopes, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(text.id.to_string())
        .bind(new.user.to_string())
        .bind(text.secret_sha256().to_string())
        .bind(storable(&new.label))
        .bind(serde_json::json!(new.scopes).to_string())
        .bind(tx.now.micros())
        .bind(view.expires_at.map(Timestamp::micros))
        .execute(tx.sql())
        .await?;
        AuditRecord::new(Actor::Operator, "token.create", "token", &text.id.to_string())
            .detail(&serde_json::json!({"user": new.user, "label": new.label, "scopes": new.scopes}))
            .write(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(IssuedToken { text, view })
    }

    /// Who holds this token; `None` for one that is malformed, unknown, wrong, expired or revoked.
    pub async fn authenticate(&self, text: &str) -> Result<Option<Caller>, StoreError> {
        let Ok(text) = text.parse::<TokenText>() else {
            return Ok(None);
        };
        let row: Option<HolderRow> = sqlx::query_as(
            "SELECT t.secret_sha256, t.scopes, t.expires_at, t.revoked_at, t.last_used_at, \
                    u.id AS user_id, u.name, u.role, u.disabled_at \
             FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.id = $1",
        )
        .bind(text.id.to_string())
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let kept: Sha256 =
            row.secret_sha256.parse().map_err(|error| StoreError::unreadable("tokens.secret_sha256", error))?;
        if !bool::from(kept.as_bytes().ct_eq(text.secret_sha256().as_bytes())) {
            return Ok(None);
        }
        let now = self.now().await?;
        let ended = row.expires_at.is_some_and(|end| end <= now.micros());
        if ended || row.revoked_at.is_some() || row.disabled_at.is_some() {
            return Ok(None);
        }
        self.record_token_use(text.id, row.last_used_at, now).await;
        Ok(Some(Caller {
            user: row.user_id.parse().map_err(|error| StoreError::unreadable("users.id", error))?,
            name: row.name.parse().map_err(|error| StoreError::unreadable("users.name", error))?,
            role: row.role.parse().map_err(|error| StoreError::unreadable("users.role", error))?,
            token: Some(text.id),
            scopes: scopes(&row.scopes)?,
        }))
    }

    /// Notes the use; a failure is logged and does not keep the caller out.
    async fn record_token_use(&self, id: TokenId, last: Option<i64>, now: Timestamp) {
        let stale = last.is_none_or(|last| now.since(Timestamp::from_micros(last)) >= USE_RECORDED_EVERY);
        if !stale {
            return;
        }
        let written = sqlx::query("UPDATE tokens SET last_used_at = $1 WHERE id = $2")
            .bind(now.micros())
            .bind(id.to_string())
            .execute(self.pool())
            .await;
        if let Err(error) = written {
            tracing::warn!(token.id = %id, %error, "the use of a token could not be recorded");
        }
    }

    /// Ends a token at once. A token that is not the caller's is not found, unless the caller is an admin.
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let changed = sqlx::query(
            "UPDATE tokens SET revoked_at = COALESCE(revoked_at, $1) WHERE id = $2 AND (user_id = $3 OR $4 = 1)",
        )
        .bind(tx.now.micros())
        .bind(id.to_string())
        .bind(caller.user.to_string())
        .bind(i64::from(caller.is_admin()))
        .execute(tx.sql())
        .await?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound("token"));
        }
        AuditRecord::new(Actor::Caller(caller), "token.revoke", "token", &id.to_string()).write(&mut tx).await?;
        tx.commit().await
    }

    /// A user's tokens, newest first.
    pub async fn list_tokens(&self, user: UserId) -> Result<Vec<TokenView>, StoreError> {
        let rows: Vec<TokenRow> = sqlx::query_as(
            "SELECT id, label, scopes, created_at, expires_at, revoked_at, last_used_at \
             FROM tokens WHERE user_id = $1 ORDER BY id DESC",
        )
        .bind(user.to_string())
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(TokenView::try_from).collect()
    }
}
