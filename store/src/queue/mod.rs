//! Wake-ups for workers. A message says only "this stage may have work"; it may
//! be lost or repeated, since the backlog is in the database. Nothing outside
//! this folder knows that apalis carries it.

mod memory;
mod redis;
mod serve;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::StageName;
use async_trait::async_trait;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub use memory::MemoryQueue;
pub use redis::RedisQueue;

/// What is carried: a stage that may have work. Tagged with its version, so that
/// processes of different ages understand one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "v")]
pub(crate) enum Wake {
    /// The first form.
    #[serde(rename = "1")]
    V1 {
        /// Which stage may have work.
        stage: StageName,
    },
}

/// What is done about one wake-up: claim and work until nothing waits, then return. It must cope with
/// finding nothing, and with running beside itself.
pub type WakeHandler = Arc<dyn Fn(StageName) -> BoxFuture<'static, ()> + Send + Sync>;

/// The queue could not carry a wake-up, or could not go on listening.
#[derive(Debug, thiserror::Error)]
#[error("the queue does not answer as it should: {0}")]
pub struct QueueError(pub(crate) String);

/// How one process listens.
#[derive(Clone)]
pub struct Serve {
    /// The worker's name; the queue makes it unique for each start.
    pub name: String,
    /// Which stages, and how many handlers of each at once.
    pub stages: Vec<(StageName, usize)>,
    /// How long a handler may go on after it was asked to stop.
    pub grace: Duration,
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("name", &self.name).field("stages", &self.stages).finish_non_exhaustive()
    }
}

/// Carries wake-ups from whoever adds a stage to whoever works on it.
#[async_trait]
pub trait Queue: Send + Sync + fmt::Debug {
    /// Says that a stage may have work. The caller logs an error and goes on: workers also look by themselves.
    async fn wake(&self, stage: StageName) -> Result<(), QueueError>;

    /// Whether the queue answers.
    async fn ping(&self) -> Result<(), QueueError>;

    /// Runs `handler` for each wake-up until `shutdown`, then lets running handlers end within the grace. A handler
    /// that panics is logged and costs nobody else anything.
    async fn serve(&self, serve: Serve, handler: WakeHandler, shutdown: CancellationToken) -> Result<(), QueueError>;
}
