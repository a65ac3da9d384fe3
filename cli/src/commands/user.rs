//! `airlock user`: users, in the database itself.

use airlock_model::Role;
use airlock_store::{NewUser, Signal, UserName};
use clap::{Args, Subcommand};

use crate::command_line::{Data, Shared};
use crate::exit::{Exit, Failure};
use crate::rooms;
use crate::terminal;

/// Manage users.
///
/// Works on the database itself, beside a running server.
#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a user.
    Add {
        /// The user's name.
        name: UserName,

        /// What the user may do: admin, publisher or user.
        #[arg(long)]
        role: Role,

        /// An e-mail address.
        #[arg(long)]
        email: Option<String>,

        #[command(flatten)]
        data: Data,
    },
    /// List the users.
    List {
        #[command(flatten)]
        data: Data,
    },
}

impl User {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        let (What::Add { data, .. } | What::List { data }) = &self.what;
        data.apply(&mut layers)?;
        let config = layers.config()?;
        let store = match self.what {
            What::Add { .. } => rooms::store::open(&config, Signal::memory()).await?,
            What::List { .. } => rooms::store::open_existing(&config, Signal::memory()).await?,
        };
        match self.what {
            What::Add { name, role, email, .. } => {
                let user = store.create_user(&NewUser { name, role, email }).await?;
                terminal::print(&format!("added {} ({})\n", user.name, user.role))?;
            }
            What::List { .. } => {
                for user in store.list_users().await? {
                    terminal::print(&format!("{:24} {}\n", user.name.as_str(), user.role))?;
                }
            }
        }
        store.close().await?;
        Ok(Exit::Fine)
    }
}
