//! One isolated world for each test: a database, two places for objects, a queue,
//! a publisher and a reviewer.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use airlock_gate::{Gate, GateSettings, JailSettings};
use airlock_model::event::Happening;
use airlock_model::inspection::Blob;
use airlock_model::limits::Limits;
use airlock_model::tree::TreePath;
use airlock_model::{
    PluginVersion, Policy, Role, Sha256, StageName, StageState, Timestamp, Tree, ValidationId, ValidationState,
};
use airlock_store::{
    Accepted, Blobs, Caller, Clock, FixedClock, FsBlobs, MemoryQueue, NewSubmission, NewUser, ObjectKey, Queue as _,
    Store, StoreOptions, ValidationView,
};
use airlock_worker::{Intervals, WorkerError, WorkerSettings};
use futures::StreamExt as _;
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One test with a runtime of its own.
pub(crate) fn trial<F>(name: &'static str, test: fn() -> F) -> Trial
where
    F: Future<Output = anyhow::Result<()>> + 'static,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(test()).map_err(|error| Failed::from(format!("{error:?}")))
    })
}

pub(crate) struct World {
    pub(crate) dir: Arc<TempDir>,
    pub(crate) store: Store,
    pub(crate) quarantine: Arc<FsBlobs>,
    pub(crate) catalogue: Arc<FsBlobs>,
    pub(crate) queue: MemoryQueue,
    pub(crate) clock: FixedClock,
    pub(crate) publisher: Caller,
    pub(crate) reviewer: Caller,
    workers: AtomicUsize,
}

/// Opens what is in `dir`, for the world itself and for worker processes beside it.
pub(crate) async fn open(dir: &Path, clock: Clock) -> anyhow::Result<(Store, Arc<FsBlobs>, Arc<FsBlobs>)> {
    let url = format!("sqlite:{}", dir.join("airlock.db").display());
    let store = Store::connect(&url, StoreOptions { clock, ..StoreOptions::default() }).await?;
    store.migrate().await?;
    let quarantine = Arc::new(FsBlobs::open(dir.join("quarantine")).await?);
    let catalogue = Arc::new(FsBlobs::open(dir.join("catalogue")).await?);
    Ok((store, quarantine, catalogue))
}

/// A gate whose confined child is this test binary.
pub(crate) fn gate(change: impl FnOnce(&mut GateSettings)) -> Gate {
    let program = std::env::current_exe().expect("this test has a path");
    let mut settings = GateSettings {
        limits: Limits::default(),
        policy: Policy::default(),
        jail: JailSettings { program, allow_weaker: false },
        sandbox: None,
        jobs: 1,
        advisories: airlock_gate::advisories::Advisories::default(),
    };
    change(&mut settings);
    Gate::new(settings)
}

impl World {
    /// A world with the database's own clock.
    pub(crate) async fn new() -> anyhow::Result<Self> {
        Self::with(|_| Clock::Database).await
    }

    /// A world whose clock only moves when it is told to.
    pub(crate) async fn with_fixed_clock() -> anyhow::Result<Self> {
        Self::with(|fixed| Clock::Fixed(fixed.clone())).await
    }

    async fn with(clock: impl FnOnce(&FixedClock) -> Clock) -> anyhow::Result<Self> {
        let dir = Arc::new(tempfile::tempdir()?);
        let fixed = FixedClock::at(Timestamp::from_micros(1_800_000_000_000_000));
        let (store, quarantine, catalogue) = open(dir.path(), clock(&fixed)).await?;
        let publisher = caller(&store, "paula", Role::Publisher).await?;
        let reviewer = caller(&store, "rita", Role::Admin).await?;
        let (queue, workers) = (MemoryQueue::new(), AtomicUsize::new(0));
        Ok(Self { dir, store, quarantine, catalogue, queue, clock: fixed, publisher, reviewer, workers })
    }

    /// Uploads a package and wakes a worker, as the API does.
    pub(crate) async fn submit(&self, name: &str, version: &str, package: Vec<u8>) -> anyhow::Result<Accepted> {
        let key = ObjectKey::new_upload();
        let upload = Blob { sha256: Sha256::of(&package), size: package.len() as u64 };
        let bytes = futures::stream::once(async move { Ok(bytes::Bytes::from(package)) }).boxed();
        self.quarantine.put_stream(&key, bytes).await?;
        let new = NewSubmission {
            caller: self.publisher.clone(),
            name: name.parse()?,
            version: version.parse()?,
            upload,
            object_key: key,
            client: None,
        };
        let accepted = self.store.accept_submission(&new).await?;
        self.queue.wake(StageName::Inspect).await?;
        Ok(accepted)
    }

    /// Uploads a good package without tests.
    pub(crate) async fn submit_good(&self, name: &str) -> anyhow::Result<Accepted> {
        self.submit(name, "1.0.0", good(name, &[])).await
    }

    /// Settings for one more worker of this world.
    pub(crate) fn settings(&self) -> WorkerSettings {
        let number = self.workers.fetch_add(1, Ordering::SeqCst);
        WorkerSettings {
            store: self.store.clone(),
            quarantine: self.quarantine.clone(),
            catalogue: self.catalogue.clone(),
            queue: Arc::new(self.queue.clone()),
            gate: gate(|_| {}),
            stages: StageName::ALL.to_vec(),
            concurrency: 2,
            worker_name: format!("worker-{number}"),
            replaces: None,
            work_dir: self.dir.path().join("work"),
            intervals: Intervals {
                renew: Duration::from_millis(50),
                poll: Duration::from_millis(200),
                sweep: Duration::from_millis(200),
                stage: Duration::from_secs(30),
                grace: Duration::from_secs(10),
            },
            failpoints: "".parse().expect("none"),
        }
    }

    /// Starts a worker.
    pub(crate) fn start(&self, change: impl FnOnce(&mut WorkerSettings)) -> Running {
        let mut settings = self.settings();
        change(&mut settings);
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(airlock_worker::run(settings, shutdown.clone()));
        Running { shutdown, task }
    }

    /// The validation as soon as `wanted` holds of it.
    pub(crate) async fn until(
        &self,
        id: ValidationId,
        wanted: impl Fn(&ValidationView) -> bool,
    ) -> anyhow::Result<ValidationView> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let view = self.store.validation(&self.publisher, id).await?;
            if wanted(&view) {
                return Ok(view);
            }
            anyhow::ensure!(Instant::now() < deadline, "waited in vain; the validation is {view:#?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The validation as soon as nothing happens any more without a person.
    pub(crate) async fn settled(&self, id: ValidationId) -> anyhow::Result<ValidationView> {
        self.until(id, |view| view.summary.state.is_settled()).await
    }

    /// Asserts that the version is in the catalogue, once, with the bytes that its row names.
    pub(crate) async fn assert_published(&self, name: &str, id: ValidationId) -> anyhow::Result<()> {
        let view = self.settled(id).await?;
        anyhow::ensure!(view.summary.state == ValidationState::Published, "not published: {view:#?}");
        let version: PluginVersion = "1.0.0".parse()?;
        let served = self.store.version_for_download(&name.parse()?, &version).await?;
        let served = served.ok_or_else(|| anyhow::anyhow!("{name} is not in the catalogue"))?;
        let object = self.bytes(&*self.catalogue, &ObjectKey::catalogue(&served.canonical.sha256)).await?;
        assert_eq!(Sha256::of(&object), served.canonical.sha256);
        assert_eq!(object.len() as u64, served.canonical.size);
        for stage in &view.stages {
            assert_eq!(self.times_done(id, stage.name).await?, 1, "{} is recorded once", stage.name);
        }
        Ok(())
    }

    /// How many times a result of the stage was recorded.
    pub(crate) async fn times_done(&self, id: ValidationId, name: StageName) -> anyhow::Result<usize> {
        let events = self.store.events_after(id, 0, 10_000).await?;
        let done = |what: &Happening| matches!(what, Happening::Stage { stage, state, .. } if *stage == name && *state == StageState::Done);
        Ok(events.iter().filter(|event| done(&event.what)).count())
    }

    pub(crate) async fn bytes(&self, blobs: &dyn Blobs, key: &ObjectKey) -> anyhow::Result<Vec<u8>> {
        let size = blobs.size(key).await?.ok_or_else(|| anyhow::anyhow!("no object {key}"))?;
        Ok(blobs.get_range(key, 0, size).await?.to_vec())
    }
}

async fn caller(store: &Store, name: &str, role: Role) -> anyhow::Result<Caller> {
    let user = store.create_user(&NewUser { name: name.parse()?, role, email: None }).await?;
    Ok(Caller { user: user.id, name: user.name, role, token: None, scopes: Vec::new() })
}

/// A worker that runs beside the test.
pub(crate) struct Running {
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), WorkerError>>,
}

impl Running {
    /// Stops it in good order.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        Ok(timeout(PATIENCE, self.task).await???)
    }
}

/// A package without a fault: manifest, README, licence, one module, and `more`.
pub(crate) fn good(name: &str, more: &[(&str, &str)]) -> Vec<u8> {
    changed(name, "1.0.0", "", more)
}

/// The same at another version, with more in its manifest.
pub(crate) fn changed(name: &str, version: &str, keys: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let module = name.replace('-', "_");
    let manifest = format!(
        "name: {name}\nversion: {version}\ntype: tool\ncategory: utility\ntitle: Adds\n\
         description: Adds two numbers.\nauthor:\n  name: Airlock tests\nlicense: MIT\n\
         entry_point: {module}:Tool\nrequirements:\n  python: \">=3.10\"\n  agenticraft: \">=0.2.0a0\"\n{keys}"
    );
    let code = "class Tool:\n    def add(self, a, b):\n        return a + b\n";
    let mut tree = Tree::new();
    let mut insert = |path: &str, text: &str| {
        tree.insert(TreePath::new(path).expect("a plain path"), text.as_bytes());
    };
    insert("plugin.yaml", &manifest);
    insert("README.md", "# Adds\n\nAdds two numbers.\n");
    insert("LICENSE", "MIT License\n");
    insert(&format!("{module}.py"), code);
    for (path, text) in more {
        insert(path, text);
    }
    airlock_scanner::archive::pack(name, &tree).expect("a small tree")
}
