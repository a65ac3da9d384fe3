//! Wake-ups within one process.

use std::collections::BTreeMap;
use std::sync::Arc;

use airlock_model::StageName;
use apalis::prelude::{
    MemorySink, MemoryStorage, Monitor, RandomId, Task, TaskBuilder, TaskId, WorkerBuilder, WorkerBuilderExt as _,
};
use async_trait::async_trait;
use futures::future::try_join_all;
use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::serve::{guarded, keep_running, unique};
use super::{Lane, Queue, QueueError, Serve, Wake, WakeHandler};

/// More wake-ups than this need not wait: each handler works until nothing is left.
const MOST_WAITING: usize = 64;

/// Wake-ups within one process; each waiting one is a permit.
#[derive(Debug, Clone)]
pub struct MemoryQueue(Arc<BTreeMap<Lane, Arc<Semaphore>>>);

impl Default for MemoryQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryQueue {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Lane::all().map(|lane| (lane, Arc::new(Semaphore::new(0)))).collect()))
    }

    fn waiting(&self, lane: Lane) -> &Arc<Semaphore> {
        self.0.get(&lane).expect("every lane has its semaphore")
    }
}

/// apalis' own storage in memory is an unbounded channel with one receiver; this one is bounded and can be opened twice.
fn storage(stage: StageName, waiting: Arc<Semaphore>) -> MemoryStorage<Wake> {
    let nowhere = futures::sink::drain().sink_map_err(|never| match never {});
    let sink = MemorySink::new(Arc::new(futures::lock::Mutex::new(Box::new(nowhere))));
    let wakes = futures::stream::unfold(waiting, move |waiting| async move {
        waiting.acquire().await.expect("the semaphore is never closed").forget();
        let task: Task<Wake> =
            TaskBuilder::new(Wake::V1 { stage }).task_id(TaskId::from_string(RandomId::default())).build();
        Some((task, waiting))
    });
    MemoryStorage::new_with(sink, wakes.boxed())
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn call(&self, lane: Lane) -> Result<(), QueueError> {
        let waiting = self.waiting(lane);
        if waiting.available_permits() < MOST_WAITING {
            waiting.add_permits(1);
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), QueueError> {
        Ok(())
    }

    async fn serve(&self, serve: Serve, handler: WakeHandler, shutdown: CancellationToken) -> Result<(), QueueError> {
        let lanes = serve.lanes.into_iter().map(|(lane, concurrency)| {
            let (waiting, name, handler) = (self.waiting(lane).clone(), serve.name.clone(), handler.clone());
            let make = move || {
                let (waiting, name, handler) = (waiting.clone(), name.clone(), handler.clone());
                Monitor::new().register(move |_| {
                    WorkerBuilder::new(unique(&name, lane))
                        .backend(storage(lane.stage, waiting.clone()))
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
