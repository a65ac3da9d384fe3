//! `airlock api`: only the HTTP side.

use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::command_line::{Data, Shared};
use crate::config::QueueKind;
use crate::exit::{Exit, Failure};
use crate::rooms::House;
use crate::terminal::{self, BOLD, GOOD};
use crate::{logging, server};

/// Run only the HTTP side.
///
/// Workers run apart, with `airlock worker`, on the same database, storage and queue.
#[derive(Debug, Args)]
pub(crate) struct Api {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    #[command(flatten)]
    data: Data,
}

impl Api {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        if let Some(listen) = &self.listen {
            layers.set("--listen", "listen", listen)?;
        }
        self.data.apply(&mut layers)?;
        let config = layers.config()?;
        logging::start(&config.log)?;
        if config.queue.kind == QueueKind::Memory {
            tracing::warn!("queue.kind is \"memory\": workers in other processes are not woken and look by themselves");
        }
        let house = House::open(&config).await?;
        let (listener, address) = server::listen(&config).await?;
        let url = config.public_url(&server::reachable(address).to_string());
        terminal::print(&format!("{GOOD}airlock api is ready{GOOD:#} at {BOLD}{url}{BOLD:#}\n"))?;
        let shutdown = CancellationToken::new();
        let answering = server::answer(house.clone(), &config, listener, shutdown.clone());
        server::until_stopped(shutdown, answering).await?;
        house.store.close().await?;
        Ok(Exit::Fine)
    }
}
