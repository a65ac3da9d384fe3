//! Wake-ups between processes, over Redis.

use std::fmt;
use std::time::Duration;

use airlock_model::StageName;
use apalis::layers::WorkerBuilderExt as _;
use apalis::prelude::{Monitor, TaskSink as _, WorkerBuilder};
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use redis::aio::ConnectionManager;
use tokio_util::sync::CancellationToken;

use super::serve::{guarded, run, unique};
use super::{Queue, QueueError, Serve, Wake, WakeHandler};

/// How often a worker says that it lives, and how many times it may be missed.
const HEARTBEAT: Duration = Duration::from_secs(5);
const MISSED_HEARTBEATS: usize = 3;

/// Wake-ups between processes, over Redis (`redis://` or, with TLS, `rediss://`).
#[derive(Clone)]
pub struct RedisQueue {
    connection: ConnectionManager,
}

impl fmt::Debug for RedisQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisQueue")
    }
}

impl RedisQueue {
    /// Connects; afterwards a lost connection is made again by itself.
    pub async fn connect(url: &str) -> Result<Self, QueueError> {
        let client = redis::Client::open(url).map_err(failed)?;
        let connection = ConnectionManager::new(client).await.map_err(failed)?;
        Ok(Self { connection })
    }

    fn storage(&self, stage: StageName) -> RedisStorage<Wake> {
        let config = Config::default()
            .queue(format!("airlock:wake:{stage}"))
            .batch_size(1)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS);
        RedisStorage::new(self.connection.clone()).with_config(config)
    }
}

fn failed(error: impl fmt::Display) -> QueueError {
    QueueError(error.to_string())
}

#[async_trait]
impl Queue for RedisQueue {
    async fn wake(&self, stage: StageName) -> Result<(), QueueError> {
        self.storage(stage).push(Wake::V1 { stage }).await.map_err(failed)
    }

    async fn ping(&self) -> Result<(), QueueError> {
        let _: String = redis::cmd("PING").query_async(&mut self.connection.clone()).await.map_err(failed)?;
        Ok(())
    }

    async fn serve(&self, serve: Serve, handler: WakeHandler, shutdown: CancellationToken) -> Result<(), QueueError> {
        let mut monitor = Monitor::new();
        for (stage, concurrency) in serve.stages {
            let (queue, name, handler) = (self.clone(), serve.name.clone(), handler.clone());
            monitor = monitor.register(move |_| {
                WorkerBuilder::new(unique(&name, stage))
                    .backend(queue.storage(stage))
                    .concurrency(concurrency)
                    .enable_tracing()
                    .build(guarded(handler.clone()))
            });
        }
        run(monitor, serve.grace, shutdown).await
    }
}
