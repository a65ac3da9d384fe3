//! The database itself: connecting, migrating, and the transactions that every
//! other file of this crate writes in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use airlock_model::{Timestamp, ValidationId};
use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Executor as _, Row as _, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::{ContextV7, Uuid};

use crate::clock::Clock;
use crate::dialect::Dialect;
use crate::downloads::Downloads;
use crate::error::StoreError;
use crate::signal::Signal;

/// How to connect.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The most connections held open.
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where news of validations is told after each commit.
    pub signal: Signal,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            max_connections: 8,
            acquire_timeout: Duration::from_secs(10),
            clock: Clock::Database,
            signal: Signal::memory(),
        }
    }
}

/// The database. Cheap to clone; all clones share one pool.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: AnyPool,
    dialect: Dialect,
    clock: Clock,
    signal: Signal,
    ids: Mutex<ContextV7>,
    /// Lines up the writers of this process, so that none of them sleeps in SQLite's busy handler.
    writer: Arc<Semaphore>,
    downloads: Downloads,
}

impl Store {
    /// Connects to `sqlite:<file>` (made if missing) or `postgres://…` (TLS by its `sslmode`).
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of_url(url)?;
        let url = match dialect {
            Dialect::Sqlite if !url.contains("mode=") => {
                format!("{url}{}mode=rwc", if url.contains('?') { '&' } else { '?' })
            }
            _ => url.to_owned(),
        };
        let pool = AnyPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(dialect.connection_settings()).await?;
                    Ok(())
                })
            })
            .connect(&url)
            .await?;
        let writers = match dialect {
            Dialect::Sqlite => 1,
            Dialect::Postgres => options.max_connections as usize,
        };
        Ok(Self(Arc::new(Inner {
            pool,
            dialect,
            clock: options.clock,
            signal: options.signal,
            ids: Mutex::new(ContextV7::new()),
            writer: Arc::new(Semaphore::new(writers)),
            downloads: Downloads::default(),
        })))
    }

    /// Brings the schema up to date. The migrations are part of the binary.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.0.dialect.migrations().run(&self.0.pool).await?;
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.0.pool).await?;
        Ok(())
    }

    /// The time by the store's clock.
    pub async fn now(&self) -> Result<Timestamp, StoreError> {
        if let Clock::Fixed(fixed) = &self.0.clock {
            return Ok(fixed.now());
        }
        let mut connection = self.0.pool.acquire().await?;
        self.clock(&mut connection).await
    }

    /// Which database is behind it.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Where news of validations can be followed.
    #[must_use]
    pub fn signal(&self) -> &Signal {
        &self.0.signal
    }

    /// How durable a commit is, for the log of the start: on SQLite the journal mode, `synchronous` (2 is FULL) and
    /// `foreign_keys`; on PostgreSQL `synchronous_commit`.
    pub async fn durability(&self) -> Result<String, StoreError> {
        let mut connection = self.0.pool.acquire().await?;
        let mut settings = Vec::new();
        for question in self.0.dialect.durability() {
            let row = sqlx::query(*question).fetch_one(&mut *connection).await?;
            settings.push(row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|n| n.to_string()))?);
        }
        Ok(settings.join(" "))
    }

    /// Writes what is still counted in memory and closes every connection.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.flush_downloads().await?;
        self.0.pool.close().await;
        Ok(())
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.0.pool
    }

    pub(crate) fn downloads(&self) -> &Downloads {
        &self.0.downloads
    }

    /// Begins a transaction that writes; its time is read inside it.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        let permit = self.0.writer.clone().acquire_owned().await.expect("the writers' semaphore is never closed");
        let mut sql = self.0.pool.begin_with(self.0.dialect.begin_write()).await?;
        let now = self.clock(&mut sql).await?;
        Ok(Tx { sql, now, store: self.clone(), news: Vec::new(), _permit: Some(permit) })
    }

    /// Begins a transaction that reads one state of the database throughout.
    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        let mut sql = self.0.pool.begin_with(self.0.dialect.begin_read()).await?;
        let now = self.clock(&mut sql).await?;
        Ok(Tx { sql, now, store: self.clone(), news: Vec::new(), _permit: None })
    }

    async fn clock(&self, connection: &mut AnyConnection) -> Result<Timestamp, StoreError> {
        match &self.0.clock {
            Clock::Fixed(fixed) => Ok(fixed.now()),
            Clock::Database => {
                let micros: i64 = sqlx::query_scalar(self.0.dialect.clock()).fetch_one(connection).await?;
                Ok(Timestamp::from_micros(micros))
            }
        }
    }
}

/// One transaction with its time. Dropped without [`Tx::commit`], it is rolled back.
pub(crate) struct Tx {
    pub(crate) sql: Transaction<'static, Any>,
    pub(crate) now: Timestamp,
    store: Store,
    news: Vec<ValidationId>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Tx {
    /// A new id that sorts after every id this process made before.
    pub(crate) fn id(&self) -> Uuid {
        const MICROS: u64 = 1_000_000;
        let micros = u64::try_from(self.now.micros()).unwrap_or(0);
        let nanos = u32::try_from(micros % MICROS * 1000).expect("less than a second");
        let context = self.store.0.ids.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, micros / MICROS, nanos))
    }

    /// The connection, for one statement.
    pub(crate) fn sql(&mut self) -> &mut AnyConnection {
        &mut self.sql
    }

    /// Remembers that followers of `validation` have something to read after the commit.
    pub(crate) fn has_news(&mut self, validation: ValidationId) {
        if !self.news.contains(&validation) {
            self.news.push(validation);
        }
    }

    /// Commits, then tells the news.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let Self { sql, store, news, _permit, .. } = self;
        sql.commit().await?;
        drop(_permit);
        for validation in news {
            store.0.signal.tell(validation).await;
        }
        Ok(())
    }
}
