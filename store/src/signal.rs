//! Live news: "validation X has something new to read". Followers read the
//! database; a lost or repeated signal costs a moment, never the truth.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::ValidationId;
use futures::StreamExt as _;
use redis::AsyncCommands as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::task::AbortOnDropHandle;

/// The Redis channel that all processes share.
const CHANNEL: &str = "airlock:news";

/// How many signals a slow follower may lag behind before it is told to read everything.
const CAPACITY: usize = 1024;

/// How long to wait before Redis is asked again after it went away.
const RECONNECT: Duration = Duration::from_secs(1);

/// How long Redis may take to be told.
const PATIENCE: Duration = Duration::from_secs(2);

/// The Redis URL cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the Redis URL cannot be used: {0}")]
pub struct SignalError(#[from] redis::RedisError);

/// Tells and hears news. Cheap to clone.
#[derive(Clone)]
pub struct Signal(Arc<Inner>);

struct Inner {
    local: broadcast::Sender<ValidationId>,
    redis: Option<Redis>,
}

struct Redis {
    publisher: ConnectionManager,
    _listener: AbortOnDropHandle<()>,
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.redis.is_some() { "Signal(redis)" } else { "Signal(memory)" })
    }
}

impl Signal {
    /// News within this process.
    #[must_use]
    pub fn memory() -> Self {
        Self(Arc::new(Inner { local: broadcast::channel(CAPACITY).0, redis: None }))
    }

    /// News between processes, over Redis (`redis://` or, with TLS, `rediss://`). Connects when it is first needed;
    /// refuses only what is no Redis URL.
    pub async fn redis(url: &str) -> Result<Self, SignalError> {
        let client = redis::Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let publisher = ConnectionManager::new_lazy_with_config(client.clone(), config)?;
        let local = broadcast::channel(CAPACITY).0;
        let listener = tokio::spawn(listen(client, local.clone()));
        let redis = Redis { publisher, _listener: AbortOnDropHandle::new(listener) };
        Ok(Self(Arc::new(Inner { local, redis: Some(redis) })))
    }

    /// Tells that a validation has news, and does not wait for other processes to hear it. A failure is logged:
    /// followers look by themselves now and then.
    pub async fn tell(&self, validation: ValidationId) {
        // No follower is no failure.
        let _ = self.0.local.send(validation);
        if let Some(redis) = &self.0.redis {
            let mut publisher = redis.publisher.clone();
            tokio::spawn(async move {
                let told: Result<(), _> = publisher.publish(CHANNEL, validation.to_string()).await;
                if let Err(error) = told {
                    tracing::warn!(validation.id = %validation, %error, "news could not be told to other processes");
                }
            });
        }
    }

    /// Follows one validation. What was told before is not heard: read the database after calling this.
    #[must_use]
    pub fn follow(&self, validation: ValidationId) -> News {
        News { validation, heard: self.0.local.subscribe() }
    }
}

/// The news of one validation.
#[derive(Debug)]
pub struct News {
    validation: ValidationId,
    heard: broadcast::Receiver<ValidationId>,
}

impl News {
    /// Waits until there is something new to read, at most so long. Afterwards, read the database in any case.
    pub async fn wait(&mut self, at_most: Duration) {
        let news = async {
            loop {
                match self.heard.recv().await {
                    Ok(validation) if validation == self.validation => return,
                    Ok(_) => {}
                    // Some signals were lost; ours may have been among them.
                    Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let _ = tokio::time::timeout(at_most, news).await;
    }
}

/// Passes on what other processes tell, for as long as the process lives.
async fn listen(client: redis::Client, local: broadcast::Sender<ValidationId>) {
    loop {
        match client.get_async_pubsub().await {
            Ok(mut pubsub) => match pubsub.subscribe(CHANNEL).await {
                Ok(()) => {
                    let mut messages = pubsub.on_message();
                    while let Some(message) = messages.next().await {
                        let text: Option<String> = message.get_payload().ok();
                        if let Some(validation) = text.and_then(|text| text.parse().ok()) {
                            let _ = local.send(validation);
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "news of other processes cannot be followed"),
            },
            Err(error) => tracing::warn!(%error, "news of other processes cannot be followed"),
        }
        tokio::time::sleep(RECONNECT).await;
    }
}
