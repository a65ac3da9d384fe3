//! Putting the rooms of the house together as the configuration says.

pub(crate) mod gate;
mod objects;
pub(crate) mod policy;
pub(crate) mod store;

use std::sync::Arc;

use airlock_store::{Blobs, MemoryQueue, Queue, RedisQueue, Signal, Store};

use crate::config::{Config, QueueKind};
use crate::exit::Failure;

/// The name and version that reports carry.
pub(crate) const TOOL: &str = concat!("airlock ", env!("CARGO_PKG_VERSION"));

/// Everything that the HTTP side and the workers share.
#[derive(Clone)]
pub(crate) struct House {
    /// The database.
    pub(crate) store: Store,
    /// Where uploads wait.
    pub(crate) quarantine: Arc<dyn Blobs>,
    /// Where published archives are.
    pub(crate) catalogue: Arc<dyn Blobs>,
    /// Wakes workers.
    pub(crate) queue: Arc<dyn Queue>,
    /// News of validations.
    pub(crate) signal: Signal,
}

impl House {
    /// Opens everything, and brings the database's schema up to date.
    pub(crate) async fn open(config: &Config) -> Result<Self, Failure> {
        let (queue, signal) = queue(config).await?;
        let store = store::open(config, signal.clone()).await?;
        let (quarantine, catalogue) = objects::open(config).await?;
        Ok(Self { store, quarantine, catalogue, queue, signal })
    }
}

async fn queue(config: &Config) -> Result<(Arc<dyn Queue>, Signal), Failure> {
    match config.queue.kind {
        QueueKind::Memory => Ok((Arc::new(MemoryQueue::new()), Signal::memory())),
        QueueKind::Redis => {
            let remedy = "see that Redis runs and that queue.redis_url names it";
            let url = &config.queue.redis_url;
            let queue = RedisQueue::connect(url).await.map_err(|error| Failure::ours(error).remedy(remedy))?;
            let signal = Signal::redis(url).await.map_err(|error| Failure::ours(error).remedy(remedy))?;
            Ok((Arc::new(queue), signal))
        }
    }
}
