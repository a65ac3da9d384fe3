//! Wake-ups in memory and over Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use airlock_model::{Engine, StageName};
use airlock_store::{Lane, MemoryQueue, Queue, RedisQueue, Serve, WakeHandler};
use futures::FutureExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::services::services;

macro_rules! on_both_queues {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(std::sync::Arc::new(super::MemoryQueue::new())).await;
            })+
        }
        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(std::sync::Arc::new(super::over_redis().await)).await;
            })+
        }
    };
}

on_both_queues!(
    a_wake_reaches_its_stage,
    what_waits_for_an_engine_is_told_to_who_has_it,
    a_panicking_handler_costs_nobody_else_anything,
    handlers_run_beside_one_another_up_to_the_limit,
    a_stop_waits_for_what_runs,
);

async fn over_redis() -> RedisQueue {
    let url = format!("{}/{}", services().redis, rand::random_range(1..4096));
    let client = ::redis::Client::open(url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.expect("Redis answers: run ./scripts/test");
    let _: () = ::redis::cmd("FLUSHDB").query_async(&mut connection).await.unwrap();
    RedisQueue::connect(&url).await.unwrap()
}

fn start(queue: &Arc<dyn Queue>, stages: Vec<(impl Into<Lane>, usize)>, handler: WakeHandler) -> Running {
    let (queue, stop) = (queue.clone(), CancellationToken::new());
    let lanes = stages.into_iter().map(|(stage, handlers)| (stage.into(), handlers)).collect();
    let serve = Serve { name: "test".to_owned(), lanes, grace: Duration::from_secs(5) };
    let shutdown = stop.clone();
    let task = tokio::spawn(async move { queue.serve(serve, handler, shutdown).await });
    Running { stop, task }
}

struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), airlock_store::QueueError>>,
}

impl Running {
    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.task)
            .await
            .expect("the worker stops in time")
            .unwrap()
            .unwrap();
    }
}

async fn next(heard: &mut mpsc::UnboundedReceiver<StageName>) -> StageName {
    tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.expect("a wake-up arrives").unwrap()
}

fn telling(tell: mpsc::UnboundedSender<StageName>) -> WakeHandler {
    Arc::new(move |stage| {
        let tell = tell.clone();
        async move {
            let _ = tell.send(stage);
        }
        .boxed()
    })
}

async fn a_wake_reaches_its_stage(queue: Arc<dyn Queue>) {
    queue.ping().await.unwrap();
    queue.wake(StageName::Promote).await.unwrap();
    let (tell, mut heard) = mpsc::unbounded_channel();
    let running = start(&queue, vec![(StageName::Inspect, 1), (StageName::Promote, 1)], telling(tell));
    assert_eq!(next(&mut heard).await, StageName::Promote, "what was told before anyone listened");
    queue.wake(StageName::Inspect).await.unwrap();
    assert_eq!(next(&mut heard).await, StageName::Inspect);
    running.stop().await;
    let (tell, mut heard) = mpsc::unbounded_channel();
    let again = start(&queue, vec![(StageName::Inspect, 1)], telling(tell));
    queue.wake(StageName::Inspect).await.unwrap();
    assert_eq!(next(&mut heard).await, StageName::Inspect, "the same name at once again");
    again.stop().await;
}

async fn what_waits_for_an_engine_is_told_to_who_has_it(queue: Arc<dyn Queue>) {
    let docker = Lane { stage: StageName::Test, engine: Some(Engine::Docker) };
    let (tell, mut heard_by_others) = mpsc::unbounded_channel();
    let others = start(&queue, vec![(StageName::Test, 1)], telling(tell));
    let (tell, mut heard) = mpsc::unbounded_channel();
    let able = start(&queue, vec![(docker, 1)], telling(tell));
    for _ in 0..5 {
        queue.wake_for(StageName::Test, Some(Engine::Docker)).await.unwrap();
        assert_eq!(next(&mut heard).await, StageName::Test);
        assert_eq!(next(&mut heard_by_others).await, StageName::Test, "for when the other is gone");
    }
    able.stop().await;
    others.stop().await;
    assert!(heard.try_recv().is_err() && heard_by_others.try_recv().is_err(), "each was told once");
}

async fn a_panicking_handler_costs_nobody_else_anything(queue: Arc<dyn Queue>) {
    let (tell, mut heard) = mpsc::unbounded_channel();
    let calls = Arc::new(AtomicUsize::new(0));
    let handler: WakeHandler = Arc::new(move |stage| {
        let (tell, call) = (tell.clone(), calls.fetch_add(1, Ordering::SeqCst));
        async move {
            assert!(call > 0, "the first one panics");
            let _ = tell.send(stage);
        }
        .boxed()
    });
    let running = start(&queue, vec![(StageName::Test, 1)], handler);
    queue.wake(StageName::Test).await.unwrap();
    queue.wake(StageName::Test).await.unwrap();
    assert_eq!(next(&mut heard).await, StageName::Test);
    running.stop().await;
}

async fn handlers_run_beside_one_another_up_to_the_limit(queue: Arc<dyn Queue>) {
    let (running_now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (tell, mut heard) = mpsc::unbounded_channel();
    let (counted, peak) = (running_now.clone(), most.clone());
    let handler: WakeHandler = Arc::new(move |stage| {
        let (counted, peak, tell) = (counted.clone(), peak.clone(), tell.clone());
        async move {
            peak.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(200)).await;
            counted.fetch_sub(1, Ordering::SeqCst);
            let _ = tell.send(stage);
        }
        .boxed()
    });
    for _ in 0..6 {
        queue.wake(StageName::Test).await.unwrap();
    }
    let running = start(&queue, vec![(StageName::Test, 2)], handler);
    for _ in 0..6 {
        next(&mut heard).await;
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
    running.stop().await;
}

async fn a_stop_waits_for_what_runs(queue: Arc<dyn Queue>) {
    let (begun, mut has_begun) = mpsc::unbounded_channel();
    let ended = Arc::new(AtomicUsize::new(0));
    let count = ended.clone();
    let handler: WakeHandler = Arc::new(move |stage| {
        let (begun, count) = (begun.clone(), count.clone());
        async move {
            let _ = begun.send(stage);
            tokio::time::sleep(Duration::from_millis(500)).await;
            count.fetch_add(1, Ordering::SeqCst);
        }
        .boxed()
    });
    let running = start(&queue, vec![(StageName::Test, 1)], handler);
    queue.wake(StageName::Test).await.unwrap();
    next(&mut has_begun).await;
    running.stop().await;
    assert_eq!(ended.load(Ordering::SeqCst), 1, "the handler was let to its end");
}

#[tokio::test]
async fn wakes_that_nobody_hears_do_not_pile_up() {
    let queue = MemoryQueue::new();
    for _ in 0..100_000 {
        queue.wake(StageName::Inspect).await.unwrap();
    }
    let (tell, mut heard) = mpsc::unbounded_channel();
    let shared: Arc<dyn Queue> = Arc::new(queue);
    let running = start(&shared, vec![(StageName::Inspect, 1)], telling(tell));
    next(&mut heard).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    running.stop().await;
    assert!(heard.len() < 100, "{}", heard.len());
}

#[tokio::test]
async fn redis_being_away_is_an_error_soon() {
    let queue = RedisQueue::connect("redis://127.0.0.1:1/").await.unwrap();
    let begun = std::time::Instant::now();
    assert!(queue.wake(StageName::Inspect).await.is_err());
    assert!(queue.ping().await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(6), "an upload does not wait for it: {:?}", begun.elapsed());
    assert!(RedisQueue::connect("http://127.0.0.1/").await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_hears_again_after_redis_was_away() {
    drop(over_redis().await);
    let line = Line::to(services().redis).await;
    let queue: Arc<dyn Queue> = Arc::new(RedisQueue::connect(&line.url).await.unwrap());
    let (tell, mut heard) = mpsc::unbounded_channel();
    let running = start(&queue, vec![(StageName::Inspect, 1)], telling(tell));
    queue.wake(StageName::Inspect).await.unwrap();
    next(&mut heard).await;
    line.cut();
    assert!(queue.wake(StageName::Inspect).await.is_err());
    tokio::time::sleep(Duration::from_secs(1)).await;
    line.mend();
    let again = async {
        // What was told while the line was cut is lost, as it may be; what is told afterwards arrives.
        while heard.is_empty() {
            let _ = queue.wake(StageName::Inspect).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again).await.expect("the worker hears again");
    running.stop().await;
}

/// A line to Redis that can be cut.
struct Line {
    url: String,
    open: tokio::sync::watch::Sender<bool>,
}

impl Line {
    async fn to(url: String) -> Self {
        let address = url.trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}/", listener.local_addr().unwrap());
        let (open, is_open) = tokio::sync::watch::channel(true);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let (address, mut is_open) = (address.clone(), is_open.clone());
                tokio::spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(address).await.unwrap();
                    tokio::select! {
                        _ = is_open.wait_for(|open| !open) => {}
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    }
                });
            }
        });
        Self { url, open }
    }

    fn cut(&self) {
        self.open.send_replace(false);
    }

    fn mend(&self) {
        self.open.send_replace(true);
    }
}
