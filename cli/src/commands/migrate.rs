//! `airlock migrate`: the database's schema.

use airlock_store::Signal;
use clap::Args;

use crate::command_line::{Data, Shared};
use crate::exit::{Exit, Failure};
use crate::rooms;
use crate::terminal;

/// Bring the database's schema up to date.
///
/// Servers and workers do this by themselves when they start.
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    data: Data,
}

impl Migrate {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        self.data.apply(&mut layers)?;
        let store = rooms::store::open(&layers.config()?, Signal::memory()).await?;
        store.close().await?;
        terminal::print("the schema is up to date\n")?;
        Ok(Exit::Fine)
    }
}
