//! The demo's users and tokens.

use std::fmt::Write as _;
use std::time::Duration;

use airlock_model::{Role, TokenId};
use airlock_store::{Caller, NewToken, NewUser, Store, User, UserName};

use crate::exit::Failure;
use crate::terminal::BOLD;

const ADMIN: (&str, Role) = ("admin", Role::Admin);
const PUBLISHER: (&str, Role) = ("publisher", Role::Publisher);

/// How long the token is good for with which the demo itself uploads.
const SHORT: Duration = Duration::from_secs(60 * 60);

/// A user who was just made, with the one sight of the token.
pub(super) struct Created {
    user: User,
    token: String,
}

/// Makes the users who are missing.
pub(super) async fn ensure(store: &Store) -> Result<Vec<Created>, Failure> {
    let mut created = Vec::new();
    for (name, role) in [ADMIN, PUBLISHER] {
        let name = name_of(name);
        if store.user_by_name(&name).await?.is_some() {
            continue;
        }
        let user = store.create_user(&NewUser { name, role, email: None }).await?;
        let token = token(store, &user, "the demo's first start", None).await?.0;
        created.push(Created { user, token });
    }
    Ok(created)
}

/// Shows new users and their tokens.
pub(super) fn table(created: &[Created]) -> String {
    let mut out = format!("\n{BOLD}Users{BOLD:#} (the tokens are shown only now)\n");
    for Created { user, token } in created {
        let _ = writeln!(out, "  {:10} {token}", user.name.as_str());
    }
    out.push('\n');
    out
}

/// A token for the demo's own uploads, which nobody sees.
pub(super) async fn short_lived(store: &Store) -> Result<(String, TokenId), Failure> {
    let user = publisher(store).await?;
    token(store, &user, "the demo's uploads", Some(SHORT)).await
}

/// Ends that token.
pub(super) async fn end(store: &Store, id: TokenId) -> Result<(), Failure> {
    let user = publisher(store).await?;
    let owner = Caller { user: user.id, name: user.name, role: user.role, token: None, scopes: Vec::new() };
    Ok(store.revoke_token(&owner, id).await?)
}

async fn token(
    store: &Store,
    user: &User,
    label: &str,
    lifetime: Option<Duration>,
) -> Result<(String, TokenId), Failure> {
    let new = NewToken { user: user.id, label: label.to_owned(), scopes: Vec::new(), lifetime };
    let issued = store.create_token(&new).await?;
    Ok((issued.text.reveal(), issued.view.id))
}

async fn publisher(store: &Store) -> Result<User, Failure> {
    let user = store.user_by_name(&name_of(PUBLISHER.0)).await?;
    user.ok_or_else(|| Failure::ours("the demo's publisher has vanished from the database"))
}

fn name_of(name: &str) -> UserName {
    name.parse().expect("the demo's names are valid")
}
