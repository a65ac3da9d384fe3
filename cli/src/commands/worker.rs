//! `airlock worker`: only workers.

use clap::Args;
use tokio_util::sync::CancellationToken;

use airlock_model::StageName;

use crate::command_line::{Data, Shared};
use crate::exit::{Exit, Failure};
use crate::logging;
use crate::rooms::{self, House};
use crate::server::{self, Identity};
use crate::terminal::{self, BOLD, GOOD};

/// Run only workers.
///
/// Any number of them may run on the same database, storage and queue.
#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// The stages to work on: inspect, test, promote; separated by commas.
    #[arg(long, value_name = "STAGES")]
    stages: Option<String>,

    /// How many stages to work on at once.
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,

    #[command(flatten)]
    data: Data,
}

impl Worker {
    pub(crate) async fn run(self, shared: &Shared) -> Result<Exit, Failure> {
        let mut layers = shared.layers(&[])?;
        if let Some(stages) = &self.stages {
            layers.set("--stages", "worker.stages", stages)?;
        }
        if let Some(concurrency) = self.concurrency {
            layers.set("--concurrency", "worker.concurrency", &concurrency.to_string())?;
        }
        self.data.apply(&mut layers)?;
        let config = layers.config()?;
        logging::start(&config.log)?;
        let tests = config.worker.stages.contains(&StageName::Test);
        let sandbox = if tests { rooms::gate::sandbox(&config, rooms::gate::Pool::Configured).await? } else { None };
        let gate = rooms::gate::gate(&config, sandbox.clone())?;
        let house = House::open(&config).await?;
        let stages: Vec<&str> = config.worker.stages.iter().map(|stage| stage.as_str()).collect();
        terminal::print(&format!("{GOOD}airlock worker is ready{GOOD:#} for {BOLD}{}{BOLD:#}\n", stages.join(", ")))?;
        let shutdown = CancellationToken::new();
        let identity = Identity { prefix: "worker", alone: false };
        let working = server::work(house.clone(), &config, gate, identity, shutdown.clone());
        let ended = server::until_stopped(shutdown, working).await;
        rooms::gate::close(sandbox).await;
        ended?;
        house.store.close().await?;
        Ok(Exit::Fine)
    }
}
