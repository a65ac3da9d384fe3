//! Reaching the engine.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

use crate::SandboxError;

/// How long one call may take; attached streams have clocks of their own.
const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_SECONDS: u64 = PATIENCE.as_secs();
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Connects to `host` (`unix:///path`, a plain path, `tcp://host:port`; empty takes
/// the usual socket) and agrees on a version of the API that both sides speak.
pub(super) async fn connect(host: &str) -> Result<Docker, SandboxError> {
    let unreachable = |error: bollard::errors::Error| SandboxError::EngineUnreachable {
        host: if host.is_empty() { DEFAULT_SOCKET.into() } else { host.into() },
        why: error.to_string(),
    };
    let client = match host {
        "" => Docker::connect_with_unix(DEFAULT_SOCKET, PATIENCE_SECONDS, API_DEFAULT_VERSION),
        tcp if tcp.starts_with("tcp://") || tcp.starts_with("http://") => {
            Docker::connect_with_http(tcp, PATIENCE_SECONDS, API_DEFAULT_VERSION)
        }
        path => Docker::connect_with_unix(path, PATIENCE_SECONDS, API_DEFAULT_VERSION),
    };
    client.map_err(unreachable)?.negotiate_version().await.map_err(unreachable)
}

/// An engine's error on the way of a run: ours, whatever it is.
pub(super) fn failed(what: &'static str) -> impl Fn(bollard::errors::Error) -> SandboxError {
    move |error| SandboxError::Engine { what, why: error.to_string() }
}
