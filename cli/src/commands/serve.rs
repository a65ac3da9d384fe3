//! `airlock serve`: the whole registry in one process.

use clap::Args;
use tokio_util::sync::CancellationToken;

use crate::command_line::{Data, Shared};
use crate::config::Layers;
use crate::exit::{Exit, Failure};
use crate::rooms::{self, House};
use crate::server::{self, Identity};
use crate::terminal::{self, BOLD, GOOD};
use crate::{demo, logging};

/// Run the whole registry in one process.
///
/// Without any configuration it keeps everything in one folder: an SQLite database and the archives.
/// It stops gracefully on Ctrl-C or SIGTERM.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,

    #[command(flatten)]
    data: Data,

    /// Make users, upload sample plugins over HTTP, and show what becomes of them.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let config = self.layers(shared)?.config()?;
        logging::start(&config.log)?;
        let alone = config.database_is_embedded();
        let _lock = if alone { Some(server::take(&config.data)?) } else { None };
        if self.demo {
            demo::introduce(&config);
        }
        let sandbox = rooms::gate::sandbox(&config, rooms::gate::Pool::Configured).await?;
        let gate = rooms::gate::gate(&config, sandbox.clone())?;
        let house = House::open(&config).await?;
        let (listener, address) = server::listen(&config).await?;
        let url = config.public_url(&server::reachable(address).to_string());
        terminal::print(&format!("{GOOD}airlock is ready{GOOD:#} at {BOLD}{url}{BOLD:#}\n"))?;

        let shutdown = CancellationToken::new();
        let identity = Identity { prefix: "serve", alone };
        let answering = server::answer(house.clone(), &config, listener, shutdown.clone());
        let working = server::work(house.clone(), &config, gate, identity, shutdown.clone());
        let serving = server::together(&shutdown, answering, working);
        let demo = async {
            if self.demo {
                demo::run(&house.store, &config, &server::reachable(address).to_string(), &url, &shutdown).await;
            }
            shutdown.cancelled().await;
            Ok(())
        };
        let ended = server::until_stopped(shutdown.clone(), server::together(&shutdown, serving, demo)).await;
        rooms::gate::close(sandbox).await;
        ended?;
        house.store.close().await?;
        Ok(Exit::Fine)
    }

    fn layers(&self, shared: &Shared) -> Result<Layers, Failure> {
        let beneath = if self.demo { demo::SETTINGS } else { &[] };
        let mut layers = shared.layers(beneath)?;
        if let Some(listen) = &self.listen {
            layers.set("--listen", "listen", listen)?;
        }
        self.data.apply(&mut layers)?;
        Ok(layers)
    }
}
