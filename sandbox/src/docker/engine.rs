//! Reaching the engine.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, ClientVersion, Docker};

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
    let client = client.map_err(unreachable)?.negotiate_version().await.map_err(unreachable)?;
    let agreed = client.client_version();
    Ok(client.with_request_modifier(move |request| versioned(request, agreed)))
}

/// Puts the version into a request's path. The client means to do so itself and loses it on the way; without one an
/// engine takes the newest that it knows.
fn versioned(
    mut request: BollardRequest,
    ClientVersion { major_version, minor_version }: ClientVersion,
) -> BollardRequest {
    let mut parts = request.uri().clone().into_parts();
    let prefix = format!("/v{major_version}.{minor_version}");
    let path = parts.path_and_query.as_ref().map(ToString::to_string).unwrap_or_default();
    if !path.starts_with(&prefix) {
        parts.path_and_query = format!("{prefix}{path}").parse().ok();
        if let Ok(uri) = parts.try_into() {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// An engine's error on the way of a run: ours, whatever it is.
pub(super) fn failed(what: &'static str) -> impl Fn(bollard::errors::Error) -> SandboxError {
    move |error| SandboxError::Engine { what, why: error.to_string() }
}
