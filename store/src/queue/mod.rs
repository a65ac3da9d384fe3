//! Wake-ups for workers. A message says only "this stage may have work"; it may
//! be lost or repeated, since the backlog is in the database. Nothing outside
//! this folder knows that apalis carries it.

mod memory;
mod redis;
mod serve;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::{Engine, StageName};
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

/// Whom a wake-up is for. What waits for an engine is told to those that have it: anybody else would take the word
/// and could do nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    /// The stage that may have work.
    pub stage: StageName,
    /// The engine that the work waits for, if it waits for one.
    pub engine: Option<Engine>,
}

impl Lane {
    /// Every lane there is.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let engines = || [None].into_iter().chain(Engine::ALL.iter().copied().map(Some));
        StageName::ALL.iter().flat_map(move |&stage| engines().map(move |engine| Self { stage, engine }))
    }
}

impl From<StageName> for Lane {
    fn from(stage: StageName) -> Self {
        Self { stage, engine: None }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.engine {
            None => write!(f, "{}", self.stage),
            Some(engine) => write!(f, "{}:{engine}", self.stage),
        }
    }
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
    /// Which lanes, and how many handlers of each at once.
    pub lanes: Vec<(Lane, usize)>,
    /// How long a handler may go on after it was asked to stop.
    pub grace: Duration,
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("name", &self.name).field("lanes", &self.lanes).finish_non_exhaustive()
    }
}

/// Carries wake-ups from whoever adds a stage to whoever works on it.
#[async_trait]
pub trait Queue: Send + Sync + fmt::Debug {
    /// Says that a stage may have work for those who listen in this lane. The caller logs an error and goes on:
    /// workers also look by themselves.
    async fn call(&self, lane: Lane) -> Result<(), QueueError>;

    /// Says that a stage may have work that anybody may take.
    async fn wake(&self, stage: StageName) -> Result<(), QueueError> {
        self.call(stage.into()).await
    }

    /// Says that a stage may have work that waits for an engine: to those that have it, and to anybody else as well,
    /// because anybody may take it as soon as those are gone.
    async fn wake_for(&self, stage: StageName, engine: Option<Engine>) -> Result<(), QueueError> {
        if engine.is_some() {
            self.call(Lane { stage, engine }).await?;
        }
        self.wake(stage).await
    }

    /// Whether the queue answers.
    async fn ping(&self) -> Result<(), QueueError>;

    /// Runs `handler` for each wake-up until `shutdown`, then lets running handlers end within the grace. A handler
    /// that panics is logged and costs nobody else anything.
    async fn serve(&self, serve: Serve, handler: WakeHandler, shutdown: CancellationToken) -> Result<(), QueueError>;
}
