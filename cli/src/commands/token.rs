//! `airlock token`: API tokens, in the database itself.

use std::time::Duration;

use airlock_model::TokenId;
use airlock_store::{Caller, NewToken, Signal, Store, UserName};
use clap::{Args, Subcommand, ValueEnum};

use crate::command_line::{Data, Shared};
use crate::exit::{Exit, Failure};
use crate::rooms;
use crate::terminal;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Manage API tokens.
///
/// Works on the database itself, beside a running server.
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token; it alone is printed on standard output, this once.
    New {
        /// The user it belongs to.
        name: UserName,

        /// What it is for.
        #[arg(long, default_value = "made on the command line")]
        label: String,

        /// Limits it to this; may be repeated. Without it, it may do what its user may.
        #[arg(long, value_enum, value_name = "SCOPE")]
        scope: Vec<Scope>,

        /// Ends it after so many days.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        days: Option<u32>,

        #[command(flatten)]
        data: Data,
    },
    /// End a token at once.
    Revoke {
        /// The token's id, or the token.
        id: String,

        #[command(flatten)]
        data: Data,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    Read,
    Publish,
    Review,
}

impl Scope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Publish => "publish",
            Self::Review => "review",
        }
    }
}

impl Token {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        let (What::New { data, .. } | What::Revoke { data, .. }) = &self.what;
        data.apply(&mut layers)?;
        let config = layers.config()?;
        let store = rooms::store::open_existing(&config, Signal::memory()).await?;
        match self.what {
            What::New { name, label, scope, days, .. } => {
                let user = store.user_by_name(&name).await?.ok_or_else(|| {
                    Failure::refused(format!("there is no user {name} in {}", config.data.display()))
                        .remedy(format!("airlock user add {name} --role publisher --data {}", config.data.display()))
                })?;
                let scopes = scope.into_iter().map(|scope| scope.as_str().to_owned()).collect();
                let new = NewToken { user: user.id, label, scopes, lifetime: days.map(|days| DAY * days) };
                let issued = store.create_token(&new).await?;
                terminal::print(&format!("{}\n", issued.text.reveal()))?;
            }
            What::Revoke { id, .. } => {
                let id = token_id(&id)?;
                revoke(&store, id).await?;
                terminal::print(&format!("revoked {id}\n"))?;
            }
        }
        store.close().await?;
        Ok(Exit::Fine)
    }
}

/// Reads an id, or the id in the middle of a token.
fn token_id(text: &str) -> Result<TokenId, Failure> {
    let id = text.strip_prefix("airlock_").and_then(|rest| rest.split('_').next()).unwrap_or(text);
    id.parse().map_err(|error| Failure::usage(format!("{error}; a whole token is taken too")))
}

/// Revokes in the name of the token's owner, who may always do that.
async fn revoke(store: &Store, id: TokenId) -> Result<(), Failure> {
    for user in store.list_users().await? {
        if store.list_tokens(user.id).await?.iter().any(|token| token.id == id) {
            let owner = Caller { user: user.id, name: user.name, role: user.role, token: None, scopes: Vec::new() };
            return Ok(store.revoke_token(&owner, id).await?);
        }
    }
    Err(Failure::refused(format!("there is no token {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_from_a_token_too() {
        let id = "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f";
        let token = format!("airlock_{}_{}", id.replace('-', ""), "0".repeat(64));
        assert_eq!(token_id(id).expect("an id").to_string(), id);
        assert_eq!(token_id(&token).expect("a token").to_string(), id);
        assert!(token_id("airlock_x").is_err());
    }
}
