//! What every handler works with, and the settings that an operator may change.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::RuleMeta;
use airlock_store::{Blobs, Queue, Signal, Store};

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    /// The database.
    pub store: Store,
    /// Where uploads wait. Nothing in it is ever served in public.
    pub quarantine: Arc<dyn Blobs>,
    /// Where published archives are.
    pub catalogue: Arc<dyn Blobs>,
    /// Wakes workers.
    pub queue: Arc<dyn Queue>,
    /// News of validations, for event streams.
    pub signal: Signal,
    /// What the operator set.
    pub settings: ApiSettings,
    /// Every rule, sorted by id, for the pages of rules.
    pub rules: Vec<&'static RuleMeta>,
}

impl fmt::Debug for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiState").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What the operator may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiSettings {
    /// The address clients use, with scheme and, where there is one, a path prefix: `https://plugins.example/registry`.
    /// Links are made from it, and requests are served with and without its prefix.
    pub public_url: String,
    /// The registry's name, for `GET /` and the pages.
    pub registry_name: String,
    /// The registry's version, for `GET /`.
    pub registry_version: String,
    /// The program and version that reports name, for instance `airlock 0.1.0`.
    pub tool: String,
    /// The largest package, in bytes.
    pub max_upload_bytes: u64,
    /// Whether the catalogue is read without a token.
    pub anonymous_read: bool,
    /// The longest pause between two pieces of an upload.
    pub body_idle_timeout: Duration,
    /// The longest time that a whole upload may take.
    pub body_timeout: Duration,
    /// The longest time that any other request may take until its answer begins.
    pub request_timeout: Duration,
    /// How long an event stream waits for news before it asks the database anyway.
    pub events_poll: Duration,
    /// Requests that one token, or one address without a token, may make in a minute; no limit when absent.
    pub requests_per_minute: Option<u32>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".into(),
            registry_name: "Airlock".into(),
            registry_version: env!("CARGO_PKG_VERSION").into(),
            tool: concat!("airlock ", env!("CARGO_PKG_VERSION")).into(),
            max_upload_bytes: 50 * 1024 * 1024,
            anonymous_read: true,
            body_idle_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(600),
            request_timeout: Duration::from_secs(30),
            events_poll: Duration::from_secs(2),
            requests_per_minute: None,
        }
    }
}

impl ApiSettings {
    /// The public address without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.public_url.trim_end_matches('/')
    }

    /// The path prefix of the public address, empty or beginning with a slash and not ending with one.
    #[must_use]
    pub fn prefix(&self) -> &str {
        let base = self.base_url();
        let after_scheme = base.find("://").map_or(0, |at| at + 3);
        base[after_scheme..].find('/').map_or("", |at| &base[after_scheme + at..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_what_follows_the_host() {
        let of = |url: &str| ApiSettings { public_url: url.into(), ..ApiSettings::default() }.prefix().to_owned();
        assert_eq!(of("https://plugins.example"), "");
        assert_eq!(of("https://plugins.example/"), "");
        assert_eq!(of("https://plugins.example:8443/a/b/"), "/a/b");
    }
}
