//! Wake-ups between processes, over Redis.

use std::fmt;
use std::time::Duration;

use apalis::layers::WorkerBuilderExt as _;
use apalis::prelude::{Monitor, TaskSink as _, WorkerBuilder};
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use futures::future::try_join_all;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio_util::sync::CancellationToken;

use super::serve::{guarded, keep_running, unique};
use super::{Lane, Queue, QueueError, Serve, Wake, WakeHandler};

/// How often a worker says that it lives, and how many times it may be missed.
const HEARTBEAT: Duration = Duration::from_secs(5);
const MISSED_HEARTBEATS: usize = 3;

/// How long a wake-up may take: an upload waits for it, and would go on without.
const PATIENCE: Duration = Duration::from_secs(2);

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
    /// A client that connects when it is first needed, and again whenever the connection was lost, so that Redis being
    /// down keeps nobody from starting. Refuses only what is no Redis URL.
    pub async fn connect(url: &str) -> Result<Self, QueueError> {
        let client = redis::Client::open(url).map_err(failed)?;
        let config = ConnectionManagerConfig::new().set_connection_timeout(Some(PATIENCE)).set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(client, config).map_err(failed)?;
        Ok(Self { connection })
    }

    fn storage(&self, lane: Lane) -> RedisStorage<Wake> {
        let config = Config::default()
            .queue(format!("airlock:wake:{lane}"))
            .batch_size(1)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS);
        RedisStorage::new(self.connection.clone()).with_config(config)
    }
}

fn failed(error: impl fmt::Display) -> QueueError {
    QueueError(error.to_string())
}

async fn in_time<T, E: fmt::Display>(work: impl Future<Output = Result<T, E>>) -> Result<T, QueueError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(failed),
        Err(_) => Err(QueueError(format!("Redis did not answer within {} s", PATIENCE.as_secs()))),
    }
}

#[async_trait]
impl Queue for RedisQueue {
    async fn call(&self, lane: Lane) -> Result<(), QueueError> {
        in_time(self.storage(lane).push(Wake::V1 { stage: lane.stage })).await
    }

    async fn ping(&self) -> Result<(), QueueError> {
        let (ping, mut connection) = (redis::cmd("PING"), self.connection.clone());
        in_time(async { ping.query_async::<String>(&mut connection).await.map(drop) }).await
    }

    async fn serve(&self, serve: Serve, handler: WakeHandler, shutdown: CancellationToken) -> Result<(), QueueError> {
        let lanes = serve.lanes.into_iter().map(|(lane, concurrency)| {
            let (queue, name, handler) = (self.clone(), serve.name.clone(), handler.clone());
            let make = move || {
                let (queue, name, handler) = (queue.clone(), name.clone(), handler.clone());
                Monitor::new().register(move |_| {
                    WorkerBuilder::new(unique(&name, lane))
                        .backend(queue.storage(lane))
                        .concurrency(concurrency)
                        .enable_tracing()
                        .build(guarded(handler.clone()))
                })
            };
            keep_running(make, serve.grace, &shutdown)
        });
        try_join_all(lanes).await.map(drop)
    }
}
